//! The cost of a dispatch while another thread registers and unregisters.
//!
//! Threads are compared by their CPU time, not by the clock: a reader that the scheduler
//! takes off its core is not slower. Windows in which a thread hardly ran are left out,
//! because the threads did not interfere. On a busy machine, give it priority:
//! `chrt -r 1 cargo bench --bench churn`.

mod peers;

use cpu_time::ThreadTime;
use handler_table_bench::Figures;
use peers::{ArcSwaps, Array, Framework, Handler, Hashed, Locked, Ours, Peer, Predecessor};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const N: usize = 256;
const WINDOW: Duration = Duration::from_millis(10);
const ROUNDS: usize = 40;

/// The events of the readers, in turns: half of the slots of a cache line.
const READ: [usize; 4] = [8, 9, 10, 11];

/// The slot that the other thread changes, if there is one.
const CHURN: [(&str, Option<usize>); 4] = [
    ("none", None),
    ("same slot", Some(9)),
    ("same cache line", Some(14)),
    ("far slot", Some(200)),
];

/// A table on cache lines of its own, from the first slot on.
#[repr(align(128))]
struct Aligned<P>(P);

/// Nanoseconds of CPU time for each dispatch, and the minimum share of the window during
/// which a thread was on a core.
struct Window {
    dispatch: f64,
    share: f64,
}

/// Pins this thread to one core, so that two threads run on two.
fn pin(at: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(&core) = cores.get(at % cores.len().max(1)) {
        core_affinity::set_for_current(core);
    }
}

fn window<P: Peer<fn()>>(table: &P, readers: usize, churn: Option<usize>) -> Window {
    let start = Barrier::new(readers + 1 + usize::from(churn.is_some()));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..readers)
            .map(|at| {
                let start = &start;
                scope.spawn(move || {
                    pin(at);
                    start.wait();
                    let cpu = ThreadTime::now();
                    let clock = Instant::now();
                    let mut dispatched = 0_u32;
                    while clock.elapsed() < WINDOW {
                        for _ in 0..1024 {
                            for index in READ {
                                black_box(table.handle(black_box(index), &mut 0));
                            }
                        }
                        dispatched += 1024 * 4;
                    }
                    let cpu = cpu.elapsed().as_secs_f64();
                    let share = cpu / clock.elapsed().as_secs_f64();
                    (cpu * 1e9 / f64::from(dispatched), share)
                })
            })
            .collect();
        let churner = churn.map(|index| {
            let start = &start;
            scope.spawn(move || {
                pin(readers);
                start.wait();
                let cpu = ThreadTime::now();
                let clock = Instant::now();
                while clock.elapsed() < WINDOW {
                    for _ in 0..64 {
                        table.unregister(index);
                        table.register(index, <fn()>::of(index));
                    }
                }
                cpu.elapsed().as_secs_f64() / clock.elapsed().as_secs_f64()
            })
        });
        start.wait();
        let mut window = Window {
            dispatch: 0.0,
            share: 1.0,
        };
        for reader in threads {
            let (dispatch, share) = reader.join().expect("no panic");
            window.dispatch = window.dispatch.max(dispatch);
            window.share = window.share.min(share);
        }
        if let Some(churner) = churner {
            window.share = window.share.min(churner.join().expect("no panic"));
        }
        window
    })
}

/// The windows of one subject, by kind of churn.
type Run<'a> = (&'static str, Box<dyn Fn(Option<usize>) -> Window + 'a>);

fn subject<P: Peer<fn()> + 'static>(readers: usize) -> Run<'static> {
    let table: &'static Aligned<P> = Box::leak(Box::new(Aligned(P::empty())));
    for index in 0..N - 1 {
        assert!(table.0.register(index, <fn()>::of(index)));
    }
    (
        P::NAME,
        Box::new(move |churn| window(&table.0, readers, churn)),
    )
}

/// The median of the eighth of the windows in which the threads ran most, and the minimum
/// share of a core that a thread had in them.
fn figure(mut windows: Vec<Window>) -> Window {
    windows.sort_by(|a, b| b.share.total_cmp(&a.share));
    windows.truncate(windows.len().div_ceil(8));
    let share = windows.last().map_or(0.0, |window| window.share);
    windows.sort_by(|a, b| a.dispatch.total_cmp(&b.dispatch));
    let dispatch = windows[windows.len() / 2].dispatch;
    Window { dispatch, share }
}

fn main() {
    for readers in [1, 2] {
        let subjects = [
            subject::<Array<N>>(readers),
            subject::<Ours<N, fn()>>(readers),
            subject::<Predecessor<N>>(readers),
            subject::<ArcSwaps<N, fn()>>(readers),
            subject::<Locked<N, fn()>>(readers),
            subject::<Hashed<fn()>>(readers),
            subject::<Framework>(readers),
        ];
        let mut windows: Vec<Vec<Window>> = Vec::new();
        windows.resize_with(subjects.len() * CHURN.len(), Vec::new);
        for _ in 0..ROUNDS {
            let mut at = windows.iter_mut();
            for (_, run) in &subjects {
                for (_, churn) in CHURN {
                    at.next().expect("one for each").push(run(churn));
                }
            }
        }
        let mut times = Figures::default();
        let mut slowdown = Figures::default();
        let mut shares = Figures::default();
        let figures: Vec<Window> = windows.into_iter().map(figure).collect();
        for (kind, (case, _)) in CHURN.iter().enumerate() {
            for ((name, _), figures) in subjects.iter().zip(figures.chunks(CHURN.len())) {
                let Window { dispatch, share } = figures[kind];
                times.push(case, name, dispatch);
                slowdown.push(case, name, dispatch / figures[0].dispatch);
                shares.push(case, name, share);
            }
        }
        let s = if readers == 1 { "" } else { "s" };
        times.print(
            &format!("Nanoseconds per dispatch, {readers} reader{s}, by where the other thread registers (ratio to the array)"),
            Some("array by hand"),
        );
        slowdown.print("The same, as a multiple of no churn", None);
        shares.print(
            "Least share of a core that a thread had: below one half, nothing met, and the figures \
             say nothing",
            None,
        );
        shares.write(
            &format!("churn_{readers}_share.json"),
            env!("CARGO_TARGET_TMPDIR"),
        );
        times.write(
            &format!("churn_{readers}_ns.json"),
            env!("CARGO_TARGET_TMPDIR"),
        );
    }
}
