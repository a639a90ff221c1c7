use handler_table::{HandlerTable, handler_table};

type Number = u8;

#[handler_table]
static NUMBER: u8;

#[handler_table]
static ALIAS: Number;

#[handler_table]
static REFERENCE: &'static HandlerTable<8>;

#[handler_table]
static POINTER: fn();

#[handler_table]
static NO_CAPACITY: HandlerTable;

static DYNAMIC: HandlerTable<8> = HandlerTable::new();

fn main() {
    assert!(!DYNAMIC.handle(0));
}
