// A crate that knows `handler_table` under another path only.

#![deny(warnings)]

use handler_table_tests::reexported;
use handler_table_tests::reexported::HandlerTable;

#[reexported::handler_table(crate = handler_table_tests::reexported)]
pub static IRQS: HandlerTable<8>;

#[reexported::event_handler(IRQS, 3, crate = handler_table_tests::reexported)]
#[reexported::event_handler(IRQS, 2 + 2, crate = reexported)]
fn uart() {}

reexported::require!(IRQS, 3, crate = reexported);

fn main() {
    assert_eq!(IRQS.init().unwrap().handlers, 2);
    assert!(IRQS.handle(3) && IRQS.handle(4));
}
