use handler_table::{HandlerTable, event_handler, handler_table};

mod kernel {
    use handler_table::{HandlerTable, handler_table};

    #[handler_table]
    pub static IRQS: HandlerTable<8>;
}

#[handler_table]
static NONE: HandlerTable<0>;

const BASE: usize = 7;

#[event_handler(kernel::IRQS, 8)]
fn literal() {}

#[event_handler(kernel::IRQS, BASE + 2)]
fn expression() {}

#[event_handler(NONE, 0)]
fn no_slots() {}

fn main() {}
