//! Functions whose machine code `tests/assembly.rs` compares: a dispatch by a hand-written
//! array, the same dispatch by a table, and slower ones, which the comparison must detect.
#![no_std]

use core::mem::transmute;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};
use handler_table::{
    ActionTable, Clock, HandlerTable, Line, Observed, Statistics, Storms, Uncounted, table,
};
use handler_table_0_1_2::HandlerTable as Before;

type Typed = fn(&mut u64) -> bool;

static ARRAY: [AtomicPtr<()>; 256] = [const { AtomicPtr::new(null_mut()) }; 256];
static TABLE: HandlerTable<256> = HandlerTable::new();
static TYPED: HandlerTable<256, Typed> = table!();
static BEFORE: Before<8> = Before::new();
static ACTIONS: ActionTable<256, u64, Uncounted> = ActionTable::new();

static COUNTS: Statistics<256, 4> = Statistics::new();
static TIMES: Statistics<256, 4, Ticks> = Statistics::new();
static STORMS: Storms<256, 4> = Storms::new();
static TICKS: AtomicUsize = AtomicUsize::new(0);

struct Ticks;

impl Clock for Ticks {
    fn now() -> u64 {
        TICKS.load(Ordering::Relaxed) as u64
    }
}

const fn observed<O>(observer: O) -> Observed<'static, HandlerTable<256>, O> {
    Observed {
        table: &TABLE,
        observer,
    }
}

/// Stores functions in all of them, so that the compiler cannot know their content.
pub fn fill(index: usize, handler: fn(), typed: Typed) {
    ARRAY[index].store(handler as *mut (), Ordering::Release);
    let _ = TABLE.replace(index, handler);
    let _ = TYPED.replace(index, typed);
}

macro_rules! functions {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $ty:ty),*) -> $result:ty $body:block)+) => {
        $(
            $(#[$doc])*
            // SAFETY: no other function of this name is linked; none is linked at all.
            #[unsafe(no_mangle)]
            pub fn $name($($argument: $ty),*) -> $result $body
        )+
    };
}

functions! {
    /// `handle`, by hand.
    fn array_handle(index: usize) -> bool {
        let Some(slot) = ARRAY.get(index) else {
            return false;
        };
        let word = slot.load(Ordering::Acquire);
        if word.is_null() {
            return false;
        }
        // SAFETY: `fill` puts such functions there.
        let handler = unsafe { transmute::<*mut (), fn()>(word) };
        handler();
        true
    }

    /// The same by a table.
    fn table_handle(index: usize) -> bool {
        TABLE.handle(index)
    }

    /// `get` and a call.
    fn table_get(index: usize) -> bool {
        match TABLE.get(index) {
            Some(handler) => {
                handler();
                true
            }
            None => false,
        }
    }

    /// A handler with a context and a result, by hand.
    fn array_typed(index: usize, context: &mut u64) -> bool {
        let Some(slot) = ARRAY.get(index) else {
            return false;
        };
        let word = slot.load(Ordering::Acquire);
        if word.is_null() {
            return false;
        }
        // SAFETY: nothing is run.
        let handler = unsafe { transmute::<*mut (), Typed>(word) };
        handler(context)
    }

    /// The same by a table.
    fn table_typed_dispatch(index: usize, context: &mut u64) -> bool {
        TYPED.dispatch(index, |handler| handler(context)).unwrap_or(false)
    }

    /// `get` and a call.
    fn table_typed_get(index: usize, context: &mut u64) -> bool {
        TYPED.get(index).is_some_and(|handler| handler(context))
    }

    /// A constant event, by hand.
    fn array_constant() -> bool {
        let word = ARRAY[7].load(Ordering::Acquire);
        if word.is_null() {
            return false;
        }
        // SAFETY: `fill` puts such functions there.
        let handler = unsafe { transmute::<*mut (), fn()>(word) };
        handler();
        true
    }

    /// The same by a table.
    fn table_constant() -> bool {
        TABLE.handle(7)
    }

    /// Observed by nobody.
    fn observed_off(index: usize) -> bool {
        observed(()).dispatch(0, index, |handler| handler()).0.is_some()
    }

    /// Actions.
    fn actions_dispatch(cpu: usize, index: usize, arg: &mut u64) -> bool {
        ACTIONS.dispatch(cpu, index, arg).is_ok_and(handler_table::Outcome::handled)
    }

    /// Actions, observed by nobody.
    fn observed_actions_off(cpu: usize, index: usize, arg: &mut u64) -> bool {
        let observed = Observed { table: &ACTIONS, observer: () };
        observed.dispatch(cpu, index, arg).0.is_ok_and(handler_table::Outcome::handled)
    }

    /// Counts.
    fn observed_counts(cpu: usize, index: usize) -> bool {
        observed(&COUNTS).dispatch(cpu, index, |handler| handler()).0.is_some()
    }

    /// Counts and measures.
    fn observed_times(cpu: usize, index: usize) -> bool {
        observed(&TIMES).dispatch(cpu, index, |handler| handler()).0.is_some()
    }

    /// Looks for storms.
    fn observed_storms(cpu: usize, index: usize) -> bool {
        observed(&STORMS).dispatch(cpu, index, |handler| handler()).1 == Line::Mask
    }

    /// Loads twice.
    fn slow_twice(index: usize) -> bool {
        TABLE.is_registered(index) && TABLE.handle(index)
    }

    /// Uses a stronger ordering than necessary.
    fn slow_fence(index: usize) -> bool {
        fence(Ordering::SeqCst);
        TABLE.handle(index)
    }

    /// Writes where a read is enough.
    fn slow_locked(index: usize) -> bool {
        let Some(slot) = ARRAY.get(index) else {
            return false;
        };
        !slot.swap(null_mut(), Ordering::AcqRel).is_null()
    }

    /// An event that the compiler does not know as a constant.
    fn slow_constant() -> bool {
        TABLE.handle(core::hint::black_box(7))
    }

    /// Acquires and releases.
    fn table_register(handler: fn()) -> bool {
        TABLE.register(3, handler).is_ok()
    }

    /// Acquires and releases.
    fn table_unregister() -> bool {
        TABLE.unregister(3).is_some()
    }

    /// Only acquires.
    fn before_register(handler: fn()) -> bool {
        BEFORE.register_handler(3, handler)
    }

    /// Only acquires.
    fn before_unregister() -> bool {
        BEFORE.unregister_handler(3).is_some()
    }
}
