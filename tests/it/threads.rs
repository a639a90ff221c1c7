//! Threads that dispatch under numbers that the library gives them.

// A handler gets its context by reference, even a small one.
#![allow(clippy::trivially_copy_pass_by_ref)]

use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionTable, Counted, DispatchError, Event, Here, Outcome, Verdict,
    thread_number,
};
use std::cell::Cell;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

type Table<const CPUS: usize> = ActionTable<2, Vec<usize>, Counted<CPUS>>;

/// The numbers are those of the process, so only one of these tests runs at a time. No
/// thread of the test harness takes a number: only threads that a test starts and joins.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn log_cpu(event: &mut Event<'_, Vec<usize>>, (): &()) -> Verdict {
    event.arg.push(event.cpu());
    Verdict::Handled
}

/// A table with an action for event 0, which logs the number of the dispatch.
fn table<const CPUS: usize>() -> &'static Table<CPUS> {
    let table: &'static Table<CPUS> = leak(ActionTable::new());
    table.register(0, leak(Action::new(log_cpu, ()))).unwrap();
    table
}

/// The number under which an event was dispatched.
fn dispatched<const CPUS: usize>(table: &Table<CPUS>) -> Result<usize, DispatchError> {
    let mut log = Vec::new();
    let outcome = table.dispatch_here(0, &mut log)?;
    assert_eq!((outcome.called(), log.len()), (1, 1));
    assert_eq!(thread_number(), Some(log[0]));
    Ok(log[0])
}

/// What so many threads return that all dispatch before one of them ends, sorted by number.
fn together<const CPUS: usize>(
    table: &'static Table<CPUS>,
    threads: usize,
) -> Vec<Result<usize, DispatchError>> {
    let all: &Barrier = leak(Barrier::new(threads));
    let run = move || {
        let number = dispatched(table);
        all.wait();
        // As long as it lives, a thread has the same number.
        assert_eq!(dispatched(table), number);
        number
    };
    let threads: Vec<_> = (0..threads).map(|_| thread::spawn(run)).collect();
    let mut results: Vec<_> = threads.into_iter().map(joined).collect();
    results.sort_by_key(|result| result.unwrap_or(usize::MAX));
    results
}

/// Returns when the thread has ended, with its thread-local values.
fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap()
}

#[test]
fn threads_at_a_time_have_numbers_of_their_own() {
    let _alone = alone();
    assert_eq!(together(table::<8>(), 8), [0, 1, 2, 3, 4, 5, 6, 7].map(Ok));
}

#[test]
fn threads_come_and_go_and_their_numbers_are_used_again() {
    let _alone = alone();
    let (one, four) = (table::<1>(), table::<4>());
    // More than there are numbers.
    for _ in 0..1100 {
        assert_eq!(joined(thread::spawn(|| dispatched(one))), Ok(0));
    }
    for _ in 0..100 {
        assert_eq!(together(four, 4), [0, 1, 2, 3].map(Ok));
    }
}

#[test]
fn a_number_is_used_again_after_a_panic() {
    let _alone = alone();
    let table = table::<1>();
    for _ in 0..2 {
        let thread = thread::spawn(|| {
            dispatched(table).unwrap();
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(thread.join().is_err());
    }
    assert_eq!(joined(thread::spawn(|| dispatched(table))), Ok(0));
}

#[test]
fn more_threads_than_the_table_tracks_is_an_error_with_both_numbers() {
    let _alone = alone();
    let table = table::<2>();
    let all: &Barrier = leak(Barrier::new(3));
    let run = || {
        let result = table.dispatch_here(0, &mut Vec::new()).map(drop);
        all.wait();
        result
    };
    let results = [(); 3].map(|()| thread::spawn(run)).map(joined);
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(
        errors,
        [DispatchError::TooManyCpus { cpu: 2, cpus: 2 }],
        "two have a number of the table"
    );
    // They have ended.
    assert_eq!(together(table, 2), [0, 1].map(Ok));
}

#[test]
fn when_all_numbers_are_taken_a_thread_has_none_until_one_is_free() {
    const THREADS: usize = 1024;
    fn hold(taken: &Sender<Option<usize>>, end: &Receiver<()>) {
        taken.send(thread_number()).unwrap();
        end.recv().unwrap_err();
    }

    let _alone = alone();
    let table = table::<1>();
    let (taken, numbers) = channel();
    let spawn = |_| {
        let taken = taken.clone();
        let (ends, end) = channel();
        let builder = thread::Builder::new().stack_size(64 * 1024);
        let thread = builder.spawn(move || hold(&taken, &end)).unwrap();
        (ends, thread)
    };
    let threads: Vec<_> = (0..THREADS).map(spawn).collect();
    let mut numbers: Vec<_> = numbers.iter().take(THREADS).flatten().collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..THREADS));

    let end = move || {
        for (ends, thread) in threads {
            drop(ends);
            joined(thread);
        }
    };
    let late = thread::spawn(move || {
        let none = (thread_number(), table.dispatch_here(0, &mut Vec::new()));
        end();
        (none, dispatched(table))
    });
    let (none, number) = joined(late);
    let error = DispatchError::NoThreadNumber { threads: THREADS };
    assert_eq!(none, (None, Err(error)));
    assert!(error.to_string().contains("1024 other threads"), "{error}");
    assert_eq!(number, Ok(0));
}

