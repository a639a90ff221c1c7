//! A second library for C, with a kernel of its own.

use disk as _;
use handler_table::event_handler;
use kernel::IRQS;
use rival as _;

#[event_handler(IRQS, 7)]
fn own(n: u32) -> u32 {
    n + 7
}

#[unsafe(no_mangle)]
extern "C" fn right() {
    kernel::print("right", &IRQS);
}
