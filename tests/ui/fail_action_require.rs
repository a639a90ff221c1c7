use handler_table::{ActionTable, handler_table, require};

#[handler_table]
static IRQS: ActionTable<8>;

require!(IRQS, 8);

fn main() {}
