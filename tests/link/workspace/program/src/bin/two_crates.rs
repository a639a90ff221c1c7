//! The mistake: two handlers for one event in two crates, each with a literal.

#[cfg(mistake = "rival")]
use rival as _;
use uart as _;

#[cfg(mistake = "two_crates")]
#[handler_table::event_handler(kernel::IRQS, 3)]
fn own(n: u32) -> u32 {
    n + 203
}

fn main() {
    kernel::print("kernel::IRQS", &kernel::IRQS);
}
