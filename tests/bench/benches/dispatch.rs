//! The cost of a dispatch of a table that does not change: nanoseconds, and exact
//! instructions if `valgrind` is installed.

mod peers;

use handler_table_bench::{Figures, Subject, fastest};
use peers::{
    ArcSwaps, Array, Framework, Handler, Hashed, Locked, Ours, Peer, Predecessor, plain,
    with_context,
};
use seq_macro::seq;
use std::hint::black_box;
use std::process::Command;

const ROUNDS: u32 = 1000;
const LIMIT: &str = "array by hand";
const CALLS: &str = "calls alone";

/// The events of one case, in their order.
type Events = [usize; 1024];

/// Each case: its name, the slots, whether handlers take a context, the events.
fn cases() -> Vec<(&'static str, usize, bool, Events)> {
    vec![
        ("hit", 256, false, [42; 1024]),
        ("miss", 256, false, [255; 1024]),
        ("out of range", 256, false, [300; 1024]),
        ("context", 256, true, [42; 1024]),
        ("16 slots, random", 16, false, random(16)),
        ("256 slots, random", 256, false, random(256)),
        ("4096 slots, random", 4096, false, random(4096)),
    ]
}

/// Events with a handler, in random order, which is the same in every run.
fn random(slots: usize) -> Events {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::array::from_fn(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (slots as u64 - 1)).expect("less than the slots")
    })
}

/// A table with handlers that are known at compile time: none can be registered.
struct Match<const N: usize>;

impl<const N: usize, H: Select> Peer<H> for Match<N> {
    const NAME: &'static str = "match";

    fn empty() -> Self {
        Match
    }

    #[inline]
    fn handle(&self, index: usize, context: &mut u64) -> bool {
        H::select::<N>(index, context)
    }

    fn register(&self, _: usize, _: H) -> bool {
        true
    }

    fn unregister(&self, _: usize) -> bool {
        true
    }
}

/// Handlers that a `match` can call.
trait Select: Handler {
    fn select<const N: usize>(index: usize, context: &mut u64) -> bool;
}

