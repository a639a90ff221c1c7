//! The mistake: two handlers for one event in one crate, each with a literal.

use handler_table::event_handler;
use kernel::IRQS;

#[event_handler(IRQS, 3)]
fn first(n: u32) -> u32 {
    n + 3
}

#[cfg_attr(not(mistake), event_handler(IRQS, 4))]
#[cfg_attr(mistake = "3", event_handler(IRQS, 3))]
#[cfg_attr(mistake = "0x3", event_handler(IRQS, 0x3))]
#[cfg_attr(mistake = "0b11", event_handler(IRQS, 0b11))]
#[cfg_attr(mistake = "0o3", event_handler(IRQS, 0o3))]
#[cfg_attr(mistake = "3usize", event_handler(IRQS, 3usize))]
#[cfg_attr(mistake = "0_3", event_handler(IRQS, 0_3))]
fn second(n: u32) -> u32 {
    n + 4
}

fn main() {
    kernel::print("kernel::IRQS", &IRQS);
}
