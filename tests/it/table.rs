//! Promises of the documentation of `HandlerTable` that its examples do not test.

use handler_table::{
    Handler, HandlerTable, InitError, Iter, Loaded, RegisterError, StaticHandler, table,
};
use std::error::Error;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

/// With every type of handler, a table is only its slots.
const fn is_its_slots<const N: usize, F>() {
    assert!(size_of::<HandlerTable<N, F>>() == N * size_of::<usize>());
    assert!(align_of::<HandlerTable<N, F>>() == align_of::<usize>());
}

const fn may_be_shared<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

const fn is_an_error<T: Error + Copy + Eq + Send + Sync + 'static>() {}

// At compile time.
const _: () = {
    is_its_slots::<0, fn()>();
    is_its_slots::<1, fn()>();
    is_its_slots::<7, for<'a> fn(&'a mut String, u8) -> &'a u8>();
    is_its_slots::<300, unsafe extern "C" fn(*const u8)>();

    // With any arguments of the handlers.
    may_be_shared::<HandlerTable<2, fn(Rc<u8>) -> Rc<u8>>>();
    may_be_shared::<Iter<'_, 2, fn(Rc<u8>)>>();
    may_be_shared::<StaticHandler>();
    may_be_shared::<Loaded>();
    is_an_error::<RegisterError>();
    is_an_error::<InitError>();
};

#[test]
fn no_slots() {
    let table = HandlerTable::<0>::new();
    let out_of_range = |index| RegisterError::OutOfRange { index, capacity: 0 };
    assert_eq!(table.register(0, || ()), Err(out_of_range(0)));
    assert_eq!(
        table.replace(usize::MAX, || ()).err(),
        Some(out_of_range(usize::MAX))
    );
    assert!(table.unregister(0).is_none());
    assert!(!table.handle(0));
    assert_eq!(table.iter().count(), 0);
    assert_eq!(
        format!("{table:?}"),
        "HandlerTable { capacity: 0, registered: [] }"
    );
    assert_eq!(
        out_of_range(0).to_string(),
        "event 0 is out of range: the table has no slots"
    );
}

#[test]
fn the_first_and_the_last_slot() {
    let table = HandlerTable::<3>::new();
    for index in [0, 2] {
        assert_eq!(table.register(index, || ()), Ok(()));
        assert!(table.handle(index));
    }
    for index in [3, usize::MAX] {
        let error = table.register(index, || ()).unwrap_err();
        assert_eq!(error, RegisterError::OutOfRange { index, capacity: 3 });
        assert_eq!(
            error.to_string(),
            format!("event {index} is out of range: the table has 3 slots, for events 0 to 2")
        );
        assert!(!table.handle(index));
        assert!(!table.is_registered(index));
        assert!(table.get(index).is_none());
        assert!(table.unregister(index).is_none());
        assert_eq!(table.dispatch(index, |_| ()), None);
    }
    assert_eq!(
        table.iter().map(|(index, _)| index).collect::<Vec<_>>(),
        [0, 2]
    );
}

#[test]
fn an_occupied_slot_keeps_its_handler() {
    let table: HandlerTable<4, fn() -> u8> = table!();
    table.register(1, || 1).unwrap();
    let error = table.register(1, || 2).unwrap_err();
    assert_eq!(
        error,
        RegisterError::Occupied {
            index: 1,
            capacity: 4
        }
    );
    assert_eq!(
        error.to_string(),
        "event 1 already has a handler (the table has 4 slots): unregister it first, or use \
         `replace`"
    );
    assert_eq!(table.dispatch(1, |handler| handler()), Some(1));
}

/// After its end, the iterator keeps returning `None`.
#[test]
fn an_iterator_shows_how_far_it_has_come() {
    let table = HandlerTable::<4>::new();
    table.register(1, || ()).unwrap();
    let mut handlers = table.iter();
    let mut shows = |next: usize| {
        let table = "HandlerTable { capacity: 4, registered: [1] }";
        let expected = format!("Iter {{ next: {next}, table: {table} }}");
        assert_eq!(format!("{handlers:?}"), expected);
        handlers.next().map(|(index, _)| index)
    };
    assert_eq!(
        [shows(0), shows(2), shows(4), shows(4)],
        [Some(1), None, None, None]
    );
}

/// `dispatch` calls its closure once, with the handler, and only if there is one.
#[test]
fn dispatch_calls_once() {
    let table: HandlerTable<4, fn(u8) -> u8> = table!();
    table.register(1, |byte| byte + 1).unwrap();
    let mut calls = 0;
    let result = table.dispatch(1, |handler| {
        calls += 1;
        handler(1)
    });
    assert_eq!((result, calls), (Some(2), 1));
    table.dispatch(2, |_| calls += 1);
    assert_eq!(calls, 1);
}

/// The signatures of `handler_table` 0.1.2.
#[test]
fn drop_in_for_handler_table() {
    static TABLE: HandlerTable<8> = HandlerTable::new();
    const REGISTER: fn(&HandlerTable<8>, usize, Handler) -> bool = HandlerTable::register_handler;
    const UNREGISTER: fn(&HandlerTable<8>, usize) -> Option<Handler> =
        HandlerTable::unregister_handler;
    const HANDLE: fn(&HandlerTable<8>, usize) -> bool = HandlerTable::handle;
    const DEFAULT: fn() -> HandlerTable<8> = HandlerTable::default;

    assert!(REGISTER(&TABLE, 0, || ()));
    assert!(!REGISTER(&TABLE, 0, || ()));
    assert!(!REGISTER(&TABLE, 8, || ()));
    assert!(HANDLE(&TABLE, 0));
    assert!(!HANDLE(&TABLE, 1) && !HANDLE(&TABLE, 8));
    UNREGISTER(&TABLE, 0).expect("registered above")();
    assert!(UNREGISTER(&TABLE, 0).is_none() && UNREGISTER(&TABLE, 8).is_none());
    assert!(!HANDLE(&TABLE, 0));
    assert_eq!(DEFAULT().capacity(), 8);
}
