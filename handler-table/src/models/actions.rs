//! Models of tables of actions: the wait protocol and the list, with two actions and two or
//! three threads.
//!
//! `cargo prove actions action-orderings`

extern crate std;

mod awaited;
mod lives;
mod numbers;

use super::{Plain, explore_by};
use crate::{
    Action, ActionError, ActionTable, Event, Here, Line, Registration, Tracking, Uncounted, Verdict,
};
use core::fmt::Debug;
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::boxed::Box;
use std::vec::Vec;

type Table = ActionTable<2, u32>;
/// A table for models of the list. In a model, counting executes a fence, which most
/// processors do not need. That fence could hide a missing ordering.
type Fenceless = ActionTable<2, u32, Uncounted>;
type Reader = Action<u32, &'static Plain>;

/// Runs the model in every order, with a limit on the interruptions of threads that do not
/// wait. The set of its outcomes must be exactly `outcomes`.
fn explore<T: Ord + Debug + Send + 'static>(
    interruptions: usize,
    outcomes: impl IntoIterator<Item = T>,
    model: impl Fn() -> T + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.max_branches = 20_000;
    explore_by(&builder, outcomes, model);
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn plain() -> &'static Plain {
    leak(Plain([UnsafeCell::new(0), UnsafeCell::new(0)]))
}

/// An empty table. All its atomics exist, except those of its tracking.
fn empty<A: ?Sized, D: Tracking>() -> &'static ActionTable<2, A, D> {
    let table: &'static ActionTable<2, A, D> = leak(ActionTable::new());
    table.touch();
    table
}

fn counted<A: ?Sized>() -> &'static ActionTable<2, A> {
    let table: &'static ActionTable<2, A> = empty();
    // Twice, for the counters of both phases, even with a mistake that waits for only one.
    for _ in 0..2 {
        table.synchronize(Here::Unknown, || unreachable!()).unwrap();
    }
    table
}

/// An empty table. All its atomics exist.
fn table() -> &'static Table {
    counted()
}

fn fenceless() -> &'static Fenceless {
    empty()
}

fn made<A: ?Sized, C>(action: Action<A, C>) -> &'static Action<A, C> {
    let action = leak(action);
    action.record().touch();
    action
}

/// A handler that adds its bit to the argument, and reads plain memory.
fn reads<const BIT: u32>(event: &mut Event<'_, u32>, plain: &&'static Plain) -> Verdict {
    assert_eq!(*event.arg & BIT, 0, "called twice");
    *event.arg |= BIT | plain.read(0);
    Verdict::Handled
}

fn reader<const BIT: u32>(plain: &'static Plain) -> Reader {
    Action::new(reads::<BIT>, plain)
}

/// Dispatches, and returns the bits of the actions that were called.
fn call<D: Tracking<Cpu = usize>>(table: &ActionTable<2, u32, D>, index: usize) -> u32 {
    let mut bits = 0;
    let outcome = table.dispatch(0, index, &mut bits).unwrap();
    assert_eq!(outcome.called(), bits.count_ones() as usize);
    bits
}

fn drain(table: &Table, action: &'static Reader) {
    table
        .unregister_and_drain(action, Here::Unknown, thread::yield_now)
        .unwrap();
}

#[test]
fn a_drained_action_is_not_being_called() {
    explore(4, [0, 1], || {
        let (table, plain) = (table(), plain());
        let action = made(reader::<1>(plain));
        table.register(0, action).unwrap();
        let dispatcher = thread::spawn(move || call(table, 0));
        drain(table, action);
        plain.write(0, 2);
        dispatcher.join().unwrap()
    });
}

#[test]
fn one_of_two_is_drained_and_the_other_always_called() {
    for first in [false, true] {
        explore(3, [1, 3], move || {
            let (table, plains) = (table(), [plain(), plain()]);
            let stays = made(reader::<1>(plains[0]).shared());
            let goes = made(reader::<2>(plains[1]).shared());
            let order = if first { [goes, stays] } else { [stays, goes] };
            for action in order {
                table.register(0, action).unwrap();
            }
            let dispatcher = thread::spawn(move || call(table, 0));
            drain(table, goes);
            plains[1].write(0, 4);
            dispatcher.join().unwrap()
        });
    }
}

