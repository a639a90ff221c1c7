//! What dispatch costs while another thread registers and unregisters.
//!
//! Threads are compared by their CPU time, not by the clock: a reader that the
//! scheduler takes off its core has not become slower. Windows in which a
//! thread hardly ran are left out, since then nothing met.

mod peers;

use cpu_time::ThreadTime;
use handler_table_bench::Figures;
use peers::{ArcSwaps, Array, Framework, Handler, Hashed, Locked, Ours, Peer, Predecessor};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const N: usize = 256;
const WINDOW: Duration = Duration::from_millis(10);
const ROUNDS: usize = 80;

/// What the readers dispatch, in turns: half of a cache line of slots.
const READ: [usize; 4] = [8, 9, 10, 11];

/// Where the other thread registers and unregisters, if it does.
const CHURN: [(&str, Option<usize>); 4] = [
    ("none", None),
    ("same slot", Some(9)),
    ("same cache line", Some(14)),
    ("far slot", Some(200)),
];

/// On cache lines of its own, from the first slot on.
#[repr(align(128))]
struct Aligned<P>(P);

/// Nanoseconds of CPU time for each dispatch, and the least share of the window
/// that a thread was on a core for.
struct Window {
    dispatch: f64,
    share: f64,
}

fn window<P: Peer<fn()>>(table: &P, readers: usize, churn: Option<usize>) -> Window {
    let stop = AtomicBool::new(false);
    let start = Barrier::new(readers + 1 + usize::from(churn.is_some()));
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..readers)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let cpu = ThreadTime::now();
                    let mut dispatched = 0_u32;
                    while !stop.load(Ordering::Relaxed) {
                        for _ in 0..64 {
                            for index in READ {
                                black_box(table.handle(black_box(index), &mut 0));
                            }
                        }
                        dispatched += 64 * 4;
                    }
                    let cpu = cpu.elapsed().as_secs_f64();
                    (
                        cpu * 1e9 / f64::from(dispatched),
                        cpu / WINDOW.as_secs_f64(),
                    )
                })
            })
            .collect();
        let churner = churn.map(|index| {
            let (start, stop) = (&start, &stop);
            scope.spawn(move || {
                start.wait();
                let cpu = ThreadTime::now();
                while !stop.load(Ordering::Relaxed) {
                    for _ in 0..16 {
                        table.unregister(index);
                        table.register(index, <fn()>::of(index));
                    }
                }
                cpu.elapsed().as_secs_f64() / WINDOW.as_secs_f64()
            })
        });
        start.wait();
        std::thread::sleep(WINDOW);
        stop.store(true, Ordering::Relaxed);

        let mut window = Window {
            dispatch: 0.0,
            share: 1.0,
        };
        for reader in &mut readers.into_iter() {
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

/// The median of the eighth in which the threads ran most.
fn figure(mut windows: Vec<Window>) -> f64 {
    windows.sort_by(|a, b| b.share.total_cmp(&a.share));
    windows.truncate(windows.len().div_ceil(8));
    windows.sort_by(|a, b| a.dispatch.total_cmp(&b.dispatch));
    windows[windows.len() / 2].dispatch
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
        let figures: Vec<f64> = windows.into_iter().map(figure).collect();
        for (kind, (case, _)) in CHURN.iter().enumerate() {
            for ((name, _), figures) in subjects.iter().zip(figures.chunks(CHURN.len())) {
                times.push(case, name, figures[kind]);
                slowdown.push(case, name, figures[kind] / figures[0]);
            }
        }
        let s = if readers == 1 { "" } else { "s" };
        times.print(
            &format!("Nanoseconds per dispatch, {readers} reader{s}, by where the other thread registers (ratio to the array)"),
            Some("array by hand"),
        );
        slowdown.print("The same, as a multiple of no churn", None);
        times.write(
            &format!("churn_{readers}_ns.json"),
            env!("CARGO_TARGET_TMPDIR"),
        );
    }
}
