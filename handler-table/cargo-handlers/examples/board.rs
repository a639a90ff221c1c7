//! A program with static handlers: `cargo handlers target/debug/examples/board`.

use handler_table::{
    ActionTable, Counted, CpuSet, Event, Events, HandlerTable, InitError, Verdict, event_handler,
    handler_table, init_all, require,
};
use std::sync::atomic::{AtomicU32, Ordering};

/// The interrupts of the board.
#[derive(Events, Clone, Copy)]
pub enum Irq {
    /// The clock.
    Timer = 0,
    /// The serial line.
    Uart = 4,
    /// The disk, whose line the network card shares.
    Disk = 14,
    /// The power supply.
    Power = 1000,
}

/// The interrupts.
#[handler_table]
static IRQS: ActionTable<{ Irq::CAPACITY }, u32, Counted<1>, Irq>;

/// The exceptions of the processor.
#[handler_table]
static TRAPS: HandlerTable<32, fn(u64) -> bool>;

static BYTES: AtomicU32 = AtomicU32::new(0);

#[event_handler(IRQS, Irq::Uart, name = "uart0", context = BYTES)]
fn receive(event: &mut Event<'_, u32>, bytes: &AtomicU32) -> Verdict {
    bytes.fetch_add(*event.arg, Ordering::Relaxed);
    Verdict::Handled
}

#[event_handler(IRQS, Irq::Disk, shared, priority = 10, counted, cpus = CpuSet::of(&[0, 2]))]
fn disk(event: &mut Event<'_, u32>) -> Verdict {
    if *event.arg == 0 {
        Verdict::Unhandled
    } else {
        Verdict::Handled
    }
}

#[event_handler(IRQS, Irq::Disk, shared, disabled, non_reentrant, context = 0)]
fn network(_: &mut Event<'_, u32>, packets: &mut u32) -> Verdict {
    *packets += 1;
    Verdict::Handled
}

#[event_handler(TRAPS, 3)]
fn breakpoint(address: u64) -> bool {
    address != 0
}

#[event_handler(TRAPS, 14)]
fn page_fault(address: u64) -> bool {
    address.is_multiple_of(4096)
}

require!(IRQS, Irq::Uart);
require!(TRAPS, 14);

fn main() -> Result<(), InitError> {
    println!("{} handlers", init_all()?.handlers);
    Ok(())
}
