//! QEMU's debug console, for the kernel's own output.

use core::fmt::{self, Write};
use x86_64::instructions::port::PortWriteOnly;

/// Prints a line.
#[macro_export]
macro_rules! println {
    ($($arguments:tt)*) => {
        $crate::print(::core::format_args!("{}\n", ::core::format_args!($($arguments)*)))
    };
}

/// The implementation of [`println!`](crate::println).
pub fn print(arguments: fmt::Arguments<'_>) {
    struct Console;
    impl Write for Console {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for byte in text.bytes() {
                // SAFETY: the port of the console.
                unsafe { PortWriteOnly::new(0xe9).write(byte) }
            }
            Ok(())
        }
    }
    let _ = Console.write_fmt(arguments);
}
