use handler_table::{HandlerTable, handler_table, require};

#[handler_table]
static IRQS: HandlerTable<8>;

static UNDECLARED: HandlerTable<8> = HandlerTable::new();

const TIMER: usize = 3;

require!();
require!(3);
require!(IRQS);
require!(IRQS, TIMER, TIMER + 5, "3");
require!(IRQS, ..);
require!(IRQS, 1, -1, 3u8);
require!(IRQS, 1, 8);
require!(TIMERS, 1);
require!(UNDECLARED, 1);
require!(IRQS, 1, name = 2);

fn main() {}
