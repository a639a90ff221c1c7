// The handlers of a table by an alias.

use handler_table::{ActionTable, Event, HandlerTable, Verdict, event_handler, handler_table};

type Lines = ActionTable<4, u32>;
type Functions = HandlerTable<4>;

#[handler_table]
static LINES: Lines;

#[handler_table]
static FUNCTIONS: Functions;

#[event_handler(LINES, 1)]
fn action(_: &mut Event<'_, u16>) -> Verdict {
    Verdict::Handled
}

#[event_handler(FUNCTIONS, 2)]
fn function(_: u8) {}

fn main() {}
