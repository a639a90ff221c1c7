//! Removal, and waits for calls in flight.

use super::{Gate, Log, action, dispatched, gate, shared};
use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionTable, Counted, Event, Here, Line, Uncounted, Verdict,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

/// The wait lasts as long as the call. The waiting thread reports when it has checked the
/// counters. Only then does the call end.
fn waits_for_a_call(
    wait: impl FnOnce(&'static ActionTable<4>, &'static Action<(), &'static Gate>, &mut dyn FnMut())
    + Send,
) {
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_));
    let table = leak(ActionTable::<4>::new());
    table.register(1, action).unwrap();
    let (looked, has_looked) = mpsc::channel();
    thread::scope(|scope| {
        let dispatcher = scope.spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
        gate_.entered.wait();
        let waiter = scope.spawn(move || {
            let mut looks = 0;
            wait(table, action, &mut || {
                looks += 1;
                if looks == 100 {
                    looked.send(()).unwrap();
                }
                thread::yield_now();
            });
            assert!(gate_.left.load(Ordering::Relaxed), "did not wait");
            assert!(looks >= 100);
        });
        let has_looked = has_looked.recv();
        let left = gate_.left.load(Ordering::Relaxed);
        // Also if the waiter has failed. Otherwise this would wait for the dispatcher.
        gate_.release.wait();
        waiter.join().unwrap();
        assert!(has_looked.is_ok() && !left);
        let outcome = dispatcher.join().unwrap();
        assert_eq!((outcome.called(), outcome.handled()), (1, true));
    });
}

#[test]
fn unregister_and_drain_waits_and_frees() {
    waits_for_a_call(|table, action, relax| {
        assert_eq!(
            table.unregister_and_drain(action, Here::Unknown, relax),
            Ok(Line::Mask)
        );
        assert_eq!(table.dispatch(0, 1, &mut ()).unwrap().called(), 0);
        table.register(2, action).unwrap();
    });
}

#[test]
fn synchronize_waits() {
    waits_for_a_call(|table, _, relax| table.synchronize(Here::Unknown, relax).unwrap());
}

#[test]
fn an_action_that_was_unregistered_can_be_drained_later() {
    waits_for_a_call(|table, action, relax| {
        assert_eq!(table.unregister(action).map(|it| it.line), Ok(Line::Mask));
        let in_flight = ActionError::InFlight {
            index: 1,
            action: action.id(),
        };
        assert_eq!(table.register(1, action), Err(in_flight));
        assert_eq!(action.with_context(|_| ()), Err(in_flight));
        assert_eq!(
            table.unregister_and_drain(action, Here::Unknown, relax),
            Ok(Line::Unchanged)
        );
        table.register(1, action).unwrap();
    });
}

/// Every method can use a free action, after any earlier check.
#[test]
fn an_action_that_no_call_is_in_flight_of_is_free_for_everybody() {
    let (table, elsewhere) = (leak(ActionTable::<4>::new()), leak(ActionTable::<2>::new()));
    let action = leak(Action::new(|_, ()| Verdict::Handled, ()));
    let remove = || {
        table.register(1, action).unwrap();
        table.unregister(action).unwrap();
    };
    remove();
    action.with_context(|()| ()).unwrap();
    remove();
    elsewhere.register(0, action).unwrap();
    elsewhere.unregister(action).unwrap();
    table.register(1, action).unwrap();
    let mut removal = table.unregister(action).unwrap();
    assert_eq!((removal.line, removal.try_drain()), (Line::Mask, true));
    // It is free now, and registered nowhere.
    let not_registered = ActionError::NotRegistered {
        action: action.id(),
    };
    assert_eq!(table.unregister(action).map(drop), Err(not_registered));
    remove();
    assert_eq!(elsewhere.unregister(action).map(drop), Err(not_registered));
    let drain = |table: &ActionTable<4>| {
        table.unregister_and_drain(action, Here::Unknown, || panic!("nothing is in flight"))
    };
    assert_eq!(drain(table), Ok(Line::Unchanged));
    assert_eq!(drain(table), Err(not_registered));
}

