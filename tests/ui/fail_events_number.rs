// Discriminants that are no number of an event.

use handler_table::{Events, HandlerTable, handler_table};

#[derive(Events)]
enum Negative {
    Plain,
    Wrong = -1,
}

// As a `usize`, the second would be the first.
#[derive(Events)]
#[repr(u128)]
enum Large {
    Plain = 1,
    Wrong = (1 << 64) + 1,
}

#[handler_table]
static NEGATIVE: HandlerTable<{ Negative::CAPACITY }, fn(), Negative>;

#[handler_table]
static LARGE: HandlerTable<{ Large::CAPACITY }, fn(), Large>;

fn main() {}
