use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[event_handler(IRQS, "3")]
fn text() {}

#[event_handler(IRQS, "three")]
fn word() {}

#[event_handler(IRQS, -1)]
fn negative() {}

#[event_handler(IRQS, 3.0)]
fn fraction() {}

#[event_handler(IRQS, 3u8)]
fn other_type() {}

#[event_handler(IRQS, true)]
fn truth() {}

#[event_handler(IRQS, 99999999999999999999)]
fn too_large() {}

fn main() {}
