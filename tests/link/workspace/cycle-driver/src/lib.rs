//! A driver for `cycle`, whose tests need it.

use handler_table::{HandlerTable, event_handler, require};

#[event_handler(cycle::IRQS, 5)]
fn driver() -> u32 {
    2005
}

require!(cycle::IRQS, 3, 5);

pub fn table() -> &'static HandlerTable<8, fn() -> u32> {
    &cycle::IRQS
}
