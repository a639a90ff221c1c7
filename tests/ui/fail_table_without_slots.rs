// Two such tables may have one address.

use handler_table::{ActionTable, HandlerTable, Uncounted, handler_table};

type Nothing = HandlerTable<0, fn(u8)>;

#[handler_table]
static NONE: HandlerTable<0>;

#[handler_table]
static ALIAS: Nothing;

#[handler_table]
static ACTIONS: ActionTable<0, u32, Uncounted>;

// No static handlers, no identity.
static DYNAMIC: HandlerTable<0> = HandlerTable::new();

fn main() {
    assert!(!DYNAMIC.handle(0));
}