#[test]
fn a_thread_that_is_ending_may_have_no_number_any_more() {
    /// Dispatches when its thread ends.
    struct Last(Cell<Option<(&'static Table<1>, Results)>>);
    type Results = Sender<Result<usize, DispatchError>>;

    impl Drop for Last {
        fn drop(&mut self) {
            let (table, results) = self.0.take().unwrap();
            let result = table.dispatch_here(0, &mut Vec::new());
            results.send(result.map(Outcome::called)).unwrap();
        }
    }

    thread_local! {
        static BEFORE: Last = const { Last(Cell::new(None)) };
        static AFTER: Last = const { Last(Cell::new(None)) };
    }

    let _alone = alone();
    let table = table::<1>();
    let (results, received) = channel();
    let thread = thread::spawn(move || {
        BEFORE.with(|last| last.0.set(Some((table, results.clone()))));
        dispatched(table).unwrap();
        AFTER.with(|last| last.0.set(Some((table, results))));
    });
    joined(thread);
    // One of the two ends before the number of the thread, the other one after it.
    let results: Vec<_> = received.iter().collect();
    let error = DispatchError::NoThreadNumber { threads: 1024 };
    assert_eq!(results.len(), 2);
    assert!(
        results.contains(&Ok(1)) && results.contains(&Err(error)),
        "{results:?}"
    );
    assert_eq!(joined(thread::spawn(|| dispatched(table))), Ok(0));
}

#[test]
fn a_nested_dispatch_has_the_same_number() {
    type Nested = ActionTable<2, Vec<usize>, Counted<8>>;
    static OTHER: Nested = ActionTable::new();
    static OUTER: Nested = ActionTable::new();
    static LOG: Action<Vec<usize>> = Action::new(log_cpu, ());
    static LOG_INNER: Action<Vec<usize>> = Action::new(log_cpu, ());
    static NEST: Action<Vec<usize>> = Action::new(nest, ());

    fn nest(event: &mut Event<'_, Vec<usize>>, (): &()) -> Verdict {
        event.arg.push(event.cpu());
        assert!(OUTER.dispatch_here(1, event.arg).unwrap().handled());
        assert!(OTHER.dispatch_here(0, event.arg).unwrap().handled());
        Verdict::Handled
    }

    let _alone = alone();
    OUTER.register(0, &NEST).unwrap();
    OUTER.register(1, &LOG_INNER).unwrap();
    OTHER.register(0, &LOG).unwrap();
    let all: &Barrier = leak(Barrier::new(3));
    let run = || {
        let mut log = Vec::new();
        OUTER.dispatch_here(0, &mut log).unwrap();
        all.wait();
        log
    };
    let mut logs = [(); 3].map(|()| thread::spawn(run)).map(joined);
    logs.sort();
    assert_eq!(logs, [[0; 3], [1; 3], [2; 3]]);
}

#[test]
fn a_wait_sees_the_calls_of_a_thread_and_is_not_taken_for_it() {
    type Paused = Action<(), &'static Barrier>;
    static TABLE: ActionTable<2, (), Counted<2>> = ActionTable::new();

    fn pause(_: &mut Event<'_>, barrier: &&'static Barrier) -> Verdict {
        let here = Here::Cpu(thread_number().unwrap());
        let would_wait = TABLE.synchronize(here, || unreachable!());
        assert!(matches!(would_wait, Err(ActionError::InHandler { .. })));
        barrier.wait();
        barrier.wait();
        Verdict::Handled
    }

    let _alone = alone();
    // Or `barrier` would wait for a call that is an error.
    assert_eq!(joined(thread::spawn(|| dispatched(table::<1>()))), Ok(0));
    let barrier: &'static Barrier = leak(Barrier::new(2));
    let paused: &'static Paused = leak(Action::new(pause, barrier));
    TABLE.register(0, paused).unwrap();
    let caller = thread::spawn(|| TABLE.dispatch_here(0, &mut ()).unwrap().called());
    barrier.wait();
    let waiter = thread::spawn(move || {
        let mut removal = TABLE.unregister(paused).unwrap();
        assert!(!removal.try_drain(), "the call is in flight");
        // The call goes on when the wait has seen it. The number of this thread is another
        // one, so this is no wait for itself.
        let mut seen = false;
        let here = Here::Cpu(thread_number().unwrap());
        let waited = TABLE.synchronize(here, || {
            if !seen {
                barrier.wait();
            }
            seen = true;
            thread::yield_now();
        });
        assert_eq!((waited, seen), (Ok(()), true));
        assert!(removal.try_drain());
    });
    joined(waiter);
    assert_eq!(joined(caller), 1);
}
