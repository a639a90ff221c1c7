//! The mistake: a required handler that no linked crate has. `uart` has the one
//! for event 3, and is in the manifest; `unmentioned`, that is all.

use handler_table::require;
use kernel::IRQS;
#[cfg(mistake = "library")]
use needs as _;
#[cfg(not(mistake = "unmentioned"))]
use uart as _;

// A handler with a literal satisfies a constant.
const THREE: usize = 3;

require!(IRQS, 3, THREE);

#[cfg(mistake = "unwritten")]
require!(IRQS, 9);

#[cfg(mistake = "constant")]
const NINE: usize = 9;
#[cfg(mistake = "constant")]
require!(IRQS, NINE);

fn main() {
    kernel::print("kernel::IRQS", &IRQS);
}
