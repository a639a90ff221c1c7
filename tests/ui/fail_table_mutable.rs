use handler_table::{HandlerTable, handler_table};

#[handler_table]
static mut IRQS: HandlerTable<8>;

fn main() {
    IRQS.handle(3);
}
