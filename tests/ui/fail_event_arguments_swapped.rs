use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(3, IRQS)]
fn swapped() {}

#[event_handler("3", crate::IRQS)]
fn swapped_text() {}

fn main() {}
