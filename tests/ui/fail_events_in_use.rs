// A mistake in an enum is told once, although a table uses the enum.

use handler_table::{Events, HandlerTable, handler_table};

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

fn main() {
    IRQS.register(Irq::Timer, || ()).unwrap();
    IRQS.dispatch_raw(1, |handler| handler());
}
