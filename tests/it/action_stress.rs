//! Action tables with real threads, and with signals.

use crate::executor::block_on;
use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionTable, Awaited, Barrier, Counted, Drains, Event, Here, Line, Owned,
    OwnedCpu, Verdict,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const DISPATCHERS: usize = 3;

/// A context that plain writes poison while its action is free.
struct Live {
    words: [usize; 8],
}

const ALIVE: usize = 0x600d;
const POISON: usize = 0xdead;

type Poisoned = Action<usize, Live>;

fn looks(event: &mut Event<'_, usize>, live: &Live) -> Verdict {
    for word in &live.words {
        // The test is about this read, so it must not be optimized out.
        if std::hint::black_box(*word) != ALIVE {
            *event.arg += 1;
        }
    }
    Verdict::Handled
}

/// Moves actions between two events while other threads dispatch. Each action is poisoned
/// after its removal. Returns how often a handler saw poison, and the number of calls. `wait`
/// removes an action and waits for its calls.
fn poison<D: Drains>(
    rounds: usize,
    named: impl Fn(usize) -> D::Cpu + Sync,
    wait: impl Fn(&ActionTable<2, usize, D>, &'static Poisoned) + Sync,
) -> (usize, usize) {
    let table: &'static ActionTable<2, usize, D> = leak(ActionTable::new());
    let stop = AtomicBool::new(false);
    let (seen, calls) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // The action of this event stays registered.
    let stays: &'static Poisoned = leak(Action::new(looks, Live { words: [ALIVE; 8] }).shared());
    table.register(0, stays).unwrap();
    thread::scope(|scope| {
        for cpu in 0..DISPATCHERS {
            let (stop, seen, calls, named) = (&stop, &seen, &calls, &named);
            scope.spawn(move || {
                let cpu = named(cpu);
                while !stop.load(Ordering::Relaxed) {
                    for index in 0..2 {
                        let mut poisoned = 0;
                        let outcome = table.dispatch(cpu, index, &mut poisoned).unwrap();
                        assert!(index == 1 || outcome.called() > 0, "a moment without");
                        seen.fetch_add(poisoned, Ordering::Relaxed);
                        calls.fetch_add(outcome.called(), Ordering::Relaxed);
                    }
                    thread::yield_now();
                }
            });
        }
        let movers: Vec<_> = [-1, 1]
            .map(|priority| {
                let wait = &wait;
                scope.spawn(move || {
                    let action: &'static Poisoned = leak(
                        Action::new(looks, Live { words: [POISON; 8] })
                            .shared()
                            .priority(priority),
                    );
                    for round in 0..rounds {
                        action.with_context(|live| live.words = [ALIVE; 8]).unwrap();
                        table.register(round % 2, action).unwrap();
                        thread::yield_now();
                        wait(table, action);
                        action
                            .with_context(|live| live.words = [POISON; 8])
                            .unwrap();
                    }
                })
            })
            .into();
        let panics = movers
            .into_iter()
            .filter_map(|mover| mover.join().err())
            .count();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(panics, 0);
    });
    (seen.into_inner(), calls.into_inner())
}

#[test]
fn what_was_drained_is_never_read() {
    let (seen, calls) = poison::<Counted<DISPATCHERS>>(
        200,
        |cpu| cpu,
        |table, action| {
            let line = table.unregister_and_drain(action, Here::Unknown, thread::yield_now);
            assert!(line.is_ok());
        },
    );
    assert_eq!(seen, 0);
    assert!(calls > 0);
}

#[test]
fn what_was_found_free_is_never_read() {
    let (seen, calls) = poison::<Counted<DISPATCHERS>>(
        200,
        |cpu| cpu,
        |table, action| {
            if !table.unregister(action).unwrap().try_drain() {
                table
                    .unregister_and_drain(action, Here::Unknown, thread::yield_now)
                    .unwrap();
            }
        },
    );
    assert_eq!(seen, 0);
    assert!(calls > 0);
}

#[test]
fn what_a_task_has_drained_is_never_read() {
    let (seen, calls) = poison::<Awaited<DISPATCHERS>>(
        200,
        |cpu| cpu,
        |table, action| block_on(table.unregister(action).unwrap().drained()),
    );
    assert_eq!(seen, 0);
    assert!(calls > 0);
}

/// `membarrier(2)`.
#[cfg(target_os = "linux")]
struct Membarrier;

#[cfg(target_os = "linux")]
impl Membarrier {
    const PRIVATE_EXPEDITED: libc::c_int = 8;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 16;

