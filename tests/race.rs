//! A program for a race detector. One thread passes plain memory to another by registering a
//! handler that uses it, and gets it back by unregistering the handler.
//!
//! * `race ours` has no race.
//! * `race 0.1.2`, the same with `handler_table` 0.1.2, has one.
//! * `race actions`, in which the owner drains its action, has no race.
//! * `race undrained`, in which it does not, has one.
//!
//! The threads are those of `pthread`, which the detector knows. Threads of the standard
//! library synchronize in code that was not compiled for the detector.

use handler_table::{Action, ActionTable, Event, Here, Verdict};
use std::cell::{Cell, UnsafeCell};
use std::env;
use std::ffi::c_void;
use std::process::ExitCode;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Runs both at once.
fn run(threads: [extern "C" fn(*mut c_void) -> *mut c_void; 2]) {
    let threads = threads.map(|body| {
        let mut thread = 0;
        // SAFETY: the body takes nothing and returns nothing.
        let result =
            unsafe { libc::pthread_create(&raw mut thread, ptr::null(), body, ptr::null_mut()) };
        assert_eq!(result, 0);
        thread
    });
    for thread in threads {
        // SAFETY: it was made above, and is joined once.
        assert_eq!(unsafe { libc::pthread_join(thread, ptr::null_mut()) }, 0);
    }
}

const SLOTS: usize = 16;
const ROUNDS: usize = 50;

struct Plain([UnsafeCell<usize>; SLOTS]);

// SAFETY: the table decides which thread uses a cell. The race detector checks that this is
// enough.
unsafe impl Sync for Plain {}

static PLAIN: Plain = Plain([const { UnsafeCell::new(0) }; SLOTS]);

impl Plain {
    fn add(&self, index: usize, expected: usize) {
        let cell = self.0[index].get();
        // SAFETY: as above.
        unsafe {
            assert_eq!(*cell, expected);
            *cell = expected + 1;
        }
    }

    fn count(&self, index: usize) {
        // SAFETY: as above.
        unsafe { *self.0[index].get() += 1 };
    }

    fn take(&self, index: usize) -> usize {
        // SAFETY: as above.
        unsafe { self.0[index].get().replace(0) }
    }
}

thread_local! {
    /// The event that this thread handles, and what it expects in its cell.
    static EVENT: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Reads the data that its registrant wrote.
fn user() {
    if let Some((event, expected)) = EVENT.take() {
        PLAIN.add(event, expected);
    }
}

/// Occupies a slot.
fn keeper() {}

/// Both tables have these methods.
macro_rules! race {
    ($table:ty) => {{
        static TABLE: $table = <$table>::new();
        /// While the slot is empty, the cell belongs to this thread.
        extern "C" fn registrant(_: *mut c_void) -> *mut c_void {
            for round in 0..ROUNDS {
                for event in 0..SLOTS {
                    while !TABLE.register_handler(event, keeper) {
                        thread::yield_now();
                    }
                    PLAIN.add(event, 2 * round);
                    assert!(TABLE.unregister_handler(event).is_some());
                    assert!(TABLE.register_handler(event, user));
                }
            }
            ptr::null_mut()
        }
        /// While the slot has `user`, the cell belongs to this thread.
        extern "C" fn dispatcher(_: *mut c_void) -> *mut c_void {
            for round in 0..ROUNDS {
                for event in 0..SLOTS {
                    EVENT.set(Some((event, 2 * round + 1)));
                    while EVENT.get().is_some() {
                        if !TABLE.handle(event) {
                            thread::yield_now();
                        }
                    }
                    assert!(TABLE.unregister_handler(event).is_some());
                }
            }
            ptr::null_mut()
        }
        run([registrant, dispatcher]);
    }};
}

static ACTIONS: [Action<(), &Plain>; SLOTS] =
    [const { Action::new(|event, plain| uses(event, plain), &PLAIN) }; SLOTS];
static ACTION_TABLE: ActionTable<SLOTS> = ActionTable::new();

/// The number of calls of an action since its owner has last read it, and whether the owner
/// is done. Relaxed, so that the threads do not synchronize through it.
static CALLS: [AtomicUsize; SLOTS] = [const { AtomicUsize::new(0) }; SLOTS];
static DONE: AtomicBool = AtomicBool::new(false);

/// Uses the cell of its event.
fn uses(event: &mut Event<'_>, plain: &Plain) -> Verdict {
    plain.count(event.index());
    CALLS[event.index()].fetch_add(1, Ordering::Relaxed);
    Verdict::Handled
}

extern "C" fn action_dispatcher(_: *mut c_void) -> *mut c_void {
    while !DONE.load(Ordering::Relaxed) {
        for event in 0..SLOTS {
            ACTION_TABLE.dispatch(0, event, &mut ()).unwrap();
        }
        thread::yield_now();
    }
    ptr::null_mut()
}

/// Uses the cell of an event after its action was removed.
extern "C" fn owner<const WAITS: bool>(_: *mut c_void) -> *mut c_void {
    for round in 0..ROUNDS {
        for (event, action) in ACTIONS.iter().enumerate() {
            ACTION_TABLE.register(event, action).unwrap();
            while CALLS[event].load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            if !WAITS {
                ACTION_TABLE.unregister(action).unwrap();
                PLAIN.take(event);
            }
            // Both ways to know that no call is in flight.
            let tries = WAITS && round % 2 == 0;
            if !tries || !ACTION_TABLE.unregister(action).unwrap().try_drain() {
                ACTION_TABLE
                    .unregister_and_drain(action, Here::Unknown, thread::yield_now)
                    .unwrap();
            }
            let calls = CALLS[event].swap(0, Ordering::Relaxed);
            let counted = action.with_context(|plain| plain.take(event)).unwrap();
            assert!(counted == calls || !WAITS);
        }
    }
    DONE.store(true, Ordering::Relaxed);
    ptr::null_mut()
}

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some("ours") => race!(handler_table::HandlerTable<SLOTS>),
        Some("0.1.2") => race!(handler_table_0_1_2::HandlerTable<SLOTS>),
        Some("actions") => run([owner::<true>, action_dispatcher]),
        Some("undrained") => run([owner::<false>, action_dispatcher]),
        _ => {
            eprintln!("usage: race ours | 0.1.2 | actions | undrained");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
