use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8, unsafe extern "C" fn()>;

unsafe extern "C" {
    #[event_handler(IRQS, 0)]
    fn defined_in_c();
}

fn main() {}
