//! Tables and handlers of another crate than the tests, and the library under another path.

pub use handler_table as reexported;
use handler_table::{HandlerTable, event_handler, handler_table};

/// A table that any crate can see.
#[handler_table]
pub static PUBLIC: HandlerTable<8>;

#[handler_table]
static PRIVATE: HandlerTable<8>;

#[event_handler(PUBLIC, 0)]
#[event_handler(PRIVATE, 0)]
fn of_the_declaring_crate() {}
