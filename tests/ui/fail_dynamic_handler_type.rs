// No other way to make a table of what is no function pointer.

use core::num::NonZeroUsize;
use core::ptr::NonNull;
use handler_table::{HandlerTable, table};

#[repr(align(8))]
#[derive(Clone, Copy)]
struct Padded(u8);

#[repr(usize)]
#[derive(Clone, Copy)]
enum Choice {
    One = 1,
    Two = 2,
}

static NEW: HandlerTable<8, fn(u8)> = HandlerTable::new();
static NUMBER: HandlerTable<8, usize> = table!();
static SMALL_NUMBER: HandlerTable<8, u8> = table!();
static NON_ZERO: HandlerTable<8, NonZeroUsize> = table!();
static REFERENCE: HandlerTable<8, &'static u8> = table!();
static UNIT_REFERENCE: HandlerTable<8, &'static ()> = table!();
static NON_NULL: HandlerTable<8, Option<NonNull<u8>>> = table!();
static PADDED: HandlerTable<8, Padded> = table!();
static CHOICE: HandlerTable<8, Choice> = table!();
static NULLABLE: HandlerTable<8, Option<fn()>> = table!();
static POINTER: HandlerTable<8, *const ()> = table!();
static CHAR: HandlerTable<8, char> = table!();
// A reference to an array can be cast to a pointer to its elements.
static ARRAY: HandlerTable<8, &'static [fn(); 0]> = table!();

fn generic<F: Copy>() -> HandlerTable<8, F> {
    table!()
}

fn main() {
    let default: HandlerTable<8, usize> = HandlerTable::default();
    let _ = (default, Choice::One, Choice::Two, Padded(0));
}
