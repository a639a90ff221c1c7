use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(IRQS, 1, 2)]
fn third_argument() {}

#[event_handler(IRQS, 1, 2, 3)]
fn third_and_fourth_argument() {}

#[event_handler(IRQS, index = 3)]
fn index_with_a_name() {}

#[event_handler(IRQS, 2, name = "two")]
fn unknown_option() {}

#[event_handler(IRQS, 3, crate = handler_table, crate = handler_table)]
fn repeated_option() {}

#[event_handler(IRQS, 4, crate = "handler_table")]
fn path_in_quotes() {}

#[event_handler(IRQS, 5, crate = )]
fn no_path() {}

#[event_handler(IRQS + 1, 6)]
fn table_is_an_expression() {}

fn main() {}
