use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(3, IRQS)]
fn swapped() {}

#[event_handler("3", crate::IRQS)]
fn swapped_text() {}

const TIMER: usize = 3;

#[event_handler(TIMER + 1, IRQS)]
fn swapped_expression() {}

fn main() {}
