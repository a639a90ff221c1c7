//! The image: selects the drivers by linking them, and shows how the table dispatches their
//! interrupts.

#![no_std]
#![no_main]

// The drivers of this image. Nothing else refers to them.
use serial as _;
use timer as _;

use core::sync::atomic::{AtomicU64, Ordering};
use kernel::{Frame, INTERRUPTS, IRQS, handled, println, spurious};
use x86_64::instructions::interrupts;

kernel::main!(main);

const TIMER: usize = 0;
const SERIAL: usize = 3;

fn main() -> Result<(), &'static str> {
    for handler in IRQS.static_handlers() {
        println!("event {}: {handler}", handler.index());
    }

    wait(|| handled(TIMER) >= 100);
    println!("timer: {} interrupts", handled(TIMER));
    wait(|| handled(SERIAL) >= 20);
    println!("serial: {} interrupts", handled(SERIAL));

    // Replace the handler while the interrupt is active: no interrupt is lost.
    let before = handled(TIMER);
    let tick = IRQS.replace(TIMER, look).map_err(|_| "no such event")?;
    wait(|| LOOKS.load(Ordering::Relaxed) >= 10);
    println!("replaced event {TIMER} after {before} interrupts");
    println!("it found the kernel at {:#x}", SEEN.load(Ordering::Relaxed));

    // Without a handler, the next interrupt is spurious.
    if spurious(TIMER) > 0 {
        return Err("an interrupt was lost before its handler was unregistered");
    }
    IRQS.unregister(TIMER).ok_or("there was no handler")?;
    wait(|| spurious(TIMER) > 0);
    println!("unregistered event {TIMER}");

    // The first handler again.
    let tick = tick.ok_or("the timer had no handler")?;
    IRQS.register(TIMER, tick)
        .map_err(|_| "the slot is taken")?;
    let before = handled(TIMER);
    kernel::unmask(TIMER);
    wait(|| handled(TIMER) >= before + 10);

    // The kernel's `/proc/interrupts`. No interrupt comes between two of its numbers.
    interrupts::without_interrupts(|| kernel::print(format_args!("{}", INTERRUPTS.listing(&IRQS))));
    Ok(())
}

static LOOKS: AtomicU64 = AtomicU64::new(0);
static SEEN: AtomicU64 = AtomicU64::new(0);

/// A handler that is registered at run time, and reads the interrupted state.
fn look(frame: &mut Frame) {
    SEEN.store(frame.rip, Ordering::Relaxed);
    LOOKS.fetch_add(1, Ordering::Relaxed);
}

/// Sleeps until interrupts have made the condition true.
fn wait(done: impl Fn() -> bool) {
    interrupts::disable();
    while !done() {
        // Enables interrupts and sleeps in one step, so that no interrupt since the check is
        // missed.
        interrupts::enable_and_hlt();
        interrupts::disable();
    }
    interrupts::enable();
}
