//! Handlers that use the table that calls them. Each test also runs on a table that holds a
//! lock while it calls a handler, and must detect that.

use crate::support::{Handler, Table, leak};
use handler_table::{HandlerTable, RegisterError, table};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard};

thread_local! {
    /// The table under test, for its handlers.
    static TABLE: Cell<Option<&'static dyn Table>> = const { Cell::new(None) };
}

fn tested() -> &'static dyn Table {
    TABLE.get().expect("set by `check`")
}

/// A table that holds a lock while it calls a handler. Instead of a deadlock, it reports that
/// there is no handler.
struct Locked(Mutex<[Option<Handler>; 3]>);

impl Locked {
    fn lock(&self, index: usize) -> Result<MutexGuard<'_, [Option<Handler>; 3]>, RegisterError> {
        self.0
            .try_lock()
            .map_err(|_| RegisterError::OutOfRange { index, capacity: 0 })
    }
}

impl Table for Locked {
    fn register(&self, index: usize, handler: Handler) -> Result<(), RegisterError> {
        let slot = &mut self.lock(index)?[index];
        if slot.is_some() {
            return Err(RegisterError::Occupied { index, capacity: 3 });
        }
        *slot = Some(handler);
        Ok(())
    }

    fn replace(&self, index: usize, handler: Handler) -> Result<Option<Handler>, RegisterError> {
        Ok(self.lock(index)?[index].replace(handler))
    }

    fn unregister(&self, index: usize) -> Option<Handler> {
        self.lock(index).ok()?[index].take()
    }

    fn handle(&self, index: usize) -> Option<usize> {
        let slots = self.lock(index).ok()?;
        slots[index].map(|handler| handler())
    }

    fn registered(&self) -> Vec<usize> {
        let slots = self.lock(0).map_or([None; 3], |slots| *slots);
        (0..3).filter(|&index| slots[index].is_some()).collect()
    }
}

/// Runs the test on the real table, and on the table with a lock, where it must fail.
fn check(what: &str, scenario: fn(&dyn Table)) {
    let run = |table: &'static dyn Table| {
        TABLE.set(Some(table));
        catch_unwind(AssertUnwindSafe(|| scenario(table)))
    };
    let ours: HandlerTable<3, Handler> = table!();
    run(leak(ours)).expect("a table of ours");

    let locked = Locked(Mutex::new([None; 3]));
    let panic = run(leak(locked)).expect_err("a lock passed");
    let message: &String = panic.downcast_ref().expect("a comparison");
    println!(
        "control: a lock is held while {what}: {}",
        message.replace('\n', "")
    );
}

#[test]
fn a_handler_takes_itself_out() {
    fn once() -> usize {
        let taken = tested().unregister(0).is_some();
        usize::from(taken && tested().unregister(0).is_none())
    }
    check("a handler takes itself out", |table| {
        for _ in 0..2 {
            assert_eq!(table.register(0, once), Ok(()));
            assert_eq!(table.handle(0), Some(1));
            assert_eq!(table.handle(0), None);
        }
    });
}

#[test]
fn a_handler_replaces_itself() {
    fn replaced_by(next: Handler) -> bool {
        matches!(tested().replace(0, next), Ok(Some(_)))
    }
    fn first() -> usize {
        usize::from(replaced_by(second))
    }
    fn second() -> usize {
        2 * usize::from(replaced_by(first))
    }
    check("a handler replaces itself", |table| {
        table.register(0, first).unwrap();
        let answers: Vec<_> = (0..4).map(|_| table.handle(0)).collect();
        assert_eq!(answers, [Some(1), Some(2), Some(1), Some(2)]);
    });
}

#[test]
fn a_handler_registers_another() {
    fn enable() -> usize {
        match tested().register(1, || 11) {
            Ok(()) => 1,
            Err(RegisterError::Occupied { index, .. }) => index + 100,
            Err(_) => 0,
        }
    }
    check("a handler registers another", |table| {
        table.register(0, enable).unwrap();
        assert_eq!(table.registered(), [0]);
        assert_eq!(table.handle(0), Some(1));
        assert_eq!(table.handle(1), Some(11));
        assert_eq!(table.handle(0), Some(101));
    });
}

#[test]
fn a_handler_calls_itself_and_others() {
    thread_local! {
        static LEFT: Cell<u32> = const { Cell::new(0) };
    }
    fn parity(of_none: usize, next: usize) -> usize {
        match LEFT.get() {
            0 => of_none,
            left => {
                LEFT.set(left - 1);
                tested().handle(next).unwrap_or(2)
            }
        }
    }
    check("a handler calls another", |table| {
        table.register(0, || parity(0, 1)).unwrap();
        table.register(1, || parity(1, 0)).unwrap();
        for number in [500, 501] {
            LEFT.set(number);
            assert_eq!(table.handle(0), Some(number as usize % 2));
        }
    });
}

#[test]
fn a_handler_that_panics_leaves_the_table_as_it_was() {
    check("a handler panics", |table| {
        table.register(0, || 0).unwrap();
        table.register(1, || panic!("as planned")).unwrap();
        for _ in 0..2 {
            assert!(catch_unwind(AssertUnwindSafe(|| table.handle(1))).is_err());
            assert_eq!(table.registered(), [0, 1]);
            assert_eq!((table.handle(0), table.handle(2)), (Some(0), None));
        }
        assert!(table.unregister(1).is_some());
        assert_eq!(table.handle(1), None);
    });
}

#[test]
fn a_handler_that_changes_the_table_and_panics_leaves_its_change() {
    fn moves_and_panics() -> usize {
        if let Some(me) = tested().unregister(0) {
            tested().register(1, me).unwrap();
        }
        panic!("as planned");
    }
    check("a handler moves itself and panics", |table| {
        table.register(0, moves_and_panics).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| table.handle(0))).is_err());
        assert_eq!(table.registered(), [1]);
    });
}
