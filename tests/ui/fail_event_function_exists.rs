// What is wrong with the attribute does not take the function away: this file
// has two mistakes and two errors.

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(IRQS, "3")]
fn uart() {}

#[event_handler(IRQS, 4)]
fn timer<T>(_: T) {}

fn main() {
    uart();
    timer(0);
}
