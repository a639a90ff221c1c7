//! A driver that is nothing but a handler.

use handler_table::event_handler;

#[event_handler(kernel::IRQS, 3)]
fn uart(n: u32) -> u32 {
    n + 3
}
