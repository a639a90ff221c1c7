//! Models of [`Arrivals`]: no event is lost, and no listener sleeps through one.

extern crate std;

use super::{Plain, explore, explore_within};
use crate::arrivals::{Arrivals, Listener};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use loom::cell::UnsafeCell;
use loom::thread;
use std::boxed::Box;
use std::sync::Arc;
use std::task::Wake;

/// A waker that notes that it was called. The models read it when all threads have ended.
#[derive(Default)]
struct Alarm(AtomicBool);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct World {
    arrivals: Arrivals<u32>,
    plain: Plain,
}

fn world() -> &'static World {
    let world: &'static World = Box::leak(Box::new(World {
        arrivals: Arrivals::new(),
        plain: Plain([UnsafeCell::new(0), UnsafeCell::new(0)]),
    }));
    world.arrivals.touch();
    world
}

/// The value and the number of those that were missed.
fn take(listener: &mut Listener<'_, u32>) -> Option<(u32, usize)> {
    let arrival = listener.try_next()?;
    Some((arrival.value, arrival.missed))
}

/// What the first poll returns: the value, or whether the alarm has rung in the end.
fn polled(
    poll: fn(&mut Listener<'static, u32>, &mut Context<'_>) -> Poll<u32>,
) -> Result<u32, bool> {
    let world = world();
    let alarm = Arc::new(Alarm::default());
    let waker = Waker::from(Arc::clone(&alarm));
    let notifier = thread::spawn(move || {
        world.plain.write(0, 1);
        world.arrivals.notify(7);
    });
    let mut listener = world.arrivals.listen().unwrap();
    let seen = match poll(&mut listener, &mut Context::from_waker(&waker)) {
        Poll::Ready(value) => {
            assert_eq!(world.plain.read(0), 1);
            Ok(value)
        }
        Poll::Pending => Err(()),
    };
    notifier.join().unwrap();
    seen.map_err(|()| {
        assert_eq!(take(&mut listener), Some((7, 0)));
        alarm.0.load(Ordering::SeqCst)
    })
}

#[test]
fn a_listener_that_waits_is_woken() {
    explore([Ok(7), Err(true)], || {
        polled(|listener, context| listener.poll_next(context).map(|arrival| arrival.value))
    });
}

/// The control: it looks, and then leaves its waker.
#[test]
fn a_listener_that_does_not_look_again_may_sleep_through_an_event() {
    explore([Ok(7), Err(true), Err(false)], || {
        polled(|listener, context| match listener.try_next() {
            Some(arrival) => Poll::Ready(arrival.value),
            None => {
                listener.leave(context.waker());
                Poll::Pending
            }
        })
    });
}

/// Also what a missed one wrote is visible to the task, which handles both.
#[test]
fn each_event_is_taken_or_counted_as_missed() {
    let both_at_once = [(Some((7, 1)), None), (Some((8, 1)), None)];
    let after_one = [(Some((7, 0)), Some((8, 0))), (Some((8, 0)), Some((7, 0)))];
    let later = [(None, Some((7, 1))), (None, Some((8, 1)))];
    let all = [both_at_once, after_one, later].concat();
    // Three threads: without a limit it takes two minutes.
    explore_within(3, all, || {
        let world = world();
        let notify = move |at: usize, value| {
            world.plain.write(at, value);
            world.arrivals.notify(value);
        };
        let threads = [(0, 7), (1, 8)].map(|(at, value)| thread::spawn(move || notify(at, value)));
        let mut listener = world.arrivals.listen().unwrap();
        let first = take(&mut listener);
        match first {
            Some((7, 0)) => assert_eq!(world.plain.read(0), 7),
            Some((8, 0)) => assert_eq!(world.plain.read(1), 8),
            Some(_) => assert_eq!([world.plain.read(0), world.plain.read(1)], [7, 8]),
            None => {}
        }
        for thread in threads {
            thread.join().unwrap();
        }
        (first, take(&mut listener))
    });
}

#[test]
fn a_value_is_read_before_the_next_one_is_written() {
    explore([(7, 0, Some((8, 0))), (7, 1, None)], || {
        let world = world();
        world.arrivals.notify(7);
        let notifier = thread::spawn(move || world.arrivals.notify(8));
        let mut listener = world.arrivals.listen().unwrap();
        let (value, missed) = take(&mut listener).unwrap();
        notifier.join().unwrap();
        (value, missed, take(&mut listener))
    });
}

#[test]
fn one_listener_goes_on_where_the_previous_one_ended() {
    explore([None, Some(1)], || {
        let world = world();
        let first = world.arrivals.listen().unwrap();
        let task = thread::spawn(move || {
            world.plain.write(0, 1);
            drop(first);
        });
        let second = world.arrivals.listen();
        let seen = second.map(|_| world.plain.read(0));
        task.join().unwrap();
        seen
    });
}
