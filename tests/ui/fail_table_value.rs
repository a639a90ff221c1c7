use handler_table::{HandlerTable, handler_table};

#[handler_table]
static IRQS: HandlerTable<8> = HandlerTable::new();

#[handler_table]
static READERS: HandlerTable<8, fn(&mut dyn Iterator<Item = u8>)> = HandlerTable::new();

fn main() {
    IRQS.handle(3);
}
