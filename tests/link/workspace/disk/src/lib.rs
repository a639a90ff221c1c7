//! A driver that a program does not know by name.

use handler_table::event_handler;

#[event_handler(kernel::IRQS, 5)]
fn disk(n: u32) -> u32 {
    n + 5
}
