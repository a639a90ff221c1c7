//! Real signals that dispatch through a table, while the interrupted threads change it.
//!
//! Timers send the signals, so they arrive between any two instructions of a thread.
#![cfg(target_os = "linux")]

mod support;

use handler_table::{HandlerTable, table};
use std::cell::Cell;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use support::{HANDLERS, Handler, Mistake, Table, Wrong};

const SIGNALS: usize = 10_000;

/// An event that always has a handler.
const STEADY: usize = 0;
/// An event whose handler the threads register and unregister.
const CHURNED: usize = 1;
/// An event whose handler both the signals and the threads register and unregister.
const SHARED: usize = 2;
/// An event that never has a handler.
const EMPTY: usize = 3;
/// The first of the events that each belong to one thread. Their handlers unregister and
/// register themselves.
const SELF: usize = 4;

static TABLE: HandlerTable<6> = HandlerTable::new();

static RECEIVED: AtomicUsize = AtomicUsize::new(0);
static WRONG: AtomicUsize = AtomicUsize::new(0);
static STEADY_CALLS: AtomicUsize = AtomicUsize::new(0);
static CHURNED_CALLS: AtomicUsize = AtomicUsize::new(0);
static CHURNED_HANDLED: AtomicUsize = AtomicUsize::new(0);
static CHURNED_SPURIOUS: AtomicUsize = AtomicUsize::new(0);
static SELF_CALLS: AtomicUsize = AtomicUsize::new(0);
/// The numbers of registrations and removals for `SHARED`, by threads and signals.
static PUT: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

fn steady() {
    STEADY_CALLS.fetch_add(1, SeqCst);
}

fn churned() {
    CHURNED_CALLS.fetch_add(1, SeqCst);
}

fn shared() {}

thread_local! {
    /// The event of this thread only.
    static OWN: Cell<usize> = const { Cell::new(SELF) };
}

fn takes_itself_out() {
    SELF_CALLS.fetch_add(1, SeqCst);
    let me = TABLE.unregister(OWN.get());
    if me.is_none_or(|me| TABLE.register(OWN.get(), me).is_err()) {
        WRONG.fetch_add(1, SeqCst);
    }
}

/// One thing that both the threads and the signals do to `SHARED`.
fn churn(turn: usize) {
    match turn % 3 {
        0 => {
            if TABLE.register(SHARED, shared).is_ok() {
                PUT.fetch_add(1, SeqCst);
            }
        }
        1 => {
            if TABLE.unregister(SHARED).is_some() {
                TAKEN.fetch_add(1, SeqCst);
            }
        }
        _ => match TABLE.replace(SHARED, shared) {
            Ok(before) => {
                PUT.fetch_add(1, SeqCst);
                TAKEN.fetch_add(usize::from(before.is_some()), SeqCst);
            }
            Err(_) => {
                WRONG.fetch_add(1, SeqCst);
            }
        },
    }
}

extern "C" fn on_signal(_: libc::c_int) {
    let mut wrong = usize::from(!TABLE.handle(STEADY));
    wrong += usize::from(TABLE.handle(EMPTY));
    wrong += usize::from(TABLE.handle(usize::MAX));
    wrong += usize::from(!TABLE.handle(OWN.get()));
    WRONG.fetch_add(wrong, SeqCst);
    if TABLE.handle(CHURNED) {
        CHURNED_HANDLED.fetch_add(1, SeqCst);
    } else {
        CHURNED_SPURIOUS.fetch_add(1, SeqCst);
    }
    churn(RECEIVED.load(SeqCst));
    RECEIVED.fetch_add(1, SeqCst);
}

fn install(signal: libc::c_int, handler: extern "C" fn(libc::c_int)) {
    // SAFETY: all zero is a valid `sigaction`, with an empty mask. The handler uses only
    // atomics and the table.
    let result = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(signal, &raw const action, ptr::null_mut())
    };
    assert_eq!(result, 0);
}

/// Interrupts this thread with a signal every 50 microseconds during the work.
fn interrupted(work: impl FnOnce()) {
    let interval = libc::timespec {
        tv_sec: 0,
        tv_nsec: 50_000,
    };
    let period = libc::itimerspec {
        it_interval: interval,
        it_value: interval,
    };
    // SAFETY: all zero is a valid `sigevent`, and the timer exists.
    unsafe {
        let mut event: libc::sigevent = mem::zeroed();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGUSR1;
        event.sigev_notify_thread_id = libc::gettid();
        let mut timer: libc::timer_t = mem::zeroed();
        let made = libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer);
        assert_eq!(made, 0);
        let set = libc::timer_settime(timer, 0, &raw const period, ptr::null_mut());
        assert_eq!(set, 0);
        work();
        assert_eq!(libc::timer_delete(timer), 0);
    }
}

#[test]
fn a_storm_of_signals_meets_a_table_in_change() {
    TABLE.register(STEADY, steady).unwrap();
    install(libc::SIGUSR1, on_signal);
    thread::scope(|scope| {
        for first in [0, 1] {
            scope.spawn(move || {
                OWN.set(SELF + first);
                TABLE.register(OWN.get(), takes_itself_out).unwrap();
                interrupted(|| {
                    for turn in (first..).take_while(|_| RECEIVED.load(SeqCst) < SIGNALS) {
                        let _ = TABLE.register(CHURNED, churned);
                        churn(turn);
                        let _ = TABLE.unregister(CHURNED);
                    }
                });
            });
        }
    });

    let signals = RECEIVED.load(SeqCst);
    assert!(signals >= SIGNALS);
    // None is lost.
    assert_eq!(STEADY_CALLS.load(SeqCst), signals);
    assert_eq!(SELF_CALLS.load(SeqCst), signals);
    // None went wrong.
    assert_eq!(WRONG.load(SeqCst), 0);
    // The counts add up.
    let (handled, spurious) = (CHURNED_HANDLED.load(SeqCst), CHURNED_SPURIOUS.load(SeqCst));
    assert_eq!(handled, CHURNED_CALLS.load(SeqCst));
    assert_eq!(handled + spurious, signals);
    let left = usize::from(TABLE.is_registered(SHARED));
    assert_eq!(PUT.load(SeqCst) - TAKEN.load(SeqCst), left);
    println!("{signals} signals: {handled} calls of the changing slot, {spurious} spurious");
}

/// The counts for `SHARED` in the storm detect a table whose operations can be interrupted
/// half-way.
#[test]
fn an_operation_that_is_interrupted_half_way_is_found() {
    static WRONG: Wrong<1> = Wrong {
        table: table!(),
        mistake: Mistake::RegisterInTwoSteps,
        between: || {
            // SAFETY: no conditions; its handler is installed below.
            assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
        },
    };
    static PUT: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn on_signal(_: libc::c_int) {
        PUT.fetch_add(
            usize::from(WRONG.table.register(0, HANDLERS[0]).is_ok()),
            SeqCst,
        );
    }
    install(libc::SIGUSR2, on_signal);
    let put = usize::from(Table::register(&WRONG, 0, HANDLERS[1] as Handler).is_ok());
    let put = put + PUT.load(SeqCst);
    let left = WRONG.registered().len();
    assert_ne!(put, left, "two got one slot, and the count should show it");
    println!("control: {put} registered in a slot that holds {left}");
}
