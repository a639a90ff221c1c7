//! A driver that claims the event of another one.

use handler_table::event_handler;

#[event_handler(kernel::IRQS, 3)]
fn rival(n: u32) -> u32 {
    n + 103
}
