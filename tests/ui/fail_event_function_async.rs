use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(IRQS, 0)]
async fn uart() {}

fn main() {}
