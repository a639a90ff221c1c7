//! Non-reentrant actions.

use super::Gate;
use crate::support::leak;
use handler_table::{Action, ActionTable, Counted, CpuSet, Event, Here, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;

#[test]
fn an_event_that_comes_while_the_handler_runs_is_pended_and_not_lost() {
    struct State {
        gate: &'static Gate,
        runs: Vec<(usize, bool)>,
    }
    let gate_ = Gate::new();
    let action = leak(Action::non_reentrant(
        |event: &mut Event<'_, usize>, state: &mut State| {
            state.runs.push((*event.arg, event.is_repeat()));
            state.gate.pass()
        },
        State {
            gate: gate_,
            runs: Vec::new(),
        },
    ));
    let table = leak(ActionTable::<4, usize, Counted<2>>::new());
    table.register(1, action).unwrap();
    thread::scope(|scope| {
        let dispatcher = scope.spawn(|| table.dispatch(0, 1, &mut 10).unwrap());
        gate_.entered.wait();
        for argument in [11, 12, 13] {
            let outcome = table.dispatch(1, 1, &mut { argument }).unwrap();
            assert_eq!((outcome.called(), outcome.pended()), (0, 1));
            assert!(!outcome.handled() && !outcome.is_spurious());
        }
        gate_.release.wait();
        let outcome = dispatcher.join().unwrap();
        assert_eq!(
            (outcome.called(), outcome.pended(), outcome.handled()),
            (1, 0, true)
        );
    });
    assert_eq!(table.spurious(), 0);
    // Again, without nested events.
    table.dispatch(1, 1, &mut 14).unwrap();
    table
        .unregister_and_drain(action, Here::Unknown, thread::yield_now)
        .unwrap();
    let runs = action.with_context(|state| state.runs.clone()).unwrap();
    assert_eq!(runs, [(10, false), (10, true), (14, false)]);
}

#[test]
fn a_handler_that_raises_its_own_event_runs_once_more() {
    static TABLE: ActionTable<4, u32> = ActionTable::new();
    static ACTION: Action<u32, Vec<(u32, bool)>> = Action::non_reentrant(
        |event, runs| {
            runs.push((*event.arg, event.is_repeat()));
            if *event.arg < 3 {
                *event.arg += 1;
                let outcome = TABLE.dispatch(0, 1, &mut 100).unwrap();
                assert_eq!((outcome.called(), outcome.pended()), (0, 1));
            }
            Verdict::Unhandled
        },
        Vec::new(),
    );
    TABLE.register(1, &ACTION).unwrap();
    let mut argument = 0;
    assert!(TABLE.dispatch(0, 1, &mut argument).unwrap().is_spurious());
    assert!(TABLE.unregister(&ACTION).unwrap().try_drain());
    assert_eq!(
        ACTION.with_context(|runs| runs.clone()).unwrap(),
        [(0, false), (1, true), (2, true), (3, true)]
    );
}

#[test]
fn what_a_repeat_says_counts() {
    static TABLE: ActionTable<4> = ActionTable::new();
    static ACTION: Action<(), ()> = Action::non_reentrant(
        |event, ()| {
            if event.is_repeat() {
                return Verdict::Wake;
            }
            TABLE.dispatch(0, 1, &mut ()).unwrap();
            Verdict::Unhandled
        },
        (),
    )
    .counted();
    TABLE.register(1, &ACTION).unwrap();
    let outcome = TABLE.dispatch(0, 1, &mut ()).unwrap();
    assert_eq!(
        (outcome.called(), outcome.handled(), outcome.wake()),
        (1, true, true)
    );
    assert_eq!(ACTION.count(), Some(2));
}

#[test]
fn a_non_reentrant_handler_that_panics_runs_again() {
    let table = leak(ActionTable::<4>::new());
    let action = leak(Action::non_reentrant(
        |_: &mut Event<'_>, calls: &mut usize| {
            *calls += 1;
            assert!(*calls != 1, "as it should");
            Verdict::Handled
        },
        0,
    ));
    table.register(1, action).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| table.dispatch(0, 1, &mut ()))).is_err());
    assert!(table.dispatch(0, 1, &mut ()).unwrap().handled());
    assert!(table.unregister(action).unwrap().try_drain());
    assert_eq!(action.with_context(|calls| *calls), Ok(2));
}

#[test]
fn actions_of_one_event_may_run_side_by_side_or_not_each_as_it_is() {
    let table = leak(ActionTable::<4, (), Counted<3>>::new());
    let inside: &'static Barrier = leak(Barrier::new(2));
    let concurrent: &'static Action<(), &'static Barrier> = leak(
        Action::new(
            |_, inside: &&'static Barrier| {
                // Passes only if two calls are here at once.
                inside.wait();
                Verdict::Handled
            },
            inside,
        )
        .shared()
        .on_cpus(CpuSet::of(&[1, 2])),
    );
    let alone = leak(
        Action::non_reentrant(
            |_: &mut Event<'_>, calls: &mut usize| {
                *calls += 1;
                Verdict::Handled
            },
            0,
        )
        .shared(),
    );
    table.register(1, concurrent).unwrap();
    table.register(1, alone).unwrap();
    let called: usize = thread::scope(|scope| {
        let threads: Vec<_> = [1, 2]
            .map(|cpu| {
                scope.spawn(move || {
                    let outcome = table.dispatch(cpu, 1, &mut ()).unwrap();
                    outcome.called() + outcome.pended()
                })
            })
            .into();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(called, 4);
}
