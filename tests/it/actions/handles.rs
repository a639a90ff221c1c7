//! Handles: each names one registration.

use super::{Log, dispatched, shared};
use crate::support::leak;
use handler_table::{ActionError, ActionTable, Counted, Here, Line};

#[test]
fn an_action_that_was_found_in_a_listing_is_that_action() {
    let (table, elsewhere) = (
        leak(ActionTable::<4, Log>::new()),
        leak(ActionTable::<4, Log>::new()),
    );
    let (a, b) = (shared("a"), shared("b"));
    table.register(1, a).unwrap();
    table.register(1, b).unwrap();
    let mut found = Vec::new();
    table.for_each(1, |action| found.push(action.handle));
    assert_eq!(table.status(found[1]).unwrap().id, b.id());

    table.disable(found[1]).unwrap();
    assert_eq!(dispatched(table, 1), ["a"]);
    table.enable(b).unwrap();
    assert_eq!(dispatched(table, 1), ["a", "b"]);
    let stale = Err(ActionError::Stale { index: 1 });
    assert_eq!(elsewhere.disable(found[1]), stale);
    assert!(table.unregister(found[1]).unwrap().try_drain());
    assert_eq!(table.enable(found[1]), stale);
    assert_eq!(dispatched(table, 1), ["a"]);
    let drain = |index| table.unregister_and_drain(found[index], Here::Unknown, || ());
    assert_eq!(drain(0), Ok(Line::Mask));
    assert_eq!(drain(0), stale);
}

/// A handle names one registration. It never acts on a later one, nor in another table.
#[test]
fn a_handle_goes_stale() {
    let (table, elsewhere) = (
        leak(ActionTable::<4, Log>::new()),
        leak(ActionTable::<4, Log>::new()),
    );
    let (a, b) = (shared("a"), shared("b"));
    let first = table.register(1, a).unwrap().handle;
    table.unregister(a).unwrap();
    let is_stale = |table: &ActionTable<4, Log>, handle| {
        let stale = ActionError::Stale { index: 1 };
        let here = Here::Unknown;
        assert_eq!(table.enable(handle), Err(stale));
        assert_eq!(table.disable(handle), Err(stale));
        assert_eq!(table.status(handle).map(drop), Err(stale));
        assert_eq!(table.in_flight(handle), Err(stale));
        assert_eq!(table.unregister(handle).map(drop), Err(stale));
        assert_eq!(table.unregister_and_drain(handle, here, || ()), Err(stale));
        assert!(stale.to_string().contains("stale"), "{stale}");
    };
    is_stale(table, first);
    // Registered for another event, for the same one, and in another table.
    for (table, index) in [(table, 2), (table, 1), (elsewhere, 1), (table, 1)] {
        let again = table.register(index, a).unwrap().handle;
        assert_ne!(again, first);
        assert_eq!(again.index(), index);
        is_stale(table, first);
        assert!(table.status(again).unwrap().enabled);
        assert!(table.unregister(again).unwrap().try_drain());
    }
    // And it does not name the neighbour that has taken the place.
    table.register(1, b).unwrap();
    is_stale(table, first);
    assert_eq!(dispatched(table, 1), ["b"]);
}

/// The handle that `register` returns, the one of a listing and the action itself are one.
#[test]
fn a_handle_is_the_registration() {
    let table = leak(ActionTable::<4, Log, Counted<2>>::new());
    let (a, b) = (shared("a"), shared("b"));
    let handles = [a, b].map(|action| table.register(3, action).unwrap().handle);
    let mut found = Vec::new();
    table.for_each(3, |action| {
        assert_eq!(table.status(action.handle), Ok(action));
        found.push(action.handle);
    });
    assert_eq!(found, handles);
    assert_eq!(table.status(a), table.status(handles[0]));
    assert_eq!(table.disable(handles[0]), Ok(Line::Unchanged));
    assert_eq!(table.disable(handles[1]), Ok(Line::Mask));
    assert!(!table.status(b).unwrap().enabled);
    assert_eq!(table.in_flight(handles[0]), Ok(false));
    assert_eq!(table.unregister(handles[0]).unwrap().line, Line::Unchanged);
    assert!(table.status(a).is_err() && table.status(b).is_ok());
}
