//! A library for C, with a kernel and drivers in it.
//!
//! Cured, it requires the handlers that a plain link of the archive would lose.
//! The mistake: two handlers for one event.

use bus as _;
use handler_table::event_handler;
use kernel::IRQS;
use pci as _;
#[cfg(mistake = "rival")]
use rival as _;
use uart as _;

#[cfg(cured)]
handler_table::require!(IRQS, 3, 5, 10, 11, 17);

#[event_handler(IRQS, 6)]
fn own(n: u32) -> u32 {
    n + 6
}

#[unsafe(no_mangle)]
extern "C" fn left() {
    kernel::print("left", &IRQS);
}
