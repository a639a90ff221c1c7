// An enum of another crate that does not exist, or has fields.

use handler_table::{Events, HandlerTable, events, event_handler, handler_table};

mod pac {
    pub enum Interrupt {
        Uart,
    }
}

events! { pub struct Pac: pac::Interupt { Uart } }

#[handler_table]
static IRQS: HandlerTable<{ Pac::CAPACITY }, fn(), Pac>;

#[event_handler(IRQS, pac::Interrupt::Uart)]
fn uart() {}

fn main() {}
