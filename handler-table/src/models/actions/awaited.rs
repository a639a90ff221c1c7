//! Models of a task that awaits a removal.

extern crate std;

use super::{Reader, call, empty, explore, made, plain, reader};
use crate::{ActionTable, Awaited, Drained};
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use loom::thread;
use std::boxed::Box;
use std::sync::Arc;
use std::task::Wake;

type Table = ActionTable<2, u32, Awaited<1>>;
type Future1 = Drained<'static, 'static, 1>;

/// A waker that counts its calls. The models read it when all threads have ended.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn table() -> &'static Table {
    let table: &'static Table = empty();
    table.tracking().touch();
    table
}

fn poll(drained: &mut Future1, waker: &Waker) -> Poll<()> {
    Pin::new(drained).poll(&mut Context::from_waker(waker))
}

fn removed(table: &'static Table, action: &'static Reader) -> Future1 {
    Box::leak(Box::new(table.unregister(action).unwrap())).drained()
}

/// What the first poll returns: the bits of the call, or how often the alarm has rung in the
/// end.
fn polled(first: fn(&mut Future1, &Waker) -> Poll<()>) -> Result<u32, usize> {
    let (table, plain) = (table(), plain());
    let action = made(reader::<1>(plain));
    table.register(0, action).unwrap();
    let dispatcher = thread::spawn(move || call(table, 0));
    let alarm = Arc::new(Alarm::default());
    let waker = Waker::from(Arc::clone(&alarm));
    let mut drained = removed(table, action);
    let seen = first(&mut drained, &waker);
    if seen.is_ready() {
        plain.write(0, 2);
    }
    let bits = dispatcher.join().unwrap();
    if seen.is_ready() {
        return Ok(bits);
    }
    assert!(poll(&mut drained, &waker).is_ready());
    plain.write(0, 2);
    Err(alarm.0.load(Ordering::SeqCst))
}

#[test]
fn the_last_call_wakes_the_task() {
    explore(4, [Ok(0), Ok(1), Err(1)], || polled(poll));
}

/// The control.
#[test]
fn a_task_that_leaves_its_waker_after_the_mark_may_sleep() {
    explore(4, [Ok(0), Ok(1), Err(0), Err(1)], || {
        polled(|drained, waker| drained.mark_and_register(waker))
    });
}

/// The second task is polled again, or has the room after the first has given up.
#[test]
fn of_two_tasks_none_sleeps() {
    explore(2, [None, Some(true)], || {
        let (table, plain) = (table(), plain());
        let actions = [made(reader::<1>(plain)), made(reader::<2>(plain))];
        for (event, action) in actions.iter().enumerate() {
            table.register(event, action).unwrap();
        }
        let dispatcher = thread::spawn(move || call(table, 0));
        let first = thread::spawn(move || {
            let mut drained = removed(table, actions[0]);
            let _ = poll(&mut drained, Waker::noop());
        });
        let alarm = Arc::new(Alarm::default());
        let waker = Waker::from(Arc::clone(&alarm));
        let mut drained = removed(table, actions[1]);
        let seen = poll(&mut drained, &waker);
        first.join().unwrap();
        dispatcher.join().unwrap();
        seen.is_pending()
            .then(|| alarm.0.load(Ordering::SeqCst) > 0)
    });
}
