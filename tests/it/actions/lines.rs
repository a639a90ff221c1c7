//! Enabled and disabled actions, and the lines of their events.

use super::{Gate, Log, action, dispatched, gate, shared};
use crate::support::leak;
use handler_table::{Action, ActionTable, Counted, Here, Line, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[test]
fn the_first_and_the_last_enabled_action_are_told() {
    let table = leak(ActionTable::<4, Log>::new());
    let (a, b) = (shared("a"), shared("b"));
    let c = leak(action("c").shared().disabled());

    assert_eq!(table.register(1, c).map(|it| it.line), Ok(Line::Unchanged));
    assert!(!table.is_enabled(1));
    assert_eq!(dispatched(table, 1), Log::new());

    assert_eq!(table.register(1, a).map(|it| it.line), Ok(Line::Unmask));
    assert_eq!(table.register(1, b).map(|it| it.line), Ok(Line::Unchanged));
    assert!(table.is_enabled(1) && !table.is_enabled(0));
    assert_eq!(table.enable(c), Ok(Line::Unchanged));
    assert_eq!(dispatched(table, 1), ["c", "a", "b"]);

    assert_eq!(table.disable(a), Ok(Line::Unchanged));
    assert_eq!(table.disable(a), Ok(Line::Unchanged));
    assert_eq!(dispatched(table, 1), ["c", "b"]);
    assert_eq!(table.unregister(b).map(|it| it.line), Ok(Line::Unchanged));
    assert_eq!(table.disable(c), Ok(Line::Mask));
    assert!(!table.is_enabled(1));
    assert_eq!(table.unregister(c).map(|it| it.line), Ok(Line::Unchanged));
    assert_eq!(table.enable(a), Ok(Line::Unmask));
    assert_eq!(table.unregister(a).map(|it| it.line), Ok(Line::Mask));
    assert!(!table.is_enabled(1));

    // A new registration resets the action to its initial state.
    assert_eq!(table.register(1, a).map(|it| it.line), Ok(Line::Unmask));
    assert_eq!(table.register(1, c).map(|it| it.line), Ok(Line::Unchanged));
    assert_eq!(dispatched(table, 1), ["a"]);
}

/// One thread disables the last action while another one enables a second action. The first
/// thread sets the line late, but the line must be unmasked in the end.
#[test]
fn a_stale_disable_does_not_override_a_concurrent_enable() {
    let table = leak(ActionTable::<4, Log>::new());
    let line = leak(AtomicBool::new(true));
    let (first, second) = (shared("first"), leak(action("second").shared().disabled()));
    table.register(1, first).unwrap();
    table.register(1, second).unwrap();
    let (about_to_mask, enabled) = (leak(Barrier::new(2)), leak(Barrier::new(2)));

    let disabler = thread::spawn(move || {
        assert_eq!(table.disable(first), Ok(Line::Mask));
        about_to_mask.wait();
        enabled.wait();
        table.apply_line(1, |on| line.store(on, Ordering::Relaxed));
    });
    about_to_mask.wait();
    assert_eq!(table.enable(second), Ok(Line::Unmask));
    table.apply_line(1, |on| line.store(on, Ordering::Relaxed));
    enabled.wait();
    disabler.join().unwrap();
    assert!(line.load(Ordering::Relaxed));
    assert_eq!(dispatched(table, 1), ["second"]);
}

/// The actions change after `apply_line` has read their state, and before it sets the line.
#[test]
fn a_line_is_set_until_it_is_what_the_actions_want() {
    let table = leak(ActionTable::<4, Log>::new());
    let a = shared("a");
    table.register(1, a).unwrap();
    table.disable(a).unwrap();
    let mut set = Vec::new();
    table.apply_line(1, |on| {
        match set.len() {
            0 => assert_eq!(table.enable(a), Ok(Line::Unmask)),
            1 => assert_eq!(table.unregister(a).map(|it| it.line), Ok(Line::Mask)),
            _ => {}
        }
        set.push(on);
    });
    assert_eq!(set, [false, true, false]);
    table.apply_line(4, |_| panic!("there is no such event"));
}

/// The caller that was told has not set the line.
#[test]
fn a_line_that_was_not_set_is_told_again() {
    let table = leak(ActionTable::<4, Log>::new());
    let a = shared("a");
    assert_eq!(table.register(1, a).map(|it| it.line), Ok(Line::Unmask));
    for (wanted, change) in [(Line::Unmask, None), (Line::Mask, Some(a))] {
        if let Some(action) = change {
            assert_eq!(table.disable(action), Ok(wanted));
        }
        let apply = || table.apply_line(1, |_| panic!("in `set`"));
        catch_unwind(AssertUnwindSafe(apply)).unwrap_err();
        assert_eq!(table.take_line(1), wanted);
        assert_eq!(table.take_line(1), Line::Unchanged);
    }
}

/// One thread takes the change of another thread, before that one asks. So the first thread
/// must set the line, because the second one is told nothing.
#[test]
fn whoever_is_told_of_a_change_sets_the_line_after_it() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let gate_ = Gate::new();
    let (p, q) = (
        leak(Action::new(gate, gate_).shared()),
        leak(Action::new(|_, ()| Verdict::Handled, ()).shared()),
    );
    let mut line = false;
    assert_eq!(table.register(1, p).map(|it| it.line), Ok(Line::Unmask));
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    let mut sets = 0;
    table.apply_line(1, |on| {
        if sets == 0 {
            // A change that is not reported, while the line is being set.
            let wait = || table.unregister_and_drain(p, Here::Cpu(1), || panic!("in `relax`"));
            catch_unwind(AssertUnwindSafe(wait)).unwrap_err();
        } else if sets == 1 {
            assert_eq!(table.register(1, q).map(|it| it.line), Ok(Line::Unmask));
        }
        line = on;
        sets += 1;
    });
    assert!(line && table.is_enabled(1));
    assert_eq!(table.take_line(1), Line::Unchanged);
    gate_.release.wait();
    dispatcher.join().unwrap();
}

