// What an alias hides from the attribute, the compiler finds.

use handler_table::{HandlerTable, event_handler, handler_table};

type Array = &'static [fn(); 0];
type OfArrays = HandlerTable<2, Array>;
type OfReferences = HandlerTable<2, &'static [u8; 0]>;

#[handler_table]
static ARRAYS: HandlerTable<2, Array>;

#[handler_table]
static ALIAS: OfArrays;

#[handler_table]
static REFERENCES: OfReferences;

#[event_handler(ALIAS, 1)]
fn handler() {}

fn main() {}