/// The dispatch may read the phase, be delayed, and increment its counter after the first
/// wait has changed the phase. So the second wait must check both counters.
#[test]
fn a_second_wait_does_not_miss_who_counted_late_in_the_first() {
    explore(3, [0, 1], || {
        let (table, plain) = (table(), plain());
        let action = made(reader::<1>(plain));
        table.register(0, action).unwrap();
        let dispatcher = thread::spawn(move || call(table, 0));
        table.synchronize(Here::Unknown, thread::yield_now).unwrap();
        drain(table, action);
        plain.write(0, 2);
        dispatcher.join().unwrap()
    });
}

#[test]
fn two_waits_at_once_do_not_miss_a_call() {
    explore(2, [0, 1], || {
        let (table, plain) = (table(), plain());
        let action = made(reader::<1>(plain));
        table.register(0, action).unwrap();
        let dispatcher = thread::spawn(move || call(table, 0));
        let waiter = thread::spawn(move || {
            table.synchronize(Here::Unknown, thread::yield_now).unwrap();
        });
        drain(table, action);
        plain.write(0, 2);
        waiter.join().unwrap();
        dispatcher.join().unwrap()
    });
}

/// An action that is found free without a wait is as free as after a wait.
#[test]
fn an_action_is_found_free_only_when_it_is_not_being_called() {
    explore(4, [(0, false), (0, true), (1, false), (1, true)], || {
        let table = table();
        let action: &'static Action<u32, Plain> = made(Action::new(
            |event: &mut Event<'_, u32>, plain: &Plain| {
                *event.arg = 1 | plain.read(0);
                Verdict::Handled
            },
            Plain([UnsafeCell::new(0), UnsafeCell::new(0)]),
        ));
        table.register(0, action).unwrap();
        let dispatcher = thread::spawn(move || call(table, 0));
        let in_flight = !table.unregister(action).unwrap().try_drain();
        match action.with_context(|plain| plain.write(0, 2)) {
            // A call that was in flight may have ended since.
            Ok(()) => {}
            Err(error) => assert!(in_flight && matches!(error, ActionError::InFlight { .. })),
        }
        (dispatcher.join().unwrap(), in_flight)
    });
}

#[test]
fn a_disabled_action_is_not_being_called_after_a_wait() {
    explore(3, [0, 1], || {
        let (table, plain) = (table(), plain());
        let action = made(reader::<1>(plain));
        table.register(0, action).unwrap();
        let dispatcher = thread::spawn(move || call(table, 0));
        table.disable(action).unwrap();
        table.synchronize(Here::Unknown, thread::yield_now).unwrap();
        let before = dispatcher.join().unwrap();
        assert_eq!(call(table, 0), 0);
        before
    });
}

#[test]
fn a_handler_sees_what_was_written_before_it_was_registered() {
    explore(4, [0, 5], || {
        let (table, plain) = (fenceless(), plain());
        let action = made(reader::<1>(plain));
        let registrant = thread::spawn(move || {
            plain.write(0, 4);
            table.register(0, action).unwrap();
        });
        let mut bits = 0;
        table.dispatch(0, 0, &mut bits).unwrap();
        registrant.join().unwrap();
        bits
    });
}

#[test]
fn a_handler_sees_what_was_written_before_it_was_enabled() {
    explore(4, [0, 5], || {
        let (table, plain) = (fenceless(), plain());
        let action = made(reader::<1>(plain).disabled());
        table.register(0, action).unwrap();
        let enabler = thread::spawn(move || {
            plain.write(0, 4);
            assert_eq!(table.enable(action), Ok(Line::Unmask));
        });
        let mut bits = 0;
        table.dispatch(0, 0, &mut bits).unwrap();
        enabler.join().unwrap();
        bits
    });
}

/// The dispatch reaches it through the link of another action, which another thread has
/// registered before.
#[test]
fn a_handler_behind_others_sees_what_was_written_before() {
    explore(3, [2, 7], || {
        let (table, plains) = (fenceless(), [plain(), plain()]);
        let late = made(reader::<1>(plains[0]).shared().priority(-1));
        let early = made(reader::<2>(plains[1]).shared());
        table.register(0, early).unwrap();
        let registrant = thread::spawn(move || {
            plains[0].write(0, 4);
            table.register(0, late).unwrap();
        });
        let mut bits = 0;
        table.dispatch(0, 0, &mut bits).unwrap();
        registrant.join().unwrap();
        bits
    });
}

