use handler_table::event_handler;

mod kernel {
    use handler_table::{HandlerTable, handler_table};

    #[handler_table]
    pub static IRQS: HandlerTable<8>;
}

const BASE: usize = 7;

#[event_handler(kernel::IRQS, 8)]
fn literal() {}

#[event_handler(kernel::IRQS, BASE + 2)]
fn expression() {}

fn main() {}