impl Select for fn() {
    fn select<const N: usize>(index: usize, _: &mut u64) -> bool {
        // All except the last one.
        if N == 16 {
            seq!(I in 0..15 { match index { #(I => plain::<I>(),)* _ => return false } })
        } else if N == 256 {
            seq!(I in 0..255 { match index { #(I => plain::<I>(),)* _ => return false } })
        } else {
            seq!(I in 0..4095 { match index { #(I => plain::<I>(),)* _ => return false } })
        }
        true
    }
}

impl Select for fn(&mut u64) -> bool {
    fn select<const N: usize>(index: usize, context: &mut u64) -> bool {
        seq!(I in 0..255 {
            match index { #(I => with_context::<I>(context),)* _ => false }
        })
    }
}

/// The subjects of one case: all of them, or the selected one.
struct Subjects<'a> {
    only: Option<&'a str>,
    events: Events,
    made: Vec<Subject<'static>>,
}

impl Subjects<'_> {
    fn add<H: Handler, P: Peer<H> + 'static>(&mut self, slots: usize) {
        if self.only.is_some_and(|only| only != P::NAME) {
            return;
        }
        let events = self.events;
        // Hide the content from the compiler, as in a `static`.
        let table: &'static P = Box::leak(Box::new(P::empty()));
        for index in 0..slots {
            assert!(table.register(index, H::of(index)), "{} {index}", P::NAME);
        }
        assert!(table.unregister(slots - 1), "{}", P::NAME);
        let hit = table.handle(events[0], &mut 0);
        assert_eq!(hit, events[0] < slots - 1, "{}", P::NAME);
        let run = move |times: u32| run::<H, P>(table, &events, times);
        self.made.push((P::NAME, Box::new(run)));
    }

    fn plain<const N: usize>(&mut self) {
        self.add::<fn(), Array<N>>(N);
        self.add::<fn(), Ours<N, fn()>>(N);
        self.add::<fn(), Predecessor<N>>(N);
        self.add::<fn(), Match<N>>(N);
        self.add::<fn(), ArcSwaps<N, fn()>>(N);
        self.add::<fn(), Locked<N, fn()>>(N);
        self.add::<fn(), Hashed<fn()>>(N);
        self.add::<fn(), Framework>(N);
        self.calls::<fn()>(N);
    }

    fn with_context<const N: usize>(&mut self) {
        type F = fn(&mut u64) -> bool;
        self.add::<F, Array<N>>(N);
        self.add::<F, Ours<N, F>>(N);
        self.add::<F, Match<N>>(N);
        self.add::<F, ArcSwaps<N, F>>(N);
        self.add::<F, Locked<N, F>>(N);
        self.add::<F, Hashed<F>>(N);
        self.add::<F, Framework>(N);
        self.calls::<F>(N);
    }

    /// The loop and the handlers without a table: the cost that all subjects share.
    fn calls<H: Handler>(&mut self, slots: usize) {
        if self.only.is_some_and(|only| only != CALLS) {
            return;
        }
        let handlers: Box<[Option<H>]> = self
            .events
            .iter()
            .map(|&index| (index < slots - 1).then(|| H::of(index)))
            .collect();
        let run = move |times: u32| call_all(&handlers, times);
        self.made.push((CALLS, Box::new(run)));
    }
}

/// Aligns the loop that follows to a cache line. Otherwise the same instructions may take
/// one cycle more or less, depending on their place.
#[inline]
fn align() {
    // SAFETY: an assembler directive, which pads with instructions that do nothing.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    unsafe {
        std::arch::asm!(".p2align 6", options(nomem, nostack, preserves_flags));
    }
}

#[inline(never)]
fn run<H: Handler, P: Peer<H>>(table: &P, events: &Events, times: u32) {
    let mut context = 0;
    align();
    for at in 0..times {
        let index = black_box(events[at as usize % events.len()]);
        black_box(table.handle(index, &mut context));
    }
    black_box(context);
}

#[inline(never)]
fn call_all<H: Handler>(handlers: &[Option<H>], times: u32) {
    let mut context = 0;
    align();
    for at in 0..times {
        let handler = handlers[at as usize % 1024];
        black_box(handler.is_some_and(|handler| handler.call(&mut context)));
    }
    black_box(context);
}

fn subjects(
    slots: usize,
    context: bool,
    events: &Events,
    only: Option<&str>,
) -> Vec<Subject<'static>> {
    let mut subjects = Subjects {
        only,
        events: *events,
        made: Vec::new(),
    };
    match (slots, context) {
        (16, false) => subjects.plain::<16>(),
        (256, false) => subjects.plain::<256>(),
        (4096, false) => subjects.plain::<4096>(),
        (256, true) => subjects.with_context::<256>(),
        _ => unreachable!("no such case"),
    }
    subjects.made
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = !arguments.iter().any(|argument| argument == "--no-count");
    if let [_, mode, case, subject, times] = arguments.as_slice()
        && mode == "run"
    {
        run_one(case, subject, times.parse().expect("a number"));
        return;
    }

    let mut times = Figures::default();
    let mut counts = Figures::default();
    for (case, slots, context, events) in cases() {
        let mut subjects = subjects(slots, context, &events, None);
        let least = fastest(&mut subjects, ROUNDS);
        for ((name, _), figure) in subjects.iter().zip(least) {
            times.push(case, name, figure);
        }
        for (name, _) in subjects.iter().filter(|_| count) {
            if let Some(figure) = instructions(case, name) {
                counts.push(case, name, figure);
            }
        }
    }
    times.print(
        "Nanoseconds per dispatch, handler and loop included (ratio to the array)",
        Some(LIMIT),
    );
    times.write("dispatch_ns.json", env!("CARGO_TARGET_TMPDIR"));
    if counts.get("hit", LIMIT).is_none() {
        println!("\nInstructions are not counted: not wanted, or no `valgrind`.");
        return;
    }
    counts.print(
        "Instructions per dispatch, handler and loop included (ratio to the array)",
        Some(LIMIT),
    );
    counts.write("dispatch_instructions.json", env!("CARGO_TARGET_TMPDIR"));
}

fn run_one(case: &str, subject: &str, times: u32) {
    let (_, slots, context, events) = cases()
        .into_iter()
        .find(|&(name, ..)| name == case)
        .expect("a case");
    let (_, mut run) = subjects(slots, context, &events, Some(subject))
        .pop()
        .expect("a subject");
    run(times);
}

/// The instructions of one dispatch: the difference of two runs of this program that differ
/// only in the number of dispatches. `None` without `valgrind`.
fn instructions(case: &str, subject: &str) -> Option<f64> {
    let count = |times: u32| {
        let program = std::env::current_exe().ok()?;
        let output = Command::new("valgrind")
            .args(["--tool=cachegrind", "--cache-sim=no"])
            .arg("--cachegrind-out-file=/dev/null")
            .arg(program)
            .args(["run", case, subject, &times.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr);
        let (_, count) = text.split_once(" refs:")?;
        let count = count.lines().next()?.trim().replace(',', "");
        count.parse::<f64>().ok()
    };
    // Whole rounds through the events.
    Some((count(5 * 1024)? - count(1024)?) / (4.0 * 1024.0))
}
