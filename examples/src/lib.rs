//! The library of the `quickstart` example: a table, and one handler for it. The other
//! handler is in the example, which is a crate of its own.

#![forbid(unsafe_code)]

use handler_table::{HandlerTable, event_handler, handler_table};

/// The interrupts of a small board: 16 slots for functions of type `fn()`.
#[handler_table]
pub static IRQS: HandlerTable<16>;

/// A handler that is linked with this crate, and loaded by `IRQS.init()`. It need not be
/// `pub`, because no code calls it by name.
#[event_handler(IRQS, 0)]
fn timer() {
    println!("   timer: tick");
}
