use handler_table::{HandlerTable, event_handler, handler_table};

struct Frame;

#[handler_table]
static IRQS: HandlerTable<8, fn(&mut Frame) -> bool>;

#[event_handler(IRQS, 0)]
fn argument(_: &Frame) -> bool {
    true
}

#[event_handler(IRQS, 1)]
fn no_argument() -> bool {
    true
}

#[event_handler(IRQS, 2)]
fn result(_: &mut Frame) {}

#[event_handler(IRQS, 3)]
unsafe fn safety(_: &mut Frame) -> bool {
    true
}

#[event_handler(IRQS, 4)]
extern "C" fn abi(_: &mut Frame) -> bool {
    true
}

#[event_handler(IRQS, 5)]
fn lifetime(_: &'static mut Frame) -> bool {
    true
}

fn main() {}
