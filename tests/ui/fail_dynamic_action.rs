// A table of actions is invariant in the type of its argument: if this compiled, a
// handler would be called with what it is not for. And who owns a context has it
// only where it may be.

use handler_table::{Action, ActionTable, Verdict};
use std::sync::MutexGuard;

type Any = for<'a> fn(&'a str);
type Static = fn(&'static str);

fn special(table: &ActionTable<1, Any>) -> &ActionTable<1, Static> {
    table
}

fn general<'a>(table: &'a ActionTable<1, &'static str>) -> &'a ActionTable<1, &'a str> {
    table
}

static LOCKS: Action<(), Option<MutexGuard<'static, u8>>> =
    Action::new(|_, _| Verdict::Handled, None);

fn main() {
    special(&ActionTable::new());
    general(&ActionTable::new());
    LOCKS.with_context(|lock| drop(lock.take())).unwrap();
}
