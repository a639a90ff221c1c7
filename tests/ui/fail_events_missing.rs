// An enum without `#[derive(Events)]`.

use handler_table::{HandlerTable, handler_table};

#[derive(Clone, Copy)]
enum Irq {
    Timer = 0,
}

#[handler_table]
static IRQS: HandlerTable<1, fn(), Irq>;

fn main() {
    let _ = Irq::Timer;
}
