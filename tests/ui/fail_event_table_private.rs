use handler_table::event_handler;

mod kernel {
    use handler_table::{HandlerTable, handler_table};

    #[handler_table]
    static IRQS: HandlerTable<8>;
}

#[event_handler(kernel::IRQS, 0)]
fn of_a_module() {}

#[event_handler(handler_table_tests::PRIVATE, 1)]
fn of_a_crate() {}

fn main() {}
