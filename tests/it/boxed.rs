//! Actions that are registered by value, and freed.

use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionGuard, ActionTable, Counted, Event, Here, Line, Verdict,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

type Table = ActionTable<4, usize, Counted<4>>;

fn table() -> &'static Table {
    leak(ActionTable::new())
}

/// Counts its drops.
#[derive(Clone)]
struct Dropped(Arc<AtomicUsize>);

impl Dropped {
    fn new() -> Self {
        Dropped(Arc::new(AtomicUsize::new(0)))
    }

    fn count(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

fn adds(
    dropped: &Dropped,
    number: usize,
) -> Action<usize, impl Fn(&mut Event<'_, usize>) -> Verdict + Sync + Send + use<>> {
    let dropped = dropped.clone();
    Action::from_fn(move |event: &mut Event<'_, usize>| {
        assert!(dropped.count() > 1);
        *event.arg += number;
        Verdict::Handled
    })
    .shared()
}

fn dispatched(table: &Table, index: usize) -> usize {
    let mut sum = 0;
    table.dispatch(0, index, &mut sum).unwrap();
    sum
}

#[test]
fn a_guard_removes_and_drops_its_action() {
    let (table, dropped) = (table(), Dropped::new());
    let one = table.register_boxed(1, adds(&dropped, 1)).unwrap();
    let ten = table.register_boxed(1, adds(&dropped, 10)).unwrap();
    assert_eq!((dispatched(table, 1), dropped.count()), (11, 3));
    drop(one);
    assert_eq!((dispatched(table, 1), dropped.count()), (10, 2));
    drop(ten);
    assert_eq!((dispatched(table, 1), dropped.count()), (0, 1));
    assert!(!table.is_enabled(1));
}

#[test]
fn what_is_refused_is_dropped() {
    let (table, dropped) = (table(), Dropped::new());
    let exclusive = leak(Action::new(
        |_: &mut Event<'_, usize>, ()| Verdict::Handled,
        (),
    ));
    table.register(1, exclusive).unwrap();
    let error = table
        .register_boxed(
            1,
            adds(&dropped, 1).copied_name("a name of more than 22 bytes"),
        )
        .unwrap_err();
    assert!(matches!(error, ActionError::Exclusive { action, .. }
        if action.name() == "a name of more than 22"));
    assert!(table.register_boxed(9, adds(&dropped, 1)).is_err());
    assert_eq!(dropped.count(), 1);
}

/// By a handle, which anybody may have. The guard still owns the memory.
#[test]
fn a_boxed_action_is_removed_by_its_handle() {
    let (table, dropped) = (table(), Dropped::new());
    let mut guard = table.register_boxed(1, adds(&dropped, 1)).unwrap();
    let handle = guard.handle();
    assert_eq!(guard.line(), Line::Unmask);
    assert_eq!(table.disable(handle), Ok(Line::Mask));
    assert_eq!(table.enable(handle), Ok(Line::Unmask));
    let mut removal = table.unregister(handle).unwrap();
    assert_eq!((removal.line, dropped.count()), (Line::Mask, 2));
    assert_eq!(guard.unregister(), Line::Unchanged);
    assert!(guard.try_drain());
    assert_eq!(dropped.count(), 1);
    // Neither the removal nor the handle accesses the memory.
    assert!(removal.try_drain());
    let stale = ActionError::Stale { index: 1 };
    for _ in 0..100 {
        // The memory is likely that of the first one.
        let again = table.register_boxed(1, adds(&dropped, 1)).unwrap();
        assert_ne!(again.handle(), handle);
        assert_eq!(table.disable(handle), Err(stale));
        assert_eq!(table.unregister(handle).map(drop), Err(stale));
        assert_eq!(dispatched(table, 1), 1);
    }
}

/// In its own handler a guard neither waits nor frees. Its action is freed after the call.
#[test]
fn a_handler_may_drop_its_own_guard() {
    let (table, dropped) = (table(), Dropped::new());
    let guard: Arc<Mutex<Option<ActionGuard>>> = Arc::default();
    let (mine, alive) = (Arc::downgrade(&guard), dropped.clone());
    let action = Action::from_fn_mut(move |event: &mut Event<'_, usize>| {
        let mut guard = mine.upgrade().unwrap().lock().unwrap().take().unwrap();
        let here = Here::Cpu(event.cpu());
        let in_handler = ActionError::InHandler { cpu: 0 };
        assert_eq!(guard.drain(here, || panic!("waits")), Err(in_handler));
        assert!(!guard.try_drain());
        drop(guard);
        assert!(table.free_removed(), "it is in use");
        assert_eq!(alive.count(), 2);
        *event.arg = 1;
        Verdict::Handled
    });
    *guard.lock().unwrap() = Some(table.register_boxed(1, action).unwrap());
    assert_eq!(dispatched(table, 1), 1);
    assert_eq!((dispatched(table, 1), dropped.count()), (0, 2));
    assert!(!table.free_removed());
    assert_eq!(dropped.count(), 1);
}

