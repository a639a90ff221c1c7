//! The mistakes: two handlers for one event, one or both with an expression.

use handler_table::event_handler;
use uart as _;

const SECOND: usize = if cfg!(mistake = "literal") { 3 } else { 4 };

#[event_handler(kernel::IRQS, SECOND)]
fn second(n: u32) -> u32 {
    n + 4
}

mod other {
    const BASE: usize = if cfg!(mistake = "expression") { 3 } else { 4 };

    #[handler_table::event_handler(kernel::IRQS, BASE + 1)]
    fn third(n: u32) -> u32 {
        n + 5
    }
}

fn main() {
    kernel::print("kernel::IRQS", &kernel::IRQS);
}
