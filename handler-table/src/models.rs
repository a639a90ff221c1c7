//! Models: programs with a few threads. Loom runs them in every order that the C11 memory
//! model allows, and fails if there is a race on plain memory.
//!
//! `cargo prove models`
//!
//! A model that passes says little. So each model lists its possible outcomes, and must
//! reach all of them and no others. In addition, `cargo prove` weakens each ordering of the
//! crate in turn, and one of the models must fail each time.

extern crate std;

mod actions;
mod arrivals;

use crate::events::{Events, Number};
use crate::linked::declare::Registration;
use crate::linked::entry::{Declaration, Entry};
use crate::linked::load::{load, load_all};
use crate::linked::program::Program;
use crate::linked::state::{Load, Survey, idle};
use crate::slot::{Bound, Region};
use crate::{HandlerTable, InitError, Loaded, RegisterError, table};
use core::fmt::Debug;
use loom::cell::UnsafeCell;
use loom::thread;
use std::boxed::Box;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::vec::Vec;

type Handler = fn(&Plain) -> u32;

/// Memory that is not atomic. Loom fails a model that races on it.
struct Plain([UnsafeCell<u32>; 2]);

// SAFETY: loom checks that there are no races on it.
unsafe impl Sync for Plain {}

impl Plain {
    fn write(&self, at: usize, value: u32) {
        // SAFETY: loom has just checked that no other thread uses it.
        self.0[at].with_mut(|cell| unsafe { *cell = value });
    }

    fn read(&self, at: usize) -> u32 {
        // SAFETY: loom has just checked that no other thread writes it.
        self.0[at].with(|cell| unsafe { *cell })
    }
}

fn reads_0(plain: &Plain) -> u32 {
    plain.read(0)
}

fn reads_1(plain: &Plain) -> u32 {
    plain.read(1)
}

fn answers_7(_: &Plain) -> u32 {
    7
}

fn answers_8(_: &Plain) -> u32 {
    8
}

/// The data that the threads of a model share.
struct World {
    table: HandlerTable<2, Handler>,
    plain: Plain,
}

fn world() -> &'static World {
    let world = Box::leak(Box::new(World {
        table: table!(),
        plain: Plain([UnsafeCell::new(0), UnsafeCell::new(0)]),
    }));
    assert_eq!(world.table.iter().count(), 0);
    world
}

impl World {
    fn call(&self, index: usize) -> Option<u32> {
        self.table.dispatch(index, |handler| handler(&self.plain))
    }

    /// A slice like the linker's: this table, and static handlers at these indices.
    /// The handler at index 0 returns 7, and the others return 8.
    fn entries(&'static self, indices: &[usize]) -> Program {
        program(&[self], indices)
    }

    fn init(&'static self, program: Program) -> Result<Loaded, InitError> {
        load(program, Region::of(&self.table))
    }

    fn is_held(&self, index: usize) -> bool {
        self.table.is_registered(index)
    }
}

fn program(worlds: &[&'static World], indices: &[usize]) -> Program {
    let mut entries = Vec::new();
    entries.push(Entry::sentinel());
    for world in worlds {
        let load: &'static Load = Box::leak(Box::new(idle()));
        load.touch();
        let region = Region::of(&world.table);
        let declaration = Declaration::new(region, &Number::LIST, "table", false);
        entries.push(Entry::declared(Box::leak(Box::new(declaration)), load));
        for &index in indices {
            let registration = Registration {
                of_table: &world.table,
                with_handler: if index == 0 { answers_7 } else { answers_8 } as Handler,
            };
            entries.push(registration.entry(index, "table", "handler\nfile\n1"));
        }
    }
    let survey: &'static Survey = Box::leak(Box::new(Survey::new()));
    assert!(survey.result().is_none());
    Program {
        entries: entries.leak(),
        survey,
    }
}

/// Runs the model in every order. The set of its outcomes must be exactly `outcomes`.
fn explore<T: Ord + Debug + Send + 'static>(
    outcomes: impl IntoIterator<Item = T>,
    model: impl Fn() -> T + Send + Sync + 'static,
) {
    explore_within(None, outcomes, model);
}

const INTERRUPTIONS: usize = 4;

/// [`explore`] for a model in which a thread waits for another one. It would have an endless
/// number of orders, so this limits the interruptions of threads that do not wait.
fn explore_within<T: Ord + Debug + Send + 'static>(
    interruptions: impl Into<Option<usize>>,
    outcomes: impl IntoIterator<Item = T>,
    model: impl Fn() -> T + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = interruptions.into();
    explore_by(&builder, outcomes, model);
}

