use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8, unsafe extern "C" fn(i32)>;

#[event_handler(IRQS, 0)]
unsafe extern "C" fn print(_: i32, _: ...) {}

fn main() {}
