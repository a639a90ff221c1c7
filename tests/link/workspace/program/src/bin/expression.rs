//! The mistake: two handlers for one event, one with an expression.

use handler_table::event_handler;
use uart as _;

const UART: usize = if cfg!(mistake) { 3 } else { 4 };

#[event_handler(kernel::IRQS, UART)]
fn second(n: u32) -> u32 {
    n + 4
}

fn main() {
    kernel::print("kernel::IRQS", &kernel::IRQS);
}