/// In a handler, a call is in flight, so the action is not free.
#[test]
fn an_action_that_is_being_called_is_free_for_nobody() {
    struct Inside {
        tables: [&'static ActionTable<4, Vec<ActionError>>; 2],
        me: Mutex<Option<&'static Action<Vec<ActionError>, &'static Inside>>>,
    }
    fn inside(event: &mut Event<'_, Vec<ActionError>>, inside: &&'static Inside) -> Verdict {
        let me = inside.me.lock().unwrap().unwrap();
        let [table, elsewhere] = inside.tables;
        let mut removal = table.unregister(me).unwrap();
        event.arg.extend([
            me.with_context(|_| ()).unwrap_err(),
            table.register(1, me).unwrap_err(),
            elsewhere.register(1, me).unwrap_err(),
            elsewhere
                .unregister_and_drain(me, Here::Unknown, || ())
                .unwrap_err(),
        ]);
        assert!(!removal.try_drain());
        Verdict::Handled
    }
    let state: &'static Inside = leak(Inside {
        tables: [leak(ActionTable::new()), leak(ActionTable::new())],
        me: Mutex::new(None),
    });
    let action = leak(Action::new(inside, state));
    *state.me.lock().unwrap() = Some(action);
    state.tables[0].register(3, action).unwrap();
    let mut errors = Vec::new();
    state.tables[0].dispatch(0, 3, &mut errors).unwrap();
    let (index, action_id) = (3, action.id());
    let in_flight = ActionError::InFlight {
        index,
        action: action_id,
    };
    let not_registered = ActionError::NotRegistered { action: action_id };
    assert_eq!(errors, [in_flight, in_flight, in_flight, not_registered]);
    action.with_context(|_| ()).unwrap();
}

#[test]
fn a_listing_does_not_show_what_was_removed_while_it_ran() {
    let table = leak(ActionTable::<4, Log>::new());
    let (a, b, c) = (shared("a"), shared("b"), shared("c"));
    for action in [a, b, c] {
        table.register(1, action).unwrap();
    }
    let mut seen = Vec::new();
    table.for_each(1, |action| {
        seen.push(action.id.name().to_owned());
        let _ = table.unregister(b);
    });
    assert_eq!(seen, ["a", "c"]);
}

#[test]
fn a_removal_tells_whether_a_call_is_in_flight() {
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_).shared());
    let other = leak(Action::new(|_, ()| Verdict::Handled, ()).shared());
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    table.register(1, action).unwrap();
    table.register(2, other).unwrap();
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    assert!(!table.unregister(action).unwrap().try_drain());
    // Calls are counted for each CPU, not for each action.
    assert!(!table.unregister(other).unwrap().try_drain());
    let elsewhere = leak(ActionTable::<4>::new());
    assert!(matches!(
        elsewhere.register(0, action),
        Err(ActionError::InFlight { index: 1, .. })
    ));
    // A table that did not have the action does not drain it.
    assert!(matches!(
        elsewhere.unregister_and_drain(action, Here::Unknown, || ()),
        Err(ActionError::NotRegistered { .. })
    ));
    gate_.release.wait();
    dispatcher.join().unwrap();

    // Now the table that had the action finds no call in flight.
    table.register(1, action).unwrap();
    assert!(table.unregister(action).unwrap().try_drain());
    elsewhere.register(0, action).unwrap();
}

#[test]
fn an_action_may_unregister_itself_and_its_neighbours_while_they_are_called() {
    struct Once {
        table: ActionTable<2, Log>,
        removes: Mutex<Vec<&'static Action<Log, &'static Once>>>,
    }
    fn remove(event: &mut Event<'_, Log>, once: &&'static Once) -> Verdict {
        event.arg.push("remove");
        for action in once.removes.lock().unwrap().drain(..) {
            once.table.unregister(action).unwrap();
        }
        Verdict::Handled
    }
    let once = leak(Once {
        table: ActionTable::new(),
        removes: Mutex::new(Vec::new()),
    });
    let actions: Vec<_> = (0..4)
        .map(|_| leak(Action::new(remove, &*once).shared()))
        .collect();
    for action in &actions {
        once.table.register(0, action).unwrap();
    }
    // The second one removes itself, the previous one and the next one.
    let mut log = Log::new();
    once.table.dispatch(0, 0, &mut log).unwrap();
    assert_eq!(log.len(), 4);
    *once.removes.lock().unwrap() = vec![actions[0], actions[1]];
    assert_eq!(
        dispatched(&once.table, 0).len(),
        3,
        "the first removed itself and the next"
    );
    assert_eq!(dispatched(&once.table, 0).len(), 2);
    once.table.synchronize(Here::Cpu(0), || ()).unwrap();
    once.table.register(0, actions[0]).unwrap();
    assert_eq!(dispatched(&once.table, 0).len(), 3);
}

