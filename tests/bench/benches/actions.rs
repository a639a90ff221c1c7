//! The cost of a dispatch of an `ActionTable`, compared with `irq-framework` and a
//! `HandlerTable`: nanoseconds, and exact instructions if `valgrind` is installed.

#[allow(dead_code, reason = "only one of the peers is one of actions")]
mod peers;

use cpu_time::ThreadTime;
use handler_table::{
    Action, ActionTable, Awaited, Counted, Event, HandlerTable, Owned, OwnedCpu, Tracking,
    Uncounted, Verdict, table,
};
use handler_table_bench::{Figures, Subject, fastest, instructions};
use peers::{Framework, Handler, Peer};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

const ROUNDS: u32 = 400;
const FRAMEWORK: &str = "irq-framework";

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A table with this many actions for each event except the last one.
fn actions<const N: usize, D: Tracking>(each: usize) -> &'static ActionTable<N, u64, D> {
    let table: &'static ActionTable<N, u64, D> = leak(ActionTable::new());
    let add: fn(&mut Event<'_, u64>, &u64) -> Verdict = |event, step| {
        *event.arg += step;
        Verdict::Handled
    };
    for index in 0..N - 1 {
        for _ in 0..each {
            table
                .register(index, leak(Action::new(add, 1).shared()))
                .expect("there is room");
        }
    }
    table
}

#[inline(never)]
fn run_actions<const N: usize, D: Tracking>(
    table: &ActionTable<N, u64, D>,
    // A constant for the compiler.
    cpu: impl Fn() -> D::Cpu,
    index: usize,
    times: u32,
) {
    let mut sum = 0;
    for _ in 0..times {
        let outcome = table.dispatch(cpu(), black_box(index), &mut sum);
        let _ = black_box(outcome);
    }
    black_box(sum);
}

fn subject<const N: usize, D: Tracking>(
    each: usize,
    cpu: impl Fn() -> D::Cpu + Copy,
    index: usize,
) -> impl FnMut(u32) {
    let table = actions::<N, D>(each);
    let called = table
        .dispatch(cpu(), index, &mut 0)
        .expect("it exists")
        .called();
    assert_eq!(called, if index == N - 1 { 0 } else { each });
    move |times| run_actions(table, cpu, index, times)
}

/// `irq-framework` with one action for each of this many lines.
fn framework(lines: usize, index: usize) -> impl FnMut(u32) {
    type F = fn(&mut u64) -> bool;
    let peer: &'static Framework = leak(<Framework as Peer<F>>::empty());
    for line in 0..lines - 1 {
        assert!(Peer::<F>::register(peer, line, F::of(line % 255)));
    }
    move |times| {
        let mut sum = 0;
        for _ in 0..times {
            black_box(Peer::<F>::handle(peer, black_box(index), &mut sum));
        }
    }
}

fn plain<const N: usize>(index: usize) -> impl FnMut(u32) {
    let table: &'static HandlerTable<N, fn(&mut u64) -> bool> = leak(table!());
    let add: fn(&mut u64) -> bool = |sum| {
        *sum += 1;
        true
    };
    for index in 0..N - 1 {
        table.register(index, add).expect("it is empty");
    }
    move |times| {
        let mut sum = 0;
        for _ in 0..times {
            black_box(table.dispatch(black_box(index), |handler| handler(&mut sum)));
        }
        black_box(sum);
    }
}

/// Nothing waits here, so no barrier is ever executed.
struct NoBarrier;

// SAFETY: it does not return.
unsafe impl handler_table::Barrier for NoBarrier {
    fn on_all_cpus() {
        unreachable!("nobody waits")
    }
}

type Owning = Owned<64, NoBarrier>;

fn alone() -> OwnedCpu {
    // SAFETY: only this thread dispatches on these tables.
    unsafe { OwnedCpu::new(0) }
}

