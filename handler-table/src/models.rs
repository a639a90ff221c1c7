//! Models: a few threads, run by loom in every order that the C11 memory model
//! allows, with plain memory that must not be raced on.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p handler-table models::`
//!
//! A model that passes says little: `tests/prove` weakens each ordering of the
//! crate in turn, and one of these must fail for it.

extern crate std;

mod actions;
pub(crate) mod atomic;

use crate::registry::{Entry, Registration, idle, init, load};
use crate::slot::{Load, Region};
use crate::{HandlerTable, InitError, Loaded, RegisterError, table};
use loom::cell::UnsafeCell;
use loom::thread;
use std::boxed::Box;
use std::vec::Vec;

type Handler = fn(&Plain) -> u32;

/// Memory that is not atomic; loom fails a model that races on it.
struct Plain([UnsafeCell<u32>; 2]);

// SAFETY: that there are no races on it is what loom checks.
unsafe impl Sync for Plain {}

impl Plain {
    fn write(&self, at: usize, value: u32) {
        // SAFETY: loom has just checked that nobody else uses it.
        self.0[at].with_mut(|cell| unsafe { *cell = value });
    }

    fn read(&self, at: usize) -> u32 {
        // SAFETY: loom has just checked that nobody writes it.
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

/// What the threads of a model share.
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

    /// A slice as the linker makes it: this table, and static handlers at these
    /// indices, of which each answers its index.
    fn entries(&'static self, indices: &[usize]) -> &'static [Entry] {
        Box::leak(program(&[self], indices).into_boxed_slice())
    }

    fn init(&'static self, entries: &'static [Entry]) -> Result<Loaded, InitError> {
        init(entries, Region::of(&self.table))
    }

    fn is_held(&self, index: usize) -> bool {
        self.table.is_registered(index)
    }
}

fn program(worlds: &[&'static World], indices: &[usize]) -> Vec<Entry> {
    let mut entries = Vec::new();
    entries.push(Entry::Sentinel);
    for world in worlds {
        let load: &'static Load = Box::leak(Box::new(idle()));
        assert!(!load.is_claimed());
        entries.push(Entry::table(&world.table, "table", load));
        for &index in indices {
            let registration = Registration {
                table: &world.table,
                index,
                handler: if index == 0 { answers_7 } else { answers_8 } as Handler,
            };
            entries.push(registration.entry("table", "handler", "file", 1));
        }
    }
    entries
}

#[test]
fn a_handler_sees_what_was_written_before_it_was_registered() {
    loom::model(|| {
        let world = world();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(0, reads_0).unwrap();
        });
        if let Some(seen) = world.call(0) {
            assert_eq!(seen, 1);
        }
        registrant.join().unwrap();
        assert_eq!(world.call(0), Some(1));
    });
}

#[test]
fn a_handler_sees_what_was_written_before_it_replaced_another() {
    loom::model(|| {
        let world = world();
        world.table.register(0, answers_7).unwrap();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            let before = world.table.replace(0, reads_0).unwrap();
            assert_eq!(before.unwrap()(&world.plain), 7);
        });
        // There is a handler at every moment: the old one, or the new one.
        let seen = world.call(0).unwrap();
        assert!(seen == 7 || seen == 1);
        registrant.join().unwrap();
        assert_eq!(world.call(0), Some(1));
    });
}

#[test]
fn who_takes_a_handler_out_may_call_it() {
    loom::model(|| {
        let world = world();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(0, reads_0).unwrap();
        });
        if let Some(handler) = world.table.unregister(0) {
            assert_eq!(handler(&world.plain), 1);
        }
        registrant.join().unwrap();
    });
}

#[test]
fn who_replaces_a_handler_may_call_it() {
    loom::model(|| {
        let world = world();
        let registrant = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(0, reads_0).is_ok()
        });
        let before = world.table.replace(0, answers_7).unwrap();
        if let Some(handler) = before {
            assert_eq!(handler(&world.plain), 1);
        }
        // One of the two came first, and neither is lost.
        assert_eq!(registrant.join().unwrap(), before.is_some());
        assert_eq!(world.call(0), Some(7));
    });
}