#[test]
fn a_guard_waits_for_the_last_call() {
    let (table, dropped) = (table(), Dropped::new());
    let [entered, release] = [0, 1].map(|_| leak(Barrier::new(2)) as &Barrier);
    let alive = dropped.clone();
    let action = Action::from_fn(move |event: &mut Event<'_, usize>| {
        entered.wait();
        release.wait();
        *event.arg = alive.count();
        Verdict::Handled
    });
    let mut guard = table.register_boxed(1, action).unwrap();
    let caller = thread::spawn(|| dispatched(table, 1));
    entered.wait();
    assert!(!guard.try_drain());
    let mut waits = 0;
    guard
        .drain(Here::Cpu(1), || {
            if waits == 0 {
                release.wait();
            }
            waits += 1;
        })
        .unwrap();
    assert!(waits > 0);
    assert_eq!((caller.join().unwrap(), dropped.count()), (2, 1));
}

/// A handler that panics, and a context whose drop panics.
#[test]
fn a_panic_loses_nothing() {
    struct Panics(Dropped);
    impl Drop for Panics {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new(()));
        }
    }
    let (table, dropped) = (table(), Dropped::new());
    let panics = || {
        let panics = Panics(dropped.clone());
        let handler = move |event: &mut Event<'_, usize>| {
            assert!(panics.0.count() > 1);
            if *event.arg == 7 {
                std::panic::resume_unwind(Box::new(()));
            }
            Verdict::Handled
        };
        Action::from_fn_mut(handler).shared()
    };
    let guard = table.register_boxed(1, panics()).unwrap();
    let call = || table.dispatch(0, 1, &mut 7);
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(guard))).is_err());
    assert_eq!(dropped.count(), 1);

    // Three are deferred. Each panic ends one collection, and the rest is kept.
    let guards: Mutex<Vec<ActionGuard>> = Mutex::new(
        (0..3)
            .map(|_| table.register_boxed(1, panics()).unwrap())
            .collect(),
    );
    let guards: &'static Mutex<Vec<ActionGuard>> = leak(guards);
    let drops = table
        .register_boxed(
            2,
            Action::from_fn(|_| {
                guards.lock().unwrap().clear();
                Verdict::Handled
            }),
        )
        .unwrap();
    table.dispatch(0, 2, &mut 0).unwrap();
    assert_eq!(dropped.count(), 4);
    for left in [3, 2, 1] {
        let collect = || table.free_removed();
        assert!(catch_unwind(AssertUnwindSafe(collect)).is_err());
        assert_eq!(dropped.count(), left);
    }
    assert!(!table.free_removed());
    drop(drops);
    assert!(!table.is_enabled(1) && !table.is_enabled(2));
}

/// Threads dispatch while others register and drop. A handler that ran in freed memory would
/// see the poison.
#[test]
fn what_is_freed_is_never_called() {
    struct Alive(Box<AtomicUsize>);
    impl Drop for Alive {
        fn drop(&mut self) {
            self.0.store(0xdead, Ordering::Relaxed);
        }
    }
    let table = table();
    let stop = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for cpu in 0..2 {
            let (stop, calls) = (&stop, &calls);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let mut sum = 0;
                    let outcome = table.dispatch(cpu, 1, &mut sum).unwrap();
                    assert_eq!(sum, outcome.called());
                    calls.fetch_add(sum, Ordering::Relaxed);
                    thread::yield_now();
                }
            });
        }
        let movers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for round in 0..2_000 {
                        let alive = Alive(Box::new(AtomicUsize::new(1)));
                        let action = Action::from_fn(move |event: &mut Event<'_, usize>| {
                            *event.arg += alive.0.load(Ordering::Relaxed);
                            Verdict::Handled
                        });
                        let guard = table.register_boxed(1, action.shared()).unwrap();
                        if round % 16 == 0 {
                            thread::yield_now();
                        }
                        if round % 3 == 0 {
                            let _ = table.unregister(guard.handle());
                        }
                    }
                })
            })
            .collect();
        let panics = movers.into_iter().filter_map(|it| it.join().err()).count();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(panics, 0);
    });
    assert!(!table.free_removed());
    assert!(calls.into_inner() > 0);
}
