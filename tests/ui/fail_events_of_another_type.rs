// A table takes the variants of its own enum, and nothing else.

use handler_table::{Action, ActionTable, Counted, Events, HandlerTable, Verdict};
use handler_table::{event_handler, handler_table, require};

#[derive(Events, Clone, Copy)]
enum Irq {
    Timer = 0,
    Uart = 1,
}

#[derive(Events, Clone, Copy)]
enum Trap {
    Page = 0,
}

#[handler_table]
static IRQS: HandlerTable<{ Irq::CAPACITY }, fn(), Irq>;

#[handler_table]
static LINES: ActionTable<{ Irq::CAPACITY }, (), Counted<1>, Irq>;

#[handler_table]
static PLAIN: HandlerTable<8>;

static ACTION: Action = Action::new(|_, ()| Verdict::Handled, ());

#[event_handler(IRQS, 1)]
fn literal() {}

#[event_handler(IRQS, Irq::Uart as usize)]
fn number() {}

#[event_handler(IRQS, Trap::Page)]
fn other_enum() {}

#[event_handler(PLAIN, Irq::Timer)]
fn enum_in_a_table_of_numbers() {}

require!(IRQS, 1);
require!(IRQS, Trap::Page);
require!(PLAIN, Irq::Uart);

fn main() {
    let _ = IRQS.register(1, || ());
    let _ = IRQS.dispatch(Trap::Page, |handler| handler());
    let _ = LINES.register(1_usize, &ACTION);
    let _ = LINES.dispatch(0, Trap::Page, &mut ());
}