#[test]
fn waiting_in_a_handler_is_an_error() {
    static TABLE: ActionTable<4, (), Counted<8>> = ActionTable::new();
    static WAITS: Action = Action::new(waits, ());
    fn waits(event: &mut Event<'_>, (): &()) -> Verdict {
        let here = Here::Cpu(event.cpu());
        let cpu = event.cpu();
        let expected = Err(ActionError::InHandler { cpu });
        assert_eq!(TABLE.synchronize(here, || panic!("waits")), expected);
        let line = TABLE.unregister_and_drain(&WAITS, here, || panic!("waits"));
        assert_eq!(line, Err(ActionError::InHandler { cpu }));
        // Nothing has changed.
        assert!(TABLE.is_enabled(1));
        Verdict::Handled
    }
    TABLE.register(1, &WAITS).unwrap();
    for cpu in [0, 5] {
        assert!(TABLE.dispatch(cpu, 1, &mut ()).unwrap().handled());
    }
    TABLE
        .synchronize(Here::Cpu(5), || panic!("nothing to wait for"))
        .unwrap();
    TABLE
        .unregister_and_drain(&WAITS, Here::Cpu(0), || panic!("nothing to wait for"))
        .unwrap();
}

#[test]
fn a_panicking_handler_does_not_wedge_the_waiters() {
    let table = leak(ActionTable::<4>::new());
    let action: &'static Action<(), AtomicBool> = leak(Action::new(
        |_, panics| {
            assert!(!panics.load(Ordering::Relaxed), "as it should");
            Verdict::Handled
        },
        AtomicBool::new(true),
    ));
    table.register(1, action).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| table.dispatch(0, 1, &mut ())));
    assert!(panic.is_err());
    table
        .unregister_and_drain(action, Here::Cpu(0), || panic!("nothing to wait for"))
        .unwrap();
    action
        .with_context(|panics| *panics.get_mut() = false)
        .unwrap();
    table.register(1, action).unwrap();
    assert!(table.dispatch(0, 1, &mut ()).unwrap().handled());
}

#[test]
fn a_context_is_taken_out_and_dropped_while_the_action_is_free() {
    let table = leak(ActionTable::<4>::new());
    let state = std::sync::Arc::new(());
    let action = leak(Action::new(
        |_, _: &Mutex<Option<std::sync::Arc<()>>>| Verdict::Handled,
        Mutex::new(Some(state.clone())),
    ));
    table.register(1, action).unwrap();
    assert_eq!(
        action.with_context(|_| ()),
        Err(ActionError::AlreadyRegistered {
            index: 1,
            action: action.id()
        })
    );
    assert!(table.unregister(action).unwrap().try_drain());
    action
        .with_context(|context| {
            // The context is not available meanwhile.
            assert!(matches!(
                table.register(1, action),
                Err(ActionError::AlreadyRegistered { .. })
            ));
            assert!(table.unregister(action).is_err());
            context.get_mut().unwrap().take()
        })
        .unwrap();
    assert_eq!(std::sync::Arc::strong_count(&state), 1);
    // If the closure panics, the context is available again.
    let panic = catch_unwind(AssertUnwindSafe(|| action.with_context(|_| panic!())));
    assert!(panic.is_err());
    table.register(1, action).unwrap();
}

#[test]
fn an_action_of_an_uncounted_table_is_retired() {
    let table = leak(ActionTable::<4, Log, Uncounted>::new());
    let counted = leak(ActionTable::<4, Log>::new());
    let (a, b) = (shared("a"), shared("b"));
    let alone = leak(action("alone"));
    table.register(1, a).unwrap();
    table.register(1, b).unwrap();
    assert!(table.register(1, alone).is_err());
    assert_eq!(table.unregister(a).map(|it| it.line), Ok(Line::Unchanged));
    let mut log = Log::new();
    table.dispatch(usize::MAX, 1, &mut log).unwrap();
    assert_eq!(log, ["b"]);
    let retired = ActionError::Retired {
        index: 1,
        action: a.id(),
    };
    assert_eq!(table.register(1, a), Err(retired));
    assert_eq!(counted.register(1, a), Err(retired));
    assert_eq!(a.with_context(|_| ()), Err(retired));
    assert!(
        counted
            .unregister_and_drain(a, Here::Unknown, || ())
            .is_err()
    );
    // An action that was never registered is not retired.
    counted.register(1, alone).unwrap();
}

