//! Models of one action and of the line of its event. The action is removed and registered
//! again, its owner borrows its context, or it is non-reentrant.

extern crate std;

use super::{Plain, counted, explore, fenceless, leak, made, plain, reader};
use crate::action::flight::sealed::Tracking as _;
use crate::{Action, ActionError, ActionTable, Counted, Event, Here, Line, Outcome, Verdict};
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::boxed::Box;

type Within = dyn Fn();
type Inner = Action<Within, Plain>;

/// An action whose handler calls the argument, for example to remove the action, and then
/// reads the context. So a call is in flight after a removal, without another thread.
fn inner() -> &'static Inner {
    fn within(event: &mut Event<'_, Within>, plain: &Plain) -> Verdict {
        (event.arg)();
        plain.read(0);
        Verdict::Handled
    }
    made(Action::new(
        within,
        Plain([UnsafeCell::new(0), UnsafeCell::new(0)]),
    ))
}

/// Registers the action, and removes it while its handler runs.
fn call_and_take_out(table: &'static ActionTable<2, Within>, action: &'static Inner) {
    if table.register(1, action).is_ok() {
        let mut take_out = move || {
            let _ = table.unregister(action);
        };
        table.dispatch(0, 1, &mut take_out).unwrap();
    }
}

fn is_owned(action: &'static Inner) -> bool {
    action.with_context(|plain| plain.write(0, 2)).is_ok()
}

/// A wait for an earlier removal of an action does not free the action after a later
/// removal, because it has not waited for the later calls.
#[test]
fn who_waited_for_an_earlier_removal_does_not_free_a_later_one() {
    let all = [(false, false), (false, true), (true, false), (true, true)];
    explore(2, all, || {
        let (table, action) = (counted(), inner());
        table.register(0, action).unwrap();
        table.unregister(action).unwrap();
        let waiter = thread::spawn(move || {
            let drained = table
                .unregister_and_drain(action, Here::Unknown, thread::yield_now)
                .is_ok();
            (drained, is_owned(action))
        });
        call_and_take_out(table, action);
        waiter.join().unwrap()
    });
}

/// A handle that is used while its action moves on acts on its own registration, or says that
/// it is stale.
#[test]
fn a_stale_handle_does_not_act_on_a_later_registration() {
    explore(
        3,
        [(false, false), (false, true), (true, false), (true, true)],
        || {
            let (table, action) = (counted(), inner());
            let handle = table.register(0, action).unwrap().handle;
            let other = thread::spawn(move || match table.disable(handle) {
                Ok(_) => true,
                Err(error) => {
                    assert_eq!(error, ActionError::Stale { index: 0 });
                    false
                }
            });
            table.unregister(action).unwrap();
            let again = table.register(0, action).is_ok();
            let disabled = other.join().unwrap();
            assert_eq!(table.is_enabled(0), again, "the later one is enabled");
            (disabled, again)
        },
    );
}

/// A poll is as good as a wait, also by another thread than the one that removed the action.
#[test]
fn a_removal_that_is_polled_frees_what_is_not_being_called() {
    explore(3, [false, true], || {
        let (table, action) = (counted(), inner());
        table.register(1, action).unwrap();
        let dispatcher = thread::spawn(move || {
            table.dispatch(0, 1, &mut || ()).unwrap();
        });
        let mut removal = table.unregister(action).unwrap();
        let poller = thread::spawn(move || {
            let free = removal.try_drain();
            if free {
                assert!(is_owned(action));
            }
            free
        });
        let free = poller.join().unwrap();
        dispatcher.join().unwrap();
        assert!(is_owned(action));
        free
    });
}

/// A context that writes when it is dropped. Loom finds a race with a handler that reads it.
#[cfg(feature = "alloc")]
struct Written(&'static Plain);

#[cfg(feature = "alloc")]
impl Written {
    fn read(&self) -> u32 {
        self.0.read(0)
    }
}

#[cfg(feature = "alloc")]
impl Drop for Written {
    fn drop(&mut self) {
        self.0.write(0, 2);
    }
}

/// A guard drops the context of its action only after the last call. If the call is in flight,
/// the next collection does that, by any thread.
#[cfg(feature = "alloc")]
#[test]
fn a_boxed_action_is_freed_only_when_it_is_not_being_called() {
    let all = [(false, false), (false, true), (true, false), (true, true)];
    explore(3, all, || {
        let table: &'static ActionTable<2, u32> = counted();
        let plain = plain();
        let written = Written(plain);
        let action = Action::from_fn(move |event: &mut Event<'_, u32>| {
            *event.arg = 1 + written.read();
            Verdict::Handled
        });
        action.record().touch();
        let guard = table.register_boxed(0, action).unwrap();
        let dispatcher = thread::spawn(move || {
            let mut called = 0;
            table.dispatch(0, 0, &mut called).unwrap();
            called == 1
        });
        drop(guard);
        let left = table.free_removed();
        let called = dispatcher.join().unwrap();
        assert!(!table.free_removed());
        assert_eq!(plain.read(0), 2);
        (called, left)
    });
}

