// What is no expression, and commas that are missing.

use handler_table::{ActionTable, Event, HandlerTable, Verdict};
use handler_table::{event_handler, handler_table, require};

#[handler_table]
static IRQS: HandlerTable<4>;

#[handler_table]
static LINES: ActionTable<4>;

const EVENT: usize = 2;

#[event_handler(IRQS, .Uart)]
fn dot() {}

#[event_handler(IRQS, EVENT +)]
fn half() {}

#[event_handler(LINES, 0 shared)]
fn after_the_index(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(LINES, 0, shared priority = 1)]
fn after_an_option(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(LINES, EVENT, priority = EVENT as i32 + 1 name = "uart", handle = pub(crate) UART)]
fn after_a_value(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

require!(IRQS, .Uart);
require!(IRQS, 1 crate = handler_table);

fn main() {}
