use handler_table::{HandlerTable, handler_table};

#[handler_table(8)]
static CAPACITY: HandlerTable<8>;

#[handler_table(name = "irqs")]
static NAME: HandlerTable<8>;

#[handler_table(crate = 8)]
static CRATE: HandlerTable<8>;

fn main() {
    let _ = (&CAPACITY, &NAME, &CRATE);
}