    fn call(command: libc::c_int) -> bool {
        // SAFETY: the system call changes no memory.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }
}

// SAFETY: the kernel makes every thread of the program execute a full barrier.
#[cfg(target_os = "linux")]
unsafe impl Barrier for Membarrier {
    fn on_all_cpus() {
        assert!(Membarrier::call(Membarrier::PRIVATE_EXPEDITED));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_drained_is_never_read_by_threads_that_own_their_counters() {
    if !Membarrier::call(Membarrier::REGISTER_PRIVATE_EXPEDITED) {
        eprintln!("not run: this kernel has no `membarrier`");
        return;
    }
    let (seen, calls) = poison::<Owned<DISPATCHERS, Membarrier>>(
        200,
        // SAFETY: each dispatcher has its own number, and no number is used twice.
        |cpu| unsafe { OwnedCpu::new(cpu) },
        |table, action| {
            let line = table.unregister_and_drain(action, Here::Unknown, thread::yield_now);
            assert!(line.is_ok());
        },
    );
    assert_eq!(seen, 0);
    assert!(calls > 0);
}

/// A control: without a wait, the handler sees a poisoned context. The words are atomic here,
/// because this is a race.
#[test]
fn what_is_poisoned_without_a_wait_is_read() {
    fn looks(event: &mut Event<'_, usize>, words: &[AtomicUsize; 8]) -> Verdict {
        for word in words {
            *event.arg += usize::from(word.load(Ordering::Relaxed) != ALIVE);
            thread::yield_now();
        }
        Verdict::Handled
    }
    let table: &'static ActionTable<1, usize> = leak(ActionTable::new());
    let words = || [const { AtomicUsize::new(ALIVE) }; 8];
    let stop = AtomicBool::new(false);
    let seen = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (stop, seen) = (&stop, &seen);
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let mut poisoned = 0;
                table.dispatch(0, 0, &mut poisoned).unwrap();
                seen.fetch_add(poisoned, Ordering::Relaxed);
            }
        });
        while seen.load(Ordering::Relaxed) == 0 {
            let words: &'static [AtomicUsize; 8] = leak(words());
            let action: &'static Action<usize, &'static [AtomicUsize; 8]> = leak(Action::new(
                |event: &mut Event<'_, usize>, words| looks(event, words),
                words,
            ));
            table.register(0, action).unwrap();
            thread::yield_now();
            table.unregister(action).unwrap();
            for word in words {
                word.store(POISON, Ordering::Relaxed);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    println!("control: a context that was poisoned without a wait");
}

/// Threads compete for one event. At every moment, one exclusive action or several shared
/// ones are registered, never both.
#[test]
fn exclusive_and_shared_actions_never_meet() {
    struct Meeting {
        exclusive: bool,
    }
    fn meets(event: &mut Event<'_, (usize, usize)>, me: &Meeting) -> Verdict {
        if me.exclusive {
            event.arg.0 += 1;
        } else {
            event.arg.1 += 1;
        }
        Verdict::Handled
    }
    let table: &'static ActionTable<1, (usize, usize), Counted<1>> = leak(ActionTable::new());
    let stop = AtomicBool::new(false);
    let entered = [const { AtomicUsize::new(0) }; 2];
    thread::scope(|scope| {
        let movers: Vec<_> = (0..4)
            .map(|at| {
                let entered = &entered;
                scope.spawn(move || {
                    let exclusive = at % 2 == 0;
                    let action = Action::new(meets, Meeting { exclusive });
                    let action: &'static Action<_, _> =
                        leak(if exclusive { action } else { action.shared() });
                    for _ in 0..500 {
                        match table.register(0, action) {
                            Ok(_) => {
                                entered[at % 2].fetch_add(1, Ordering::Relaxed);
                                table
                                    .unregister_and_drain(action, Here::Unknown, thread::yield_now)
                                    .unwrap();
                            }
                            Err(error) => {
                                assert!(matches!(error, ActionError::Exclusive { .. }), "{error}");
                                thread::yield_now();
                            }
                        }
                    }
                })
            })
            .collect();
        let stop = &stop;
        let dispatcher = scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let mut met = (0, 0);
                table.dispatch(0, 0, &mut met).unwrap();
                // A dispatch may call an action that is being removed and then its
                // successor. But two exclusive actions are never in one list.
                assert!(met.0 <= 1 || met.1 == 0);
                thread::yield_now();
            }
        });
        let panics = movers
            .into_iter()
            .filter_map(|mover| mover.join().err())
            .count();
        stop.store(true, Ordering::Relaxed);
        dispatcher.join().unwrap();
        assert_eq!(panics, 0);
    });
    assert!(
        entered
            .iter()
            .all(|entered| entered.load(Ordering::Relaxed) > 0)
    );
    let mut left = 0;
    table.for_each(0, |_| left += 1);
    assert_eq!((left, table.is_enabled(0)), (0, false));
}

/// While actions are enabled and disabled, masks and unmasks alternate, and the last one is
/// correct.
#[test]
fn lines_are_masked_and_unmasked_in_turn() {
    let table: &'static ActionTable<1> = leak(ActionTable::new());
    let balance = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            let balance = &balance;
            scope.spawn(move || {
                let action: &'static Action = leak(
                    Action::new(|_, ()| Verdict::Handled, ())
                        .shared()
                        .disabled(),
                );
                table.register(0, action).unwrap();
                for _ in 0..5_000 {
                    for line in [table.enable(action), table.disable(action)] {
                        match line.unwrap() {
                            Line::Unmask => balance.fetch_add(1, Ordering::Relaxed),
                            Line::Mask => balance.fetch_sub(1, Ordering::Relaxed),
                            Line::Unchanged => 0,
                        };
                    }
                }
                table.enable(action).unwrap();
            });
        }
    });
    assert!(table.is_enabled(0));
    assert!(balance.load(Ordering::Relaxed) <= 1);
}

