//! A table that has actions neither moves nor ends: they keep its address.

use handler_table::{Action, ActionTable, Verdict};
use std::mem;

static ACTION: Action = Action::new(|_, ()| Verdict::Handled, ());

fn on_the_stack() {
    let table = ActionTable::<4>::new();
    let _ = table.register(0, &ACTION);
}

fn swapped(a: &'static mut ActionTable<4>, b: &'static mut ActionTable<4>) {
    let _ = a.register(0, &ACTION);
    mem::swap(a, b);
}

fn replaced(table: &'static mut ActionTable<4>) {
    let _ = table.register(0, &ACTION);
    let _ = mem::replace(table, ActionTable::new());
}

fn taken(table: &'static mut ActionTable<4>) {
    let _ = table.register(0, &ACTION);
    let _ = mem::take(table);
}

fn dropped(table: Box<ActionTable<4>>) {
    let _ = table.register(0, &ACTION);
    drop(table);
}

fn grown(mut tables: Vec<ActionTable<4>>) {
    let _ = tables[0].register(0, &ACTION);
    tables.push(ActionTable::new());
}

fn main() {}
