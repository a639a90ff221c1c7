use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

struct Uart;

impl Uart {
    #[event_handler(IRQS, 0)]
    fn by_reference(&self) {}

    #[event_handler(IRQS, 1)]
    fn by_lifetime<'a>(&'a mut self) -> &'a u8 {
        &0
    }

    #[event_handler(IRQS, 2)]
    fn by_value(mut self) {
        self = Uart;
    }

    #[event_handler(IRQS, 3)]
    fn by_type(self: Box<Self>) {}
}

fn main() {}
