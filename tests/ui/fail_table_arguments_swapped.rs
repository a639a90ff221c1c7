use handler_table::{Events, handler_table};

#[derive(Events)]
enum Irq {
    Timer,
}

#[handler_table]
static IRQS: handler_table::HandlerTable<{ Irq::CAPACITY }, Irq, fn()>;

fn main() {}
