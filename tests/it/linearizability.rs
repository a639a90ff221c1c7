//! Every operation takes effect at one moment between its call and its return.
//!
//! Threads run random operations. The record of each run is compared with a sequential table:
//! there must be an order of the operations that respects their calls and returns, and in
//! which a single thread would get the same results. The search is Wing and Gong's, with
//! Lowe's cache of tried states. Each slot is checked separately, because a record is
//! linearizable if its part for every object is.
//!
//! A run cannot show an order that this processor never produces. The models cover those.

use crate::support::{HANDLERS, Handler, Mistake, Table, Wrong};
use handler_table::{HandlerTable, RegisterError, table};
use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const SLOTS: usize = 2;
const THREADS: usize = 3;
const OPERATIONS: usize = 20;
const RUNS: u64 = 1000;

/// An operation on one slot, with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Register(usize, bool),
    Replace(usize, Option<usize>),
    Unregister(Option<usize>),
    Handle(Option<usize>),
}

/// An operation, and the times of its call and of its return.
#[derive(Clone, Copy, Debug)]
struct Event {
    call: usize,
    operation: Operation,
    returned: usize,
}

/// The content of the slot after the operation, or `None` if the operation cannot have its
/// result.
#[allow(clippy::option_option)] // an empty slot, and no slot at all
fn step(slot: Option<usize>, operation: Operation) -> Option<Option<usize>> {
    let (possible, after) = match operation {
        Operation::Register(new, true) => (slot.is_none(), Some(new)),
        Operation::Register(_, false) => (slot.is_some(), slot),
        Operation::Replace(new, before) => (slot == before, Some(new)),
        Operation::Unregister(before) => (slot == before, None),
        Operation::Handle(seen) => (slot == seen, slot),
    };
    possible.then_some(after)
}

/// Returns whether some order explains this record of one slot.
fn is_linearizable(record: &[Event]) -> bool {
    fn search(
        record: &[Event],
        done: u64,
        slot: Option<usize>,
        tried: &mut HashSet<(u64, Option<usize>)>,
    ) -> bool {
        let left = || (0..record.len()).filter(|event| done & (1 << event) == 0);
        let Some(first_return) = left().map(|event| record[event].returned).min() else {
            return true;
        };
        tried.insert((done, slot))
            && left()
                .filter(|&event| record[event].call < first_return)
                .any(|event| {
                    step(slot, record[event].operation)
                        .is_some_and(|slot| search(record, done | (1 << event), slot, tried))
                })
    }
    assert!(record.len() <= 64);
    search(record, 0, None, &mut HashSet::new())
}

/// A small random number generator, with the same numbers in every run (Marsaglia's
/// xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn number(handler: Handler) -> usize {
    handler()
}

/// Runs threads with random operations on the table. Returns the record of each slot.
fn run(table: &impl Table, seed: u64) -> [Vec<Event>; SLOTS] {
    let clock = AtomicUsize::new(0);
    let start = Barrier::new(THREADS);
    let work = |me: u64| {
        let mut random = Random((seed * 31 + me + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut record = Vec::new();
        start.wait();
        for _ in 0..OPERATIONS {
            let index = random.below(SLOTS);
            let new = random.below(HANDLERS.len());
            let kind = random.below(4);
            let pause = |odds: usize| {
                if odds == 0 {
                    thread::yield_now();
                }
            };
            let (before, after) = (random.below(3), random.below(3));
            let call = clock.fetch_add(1, Ordering::SeqCst);
            pause(before);
            let operation = match kind {
                0 => match table.register(index, HANDLERS[new]) {
                    Ok(()) => Operation::Register(new, true),
                    Err(RegisterError::Occupied { .. }) => Operation::Register(new, false),
                    Err(error) => panic!("{error}"),
                },
                1 => {
                    let before = table.replace(index, HANDLERS[new]).unwrap();
                    Operation::Replace(new, before.map(number))
                }
                2 => Operation::Unregister(table.unregister(index).map(number)),
                _ => Operation::Handle(table.handle(index)),
            };
            pause(after);
            let returned = clock.fetch_add(1, Ordering::SeqCst);
            record.push((
                index,
                Event {
                    call,
                    operation,
                    returned,
                },
            ));
        }
        record
    };
    let mut records = [const { Vec::new() }; SLOTS];
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64)
            .map(|me| scope.spawn(move || work(me)))
            .collect();
        for thread in threads {
            for (index, event) in thread.join().unwrap() {
                records[index].push(event);
            }
        }
    });
    records
}

