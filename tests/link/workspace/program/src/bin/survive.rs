//! Handlers of crates from which nothing else is used, and tables of one name
//! in two crates and in two modules.

use board as _;
use bus as _;
use handler_table::event_handler;
use pci as _;
use uart as _;

#[event_handler(kernel::IRQS, 6)]
fn own(n: u32) -> u32 {
    n + 6
}

#[event_handler(kernel::first::EVENTS, 1)]
fn first(n: u32) -> u32 {
    n + 301
}

#[event_handler(kernel::second::EVENTS, 1)]
fn second(n: u32) -> u32 {
    n + 401
}

/// Not in the program if the linker drops what nothing refers to.
#[unsafe(no_mangle)]
static UNUSED: [u8; 32] = *b"nothing refers to these 32 bytes";

fn main() {
    kernel::print("kernel::IRQS", &kernel::IRQS);
    kernel::print("board::IRQS", &board::IRQS);
    kernel::print("first::EVENTS", &kernel::first::EVENTS);
    kernel::print("second::EVENTS", &kernel::second::EVENTS);
}
