//! Tasks that await removals.

use crate::executor::block_on;
use crate::support::leak;
use handler_table::{Action, ActionTable, Awaited, Drained, Here, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

type Table = ActionTable<2, u32, Awaited<2>>;

fn table() -> &'static Table {
    leak(ActionTable::new())
}

fn poll<const CPUS: usize>(drained: &mut Drained<'_, '_, CPUS>, waker: &Waker) -> Poll<()> {
    Pin::new(drained).poll(&mut Context::from_waker(waker))
}

/// A waker that counts its calls.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Alarm {
    fn calls(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Paused = Action<u32, &'static Barrier>;

/// An action whose handler waits twice: until it was called, and until it may return.
fn paused() -> (&'static Paused, &'static Barrier) {
    let barrier: &'static Barrier = leak(Barrier::new(2));
    let action = Action::new(
        |_, barrier: &&'static Barrier| {
            barrier.wait();
            barrier.wait();
            Verdict::Handled
        },
        barrier,
    );
    (leak(action), barrier)
}

/// Polls a removal while a call is in flight, then lets the call return. Returns how often
/// it has woken the task.
fn woken(then: impl FnOnce(&mut Drained<'_, '_, 2>) -> bool) -> usize {
    let (table, (action, barrier)) = (table(), paused());
    table.register(0, action).unwrap();
    let alarm = Arc::new(Alarm::default());
    let mut removal = thread::scope(|scope| {
        scope.spawn(|| table.dispatch(0, 0, &mut 0).unwrap());
        barrier.wait();
        let mut removal = table.unregister(action).unwrap();
        let mut drained = removal.drained();
        let waker = Waker::from(Arc::clone(&alarm));
        assert!(poll(&mut drained, &waker).is_pending());
        assert!(poll(&mut drained, &waker).is_pending());
        assert_eq!(alarm.calls(), 0);
        // Other events wake nobody.
        table.dispatch(1, 1, &mut 0).unwrap();
        let keeps = then(&mut drained);
        if !keeps {
            drop(drained);
            drained = removal.drained();
        }
        barrier.wait();
        if keeps {
            while alarm.calls() == 0 {
                thread::yield_now();
            }
        }
        drop(drained);
        removal
    });
    assert_eq!(poll(&mut removal.drained(), Waker::noop()), Poll::Ready(()));
    action.with_context(|_| ()).unwrap();
    alarm.calls()
}

#[test]
fn the_last_call_wakes_the_task_once() {
    assert_eq!(woken(|_| true), 1);
}

#[test]
fn a_future_that_was_dropped_is_not_woken_and_loses_nothing() {
    assert_eq!(woken(|_| false), 0);
}

#[test]
fn a_removal_without_calls_is_over_at_once() {
    let table = table();
    let action: &'static Action<u32> = leak(Action::new(|_, ()| Verdict::Handled, ()));
    for _ in 0..3 {
        table.register(0, action).unwrap();
        let mut removal = table.unregister(action).unwrap();
        let mut drained = removal.drained();
        assert_eq!(poll(&mut drained, Waker::noop()), Poll::Ready(()));
        drop(drained);
        action.with_context(|()| ()).unwrap();
    }
}

/// There is room for one waker: the other task is polled again until it gets the room.
#[test]
fn of_two_tasks_none_sleeps() {
    let (table, (action, barrier)) = (table(), paused());
    let other: &'static Paused = paused().0;
    table.register(0, action).unwrap();
    table.register(1, other).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| table.dispatch(0, 0, &mut 0).unwrap());
        barrier.wait();
        let mut removals = [table.unregister(action), table.unregister(other)].map(Result::unwrap);
        let [first, second] = &mut removals;
        let alarms = [(); 2].map(|()| Arc::new(Alarm::default()));
        let wakers = [0, 1].map(|task| Waker::from(Arc::clone(&alarms[task])));
        let (mut first, mut second) = (first.drained(), second.drained());
        assert!(poll(&mut first, &wakers[0]).is_pending());
        for polls in 1..3 {
            assert!(poll(&mut second, &wakers[1]).is_pending());
            assert_eq!((alarms[0].calls(), alarms[1].calls()), (0, polls));
        }
        drop(first);
        assert!(poll(&mut second, &wakers[1]).is_pending());
        assert_eq!(alarms[1].calls(), 2, "it has the room");
        barrier.wait();
        while alarms[1].calls() == 2 {
            thread::yield_now();
        }
        assert_eq!(alarms[0].calls(), 0);
        block_on(second);
    });
}

#[test]
fn a_waker_that_panics_wedges_nothing() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker");
        }
    }
    static TABLE: Table = ActionTable::new();
    static ONCE: Action<u32> = Action::new(|_, ()| once(), ());
    fn once() -> Verdict {
        let removal = Box::leak(Box::new(TABLE.unregister(&ONCE).unwrap()));
        let drained = Box::leak(Box::new(removal.drained()));
        assert!(poll(drained, &Waker::from(Arc::new(Panics))).is_pending());
        Verdict::Handled
    }
    TABLE.register(0, &ONCE).unwrap();
    let call = AssertUnwindSafe(|| TABLE.dispatch(0, 0, &mut 0));
    assert!(catch_unwind(call).is_err());
    ONCE.with_context(|()| ()).unwrap();
    TABLE.register(0, &ONCE).unwrap();
    TABLE
        .unregister_and_drain(&ONCE, Here::Cpu(0), || unreachable!())
        .unwrap();
    TABLE.synchronize(Here::Cpu(0), || unreachable!()).unwrap();
}
