// A mistake in an enum is told once, although a table uses the enum.

use handler_table::{Events, HandlerTable, event_handler, handler_table, require};

#[derive(Events)]
enum Irq {
    Timer,
    Uart(u8),
}

#[derive(Events)]
enum Nothing {}

#[handler_table]
static IRQS: HandlerTable<{ Irq::CAPACITY }, fn(), Irq>;

#[handler_table]
static NONE: HandlerTable<{ Nothing::CAPACITY }, fn(), Nothing>;

#[event_handler(IRQS, Irq::Timer)]
fn timer() {}

require!(IRQS, Irq::Timer);
require!(IRQS, ..);

fn main() {
    IRQS.register(Irq::Timer, || ()).unwrap();
    IRQS.dispatch_raw(1, |handler| handler());
}
