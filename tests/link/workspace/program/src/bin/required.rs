//! The mistake: a required handler that no linked crate has. `uart` has the one
//! for event 3, and is in the manifest; `unmentioned`, that is all.

use handler_table::require;
use kernel::IRQS;
#[cfg(not(mistake = "unmentioned"))]
use uart as _;

require!(IRQS, 3);

#[cfg(mistake = "unwritten")]
require!(IRQS, 9);

fn main() {
    kernel::print("kernel::IRQS", &IRQS);
}
