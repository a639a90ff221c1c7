// What is wrong with the names.

use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table};

#[handler_table]
static IRQS: ActionTable<8>;

static TAKEN: u8 = 0;

#[event_handler(IRQS, 0, handle = TAKEN)]
fn name_is_taken(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(MISSING, 1, handle = HANDLE)]
fn table_is_missing(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(TAKEN, 1, handle = NO_TABLE)]
fn no_table(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

fn main() {}
