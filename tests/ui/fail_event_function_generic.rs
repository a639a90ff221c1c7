use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8, fn(&u8)>;

#[event_handler(IRQS, 0)]
fn by_type<'a, T: Fn(u8) -> u8>(_: &'a T) {}

#[event_handler(IRQS, 1)]
fn by_constant<const N: usize>(_: &u8) {}

#[event_handler(IRQS, 2)]
fn by_impl_trait(_: impl Copy) {}

#[event_handler(IRQS, 3)]
fn result_without_a_name(_: &u8) -> impl Copy {}

fn main() {}
