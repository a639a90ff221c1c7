//! A kernel that declares a table and dispatches interrupts through it. It knows the machine,
//! but no driver.

#![no_std]

#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
mod arch;
mod logs;

pub use arch::{
    BELL, CORES, EVENTS, MACHINE, STUCK, TIMER, rearm_timer, ring, silence_bell, stick,
};

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use handler_table::{
    HandlerTable, Limit, Line, Observed, Storm, StormPolicy, Storms, Verdict, handler_table,
};
use portable_atomic::{AtomicUsize, Ordering};

/// The argument of a handler: the current interrupt.
pub struct Trap {
    /// Its number on this machine, which is the index in [`IRQS`].
    pub event: usize,
    /// The core that handles it.
    pub core: usize,
    /// The work of the handler, which [`work`] adds up.
    pub work: usize,
}

/// The interrupts of the machine.
#[handler_table]
pub static IRQS: HandlerTable<EVENTS, fn(&mut Trap)>;

static WORK: [AtomicUsize; EVENTS] = [const { AtomicUsize::new(0) }; EVENTS];
static SPURIOUS: [AtomicUsize; EVENTS] = [const { AtomicUsize::new(0) }; EVENTS];

/// The work of the handlers of an event so far.
pub fn work(event: usize) -> usize {
    WORK[event].load(Ordering::Relaxed)
}

/// The number of times that an event had no handler.
pub fn spurious(event: usize) -> usize {
    SPURIOUS[event].load(Ordering::Relaxed)
}

/// Finds lines that a device holds and no handler serves.
static STORMS: Storms<EVENTS, CORES, Policy> = Storms::new();

struct Policy;

impl StormPolicy for Policy {
    fn limit(_: usize) -> Limit {
        Limit {
            window: 1_000,
            unhandled: 900,
            ticks: 0,
        }
    }

    fn tripped(storm: &Storm) {
        let mut handlers = IRQS.static_handlers();
        if let Some(handler) = handlers.find(|handler| handler.index() == storm.event) {
            log::warn!("{handler}: {storm}");
        }
        #[cfg(feature = "defmt")]
        defmt::warn!(
            "nobody handled event {=usize}: {=usize} of {=usize} times on CPU {=usize}",
            storm.event,
            storm.unhandled,
            storm.limit.window,
            storm.cpu,
        );
    }
}

/// Returns whether the line of an event was found to be stuck.
pub fn is_storm(event: usize) -> bool {
    STORMS.is_tripped(event)
}

/// Dispatches every interrupt, from the trap entry to its handler.
fn take(event: usize, core: usize) {
    let mut trap = Trap {
        event,
        core,
        work: 0,
    };
    let observed = Observed {
        table: &IRQS,
        observer: &STORMS,
    };
    let call = |handler: fn(&mut Trap)| {
        handler(&mut trap);
        trap.work
    };
    // A handler that does nothing has not handled it.
    let judge = |work: &usize| match work {
        0 => Verdict::Unhandled,
        _ => Verdict::Handled,
    };
    let (work, line) = observed.dispatch_judged(core, event, call, judge);
    if line == Line::Mask && !cfg!(feature = "unmasked") {
        arch::mask(event);
    }
    if let Some(work) = work {
        WORK[event].fetch_add(work, Ordering::Relaxed);
    } else {
        // No handler serves the device, so it would interrupt again at once.
        arch::mask(event);
        println!("spurious event {event}");
        SPURIOUS[event].fetch_add(1, Ordering::Relaxed);
    }
}

// The image defines it with `main!`.
unsafe extern "Rust" {
    safe fn image_main() -> Result<(), &'static str>;
}

/// Runs on every machine after start-up: loads the table, enables interrupts, and exits with
/// the result of the image.
fn start() -> ! {
    println!("handler-table on {MACHINE}");
    logs::start();
    if let Err(error) = IRQS.init() {
        println!("init failed: {error}");
        exit(2);
    }
    arch::enable_interrupts();
    match image_main() {
        Ok(()) => {
            println!("all well");
            exit(0)
        }
        Err(what) => {
            println!("failed: {what}");
            exit(1)
        }
    }
}

/// Declares the function that the kernel runs.
#[macro_export]
macro_rules! main {
    ($main:path) => {
        // SAFETY: the kernel declares it with this type, and no other item has this name.
        #[unsafe(no_mangle)]
        fn image_main() -> ::core::result::Result<(), &'static str> {
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
    exit(3)
}

fn exit(code: i32) -> ! {
    semihosting::process::exit(code)
}

/// Prints a line over the serial line.
#[macro_export]
macro_rules! println {
    ($($arguments:tt)*) => { $crate::print(::core::format_args!("{}\n", ::core::format_args!($($arguments)*))) };
}

/// The implementation of [`println!`].
pub fn print(arguments: fmt::Arguments<'_>) {
    struct Serial;
    impl Write for Serial {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            arch::send(text.as_bytes());
            Ok(())
        }
    }
    let _ = Serial.write_fmt(arguments);
}
