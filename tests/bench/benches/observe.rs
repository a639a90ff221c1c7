//! What observing a dispatch costs, beside a counter that is written by hand and
//! `irq-framework`, which counts nothing: nanoseconds, and exact instructions if `valgrind`
//! is installed.

#[allow(dead_code, reason = "only one of the peers is one of actions")]
mod peers;

use handler_table::{
    Action, ActionTable, Clock, Counted, Event, HandlerTable, Observed, Observer, Statistics,
    Storms, Verdict, table,
};
use handler_table_bench::{Figures, Subject, fastest, instructions};
use peers::{Framework, Handler, Peer};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

const ROUNDS: u32 = 400;
const FRAMEWORK: &str = "irq-framework";
const ALONE: &str = "the table alone";
const EVENT: usize = 128;

type Typed = HandlerTable<256, fn(&mut u64) -> bool>;
type Actions = ActionTable<256, u64, Counted<64>>;

static TYPED: Typed = table!();
static ACTIONS: Actions = ActionTable::new();
static ADD: Action<u64, u64> = Action::new(add, 1);
static COUNTS: Statistics<256, 64> = Statistics::new();
static TIMES: Statistics<256, 64, Cycles> = Statistics::new();
static STORMS: Storms<256, 64> = Storms::new();
static BY_HAND: [AtomicUsize; 256] = [const { AtomicUsize::new(0) }; 256];

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as a handler has it")]
fn add(event: &mut Event<'_, u64>, step: &u64) -> Verdict {
    *event.arg += step;
    Verdict::Handled
}

/// The cheapest clock that there is.
struct Cycles;

impl Clock for Cycles {
    #[inline]
    fn now() -> u64 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every processor of this kind has the instruction.
        unsafe {
            core::arch::x86_64::_rdtsc()
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            static START: std::sync::LazyLock<std::time::Instant> =
                std::sync::LazyLock::new(std::time::Instant::now);
            u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
        }
    }
}

fn repeat(dispatch: impl Fn(usize, usize, &mut u64)) -> impl FnMut(u32) {
    move |times| {
        let mut sum = 0;
        for _ in 0..times {
            dispatch(black_box(0), black_box(EVENT), &mut sum);
        }
        black_box(sum);
    }
}

fn typed(by: impl Observer + Copy + 'static) -> Box<dyn FnMut(u32)> {
    let observed = Observed {
        table: &TYPED,
        observer: by,
    };
    Box::new(repeat(move |cpu, event, sum| {
        black_box(observed.dispatch(cpu, event, |handler| handler(sum)).0);
    }))
}

fn actions(by: impl Observer + Copy + 'static) -> Box<dyn FnMut(u32)> {
    let observed = Observed {
        table: &ACTIONS,
        observer: by,
    };
    Box::new(repeat(move |cpu, event, sum| {
        let _ = black_box(observed.dispatch(cpu, event, sum).0);
    }))
}

fn framework() -> impl FnMut(u32) {
    type F = fn(&mut u64) -> bool;
    let peer: &'static Framework = Box::leak(Box::new(<Framework as Peer<F>>::empty()));
    for line in 0..255 {
        assert!(Peer::<F>::register(peer, line, F::of(line)));
    }
    repeat(move |_, event, sum| {
        black_box(Peer::<F>::handle(peer, event, sum));
    })
}

/// A counter for each event, which all CPUs write.
fn count(event: usize) {
    if let Some(count) = BY_HAND.get(event) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Each case: its name, and the subjects in it.
fn cases() -> Vec<(&'static str, Vec<Subject<'static>>)> {
    if ACTIONS.register(EVENT, &ADD).is_ok() {
        let add: fn(&mut u64) -> bool = |sum| {
            *sum += 1;
            true
        };
        TYPED.register(EVENT, add).expect("it is empty");
    }
    let handlers: Vec<Subject<'static>> = vec![
        (
            ALONE,
            Box::new(repeat(|_, event, sum| {
                black_box(TYPED.dispatch(event, |handler| handler(sum)));
            })),
        ),
        ("off", typed(())),
        ("counts", typed(&COUNTS)),
        ("counts, times", typed(&TIMES)),
        ("storms", typed(&STORMS)),
        ("all", typed((&TIMES, &STORMS))),
        (
            "counter by hand",
            Box::new(repeat(|_, event, sum| {
                count(event);
                black_box(TYPED.dispatch(event, |handler| handler(sum)));
            })),
        ),
    ];
    let actions: Vec<Subject<'static>> = vec![
        (
            ALONE,
            Box::new(repeat(|cpu, event, sum| {
                let _ = black_box(ACTIONS.dispatch(cpu, event, sum));
            })),
        ),
        ("off", actions(())),
        ("counts", actions(&COUNTS)),
        ("counts, times", actions(&TIMES)),
        ("storms", actions(&STORMS)),
        ("all", actions((&TIMES, &STORMS))),
        (
            "counter by hand",
            Box::new(repeat(|cpu, event, sum| {
                count(event);
                let _ = black_box(ACTIONS.dispatch(cpu, event, sum));
            })),
        ),
        (FRAMEWORK, Box::new(framework())),
    ];
    vec![("HandlerTable", handlers), ("ActionTable", actions)]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, case, subject, times] = arguments.as_slice()
        && mode == "run"
    {
        let times = times.parse().expect("a number");
        for (name, subjects) in cases() {
            for (of, mut run) in subjects.into_iter().filter(|_| name == case) {
                if of == subject {
                    run(times);
                }
            }
        }
        return;
    }

    let (mut times, mut counts) = (Figures::default(), Figures::default());
    for (case, mut subjects) in cases() {
        let least = fastest(&mut subjects, ROUNDS);
        for ((subject, _), least) in subjects.iter().zip(least) {
            times.push(case, subject, least);
        }
        for (subject, _) in &subjects {
            if let Some(count) = instructions(case, subject) {
                counts.push(case, subject, count);
            }
        }
    }
    times.print(
        "ns of a dispatch, and the ratio to that of the table alone",
        Some(ALONE),
    );
    counts.print("instructions of a dispatch", None);

    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    times.write("observe_ns.json", fallback);
    counts.write("observe_instructions.json", fallback);
}
