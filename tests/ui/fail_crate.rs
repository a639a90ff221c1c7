// A path of the crate that does not exist is told once.

use handler_table::{Events, HandlerTable, event_handler, events, handler_table, require};

mod pac {
    pub enum Interrupt {
        Uart,
    }
}

#[derive(Events)]
#[events(crate = derive_of)]
enum Irq {
    Timer,
}

events! {
    #[events(crate = events_of)]
    struct Pac: pac::Interrupt { Uart }
}

#[handler_table]
static IRQS: HandlerTable<4>;

#[handler_table(crate = table_of)]
static OTHER: HandlerTable<4>;

#[event_handler(IRQS, 0, crate = handler_of)]
fn handler() {}

require!(IRQS, 0, crate = require_of);

fn main() {
    let _ = (Irq::Timer, pac::Interrupt::Uart);
}