/// A change that was not reported is reported to the next caller that asks, once.
#[test]
fn a_change_of_a_line_is_told_also_after_a_panic() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_));
    assert_eq!(
        table.register(1, action).map(|it| it.line),
        Ok(Line::Unmask)
    );
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    let panics = || panic!("in `relax`");
    let wait = || table.unregister_and_drain(action, Here::Cpu(1), panics);
    catch_unwind(AssertUnwindSafe(wait)).unwrap_err();
    assert!(!table.is_enabled(1));
    assert_eq!(table.take_line(1), Line::Mask);
    assert_eq!(table.take_line(1), Line::Unchanged);
    gate_.release.wait();
    dispatcher.join().unwrap();
    // The wait that panicked does not block others.
    assert_eq!(
        table.register(1, action).map(|it| it.line),
        Ok(Line::Unmask)
    );
    assert_eq!(table.take_line(4), Line::Unchanged);
}

#[test]
fn what_was_told_and_undone_before_anybody_asked_is_not_told() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_));
    let other = leak(Action::new(|_, ()| Verdict::Handled, ()));
    assert_eq!(
        table.register(1, action).map(|it| it.line),
        Ok(Line::Unmask)
    );
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    let mut looks = 0;
    let line = table.unregister_and_drain(action, Here::Cpu(1), || {
        if looks == 0 {
            // The line is unmasked, and stays unmasked.
            assert_eq!(
                table.register(1, other).map(|it| it.line),
                Ok(Line::Unchanged)
            );
            gate_.release.wait();
        }
        looks += 1;
        thread::yield_now();
    });
    assert_eq!(line, Ok(Line::Unchanged));
    dispatcher.join().unwrap();
}