#[test]
fn who_registers_next_sees_what_was_done_before_the_slot_was_emptied() {
    loom::model(|| {
        let world = world();
        world.table.register(0, answers_7).unwrap();
        let predecessor = thread::spawn(move || {
            world.plain.write(0, 1);
            assert!(world.table.unregister(0).is_some());
        });
        if world.table.register(0, answers_8).is_ok() {
            assert_eq!(world.plain.read(0), 1);
        }
        predecessor.join().unwrap();
    });
}

#[test]
fn one_of_two_registers_and_the_other_may_use_what_that_one_set_up() {
    loom::model(|| {
        let world = world();
        let register = move |me: usize| {
            world.plain.write(me, 1);
            let handler: Handler = [reads_0, reads_1][me];
            match world.table.register(0, handler) {
                Ok(()) => true,
                Err(error) => {
                    let (index, capacity) = (0, 2);
                    assert_eq!(error, RegisterError::Occupied { index, capacity });
                    assert_eq!(world.plain.read(1 - me), 1);
                    assert_eq!(world.call(0), Some(1));
                    false
                }
            }
        };
        let other = thread::spawn(move || register(1));
        let won = [register(0), other.join().unwrap()];
        assert!(won == [true, false] || won == [false, true]);
    });
}

#[test]
fn one_of_two_unregisters() {
    loom::model(|| {
        let world = world();
        world.table.register(0, answers_7).unwrap();
        let other = thread::spawn(move || world.table.unregister(0).is_some());
        let mine = world.table.unregister(0).is_some();
        assert_ne!(mine, other.join().unwrap());
        assert!(!world.is_held(0));
    });
}

#[test]
fn replaced_handlers_are_handed_on_and_none_is_lost() {
    loom::model(|| {
        let world = world();
        let other = thread::spawn(move || world.table.replace(0, answers_7).unwrap());
        let mine = world.table.replace(0, answers_8).unwrap();
        let other = other.join().unwrap();
        let answer = |handler: Handler| handler(&world.plain);
        match world.call(0) {
            Some(7) => assert_eq!((mine.map(answer), other.map(answer)), (None, Some(8))),
            Some(8) => assert_eq!((mine.map(answer), other.map(answer)), (Some(7), None)),
            seen => panic!("{seen:?}"),
        }
    });
}

#[test]
fn slots_do_not_disturb_each_other() {
    loom::model(|| {
        let world = world();
        let other = thread::spawn(move || {
            world.table.register(1, answers_8).unwrap();
            world.table.unregister(1).is_some()
        });
        world.table.register(0, answers_7).unwrap();
        assert_eq!(world.call(0), Some(7));
        assert!(other.join().unwrap());
        assert_eq!((world.call(0), world.call(1)), (Some(7), None));
    });
}

#[test]
fn one_of_two_inits_loads_and_the_other_finds_everything_loaded() {
    loom::model(|| {
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
        assert_ne!(init(0), other.join().unwrap());
    });
}

#[test]
fn a_handler_sees_what_was_written_before_init() {
    loom::model(|| {
        let world = world();
        let entries = world.entries(&[0]);
        let loader = thread::spawn(move || {
            world.plain.write(0, 1);
            world.init(entries).unwrap();
        });
        if world.call(0).is_some() {
            assert_eq!(world.plain.read(0), 1);
        }
        loader.join().unwrap();
        assert_eq!(world.call(0), Some(7));
    });
}

#[test]
fn either_init_or_a_registrant_gets_the_slot() {
    loom::model(|| {
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
            world.table.unregister(1).unwrap();
            assert!(!world.init(entries).unwrap().already);
        } else {
            assert!(!loaded.unwrap().already);
        }
        assert_eq!((world.call(0), world.call(1)), (Some(7), Some(8)));
        assert!(world.init(entries).unwrap().already);
    });
}

