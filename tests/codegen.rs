//! The operations, one function each, to be read as assembly; and those of
//! `handler_table` 0.1.2.

// Nobody calls them by these names; they are looked for in the assembly.
#![allow(clippy::no_mangle_with_rust_abi)]

use handler_table::HandlerTable;
use handler_table_0_1_2::HandlerTable as Before;

#[inline(never)]
fn ours_register(table: &HandlerTable<8>, handler: fn()) -> bool {
    table.register_handler(3, handler)
}

#[inline(never)]
fn ours_unregister(table: &HandlerTable<8>) -> Option<fn()> {
    table.unregister_handler(3)
}

#[inline(never)]
fn ours_handle(table: &HandlerTable<8>) -> bool {
    table.handle(3)
}

#[inline(never)]
fn before_register(table: &Before<8>, handler: fn()) -> bool {
    table.register_handler(3, handler)
}

#[inline(never)]
fn before_unregister(table: &Before<8>) -> Option<fn()> {
    table.unregister_handler(3)
}

fn main() {
    let (ours, before) = (HandlerTable::new(), Before::new());
    assert!(ours_register(&ours, || ()) && before_register(&before, || ()));
    assert!(ours_handle(&ours));
    assert!(ours_unregister(&ours).is_some() && before_unregister(&before).is_some());
}
