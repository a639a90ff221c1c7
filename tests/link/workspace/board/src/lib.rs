//! A board: its table has the name of the kernel's.

use handler_table::{ActionTable, Event, Events, HandlerTable, Verdict};
use handler_table::{event_handler, handler_table};

#[handler_table]
pub static IRQS: HandlerTable<64, fn(u32) -> u32>;

#[event_handler(IRQS, 3)]
fn button(n: u32) -> u32 {
    n + 203
}

#[handler_table]
pub static LINES: ActionTable<8, Vec<&'static str>>;

#[event_handler(LINES, 3, shared, priority = -1)]
fn far(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("far");
    Verdict::Handled
}

/// Numbers as hardware has them.
#[derive(Events, Clone, Copy, Debug)]
pub enum Irq {
    Timer = 16,
    Uart = 1000,
    Disk = 17,
}

#[handler_table]
pub static TYPED: HandlerTable<{ Irq::CAPACITY }, fn(u32) -> u32, Irq>;

#[event_handler(TYPED, Irq::Timer)]
fn timer(n: u32) -> u32 {
    n + 16
}