/// [`explore`] with the limits of a builder.
fn explore_by<T: Ord + Debug + Send + 'static>(
    builder: &loom::model::Builder,
    outcomes: impl IntoIterator<Item = T>,
    model: impl Fn() -> T + Send + Sync + 'static,
) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let all = Arc::clone(&seen);
    builder.check(move || {
        let outcome = model();
        all.lock().unwrap().insert(outcome);
    });
    let seen: Vec<T> = core::mem::take(&mut *seen.lock().unwrap())
        .into_iter()
        .collect();
    let expected: Vec<T> = BTreeSet::from_iter(outcomes).into_iter().collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_handler_sees_what_was_written_before_it_was_registered() {
    explore([None, Some(1)], || {
        let world = world();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(0, reads_0).unwrap();
        });
        let seen = world.call(0);
        registrant.join().unwrap();
        assert_eq!(world.call(0), Some(1));
        seen
    });
}

#[test]
fn a_handler_sees_what_was_written_before_it_replaced_another() {
    // The event has a handler at every moment: the old one, or the new one.
    explore([Some(7), Some(1)], || {
        let world = world();
        world.table.register(0, answers_7).unwrap();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            let before = world.table.replace(0, reads_0).unwrap();
            assert_eq!(before.unwrap()(&world.plain), 7);
        });
        let seen = world.call(0);
        registrant.join().unwrap();
        assert_eq!(world.call(0), Some(1));
        seen
    });
}

#[test]
fn who_takes_a_handler_out_may_call_it() {
    explore([None, Some(1)], || {
        let world = world();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(0, reads_0).unwrap();
        });
        let handler = world.table.unregister(0);
        let seen = handler.map(|handler| handler(&world.plain));
        registrant.join().unwrap();
        seen
    });
}

#[test]
fn who_replaces_a_handler_may_call_it() {
    explore([None, Some(1)], || {
        let world = world();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(0, reads_0).is_ok()
        });
        let before = world.table.replace(0, answers_7).unwrap();
        let seen = before.map(|handler| handler(&world.plain));
        // One of the two is first, and neither is lost.
        assert_eq!(registrant.join().unwrap(), seen.is_some());
        assert_eq!(world.call(0), Some(7));
        seen
    });
}

#[test]
fn who_registers_next_sees_what_was_done_before_the_slot_was_emptied() {
    explore([None, Some(1)], || {
        let world = world();
        world.table.register(0, answers_7).unwrap();
        let predecessor = thread::spawn(move || {
            world.plain.write(0, 1);
            assert!(world.table.unregister(0).is_some());
        });
        let registered = world.table.register(0, answers_8);
        let seen = registered.ok().map(|()| world.plain.read(0));
        predecessor.join().unwrap();
        seen
    });
}

#[test]
fn who_registers_after_init_took_a_handler_back_sees_what_was_done_before() {
    // It knows that the handler was taken back only if it has seen it.
    explore([(false, None), (true, None), (true, Some(1))], || {
        let world = world();
        let loader = thread::spawn(move || {
            let bound = Bound::new(&world.table.slots[0], answers_7 as Handler);
            assert!(bound.publish());
            world.plain.write(0, 1);
            bound.retract();
        });
        let seen = world.is_held(0);
        let registered = seen && world.table.register(0, answers_8).is_ok();
        let seen = (seen, registered.then(|| world.plain.read(0)));
        loader.join().unwrap();
        seen
    });
}

#[test]
fn what_another_put_in_instead_is_not_taken_back() {
    explore([(false, None), (true, Some(0))], || {
        let world = world();
        let loader = thread::spawn(move || {
            let bound = Bound::new(&world.table.slots[0], answers_7 as Handler);
            assert!(bound.publish());
            bound.retract();
        });
        let instead = world.table.unregister(0).is_some();
        if instead {
            world.table.register(0, reads_0).unwrap();
        }
        loader.join().unwrap();
        (instead, world.call(0))
    });
}

