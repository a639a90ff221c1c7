//! A million boxed actions come and go, and all their memory is freed. This is a program of
//! its own, without a harness, because it counts all allocations.

use handler_table::{Action, ActionGuard, ActionTable, Event, Verdict};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: it is the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static TABLE: ActionTable<4, usize> = ActionTable::new();
static OWN: Mutex<Option<ActionGuard>> = Mutex::new(None);

/// The growth after this number of registrations, each with an allocation of its own.
fn grows(registrations: usize, release: impl Fn(ActionGuard)) -> usize {
    let before = IN_USE.load(Ordering::Relaxed);
    let mut sum = 0;
    for number in 0..registrations {
        let state = Box::new(number);
        let action = Action::from_fn_mut(move |event: &mut Event<'_, usize>| {
            *event.arg += *state;
            drop(OWN.lock().unwrap().take());
            Verdict::Handled
        });
        let guard = TABLE.register_boxed(3, action.copied_name("name")).unwrap();
        if number % 16 == 0 {
            TABLE.dispatch(0, 3, &mut sum).unwrap();
        }
        release(guard);
    }
    assert!(sum > 0);
    TABLE.free_removed();
    IN_USE.load(Ordering::Relaxed) - before
}

fn main() {
    let million = 1_000_000;
    assert_eq!(grows(million, drop), 0);
    assert!(ALLOCATED.load(Ordering::Relaxed) > million * size_of::<usize>());
    // Those that are dropped in their own handler too.
    let in_handler = |guard| {
        *OWN.lock().unwrap() = Some(guard);
        TABLE.dispatch(0, 3, &mut 0).unwrap();
    };
    assert_eq!(grows(10_000, in_handler), 0);
    // A control: what is forgotten is in use for ever.
    let removed = |mut guard: ActionGuard| {
        guard.unregister();
        std::mem::forget(guard);
    };
    assert!(grows(100, removed) > 100 * size_of::<usize>());
}