#[test]
fn what_is_unregistered_during_init_is_not_resurrected() {
    loom::model(|| {
        let world = world();
        let entries = world.entries(&[0]);
        let other = thread::spawn(move || world.table.unregister(0));
        assert_eq!(world.init(entries).unwrap().handlers, 1);
        let taken = other.join().unwrap();
        // Taken out or there: never both, never neither.
        assert_eq!(taken.is_some(), !world.is_held(0));
        assert!(world.init(entries).unwrap().already);
        assert_eq!(taken.is_some(), !world.is_held(0));
    });
}

#[test]
fn what_is_unregistered_during_two_inits_is_not_resurrected() {
    loom::model(|| {
        let world = world();
        let entries = world.entries(&[0]);
        let loader = thread::spawn(move || world.init(entries).unwrap());
        let loaded = world.init(entries).unwrap();
        // It is loaded by now, by whomever.
        assert!(world.table.unregister(0).is_some());
        assert_ne!(loader.join().unwrap().already, loaded.already);
        assert!(!world.is_held(0));
    });
}

#[test]
fn who_inits_after_a_failed_init_finds_nothing_of_it() {
    loom::model(|| {
        let world = world();
        let entries = world.entries(&[0, 1]);
        let first = thread::spawn(move || world.init(entries));
        world.table.register(1, reads_1).ok();
        if let Err(error) = world.init(entries) {
            // Slot 1 is in the way. What the other one published in slot 0, and
            // took back, is not.
            assert!(matches!(error, InitError::Occupied { handler, .. } if handler.index() == 1));
        }
        let _ = first.join().unwrap();
    });
}

#[test]
fn who_registers_after_a_failed_init_sees_what_was_done_before() {
    loom::model(|| {
        let world = world();
        let entries = world.entries(&[0, 1]);
        let loader = thread::spawn(move || world.init(entries));
        let in_the_way = thread::spawn(move || {
            world.plain.write(0, 1);
            world.table.register(1, reads_0).is_ok()
        });
        // Only a failed init empties slot 0, and only the handler in slot 1
        // makes it fail.
        if world.is_held(0) && world.table.register(0, answers_7).is_ok() {
            assert_eq!(world.plain.read(0), 1);
        }
        let _ = loader.join().unwrap();
        in_the_way.join().unwrap();
    });
}

#[test]
fn inits_of_all_tables_and_of_one_do_not_wait_for_each_other() {
    loom::model(|| {
        let worlds = [world(), world()];
        let entries: &'static [Entry] = Box::leak(program(&worlds, &[0]).into_boxed_slice());
        let other = thread::spawn(move || load(entries, |_| true).unwrap());
        let mine = worlds[1].init(entries).unwrap();
        assert_eq!(mine.handlers, 1);
        let other = other.join().unwrap();
        // What one loaded, the other did not.
        let loaded = if mine.already { 2 } else { 1 };
        assert_eq!((other.handlers, other.already), (loaded, false));
        assert_eq!((worlds[0].call(0), worlds[1].call(0)), (Some(7), Some(7)));
    });
}

#[test]
fn two_inits_of_all_tables_do_not_wait_for_each_other() {
    loom::model(|| {
        let worlds = [world(), world()];
        let entries: &'static [Entry] = Box::leak(program(&worlds, &[0]).into_boxed_slice());
        let other = thread::spawn(move || load(entries, |_| true).unwrap());
        let mine = load(entries, |_| true).unwrap();
        let other = other.join().unwrap();
        for loaded in [mine, other] {
            assert!(loaded.already || loaded.handlers >= 1);
        }
        assert!(!(mine.already && other.already));
        assert_eq!((worlds[0].call(0), worlds[1].call(0)), (Some(7), Some(7)));
    });
}
