//! A kernel for a PC. It declares two tables, and knows none of the drivers that
//! register in them.

#![no_std]

mod console;
mod trap;

pub use console::print;
pub use trap::{Frame, handled, mask, spurious, unmask};

use core::arch::global_asm;
use core::panic::PanicInfo;
use handler_table::{HandlerTable, handler_table};
use x86_64::instructions::{hlt, interrupts, port::PortWriteOnly};

/// The interrupt lines of the PC: 0 is the timer, 3 the second serial line.
#[handler_table]
pub static IRQS: HandlerTable<16, fn(&mut Frame)>;

/// What starts the drivers, in this order.
#[handler_table]
pub static STARTUP: HandlerTable<8>;

global_asm!(include_str!("boot.s"));

// The crate of the image has it, through `main!`.
unsafe extern "Rust" {
    safe fn kernel_main() -> Result<(), &'static str>;
}

/// Where `boot.s` goes once the processor is in 64-bit mode.
// SAFETY: nothing else has this name.
#[unsafe(no_mangle)]
extern "C" fn kernel_start() -> ! {
    println!("handler-table on x86_64");
    // All that the drivers have to say comes in with this one call.
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

/// Names the function that the kernel runs once the drivers are started.
#[macro_export]
macro_rules! main {
    ($main:path) => {
        // SAFETY: the kernel declares it with this type, and nobody else has the name.
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

/// Leaves QEMU with failure.
pub fn panicked(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(Verdict::Panicked)
}

/// What QEMU's exit device is told. QEMU itself exits with twice that, plus 1.
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
