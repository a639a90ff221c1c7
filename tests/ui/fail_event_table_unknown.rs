use handler_table::{HandlerTable, event_handler, handler_table};

mod kernel {
    use handler_table::{HandlerTable, handler_table};

    #[handler_table]
    pub static IRQS: HandlerTable<8>;
}

#[event_handler(TIMERS, 0)]
fn no_such_name() {}

#[event_handler(kernel::IRQ, 1)]
fn no_such_name_in_a_module() {}

#[event_handler(kernels::IRQS, 2)]
fn no_such_module() {}

fn main() {}
