// What is wrong with a table by an alias, or with its handlers, is told as if by name.

use handler_table::{ActionTable, Counted, Event, Events, HandlerTable, Verdict};
use handler_table::{event_handler, handler_table};

#[derive(Events)]
enum Irq {
    Timer,
    Uart,
}

type Lines = ActionTable<4, u32>;
type Functions = HandlerTable<4>;
type Empty = ActionTable<0>;
type Other = ActionTable<3, (), Counted<1>, Irq>;

#[handler_table]
static LINES: Lines;

#[handler_table]
static FUNCTIONS: Functions;

#[handler_table]
static EMPTY: Empty;

#[handler_table]
static OTHER: Other;

#[event_handler(LINES, 4)]
fn action(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(FUNCTIONS, 2 + 2)]
fn function() {}

fn main() {
    let _ = (Irq::Timer, Irq::Uart);
}
