#![allow(unused_imports)]

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

mod kernel {
    pub(crate) use super::IRQS;
}

#[event_handler]
fn no_arguments() {}

#[event_handler()]
fn empty_arguments() {}

#[event_handler(IRQS)]
fn no_index() {}

#[event_handler(kernel::IRQS,)]
fn no_index_after_a_comma() {}

#[event_handler(IRQS, , 3)]
fn two_commas() {}

#[event_handler(3)]
fn no_table() {}

fn main() {}
