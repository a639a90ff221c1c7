// A table that does not exist, and one without the attribute: one error each.

use handler_table::{HandlerTable, require};

static UNDECLARED: HandlerTable<8> = HandlerTable::new();

const TIMER: usize = 3;

require!(UNDECLARED, 1);
require!(UNDECLARED, TIMER);
require!(TIMERS, 1);

fn main() {}