#[test]
fn going_from_one_to_two_leaves_no_moment_without() {
    for priority in [-1, 0, 1] {
        explore(4, [1, 3], move || {
            let (table, plain) = (fenceless(), plain());
            let first = made(reader::<1>(plain).shared());
            let second = made(reader::<2>(plain).shared().priority(priority));
            table.register(0, first).unwrap();
            let registrant = thread::spawn(move || {
                assert_eq!(table.register(0, second).unwrap().line, Line::Unchanged);
            });
            let bits = call(table, 0);
            registrant.join().unwrap();
            assert_eq!(call(table, 0), 3);
            bits
        });
    }
}

fn is_unmask(made: Result<Registration, ActionError>) -> Option<bool> {
    made.ok().map(|made| made.line == Line::Unmask)
}

#[test]
fn two_that_are_registered_at_once_are_both_in_and_in_order() {
    explore(4, [false, true], || {
        let (table, plain) = (fenceless(), plain());
        let low = made(reader::<1>(plain).shared().name("low"));
        let high = made(reader::<2>(plain).shared().priority(1).name("high"));
        let other = thread::spawn(move || is_unmask(table.register(0, low)).unwrap());
        let mine = is_unmask(table.register(0, high)).unwrap();
        let other = other.join().unwrap();
        assert_ne!(mine, other, "the line is unmasked once");
        let mut names = Vec::new();
        table.for_each(0, |action| {
            names.push(std::string::String::from(action.id.name()))
        });
        assert_eq!(names, ["high", "low"]);
        mine
    });
}

#[test]
fn an_exclusive_and_a_shared_one_are_never_both_in() {
    explore(4, [(true, false), (false, true)], || {
        let (table, plain) = (fenceless(), plain());
        let exclusive = made(reader::<1>(plain));
        let shared = made(reader::<2>(plain).shared());
        let other = thread::spawn(move || table.register(0, shared).is_ok());
        let mine = table.register(0, exclusive).is_ok();
        let other = other.join().unwrap();
        assert_eq!(call(table, 0), u32::from(mine) + 2 * u32::from(other));
        (mine, other)
    });
}

/// The thread that registers the shared action may have seen a list with another shared
/// action. Then that one is removed, and an exclusive one is registered.
#[test]
fn an_exclusive_one_may_take_the_place_of_a_shared_one_but_no_other_beside_it() {
    explore(3, [(true, false), (false, true)], || {
        let (table, plain) = (fenceless(), plain());
        let first = made(reader::<4>(plain).shared());
        let exclusive = made(reader::<1>(plain));
        let shared = made(reader::<2>(plain).shared().priority(-1));
        table.register(0, first).unwrap();
        let other = thread::spawn(move || table.register(0, shared).is_ok());
        table.unregister(first).unwrap();
        let mine = table.register(0, exclusive).is_ok();
        let other = other.join().unwrap();
        assert_eq!(call(table, 0), u32::from(mine) + 2 * u32::from(other));
        (mine, other)
    });
}

#[test]
fn one_of_two_unregisters() {
    explore(4, [true, false], || {
        let (table, plain) = (fenceless(), plain());
        let action = made(reader::<1>(plain));
        table.register(0, action).unwrap();
        let other = thread::spawn(move || table.unregister(action).is_ok());
        let mine = table.unregister(action).is_ok();
        assert_ne!(mine, other.join().unwrap());
        assert_eq!(call(table, 0), 0);
        mine
    });
}

#[test]
fn two_neighbours_are_taken_out_at_once() {
    explore(3, [(true, false), (false, true)], || {
        let (table, plain) = (table(), plain());
        let actions = [
            made(reader::<1>(plain).shared()),
            made(reader::<2>(plain).shared()),
        ];
        for action in actions {
            table.register(0, action).unwrap();
        }
        let other = thread::spawn(move || table.unregister(actions[1]).unwrap().line);
        let mine = table.unregister(actions[0]).unwrap().line;
        let other = other.join().unwrap();
        assert_eq!(call(table, 0), 0);
        // They are unlinked, not only marked, so they can be registered for another event.
        for action in actions {
            table.register(1, action).unwrap();
        }
        assert_eq!((call(table, 0), call(table, 1)), (0, 3));
        // The line is masked once.
        (mine == Line::Mask, other == Line::Mask)
    });
}

