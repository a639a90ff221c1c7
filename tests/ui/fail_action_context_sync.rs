// A context is shared by all calls.

use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table};

#[handler_table]
static IRQS: ActionTable<8>;

const POINTER: *const u8 = core::ptr::null();

#[event_handler(IRQS, 0, context = POINTER)]
fn handler(_: &mut Event<'_>, _: &*const u8) -> Verdict {
    Verdict::Handled
}

fn main() {}
