use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

enum Irq {
    Uart,
}

const TIMER: u32 = 3;

#[event_handler(IRQS, Irq::Uart)]
fn not_cast() {}

#[event_handler(IRQS, TIMER)]
fn other_type() {}

#[event_handler(IRQS, TIMERS)]
fn unknown() {}

fn main() {}