/// The guard and somebody with its handle remove the action at once. It is freed after both.
#[cfg(feature = "alloc")]
#[test]
fn a_boxed_action_is_freed_after_it_was_unlinked_by_another() {
    explore(
        3,
        [(false, false), (false, true), (true, false), (true, true)],
        || {
            let table: &'static ActionTable<2, u32> = counted();
            let plain = plain();
            let written = Written(plain);
            let action = Action::from_fn(move |event: &mut Event<'_, u32>| {
                *event.arg = 1 + written.read();
                Verdict::Handled
            });
            action.record().touch();
            let guard = table.register_boxed(0, action).unwrap();
            let handle = guard.handle();
            let remover = thread::spawn(move || table.unregister(handle).is_ok());
            let dispatcher = thread::spawn(move || {
                let mut called = 0;
                table.dispatch(0, 0, &mut called).unwrap();
                called == 1
            });
            drop(guard);
            let removed = remover.join().unwrap();
            let called = dispatcher.join().unwrap();
            assert!(!table.free_removed());
            assert_eq!(plain.read(0), 2);
            (removed, called)
        },
    );
}

/// The former table of an action does not mistake it for one of its own.
#[test]
fn what_another_table_drains_is_not_registered_here() {
    let all = [(false, false), (false, true), (true, false), (true, true)];
    explore(3, all, || {
        let (here, there, action) = (counted(), counted(), inner());
        here.register(0, action).unwrap();
        assert!(here.unregister(action).unwrap().try_drain());
        let other = thread::spawn(move || call_and_take_out(there, action));
        let registered = here.register(0, action).is_ok();
        if registered {
            here.unregister_and_drain(action, Here::Unknown, thread::yield_now)
                .unwrap();
        }
        let owned = is_owned(action);
        other.join().unwrap();
        (registered, owned)
    });
}

#[test]
fn what_another_table_drains_is_not_drained_here() {
    explore(3, [false, true], || {
        let (here, there, action) = (counted(), counted(), inner());
        here.register(0, action).unwrap();
        assert!(here.unregister(action).unwrap().try_drain());
        let other = thread::spawn(move || call_and_take_out(there, action));
        here.unregister_and_drain(action, Here::Unknown, thread::yield_now)
            .unwrap_err();
        let owned = is_owned(action);
        other.join().unwrap();
        owned
    });
}

/// The thread that finds the action free has not waited itself.
#[test]
fn who_finds_an_action_free_sees_what_calls_did_that_another_has_waited_for() {
    explore(2, [false, true], || {
        let (table, action) = (counted(), inner());
        let caller = thread::spawn(move || call_and_take_out(table, action));
        let waiter = thread::spawn(move || {
            let _ = table.unregister_and_drain(action, Here::Unknown, thread::yield_now);
        });
        let owned = is_owned(action);
        caller.join().unwrap();
        waiter.join().unwrap();
        owned
    });
}

#[test]
fn the_context_is_handed_from_one_owner_to_the_next() {
    explore(4, [(true, true), (true, false), (false, true)], || {
        let action = inner();
        let other = thread::spawn(move || is_owned(action));
        let mine = is_owned(action);
        (mine, other.join().unwrap())
    });
}

#[test]
fn a_table_that_does_not_count_lets_readers_walk_on() {
    explore(4, [2, 3], || {
        let (table, plain) = (fenceless(), plain());
        let goes = made(reader::<1>(plain).shared());
        let stays = made(reader::<2>(plain).shared());
        table.register(0, goes).unwrap();
        table.register(0, stays).unwrap();
        let dispatcher = thread::spawn(move || {
            let mut bits = 0;
            table.dispatch(0, 0, &mut bits).unwrap();
            bits
        });
        table.unregister(goes).unwrap();
        assert!(matches!(
            table.register(0, goes),
            Err(ActionError::Retired { .. })
        ));
        dispatcher.join().unwrap()
    });
}