/// Some call is in flight at every moment. A removal that is polled goes on where it has
/// stopped, and ends.
#[test]
fn a_removal_ends_though_the_table_is_never_idle() {
    let gates = [Gate::new(), Gate::new()];
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let [first, second] = gates.map(|it| leak(Action::new(gate, it)) as &'static Action<_, _>);
    table.register(0, first).unwrap();
    table.register(1, second).unwrap();
    let call = |cpu: usize| thread::spawn(move || table.dispatch(cpu, cpu, &mut ()).unwrap());

    let one = call(0);
    gates[0].entered.wait();
    let mut removal = table.unregister(first).unwrap();
    assert!(!removal.try_drain());
    let other = call(1);
    gates[1].entered.wait();
    gates[0].release.wait();
    one.join().unwrap();
    assert_eq!(table.in_flight(second), Ok(true));
    assert!(removal.try_drain());
    first.with_context(|_| ()).unwrap();

    gates[1].release.wait();
    other.join().unwrap();
}

/// 63 waits for a removal are in progress, so one more must wait for room. Meanwhile the
/// action is registered in another table, called there, and removed. That removal is not for
/// the wait.
#[test]
fn a_wait_without_room_does_not_free_what_another_table_drains() {
    fn nest<C: Sync>(
        table: &'static ActionTable<2>,
        action: &'static Action<(), C>,
        left: usize,
        all: &dyn Fn(),
    ) {
        let mut is_deeper = false;
        let drained = table.unregister_and_drain(action, Here::Unknown, || {
            if !is_deeper {
                is_deeper = true;
                if left == 0 {
                    all();
                } else {
                    nest(table, action, left - 1, all);
                }
            }
            thread::yield_now();
        });
        assert!(drained.is_ok());
    }
    let (here, there) = (leak(ActionTable::<2>::new()), leak(ActionTable::<2>::new()));
    let (first, second) = (Gate::new(), Gate::new());
    // The first call passes one gate, and the second call the other one.
    let gates: &'static [&Gate; 2] = leak([first, second]);
    let calls: &'static AtomicUsize = leak(AtomicUsize::new(0));
    let action = leak(Action::new(
        |_: &mut Event<'_>, (gates, calls): &(&'static [&Gate; 2], &AtomicUsize)| {
            gates[calls.fetch_add(1, Ordering::Relaxed)].pass()
        },
        (gates, calls),
    ));
    here.register(0, action).unwrap();
    let dispatcher = thread::spawn(|| here.dispatch(0, 0, &mut ()).unwrap());
    first.entered.wait();
    let (nested, all_nested) = mpsc::channel();
    let waits = thread::spawn(move || {
        nest(here, action, 62, &|| nested.send(()).unwrap());
    });
    all_nested.recv().unwrap();
    let mut waits = Some((waits, dispatcher));
    let mut elsewhere = None;
    let drained = here.unregister_and_drain(action, Here::Unknown, || {
        if let Some((waits, dispatcher)) = waits.take() {
            first.release.wait();
            dispatcher.join().unwrap();
            waits.join().unwrap();
            there.register(1, action).unwrap();
            elsewhere = Some(thread::spawn(|| there.dispatch(0, 1, &mut ()).unwrap()));
            second.entered.wait();
            there.unregister(action).unwrap();
        }
    });
    // The other waits have drained it here.
    let not_registered = ActionError::NotRegistered {
        action: action.id(),
    };
    assert_eq!(drained, Err(not_registered));
    let in_flight = ActionError::InFlight {
        index: 1,
        action: action.id(),
    };
    assert_eq!(action.with_context(|_| ()), Err(in_flight));
    second.release.wait();
    elsewhere.unwrap().join().unwrap();
    action.with_context(|_| ()).unwrap();
}
