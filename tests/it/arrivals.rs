//! Tasks that await events.

use crate::executor::block_on;
use handler_table::{Action, ActionTable, Arrivals, Counted, Listener};
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;

/// Hangs if a wake-up is lost.
#[test]
fn a_task_sees_or_counts_every_event_of_several_cpus() {
    const CPUS: usize = 2;
    const EVENTS: usize = 20_000;
    static ARRIVALS: Arrivals<usize> = Arrivals::new();
    static ACTION: Action<usize, &Arrivals<usize>> = ARRIVALS.action();
    static TABLE: ActionTable<1, usize, Counted<CPUS>> = ActionTable::new();
    TABLE.register(0, &ACTION).unwrap();
    let mut listener = ARRIVALS.listen().unwrap();
    thread::scope(|scope| {
        for cpu in 0..CPUS {
            scope.spawn(move || {
                for event in 0..EVENTS {
                    let mut value = cpu * EVENTS + event;
                    TABLE.dispatch(cpu, 0, &mut value).unwrap();
                }
            });
        }
        let mut next = [0; CPUS];
        let mut seen = 0;
        while seen < CPUS * EVENTS {
            let arrival = block_on(listener.next());
            let (cpu, event) = (arrival.value / EVENTS, arrival.value % EVENTS);
            assert!(event >= next[cpu], "one that was taken before");
            next[cpu] = event + 1;
            seen += 1 + arrival.missed;
        }
        assert_eq!(seen, CPUS * EVENTS);
    });
    assert!(listener.try_next().is_none());
}

#[test]
fn a_future_that_is_dropped_has_taken_nothing() {
    static ARRIVALS: Arrivals<u8> = Arrivals::new();
    let mut listener = ARRIVALS.listen().unwrap();
    {
        let mut future = pin!(listener.next());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        ARRIVALS.notify(1);
        ARRIVALS.notify(2);
    }
    let arrival = block_on(listener.next());
    assert_eq!((arrival.value, arrival.missed), (1, 1));
    drop(listener);
    ARRIVALS.notify(3);
    assert_eq!(ARRIVALS.listen().unwrap().try_next().unwrap().value, 3);
}

#[test]
fn tasks_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    static ARRIVALS: Arrivals<u8> = Arrivals::new();
    let mut listener: Listener<'static, u8> = ARRIVALS.listen().unwrap();
    is_send(&listener);
    is_send(&listener.next());
}
