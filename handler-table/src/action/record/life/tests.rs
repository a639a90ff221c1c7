//! Registration numbers that could wrap, and waits that could free a later removal.

extern crate std;
use super::{NoWait, Wait};
use crate::action::record::{Record, state};
use crate::{Action, ActionError, ActionTable, Verdict};
use core::sync::atomic::Ordering;
use std::boxed::Box;
use std::vec::Vec;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn is_draining(record: &Record) -> bool {
    state::life(record.state.load(Ordering::Relaxed)) == state::DRAINING
}

fn set_registrations(record: &Record, registrations: usize) {
    let rest = record.state.load(Ordering::Relaxed) & !state::REGISTRATIONS;
    record.state.store(rest | registrations, Ordering::Relaxed);
}

/// Two waits may be for one removal. When the second one ends, the action may already have
/// been registered and removed again.
#[test]
fn a_wait_for_one_removal_frees_no_later_one() {
    let table = leak(ActionTable::<2>::new());
    let action: &'static Action = leak(Action::new(|_, ()| Verdict::Handled, ()));
    let record = action.record();
    let remove = || -> Wait {
        table.register(1, action).unwrap();
        table.unregister(action).unwrap();
        record.wait().unwrap()
    };
    for _ in 0..100 {
        let first = remove();
        let second = remove();
        first.free();
        assert!(is_draining(record));
        second.free();
        assert!(!is_draining(record));
        let third = remove();
        // A second wait for the same removal.
        let fourth = record.wait().unwrap();
        third.free();
        assert!(!is_draining(record));
        // If the action is already free, it stays free.
        fourth.free();
        assert_eq!(state::life(record.state.load(Ordering::Relaxed)), 0);
    }
}

/// While a wait is in progress, no registration number is reused.
#[test]
fn registrations_do_not_come_round_within_a_wait() {
    let table = leak(ActionTable::<2>::new());
    let action: &'static Action = leak(Action::new(|_, ()| Verdict::Handled, ()));
    let record = action.record();
    table.register(1, action).unwrap();
    table.unregister(action).unwrap();
    let wait = record.wait().unwrap();
    let first = wait.registration;
    set_registrations(record, state::REGISTRATIONS - state::REGISTRATION);
    table.register(1, action).unwrap();
    table.unregister(action).unwrap();
    assert_eq!(
        table.register(1, action).unwrap_err(),
        ActionError::InFlight {
            index: 1,
            action: action.id()
        }
    );
    // The owner can use the context: that is no registration.
    action.with_context(|()| ()).unwrap();
    drop(wait);
    // No wait is in progress, so the numbers can be reused.
    table.register(1, action).unwrap();
    assert_eq!(record.registration(), 0);
    // Later, a handle of the first registration would come round.
    table.unregister(action).unwrap();
    table.register(1, action).unwrap();
    assert_eq!(record.registration(), first);
}

#[test]
fn no_more_waits_than_there_is_room_for() {
    let table = leak(ActionTable::<2>::new());
    let action: &'static Action = leak(Action::new(|_, ()| Verdict::Handled, ()));
    let record = action.record();
    table.register(1, action).unwrap();
    table.unregister(action).unwrap();
    let mut waits: Vec<Wait> = (0..63).map(|_| record.wait().unwrap()).collect();
    assert_eq!(record.wait().err(), Some(NoWait::NoRoom));
    assert!(action.with_context(|()| ()).is_err());
    drop(waits.pop());
    // Registered and removed again, the record has no room for the wait of that removal.
    action.with_context(|()| ()).unwrap();
    table.register(1, action).unwrap();
    waits.push(leak_wait(record));
    table.unregister(action).unwrap();
    assert!(is_draining(record));
    drop(waits);
    action.with_context(|()| ()).unwrap();
}

/// Makes a wait while the record is used, for the test above.
fn leak_wait(record: &'static Record) -> Wait {
    record.state.fetch_add(state::WAIT, Ordering::Relaxed);
    Wait {
        record,
        registration: usize::MAX,
    }
}