/// Returns the first record that no order explains.
fn violation<T: Table>(make: impl Fn() -> T) -> Option<Vec<Event>> {
    (0..RUNS)
        .flat_map(|seed| run(&make(), seed))
        .find(|record| !is_linearizable(record))
}

#[test]
fn operations_take_effect_at_one_moment() {
    let found = violation(|| -> HandlerTable<SLOTS, Handler> { table!() });
    assert!(found.is_none(), "{found:#?}");
}

#[test]
fn threads_do_overlap() {
    let overlaps = |record: &[Event]| {
        record.iter().any(|one| {
            let within = |other: &Event| other.call > one.call && other.call < one.returned;
            record.iter().any(within)
        })
    };
    let table = || -> HandlerTable<SLOTS, Handler> { table!() };
    let overlapping = (0..RUNS)
        .flat_map(|seed| run(&table(), seed))
        .filter(|record| overlaps(record))
        .count();
    println!(
        "{overlapping} of {} records have calls that overlap",
        RUNS * 2
    );
    assert!(overlapping > 100);
}

#[test]
fn steps_that_are_not_one_are_found() {
    for mistake in [
        Mistake::RegisterInTwoSteps,
        Mistake::UnregisterInTwoSteps,
        Mistake::ReplaceInTwoSteps,
    ] {
        let found = violation(|| Wrong::<SLOTS> {
            table: table!(),
            mistake,
            between: thread::yield_now,
        });
        assert!(found.is_some(), "{mistake:?} was not found");
        println!("control: {mistake:?} is not linearizable, as it should not be");
    }
}

#[test]
fn the_search_knows_right_from_wrong() {
    use Operation::{Handle, Register, Replace, Unregister};
    let event = |call, operation, returned| Event {
        call,
        operation,
        returned,
    };
    let right: [&[Event]; 4] = [
        &[],
        &[
            event(0, Register(1, true), 1),
            event(2, Handle(Some(1)), 3),
            event(4, Unregister(Some(1)), 5),
            event(6, Handle(None), 7),
        ],
        // They overlap, so the second one can be first.
        &[
            event(0, Register(1, false), 3),
            event(1, Register(2, true), 2),
        ],
        &[
            event(0, Replace(1, Some(2)), 5),
            event(1, Register(2, true), 2),
            event(3, Handle(Some(1)), 4),
        ],
    ];
    for record in right {
        assert!(is_linearizable(record), "{record:#?}");
    }
    let wrong: [&[Event]; 5] = [
        // They do not overlap, so the second one cannot be first.
        &[
            event(0, Register(1, false), 1),
            event(2, Register(2, true), 3),
        ],
        // Both win, in any order.
        &[
            event(0, Register(1, true), 3),
            event(1, Register(2, true), 2),
        ],
        // Two operations get one handler.
        &[
            event(0, Register(1, true), 1),
            event(2, Unregister(Some(1)), 5),
            event(3, Unregister(Some(1)), 4),
        ],
        // Seen after it was removed.
        &[
            event(0, Register(1, true), 1),
            event(2, Unregister(Some(1)), 3),
            event(4, Handle(Some(1)), 5),
        ],
        // Missing during a replacement.
        &[
            event(0, Register(1, true), 1),
            event(2, Replace(2, Some(1)), 5),
            event(3, Handle(None), 4),
        ],
    ];
    for record in wrong {
        assert!(!is_linearizable(record), "{record:#?}");
    }
}
