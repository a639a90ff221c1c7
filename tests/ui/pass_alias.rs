// Tables of both kinds by aliases and renaming imports, with handlers with and without options.

#![deny(warnings)]
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicU32, Ordering};
use handler_table::{
    ActionTable as Lines, Counted, Event, Events, HandlerTable as Functions, Verdict,
    event_handler, handler_table, require,
};

#[derive(Events, Clone, Copy)]
enum Irq {
    Timer,
    Disk = 500,
}

mod kernel {
    pub type Actions = super::Lines<4, u32>;
}

type TypedActions = Lines<{ Irq::CAPACITY }, u32, Counted<2>, Irq>;
type TypedFunctions = Functions<{ Irq::CAPACITY }, fn(u32) -> u32, Irq>;

#[handler_table]
static ACTIONS: kernel::Actions;

#[handler_table]
static RENAMED: Lines<4, u32>;

#[handler_table]
static TYPED: TypedActions;

#[handler_table]
static FUNCTIONS: Functions<4, fn(u32) -> u32>;

#[handler_table]
static TYPED_FUNCTIONS: TypedFunctions;

static COUNT: AtomicU32 = AtomicU32::new(0);

#[event_handler(ACTIONS, 1)]
#[event_handler(RENAMED, 1 + 2)]
#[event_handler(TYPED, Irq::Disk)]
fn plain(event: &mut Event<'_, u32>) -> Verdict {
    *event.arg += 1;
    Verdict::Handled
}

#[event_handler(ACTIONS, 2, shared, priority = 3, context = COUNT)]
#[event_handler(TYPED, Irq::Timer, context = COUNT, handle = TIMER)]
fn with_context(_: &mut Event<'_, u32>, count: &AtomicU32) -> Verdict {
    count.fetch_add(1, Ordering::Relaxed);
    Verdict::Handled
}

#[event_handler(ACTIONS, 2, shared, non_reentrant, context = 5)]
fn non_reentrant(event: &mut Event<'_, u32>, own: &mut u32) -> Verdict {
    *event.arg += *own;
    Verdict::Handled
}

#[event_handler(FUNCTIONS, 3)]
#[event_handler(TYPED_FUNCTIONS, Irq::Disk)]
fn function(number: u32) -> u32 {
    number + 1
}

require!(ACTIONS, 1, 2);
require!(RENAMED, 3);
require!(TYPED, Irq::Timer, Irq::Disk);
require!(FUNCTIONS, 3);
require!(TYPED_FUNCTIONS, Irq::Disk);

fn main() {
    assert_eq!(ACTIONS.init().unwrap().handlers, 3);
    assert_eq!(RENAMED.init().unwrap().handlers, 1);
    assert_eq!(TYPED.init().unwrap().handlers, 2);
    assert_eq!(FUNCTIONS.init().unwrap().handlers, 1);
    assert_eq!(TYPED_FUNCTIONS.init().unwrap().handlers, 1);

    let mut arg = 0;
    assert_eq!(ACTIONS.dispatch(0, 1, &mut arg).unwrap().called(), 1);
    assert_eq!(ACTIONS.dispatch(0, 2, &mut arg).unwrap().called(), 2);
    assert_eq!(RENAMED.dispatch(0, 3, &mut arg).unwrap().called(), 1);
    assert_eq!(TYPED.dispatch(0, Irq::Disk, &mut arg).unwrap().called(), 1);
    assert_eq!(TYPED.dispatch(0, Irq::Timer, &mut arg).unwrap().called(), 1);
    assert_eq!((arg, COUNT.load(Ordering::Relaxed)), (8, 2));
    TYPED.disable(TIMER).unwrap();
    assert_eq!(FUNCTIONS.dispatch(3, |handler| handler(1)), Some(2));
    assert_eq!(TYPED_FUNCTIONS.dispatch_raw(500, |handler| handler(1)), Some(2));
}
