//! Where logs go: over the serial line, those of `defmt` as numbers.

use crate::println;
use log::{LevelFilter, Log, Metadata, Record};

struct Console;

impl Log for Console {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        println!("{}: {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

/// Sets the logger. Without compare-and-swap, `log` cannot do this at any time.
pub(crate) fn start() {
    // SAFETY: this runs once, before interrupts are enabled and another core is started.
    unsafe {
        log::set_max_level_racy(LevelFilter::Warn);
        let _ = log::set_logger_racy(&Console);
    }
}

#[cfg(feature = "defmt")]
mod numbers {
    use crate::print;

    /// Each log is a line, with its bytes in hexadecimal.
    #[defmt::global_logger]
    struct Line;

    // SAFETY: one core, and interrupts of one priority, which do not interrupt each other; no
    // code outside of them logs.
    unsafe impl defmt::Logger for Line {
        fn acquire() {
            print(format_args!("defmt "));
        }

        unsafe fn flush() {}

        unsafe fn release() {
            print(format_args!("\n"));
        }

        unsafe fn write(bytes: &[u8]) {
            for byte in bytes {
                print(format_args!("{byte:02x}"));
            }
        }
    }
}
