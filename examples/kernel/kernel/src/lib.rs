//! A kernel for a PC. It declares two tables, and does not know the drivers that register in
//! them.

#![no_std]

mod console;
mod trap;

pub use console::print;
pub use trap::{Cycles, Frame, INTERRUPTS, handled, mask, spurious, unmask};

use core::arch::global_asm;
use core::panic::PanicInfo;
use handler_table::{HandlerTable, handler_table};
use x86_64::instructions::{hlt, interrupts, port::PortWriteOnly};

/// The interrupt lines of the PC: 0 is the timer, 3 the second serial line.
#[handler_table]
pub static IRQS: HandlerTable<16, fn(&mut Frame)>;

/// The start functions of the drivers, in this order.
#[handler_table]
pub static STARTUP: HandlerTable<8>;

global_asm!(include_str!("boot.s"));

// The image defines it with `main!`.
unsafe extern "Rust" {
    safe fn kernel_main() -> Result<(), &'static str>;
}

/// `boot.s` calls this function in 64-bit mode.
// SAFETY: nothing else has this name.
#[unsafe(no_mangle)]
extern "C" fn kernel_start() -> ! {
    println!("handler-table on x86_64");
    // This call loads the handlers of all drivers.
    let loaded = match handler_table::init_all() {
        Ok(loaded) => loaded.handlers,
        Err(error) => {
            println!("init failed: {error}");
            exit(Verdict::InitFailed)
        }
    };
    println!("{loaded} static handlers");
    trap::start();
    for (_, start) in &STARTUP {
        start();
    }
    interrupts::enable();
    match kernel_main() {
        Ok(()) => {
            println!("all well");
            exit(Verdict::Success)
        }
        Err(what) => {
            println!("failed: {what}");
            exit(Verdict::Failed)
        }
    }
}

/// Declares the function that the kernel runs after it has started the drivers.
#[macro_export]
macro_rules! main {
    ($main:path) => {
        // SAFETY: the kernel declares it with this type, and no other item has this name.
        #[unsafe(no_mangle)]
        fn kernel_main() -> ::core::result::Result<(), &'static str> {
            $main()
        }

        #[panic_handler]
        fn panic(info: &::core::panic::PanicInfo<'_>) -> ! {
            $crate::panicked(info)
        }
    };
}

/// Exits QEMU with failure.
pub fn panicked(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(Verdict::Panicked)
}

/// The value for QEMU's exit device. QEMU exits with twice that value plus 1.
enum Verdict {
    Success = 16,
    Failed = 17,
    InitFailed = 18,
    Panicked = 19,
}

fn exit(verdict: Verdict) -> ! {
    // SAFETY: the port of the exit device.
    unsafe { PortWriteOnly::new(0xf4).write(verdict as u32) }
    loop {
        hlt();
    }
}
