// Only the attribute declares tables, and nobody makes entries from nothing.

#![forbid(unsafe_code)]

use handler_table::__private::{
    Declaration, Entry, Linked, List, Load, entry, events, idle, slots,
};
use handler_table::{ActionTable, HandlerTable};

const LIST: &List = &List::of(&[], "");
static LOAD: Load = idle();
static NUMBERS: [usize; 9] = [0; 9];
static ACTIONS: ActionTable<8> = ActionTable::new();
static OF_NUMBERS: Declaration = slots(&NUMBERS, LIST, "");
static OF_ACTIONS: Declaration = events(&ACTIONS, LIST, "");

entry! { static TABLE = Entry::table(&OF_NUMBERS, &LOAD); }
entry! { static TABLE_OF_ACTIONS = Entry::table(&OF_ACTIONS, &LOAD); }

fn action(action: &'static Linked) -> Entry {
    Entry::action(action)
}

fn proof() -> HandlerTable<8, usize> {
    HandlerTable::with_proof(|_| core::ptr::null())
}

fn main() {
    let _ = (action, proof);
}