#[test]
fn one_is_put_in_behind_one_that_is_taken_out() {
    explore(4, [false, true], || {
        let (table, plain) = (fenceless(), plain());
        let goes = made(reader::<1>(plain).shared());
        let comes = made(reader::<2>(plain).shared().priority(-1));
        table.register(0, goes).unwrap();
        let other = thread::spawn(move || is_unmask(table.register(0, comes)).unwrap());
        let mask = table.unregister(goes).unwrap().line == Line::Mask;
        let unmask = other.join().unwrap();
        assert_eq!(call(table, 0), 2);
        assert_eq!(mask, unmask, "if it is masked, it is unmasked");
        mask
    });
}

#[test]
fn who_takes_the_place_of_an_exclusive_action_sees_what_was_done_before() {
    explore(4, [false, true], || {
        let (table, plain) = (fenceless(), plain());
        let first = made(reader::<1>(plain));
        let second = made(reader::<2>(plain));
        table.register(0, first).unwrap();
        let other = thread::spawn(move || {
            plain.write(1, 1);
            table.unregister(first).unwrap();
        });
        let put = table.register(0, second).is_ok();
        if put {
            assert_eq!(plain.read(1), 1);
        }
        other.join().unwrap();
        put
    });
}

/// The operation that unlinks a record passes on the records behind it. The dispatch may
/// call neither action: it reads the link of the first before the second is inserted, and
/// the state of the first after its removal.
#[test]
fn a_handler_behind_one_that_is_taken_out_sees_what_was_written_before() {
    explore(4, [0, 1, 7, 6], || {
        let (table, plains) = (fenceless(), [plain(), plain()]);
        let goes = made(reader::<1>(plains[0]).shared());
        let stays = made(reader::<2>(plains[1]).shared());
        table.register(0, goes).unwrap();
        let other = thread::spawn(move || {
            plains[1].write(0, 4);
            table.register(0, stays).unwrap();
            table.unregister(goes).unwrap();
        });
        let mut bits = 0;
        table.dispatch(0, 0, &mut bits).unwrap();
        other.join().unwrap();
        bits
    });
}

/// Also if the list was empty at first, and is empty again.
#[test]
fn who_finds_the_place_empty_once_more_sees_what_was_done_before() {
    explore(4, [None, Some(false), Some(true)], || {
        let (table, plain) = (fenceless(), plain());
        let first = made(reader::<1>(plain));
        let second = made(reader::<2>(plain));
        let is_in = leak(AtomicBool::new(false));
        let other = thread::spawn(move || {
            if table.register(0, first).is_ok() {
                plain.write(1, 1);
                is_in.store(true, Ordering::Relaxed);
                table.unregister(first).unwrap();
            }
        });
        let put = table.register(0, second).is_ok();
        let was_in = is_in.load(Ordering::Relaxed);
        if put && was_in {
            assert_eq!(plain.read(1), 1);
        }
        other.join().unwrap();
        put.then_some(was_in)
    });
}

/// A reader on a record does not follow it into the list of another event: until the reader
/// has left, the record cannot be registered again.
#[test]
fn a_reader_is_not_led_astray() {
    explore(3, [(0, false), (1, false), (0, true), (1, true)], || {
        let (table, plain) = (table(), plain());
        let action = made(reader::<1>(plain).shared().priority(1));
        let other = made(reader::<2>(plain).shared());
        table.register(0, action).unwrap();
        table.register(1, other).unwrap();
        let dispatcher = thread::spawn(move || {
            let mut bits = 0;
            table.dispatch(0, 0, &mut bits).unwrap();
            bits
        });
        table.unregister(action).unwrap();
        let again = table.register(1, action);
        let bits = dispatcher.join().unwrap();
        assert_eq!(call(table, 1), if again.is_ok() { 3 } else { 2 });
        (bits, again.is_ok())
    });
}

/// The same for a writer on a record.
#[test]
fn a_writer_is_not_led_astray() {
    explore(3, [false, true], || {
        let (table, plain) = (table(), plain());
        let moves = made(reader::<1>(plain).shared());
        let elsewhere = made(reader::<2>(plain).shared());
        let comes = made(reader::<4>(plain).shared());
        table.register(0, moves).unwrap();
        table.register(1, elsewhere).unwrap();
        let registrant = thread::spawn(move || table.register(0, comes).unwrap());
        table.unregister(moves).unwrap();
        let moved = table.register(1, moves).is_ok();
        registrant.join().unwrap();
        assert_eq!(call(table, 0), 4);
        assert_eq!(call(table, 1), if moved { 3 } else { 2 });
        moved
    });
}
