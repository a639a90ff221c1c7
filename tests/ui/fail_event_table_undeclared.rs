use handler_table::{HandlerTable, event_handler};

mod kernel {
    use handler_table::HandlerTable;

    pub static IRQS: HandlerTable<8> = HandlerTable::new();
}

static IRQS: HandlerTable<8> = HandlerTable::new();

const EVENT: usize = 2;

#[event_handler(IRQS, 0)]
fn table_without_the_attribute() {}

#[event_handler(kernel::IRQS, 1)]
fn table_without_the_attribute_in_a_module() {}

#[event_handler(IRQS, EVENT)]
fn table_without_the_attribute_by_constant() {}

fn main() {}
