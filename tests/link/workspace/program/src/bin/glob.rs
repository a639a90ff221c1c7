//! The mistake: a table without the attribute, beside a glob import of one of that
//! name. The handler gets the macro of the one and a slot of the other.

use handler_table::{event_handler, require};
use kernel::*;

#[cfg(mistake)]
static IRQS: handler_table::HandlerTable<64, fn(u32) -> u32> = handler_table::table!();

#[event_handler(IRQS, 3)]
fn uart(n: u32) -> u32 {
    n + 3
}

require!(IRQS, 3);

fn main() {
    kernel::print("kernel::IRQS", &kernel::IRQS);
    kernel::print("IRQS", &IRQS);
}
