use handler_table::{HandlerTable, handler_table};

#[handler_table]
const CONSTANT: HandlerTable<8> = HandlerTable::new();

#[handler_table]
pub(crate) struct Table(HandlerTable<8>);

#[handler_table]
fn function() {}

#[handler_table(IRQS, 3)]
fn handler() {}

fn main() {
    function();
    let _ = (CONSTANT, Table(HandlerTable::new()).0);
}