#[test]
fn one_of_two_registers_and_the_other_may_use_what_that_one_set_up() {
    explore([[true, false], [false, true]], || {
        let world = world();
        let register = move |me: usize| {
            world.plain.write(me, 1);
            let handler: Handler = [reads_0, reads_1][me];
            let Err(error) = world.table.register(0, handler) else {
                return true;
            };
            let (index, capacity) = (0, 2);
            assert_eq!(error, RegisterError::Occupied { index, capacity });
            assert_eq!(world.plain.read(1 - me), 1);
            assert_eq!(world.call(0), Some(1));
            false
        };
        let other = thread::spawn(move || register(1));
        [register(0), other.join().unwrap()]
    });
}

#[test]
fn one_of_two_unregisters() {
    explore([[true, false], [false, true]], || {
        let world = world();
        world.table.register(0, answers_7).unwrap();
        let other = thread::spawn(move || world.table.unregister(0).is_some());
        let mine = world.table.unregister(0).is_some();
        let other = other.join().unwrap();
        assert!(!world.is_held(0));
        [mine, other]
    });
}

#[test]
fn replaced_handlers_are_handed_on_and_none_is_lost() {
    let mine_first = (None, Some(8), Some(7));
    let mine_last = (Some(7), None, Some(8));
    explore([mine_first, mine_last], || {
        let world = world();
        let other = thread::spawn(move || world.table.replace(0, answers_7).unwrap());
        let mine = world.table.replace(0, answers_8).unwrap();
        let other = other.join().unwrap();
        let answer = |handler: Handler| handler(&world.plain);
        (mine.map(answer), other.map(answer), world.call(0))
    });
}

#[test]
fn slots_do_not_disturb_each_other() {
    explore([(Some(7), None)], || {
        let world = world();
        let other = thread::spawn(move || {
            world.table.register(1, answers_8).unwrap();
            assert!(world.table.unregister(1).is_some());
        });
        world.table.register(0, answers_7).unwrap();
        assert_eq!(world.call(0), Some(7));
        other.join().unwrap();
        (world.call(0), world.call(1))
    });
}

#[test]
fn one_of_two_inits_loads_and_the_other_finds_everything_loaded() {
    explore_within(INTERRUPTIONS, [[true, false], [false, true]], || {
        let world = world();
        let entries = world.entries(&[0, 1]);
        let init = move |me: usize| {
            world.plain.write(me, 1);
            let loaded = world.init(entries).unwrap();
            assert_eq!(loaded.handlers, 2);
            assert_eq!((world.call(0), world.call(1)), (Some(7), Some(8)));
            if loaded.already {
                assert_eq!(world.plain.read(1 - me), 1);
            }
            loaded.already
        };
        let other = thread::spawn(move || init(1));
        [init(0), other.join().unwrap()]
    });
}

#[test]
fn a_handler_sees_what_was_written_before_init() {
    explore([None, Some(1)], || {
        let world = world();
        let entries = world.entries(&[0]);
        let loader = thread::spawn(move || {
            world.plain.write(0, 1);
            world.init(entries).unwrap();
        });
        let seen = world.is_held(0).then(|| world.plain.read(0));
        loader.join().unwrap();
        assert_eq!(world.call(0), Some(7));
        seen
    });
}

#[test]
fn either_init_or_a_registrant_gets_the_slot() {
    explore([true, false], || {
        let world = world();
        let entries = world.entries(&[0, 1]);
        let registrant = thread::spawn(move || world.table.register(1, reads_1).is_ok());
        let loaded = world.init(entries);
        let registered = registrant.join().unwrap();

        // All or nothing.
        if registered {
            assert!(matches!(loaded, Err(InitError::Occupied { handler, .. })
                if handler.index() == 1));
            assert_eq!((world.call(0), world.call(1)), (None, Some(0)));
            assert!(world.table.unregister(1).is_some());
            assert!(!world.init(entries).unwrap().already);
        } else {
            assert!(!loaded.unwrap().already);
        }
        assert_eq!((world.call(0), world.call(1)), (Some(7), Some(8)));
        assert!(world.init(entries).unwrap().already);
        registered
    });
}

#[test]
fn a_handler_that_is_loaded_for_a_moment_is_whole() {
    // Slot 0 is empty, or has its handler until it is taken back.
    let outcomes = [
        (None, false),
        (None, true),
        (Some(7), false),
        (Some(7), true),
    ];
    explore(outcomes, || {
        let world = world();
        let entries = world.entries(&[0, 1]);
        let loader = thread::spawn(move || world.init(entries).is_err());
        let seen = world.call(0);
        let registered = world.table.register(1, reads_1).is_ok();
        assert_eq!(loader.join().unwrap(), registered);
        assert_eq!(world.call(0), (!registered).then_some(7));
        (seen, registered)
    });
}