/// A non-reentrant handler loses no event: when every dispatch has returned, all work that
/// was announced before an event is done.
#[test]
fn all_work_is_done_by_a_handler_that_is_not_reentrant() {
    struct Work {
        announced: &'static AtomicUsize,
        done: usize,
        inside: &'static AtomicBool,
    }
    fn works(_: &mut Event<'_>, work: &mut Work) -> Verdict {
        assert!(!work.inside.swap(true, Ordering::Relaxed), "two at once");
        work.done += work.announced.swap(0, Ordering::Relaxed);
        work.inside.store(false, Ordering::Relaxed);
        Verdict::Handled
    }
    const ROUNDS: usize = 20_000;
    let table: &'static ActionTable<1, (), Counted<DISPATCHERS>> = leak(ActionTable::new());
    let announced = leak(AtomicUsize::new(0));
    let action: &'static Action<(), Work> = leak(Action::non_reentrant(
        works,
        Work {
            announced,
            done: 0,
            inside: leak(AtomicBool::new(false)),
        },
    ));
    table.register(0, action).unwrap();
    thread::scope(|scope| {
        for cpu in 0..DISPATCHERS {
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    announced.fetch_add(1, Ordering::Relaxed);
                    let outcome = table.dispatch(cpu, 0, &mut ()).unwrap();
                    assert_eq!(outcome.called() + outcome.pended(), 1);
                }
            });
        }
    });
    table
        .unregister_and_drain(action, Here::Cpu(0), || panic!("nothing is in flight"))
        .unwrap();
    assert_eq!(
        action.with_context(|work| work.done),
        Ok(DISPATCHERS * ROUNDS)
    );
}

/// Signals arrive at any instruction of a thread that registers, unregisters, enables and
/// dispatches. Their handler dispatches, and unregisters the running action.
#[cfg(unix)]
#[test]
fn a_storm_of_signals() {
    static TABLE: ActionTable<2, usize, Counted<2>> = ActionTable::new();
    static STAYS: Action<usize, AtomicUsize> = Action::new(counts, AtomicUsize::new(0)).shared();
    static GOES: Action<usize, AtomicUsize> = Action::new(counts, AtomicUsize::new(0))
        .shared()
        .priority(1)
        .counted();
    static SIGNALS: AtomicUsize = AtomicUsize::new(0);
    static WRONG: AtomicUsize = AtomicUsize::new(0);
    const ENOUGH: usize = 2_000;

    fn counts(event: &mut Event<'_, usize>, calls: &AtomicUsize) -> Verdict {
        calls.fetch_add(1, Ordering::Relaxed);
        *event.arg += 1;
        Verdict::Handled
    }

    extern "C" fn on_signal(_: libc::c_int) {
        let nth = SIGNALS.fetch_add(1, Ordering::Relaxed);
        let mut calls = 0;
        let outcome = TABLE.dispatch(1, 0, &mut calls);
        if !outcome.is_ok_and(|outcome| outcome.handled() && outcome.called() == calls) {
            WRONG.fetch_add(1, Ordering::Relaxed);
        }
        if nth.is_multiple_of(7) {
            // The thread may be in any operation on it.
            let _ = TABLE.unregister(&GOES);
        }
    }

    TABLE.register(0, &STAYS).unwrap();
    // SAFETY: the handler uses only the table and atomics.
    unsafe { libc::signal(libc::SIGUSR1, on_signal as *const () as libc::sighandler_t) };
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // SAFETY: it takes no arguments.
        let target = unsafe { libc::pthread_self() };
        let stop = &stop;
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // SAFETY: the thread lives until this one has ended.
                unsafe { libc::pthread_kill(target, libc::SIGUSR1) };
                thread::yield_now();
            }
        });
        let mut rounds = 0;
        while SIGNALS.load(Ordering::Relaxed) < ENOUGH || rounds < 1_000 {
            rounds += 1;
            if TABLE.register(rounds % 2, &GOES).is_ok() {
                let _ = TABLE.disable(&GOES);
                let mut calls = 0;
                let outcome = TABLE.dispatch(0, 0, &mut calls).unwrap();
                assert!(outcome.handled() && outcome.called() == calls);
                let _ = TABLE.enable(&GOES);
            }
            // It was removed in the signal handler, or is removed here. Then it is free.
            let _ = TABLE.unregister_and_drain(&GOES, Here::Cpu(0), || ());
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(WRONG.load(Ordering::Relaxed), 0);
    let _ = TABLE.unregister_and_drain(&GOES, Here::Cpu(0), || ());
    TABLE.register(1, &GOES).unwrap();
    assert_eq!(TABLE.unregister(&GOES).map(|it| it.line), Ok(Line::Mask));
    assert_eq!(TABLE.unregister(&STAYS).map(|it| it.line), Ok(Line::Mask));
}
