//! The first serial line, for the kernel's own output.

use core::fmt::{self, Write};
use uart_16550::Uart16550;

/// Prints a line.
#[macro_export]
macro_rules! println {
    ($($arguments:tt)*) => {
        $crate::print(::core::format_args!("{}\n", ::core::format_args!($($arguments)*)))
    };
}

/// The implementation of [`println!`](crate::println).
pub fn print(arguments: fmt::Arguments<'_>) {
    struct Line;
    impl Write for Line {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            // SAFETY: the ports of the first serial line, which only this function uses.
            if let Ok(mut uart) = unsafe { Uart16550::new_port(0x3f8) } {
                uart.send_bytes_exact(text.as_bytes());
            }
            Ok(())
        }
    }
    let _ = Line.write_fmt(arguments);
}
