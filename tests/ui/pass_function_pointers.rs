// Every kind of function pointer, in tables with and without the attribute.

use handler_table::{HandlerTable, event_handler, handler_table, table};

pub struct Ctx<'a>(&'a mut u32);
type Alias = fn(&mut u32) -> bool;
type Table = HandlerTable<4, fn(u8, u16, u32) -> u64>;

#[handler_table]
static PLAIN: HandlerTable<4>;
#[handler_table]
static REFERENCE: HandlerTable<4, fn(&u32) -> u32>;
#[handler_table]
static MUTABLE: HandlerTable<4, Alias>;
#[handler_table]
static CONTEXT: HandlerTable<4, fn(Ctx<'_>)>;
#[handler_table]
static NAMED: HandlerTable<4, for<'a> fn(&'a str, &u8) -> &'a str>;
#[handler_table]
static UNSAFE: HandlerTable<4, unsafe fn(*const u8) -> u8>;
#[handler_table]
static C: HandlerTable<4, extern "C" fn(i32) -> i32>;
#[handler_table]
static UNSAFE_C: HandlerTable<4, unsafe extern "C" fn()>;
#[handler_table]
static MANY: Table;
#[handler_table]
static NEVER: HandlerTable<4, fn() -> !>;
#[handler_table]
static DYN: HandlerTable<4, fn(&mut dyn Iterator<Item = u8>) -> usize>;

#[event_handler(PLAIN, 1)]
fn plain() {}

#[event_handler(REFERENCE, 1)]
fn reference(number: &u32) -> u32 {
    number + 1
}

#[event_handler(MUTABLE, 1)]
fn mutable(number: &mut u32) -> bool {
    *number += 1;
    true
}

#[event_handler(CONTEXT, 1)]
fn context(ctx: Ctx<'_>) {
    *ctx.0 += 1;
}

#[event_handler(NAMED, 1)]
fn named<'a>(text: &'a str, skip: &u8) -> &'a str {
    &text[usize::from(*skip)..]
}

#[event_handler(UNSAFE, 1)]
unsafe fn unsafely(byte: *const u8) -> u8 {
    unsafe { *byte }
}

// A safe function is an unsafe one, too.
#[event_handler(UNSAFE, 2)]
fn safely(_: *const u8) -> u8 {
    2
}

#[event_handler(C, 1)]
extern "C" fn c(number: i32) -> i32 {
    number + 1
}

#[event_handler(UNSAFE_C, 1)]
unsafe extern "C" fn unsafe_c() {}

#[event_handler(MANY, 1)]
const fn many(a: u8, b: u16, c: u32) -> u64 {
    a as u64 + b as u64 + c as u64
}

#[event_handler(NEVER, 1)]
fn never() -> ! {
    panic!()
}

#[event_handler(DYN, 1)]
fn count(bytes: &mut dyn Iterator<Item = u8>) -> usize {
    bytes.count()
}

struct Bus<'a, T> {
    devices: HandlerTable<2, fn(&'a T) -> &'a T>,
}

impl<'a, T> Bus<'a, T> {
    const fn new() -> Self {
        Bus { devices: table!() }
    }
}

static DYNAMIC: HandlerTable<2, fn(&mut u32) -> bool> = table!();

fn main() {
    assert_eq!(handler_table::init_all().unwrap().handlers, 12);

    assert!(PLAIN.handle(1));
    assert_eq!(REFERENCE.dispatch(1, |h| h(&1)), Some(2));
    let mut number = 1;
    assert_eq!(MUTABLE.dispatch(1, |h| h(&mut number)), Some(true));
    CONTEXT.dispatch(1, |h| h(Ctx(&mut number))).unwrap();
    assert_eq!(number, 3);
    let text = String::from("text");
    assert_eq!(NAMED.dispatch(1, |h| h(&text, &1)), Some("ext"));
    assert_eq!(UNSAFE.dispatch(1, |h| unsafe { h(&7) }), Some(7));
    assert_eq!(UNSAFE.dispatch(2, |h| unsafe { h(&7) }), Some(2));
    assert_eq!(C.dispatch(1, |h| h(1)), Some(2));
    UNSAFE_C.dispatch(1, |h| unsafe { h() }).unwrap();
    assert_eq!(MANY.dispatch(1, |h| h(1, 2, 3)), Some(6));
    assert!(NEVER.is_registered(1));
    assert_eq!(DYN.dispatch(1, |h| h(&mut [1, 2].into_iter())), Some(2));

    let bus = Bus::new();
    bus.devices.register(0, |byte| byte).unwrap();
    assert_eq!(bus.devices.dispatch(0, |h| h(&5)), Some(&5));

    DYNAMIC.register(0, MUTABLE.get(1).unwrap()).unwrap();
    assert_eq!(DYNAMIC.dispatch(0, |h| h(&mut number)), Some(true));
    assert_eq!(number, 4);
}
