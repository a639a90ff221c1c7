use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

struct Uart;

impl Uart {
    #[event_handler(IRQS, 0)]
    fn reset() {}
}

fn main() {}