/// Each thread announces work and dispatches. A run of the handler does all announced work,
/// and no work is lost.
#[test]
fn a_pended_event_is_not_lost_and_no_two_runs_overlap() {
    struct State {
        flags: [AtomicBool; 2],
        done: UnsafeCell<[bool; 2]>,
    }
    // SAFETY: loom checks that there are no races on `done`.
    unsafe impl Sync for State {}

    fn work(_: &mut Event<'_, u32>, state: &mut &'static State) -> Verdict {
        // SAFETY: loom has just checked that no other thread uses it.
        state.done.with_mut(|done| unsafe {
            for (done, flag) in (*done).iter_mut().zip(&state.flags) {
                *done |= flag.load(Ordering::Relaxed);
            }
        });
        Verdict::Handled
    }

    explore(4, [(true, false), (false, true), (false, false)], || {
        let state = leak(State {
            flags: [AtomicBool::new(false), AtomicBool::new(false)],
            done: UnsafeCell::new([false; 2]),
        });
        let state: &'static State = state;
        let table = fenceless();
        let action = made(Action::non_reentrant(work, state));
        table.register(0, action).unwrap();
        let dispatch = move |me: usize| -> Outcome {
            state.flags[me].store(true, Ordering::Relaxed);
            table.dispatch(0, 0, &mut 0).unwrap()
        };
        let other = thread::spawn(move || dispatch(1));
        let mine = dispatch(0);
        let other = other.join().unwrap();
        for outcome in [mine, other] {
            assert_eq!(outcome.called() + outcome.pended(), 1);
        }
        // SAFETY: loom has just checked that no other thread uses it.
        state
            .done
            .with(|done| unsafe { assert_eq!(*done, [true; 2]) });
        (mine.pended() == 1, other.pended() == 1)
    });
}

/// The next run gets the context as the panic left it.
#[test]
fn a_run_that_panics_hands_the_context_on() {
    fn work(event: &mut Event<'_, bool>, plain: &mut &'static Plain) -> Verdict {
        plain.write(0, 1);
        if *event.arg {
            std::panic::resume_unwind(Box::new(()));
        }
        Verdict::Handled
    }

    explore(4, [(1, 0), (0, 1)], || {
        let table: &'static ActionTable<2, bool> = counted();
        let action = made(Action::non_reentrant(work, plain()));
        table.register(0, action).unwrap();
        let other = thread::spawn(move || {
            std::panic::catch_unwind(|| table.dispatch(0, 0, &mut true)).is_err()
        });
        let mine = table.dispatch(0, 0, &mut false).unwrap();
        other.join().unwrap();
        (mine.called(), mine.pended())
    });
}

/// Both threads that change the actions may get `Unchanged`, while a third thread sets the
/// line.
#[test]
fn a_line_ends_as_the_actions_want_it_also_if_two_were_told_nothing() {
    explore(3, [true], || {
        let (table, plain) = (fenceless(), plain());
        let first = made(reader::<1>(plain).shared());
        let second = made(reader::<2>(plain).shared().disabled());
        let masked = leak(AtomicBool::new(true));
        let apply = move |line: Line| {
            if line != Line::Unchanged {
                table.apply_line(0, |on| masked.store(!on, Ordering::Relaxed));
            }
        };
        table.register(0, second).unwrap();
        let told = table.register(0, first).unwrap();
        let one = thread::spawn(move || apply(table.disable(first).unwrap()));
        let two = thread::spawn(move || apply(table.enable(second).unwrap()));
        apply(told.line);
        one.join().unwrap();
        two.join().unwrap();
        assert!(
            !masked.load(Ordering::Acquire),
            "masked, with an enabled action"
        );
        table.is_enabled(0)
    });
}

/// In every order of the two callers, although the line is set by a relaxed store.
#[test]
fn a_line_ends_as_the_actions_want_it() {
    explore(4, [true], || {
        let (table, plain) = (fenceless(), plain());
        let first = made(reader::<1>(plain).shared());
        let second = made(reader::<2>(plain).shared().disabled());
        table.register(0, first).unwrap();
        table.register(0, second).unwrap();
        let masked = leak(AtomicBool::new(false));
        let apply = move |line: Line| {
            if line != Line::Unchanged {
                table.apply_line(0, |on| masked.store(!on, Ordering::Relaxed));
            }
        };
        let other = thread::spawn(move || apply(table.disable(first).unwrap()));
        apply(table.enable(second).unwrap());
        other.join().unwrap();
        assert!(!masked.load(Ordering::Acquire));
        table.is_enabled(0)
    });
}

#[test]
fn the_counters_are_those_of_the_table() {
    explore(0, [true], || {
        let table = Counted::<1>::IDLE;
        let idle = table.is_idle();
        let section = table.enter(0).unwrap();
        assert!(!table.is_idle());
        assert!(table.enter(1).is_none());
        drop(section);
        let section = table.enter_to_write();
        assert!(!table.is_idle());
        drop(section);
        idle && table.is_idle()
    });
}
