use core::ptr::NonNull;
use handler_table::{HandlerTable, handler_table};

type Number = usize;
type Pair = (u8, u8);
type Nullable = Option<fn()>;

#[repr(align(8))]
#[derive(Clone, Copy)]
struct Padded(u8);

#[handler_table]
static PRIMITIVE: HandlerTable<8, u32>;

#[handler_table]
static TUPLE: HandlerTable<8, (fn(), usize)>;

#[handler_table]
static REFERENCE: HandlerTable<8, &'static u8>;

#[handler_table]
static NUMBER: HandlerTable<8, Number>;

#[handler_table]
static PAIR: HandlerTable<8, Pair>;

#[handler_table]
static NULLABLE: HandlerTable<8, Nullable>;

#[handler_table]
static NON_NULL: HandlerTable<8, NonNull<u8>>;

#[handler_table]
static PADDED: HandlerTable<8, Padded>;

#[handler_table]
static BOXED: HandlerTable<8, Box<dyn Fn()>>;

#[handler_table]
static OPTIONAL: HandlerTable<8, Option<fn()>>;

fn main() {}
