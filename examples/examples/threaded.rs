//! Threaded handlers: the dispatch runs only the quick part of a handler, which wakes a thread
//! of its own for the rest. The line is masked in between, so that the device does not raise
//! it again before the thread has served it.
//!
//! ```text
//! cargo run --example threaded
//! ```

use handler_table::{Action, ActionError, ActionTable, Event, Verdict};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};

const LINE: usize = 4;
const REQUESTS: usize = 1000;

static IRQS: ActionTable<16> = ActionTable::new();

/// How many threads have to serve their device before the line is unmasked.
static MASKS: AtomicUsize = AtomicUsize::new(0);

/// A device, and the thread that serves it.
struct Device {
    raised: AtomicBool,
    woken: AtomicBool,
    served: AtomicUsize,
    thread: OnceLock<Thread>,
}

impl Device {
    const fn new() -> Self {
        Device {
            raised: AtomicBool::new(false),
            woken: AtomicBool::new(false),
            served: AtomicUsize::new(0),
            thread: OnceLock::new(),
        }
    }

    /// The rest of the handler, in a thread: it may wait and take locks.
    fn serve(&self) {
        while self.served.load(Ordering::Relaxed) < REQUESTS {
            if !self.woken.swap(false, Ordering::Acquire) {
                thread::park();
                continue;
            }
            assert_ne!(MASKS.load(Ordering::Relaxed), 0, "the line is masked");
            self.served.fetch_add(1, Ordering::Relaxed);
            MASKS.fetch_sub(1, Ordering::Release);
        }
    }
}

/// The quick part, in the dispatch. The action says which thread to wake: its own.
fn quick(_: &mut Event<'_>, device: &Device) -> Verdict {
    if !device.raised.swap(false, Ordering::Acquire) {
        return Verdict::Unhandled;
    }
    MASKS.fetch_add(1, Ordering::Relaxed);
    device.woken.store(true, Ordering::Release);
    if let Some(thread) = device.thread.get() {
        thread.unpark();
    }
    Verdict::Wake
}

static DISK: Device = Device::new();
static CARD: Device = Device::new();

static DISK_ACTION: Action<(), &Device> = Action::new(|event, disk| quick(event, disk), &DISK)
    .name("disk")
    .shared()
    .priority(1);
static CARD_ACTION: Action<(), &Device> = Action::new(|event, card| quick(event, card), &CARD)
    .name("card")
    .shared();

fn main() -> Result<(), ActionError> {
    IRQS.register(LINE, &DISK_ACTION)?;
    IRQS.register(LINE, &CARD_ACTION)?;
    let mut woke = 0;
    thread::scope(|scope| {
        for device in [&DISK, &CARD] {
            let thread = scope.spawn(|| device.serve());
            device.thread.get_or_init(|| thread.thread().clone());
        }
        // This thread plays the CPU.
        for _ in 0..REQUESTS {
            DISK.raised.store(true, Ordering::Release);
            CARD.raised.store(true, Ordering::Release);
            let outcome = IRQS.dispatch(0, LINE, &mut ()).expect("the line exists");
            woke += usize::from(outcome.wake());
            while MASKS.load(Ordering::Acquire) != 0 {
                thread::yield_now();
            }
        }
    });
    println!("{woke} interrupts woke threads");
    for (name, device) in [("disk", &DISK), ("card", &CARD)] {
        println!(
            "   {name}: {} served",
            device.served.load(Ordering::Relaxed)
        );
    }
    println!(
        "Nobody is to be woken: {:?}",
        IRQS.dispatch(0, LINE, &mut ())
    );
    Ok(())
}
