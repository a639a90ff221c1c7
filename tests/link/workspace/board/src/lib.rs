//! A board: its table has the name of the kernel's.

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
pub static IRQS: HandlerTable<64, fn(u32) -> u32>;

#[event_handler(IRQS, 3)]
fn button(n: u32) -> u32 {
    n + 203
}