#[test]
fn what_is_in_the_way_before_init_keeps_everything_out() {
    // But for a moment.
    explore([None, Some(7)], || {
        let world = world();
        let entries = world.entries(&[0, 1]);
        world.table.register(1, reads_1).unwrap();
        let loader = thread::spawn(move || world.init(entries).is_err());
        let seen = world.call(0);
        assert!(loader.join().unwrap());
        assert_eq!(world.call(0), None);
        seen
    });
}

#[test]
fn two_inits_of_two_tables_do_not_wait_for_each_other() {
    // Both may look at all entries first, or one of them uses what the other one found.
    explore_within(2, [(1, 1)], || {
        let worlds = [world(), world()];
        let entries = program(&worlds, &[0]);
        let other = thread::spawn(move || worlds[0].init(entries).unwrap().handlers);
        let mine = worlds[1].init(entries).unwrap().handlers;
        let other = other.join().unwrap();
        assert_eq!((worlds[0].call(0), worlds[1].call(0)), (Some(7), Some(7)));
        (mine, other)
    });
}

#[test]
fn what_is_unregistered_during_init_is_not_resurrected() {
    explore([true, false], || {
        let world = world();
        let entries = world.entries(&[0]);
        let other = thread::spawn(move || world.table.unregister(0));
        assert_eq!(world.init(entries).unwrap().handlers, 1);
        let taken = other.join().unwrap();
        // The handler is either removed or in the table.
        assert_eq!(taken.is_some(), !world.is_held(0));
        assert!(world.init(entries).unwrap().already);
        assert_eq!(taken.is_some(), !world.is_held(0));
        taken.is_some()
    });
}

#[test]
fn what_is_unregistered_during_two_inits_is_not_resurrected() {
    explore_within(INTERRUPTIONS, [true, false], || {
        let world = world();
        let entries = world.entries(&[0]);
        let other = thread::spawn(move || world.init(entries).unwrap());
        let loaded = world.init(entries).unwrap();
        // One of the two has loaded the table by now.
        assert!(world.table.unregister(0).is_some());
        assert_ne!(other.join().unwrap().already, loaded.already);
        assert!(!world.is_held(0));
        loaded.already
    });
}

#[test]
fn who_inits_after_a_failed_init_finds_nothing_of_it() {
    // The index of the handler whose slot is occupied, if there is one.
    explore_within(INTERRUPTIONS, [(None, None), (Some(1), Some(1))], || {
        let world = world();
        let entries = world.entries(&[0, 1]);
        let in_the_way = move || match world.init(entries) {
            Ok(_) => None,
            Err(InitError::Occupied { handler, .. }) => Some(handler.index()),
            Err(error) => panic!("{error}"),
        };
        let first = thread::spawn(in_the_way);
        world.table.register(1, reads_1).ok();
        let second = in_the_way();
        // Slot 1 is occupied. Slot 0 is not: the other call has published its handler there,
        // and taken it back.
        (first.join().unwrap(), second)
    });
}

#[test]
fn inits_of_all_tables_and_of_one_do_not_wait_for_each_other() {
    // Each handler is loaded by one of the two, not by both.
    explore_within(INTERRUPTIONS, [(true, 2), (false, 1)], || {
        let worlds = [world(), world()];
        let entries = program(&worlds, &[0]);
        let other = thread::spawn(move || load_all(entries).unwrap());
        let mine = worlds[1].init(entries).unwrap();
        assert_eq!(mine.handlers, 1);
        let other = other.join().unwrap();
        assert_eq!((worlds[0].call(0), worlds[1].call(0)), (Some(7), Some(7)));
        assert!(!other.already);
        (mine.already, other.handlers)
    });
}

#[test]
fn two_inits_of_all_tables_do_not_wait_for_each_other() {
    explore_within(INTERRUPTIONS, [(false, true), (true, false)], || {
        let worlds = [world(), world()];
        let entries = program(&worlds, &[0]);
        let other = thread::spawn(move || load_all(entries).unwrap());
        let mine = load_all(entries).unwrap();
        let other = other.join().unwrap();
        assert_eq!((mine.handlers, other.handlers), (2, 2));
        assert_eq!((worlds[0].call(0), worlds[1].call(0)), (Some(7), Some(7)));
        (mine.already, other.already)
    });
}
