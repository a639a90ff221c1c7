use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(IRQS, 0)]
struct Uart;

#[event_handler(IRQS, 1)]
pub static CLOSURE: fn() = || ();

#[event_handler(IRQS, 2)]
const CONSTANT: fn() = || ();

#[event_handler(IRQS, 3)]
mod uart {}

#[event_handler(IRQS, 4)]
unsafe impl Sync for Uart {}

macro_rules! nothing {
    () => {};
}

#[event_handler(IRQS, 5)]
nothing! {}

#[event_handler(IRQS, 6)]
unsafe extern "C" {}

#[event_handler]
static TABLE: HandlerTable<8>;

fn main() {
    let _: (Uart, fn(), fn()) = (Uart, CLOSURE, CONSTANT);
}