/// Each case: its name, and the subjects in it.
fn cases() -> Vec<(&'static str, Vec<Subject<'static>>)> {
    fn all<const N: usize>(index: usize) -> Vec<Subject<'static>> {
        vec![
            ("HandlerTable", Box::new(plain::<N>(index))),
            (
                "Uncounted",
                Box::new(subject::<N, Uncounted>(1, || 0, index)),
            ),
            (
                "Counted<64>",
                Box::new(subject::<N, Counted<64>>(1, || 0, index)),
            ),
            (
                "Awaited<64>",
                Box::new(subject::<N, Awaited<64>>(1, || 0, index)),
            ),
            ("Owned<64>", Box::new(subject::<N, Owning>(1, alone, index))),
            (FRAMEWORK, Box::new(framework(N, index))),
        ]
    }
    fn several(each: usize) -> Vec<Subject<'static>> {
        vec![
            (
                "Uncounted",
                Box::new(subject::<256, Uncounted>(each, || 0, 42)),
            ),
            (
                "Counted<64>",
                Box::new(subject::<256, Counted<64>>(each, || 0, 42)),
            ),
            (
                "Awaited<64>",
                Box::new(subject::<256, Awaited<64>>(each, || 0, 42)),
            ),
            (
                "Owned<64>",
                Box::new(subject::<256, Owning>(each, alone, 42)),
            ),
        ]
    }
    vec![
        ("16 lines", all::<16>(7)),
        ("256 lines", all::<256>(128)),
        ("4096 lines", all::<4096>(2048)),
        ("nobody", all::<256>(255)),
        ("4 actions", several(4)),
        ("16 actions", several(16)),
    ]
}

/// Nanoseconds of a dispatch on one CPU, alone and while another dispatches events
/// of its own.
fn contended<const N: usize, D: Tracking<Cpu = usize>>() -> (f64, f64) {
    let table = actions::<N, D>(1);
    let dispatch = |cpu: usize, times: u32| {
        let mut sum = 0;
        let start = ThreadTime::now();
        for _ in 0..times {
            let _ = black_box(table.dispatch(cpu, black_box(cpu * 8), &mut sum));
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
    };
    beside(dispatch)
}

fn contended_framework() -> (f64, f64) {
    type F = fn(&mut u64) -> bool;
    let peer: &'static Framework = leak(<Framework as Peer<F>>::empty());
    for line in 0..64 {
        assert!(Peer::<F>::register(peer, line, F::of(line)));
    }
    beside(|cpu, times| {
        let start = ThreadTime::now();
        for _ in 0..times {
            black_box(Peer::<F>::handle(peer, black_box(cpu * 8), &mut 0));
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
    })
}

/// The median of many batches, alone and with a second thread. The time is CPU time, so
/// other processes do not count.
fn beside(dispatch: impl Fn(usize, u32) -> f64 + Sync) -> (f64, f64) {
    const BATCH: u32 = 50_000;
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let alone = median((0..200).map(|_| dispatch(0, BATCH)).collect());
    let stop = AtomicBool::new(false);
    let started = Barrier::new(2);
    let batches = AtomicU64::new(0);
    let both = thread::scope(|scope| {
        scope.spawn(|| {
            started.wait();
            while !stop.load(Ordering::Relaxed) {
                dispatch(1, BATCH);
                batches.fetch_add(1, Ordering::Relaxed);
            }
        });
        started.wait();
        // Only batches during which the other thread has run count.
        let mut figures = Vec::new();
        for _ in 0..2_000 {
            let before = batches.load(Ordering::Relaxed);
            let figure = dispatch(0, BATCH);
            if batches.load(Ordering::Relaxed) != before {
                figures.push(figure);
            }
            if figures.len() == 200 {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        median(figures)
    });
    (alone, both)
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
        "ns of a dispatch, and the ratio to irq-framework's",
        Some(FRAMEWORK),
    );
    counts.print("instructions of a dispatch", None);

    let mut threads = Figures::default();
    let measured = [
        ("Uncounted", contended::<64, Uncounted>()),
        ("Counted<64>", contended::<64, Counted<64>>()),
        (FRAMEWORK, contended_framework()),
    ];
    for (subject, (alone, _)) in measured {
        threads.push("alone", subject, alone);
    }
    for (subject, (_, both)) in measured {
        threads.push("beside another", subject, both);
    }
    threads.print("ns of a dispatch on one CPU, of 64 lines", None);

    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    times.write("actions_ns.json", fallback);
    counts.write("actions_instructions.json", fallback);
    threads.write("actions_threads_ns.json", fallback);
}
