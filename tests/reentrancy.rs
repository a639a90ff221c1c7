//! Handlers that use the table which calls them.

use handler_table::{HandlerTable, RegisterError, table};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_handler_takes_itself_out() {
    static TABLE: HandlerTable<2> = HandlerTable::new();
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn once() {
        CALLS.fetch_add(1, Ordering::Relaxed);
        assert!(TABLE.unregister(0).is_some());
        assert!(TABLE.unregister(0).is_none());
    }
    TABLE.register(0, once).unwrap();
    assert!(TABLE.handle(0));
    assert!(!TABLE.handle(0));
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    TABLE.register(0, once).unwrap();
    assert!(TABLE.handle(0));
}

#[test]
fn a_handler_replaces_itself() {
    static TABLE: HandlerTable<1, fn() -> u32> = table!();
    fn first() -> u32 {
        let before = TABLE.replace(0, second).unwrap();
        assert!(before.is_some());
        1
    }
    fn second() -> u32 {
        TABLE.replace(0, first).unwrap().map_or(0, |_| 2)
    }
    TABLE.register(0, first).unwrap();
    let answers: Vec<_> = (0..4)
        .map(|_| TABLE.dispatch(0, |handler| handler()))
        .collect();
    assert_eq!(answers, [Some(1), Some(2), Some(1), Some(2)]);
}

#[test]
fn a_handler_registers_another() {
    static TABLE: HandlerTable<3, fn() -> usize> = table!();
    fn enable() -> usize {
        match TABLE.register(1, || 11) {
            Ok(()) => 1,
            Err(RegisterError::Occupied { index, .. }) => index + 100,
            Err(_) => 0,
        }
    }
    TABLE.register(0, enable).unwrap();
    assert!(!TABLE.is_registered(1));
    assert_eq!(TABLE.dispatch(0, |handler| handler()), Some(1));
    assert_eq!(TABLE.dispatch(1, |handler| handler()), Some(11));
    assert_eq!(TABLE.dispatch(0, |handler| handler()), Some(101));
}

#[test]
fn a_handler_calls_itself_and_others() {
    static TABLE: HandlerTable<2, fn(u64) -> u64> = table!();
    fn even(n: u64) -> u64 {
        if n == 0 {
            return 1;
        }
        TABLE.dispatch(1, |odd| odd(n - 1)).unwrap()
    }
    fn odd(n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        TABLE.dispatch(0, |even| even(n - 1)).unwrap()
    }
    TABLE.register(0, even).unwrap();
    TABLE.register(1, odd).unwrap();
    assert_eq!(TABLE.dispatch(0, |handler| handler(500)), Some(1));
    assert_eq!(TABLE.dispatch(0, |handler| handler(501)), Some(0));
}

#[test]
fn a_handler_that_panics_leaves_the_table_as_it_was() {
    static TABLE: HandlerTable<3> = HandlerTable::new();
    fn panics() {
        panic!("as planned");
    }
    TABLE.register(0, || ()).unwrap();
    TABLE.register(1, panics).unwrap();
    for _ in 0..2 {
        assert!(catch_unwind(|| TABLE.handle(1)).is_err());
        let events: Vec<usize> = TABLE.iter().map(|(index, _)| index).collect();
        assert_eq!(events, [0, 1]);
        assert!(TABLE.handle(0) && !TABLE.handle(2));
    }
    assert!(TABLE.unregister(1).is_some());
    assert!(!TABLE.handle(1));
}

#[test]
fn a_handler_that_changes_the_table_and_panics_leaves_its_change() {
    static TABLE: HandlerTable<2> = HandlerTable::new();
    fn moves_and_panics() {
        let me = TABLE.unregister(0).unwrap();
        TABLE.register(1, me).unwrap();
        panic!("as planned");
    }
    TABLE.register(0, moves_and_panics).unwrap();
    assert!(catch_unwind(|| TABLE.handle(0)).is_err());
    assert!(!TABLE.is_registered(0) && TABLE.is_registered(1));
}
