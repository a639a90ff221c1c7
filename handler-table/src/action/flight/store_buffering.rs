//! Store buffering between a dispatch and a wait: every execution that the language
//! allows. The names are those of the head of `flight`, and `D` is the decrement.
//!
//! `L` loads a link, the state of an action, or the spurious hook. `U` unlinks, disables or
//! replaces. The argument is the same in each case.
//!
//! Loom treats a sequentially consistent load as an acquire load, so it cannot check a
//! reader without a fence. This test tries every value that `L` and `W` may read, and keeps
//! the executions that `[intro.races]` and `[atomics.order]` of C++20 allow. Rust has the
//! same rules.

extern crate std;

use super::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::println;
use std::vec::Vec;

/// A thread, a place, an access (`r`, `w` or both; empty for a fence) and an ordering.
/// Events of thread 0 are initial writes, before all others.
#[derive(Clone, Copy)]
struct Event(u8, char, &'static str, Ordering);

impl Event {
    fn reads(self) -> bool {
        self.2.contains('r')
    }
    fn writes(self) -> bool {
        self.2.contains('w')
    }
    fn acquires(self) -> bool {
        self.2 != "w" && matches!(self.3, Acquire | AcqRel | SeqCst)
    }
    fn releases(self) -> bool {
        self.2 != "r" && matches!(self.3, Release | AcqRel | SeqCst)
    }
}

/// A relation on events: `relation[a][b]` means that `a` is before `b`.
type Relation = Vec<Vec<bool>>;

/// The transitive closure of `holds`.
fn closed(holds: impl Fn(usize, usize) -> bool) -> Relation {
    let row = |a| (0..LEN).map(|b| holds(a, b)).collect();
    let mut relation: Relation = (0..LEN).map(row).collect();
    for (via, a, b) in (0..LEN * LEN * LEN).map(|i| (i / LEN / LEN, i / LEN % LEN, i % LEN)) {
        relation[a][b] |= relation[a][via] && relation[via][b];
    }
    relation
}

fn any(holds: impl Fn(usize) -> bool) -> bool {
    (0..LEN).any(holds)
}

// The events of each thread are in program order.
const LEN: usize = 9;
const LINKED: usize = 0;
const ZERO: usize = 1;
const C: usize = 2;
const L: usize = 4;
const D: usize = 5;
const U: usize = 6;
const W: usize = 8;

/// The happens-before relation, if the language allows that each event reads from the write
/// in `from`. All writes to a place are by one thread, so they are in program order.
///
/// `barrier` is the event of the reader before which a barrier on all CPUs executes. For
/// the waiter, that barrier is between its two events.
fn allowed(events: &[Event; LEN], from: [usize; LEN], barrier: Option<usize>) -> Option<Relation> {
    let modified = |a: usize, b: usize| {
        events[a].1 == events[b].1 && a < b && events[a].writes() && events[b].writes()
    };
    let sequenced = |a: usize, b: usize| {
        let (one, two) = (events[a].0, events[b].0);
        a < b && (one == two || one == 0)
    };
    let is_fence = |a: usize| events[a].2.is_empty();
    let synchronizes = |a: usize, b: usize| {
        let released = |x| x == a || is_fence(a) && sequenced(a, x);
        let acquired = |x| x == b || is_fence(b) && sequenced(x, b);
        // A release sequence: only read-modify-writes follow a write.
        let reads = |x: usize, head| from[x] == head || modified(head, from[x]);
        let pair = |x, head| released(head) && events[head].writes() && reads(x, head);
        let read = |x: usize| events[x].reads() && acquired(x) && any(|head| pair(x, head));
        events[a].releases() && events[b].acquires() && any(read)
    };
    let by_barrier = |a: usize, b: usize| {
        let is_reader = |event: usize| events[event].0 == 1;
        barrier
            .is_some_and(|at| a == U && is_reader(b) && b >= at || is_reader(a) && a < at && b == W)
    };
    let happens_before = closed(|a, b| sequenced(a, b) || synchronizes(a, b) || by_barrier(a, b));
    let coherence = closed(|a, b| {
        let overtaken = a != b && events[a].reads() && modified(from[a], b);
        events[b].reads() && from[b] == a || modified(a, b) || overtaken
    });
    // The total order of sequentially consistent events. It orders two operations, or a
    // fence before the first one, or a fence after the second one. "Strongly happens before"
    // is program order here, because no sequentially consistent event follows a
    // synchronization.
    let total = closed(|a, b| {
        let one = |x: usize| x == a || is_fence(a) && happens_before[a][x];
        let two = |y: usize| y == b || is_fence(b) && happens_before[y][b];
        let coherent = |x: usize| one(x) && any(|y| two(y) && coherence[x][y]);
        events[a].3 == SeqCst && events[b].3 == SeqCst && (sequenced(a, b) || any(coherent))
    });
    let circle = |a: usize| {
        let back = any(|b| happens_before[a][b] && coherence[b][a]);
        happens_before[a][a] || coherence[a][a] || total[a][a] || back
    };
    (!any(circle)).then_some(happens_before)
}

#[derive(Clone, Copy)]
struct Orderings {
    /// How the reader counts: by a read-modify-write (`rw`), or by a write (`w`).
    counts: &'static str,
    count: Ordering,
    fence: Option<Ordering>,
    link: Ordering,
    leave: Ordering,
    waiter_fence: Ordering,
    wait: Ordering,
    /// The event of the reader before which the barrier executes, if there is one.
    barrier: Option<usize>,
}

/// Counts the executions in which `L` leads to the record and `W` finds the counter at
/// zero, but `L` did not happen before `W`; and all other executions.
fn missed(with: Orderings) -> (usize, usize) {
    let events = [
        Event(0, 'l', "w", Relaxed),
        Event(0, 'c', "w", Relaxed),
        Event(1, 'c', with.counts, with.count),
        Event(1, ' ', "", with.fence.unwrap_or(Relaxed)),
        Event(1, 'l', "r", with.link),
        Event(1, 'c', with.counts, with.leave),
        Event(2, 'l', "rw", Release),
        Event(2, ' ', "", with.waiter_fence),
        Event(2, 'c', "r", with.wait),
    ];
    let (mut missed, mut others) = (0, 0);
    let reads = [LINKED, U].map(|link| [ZERO, C, D].map(|wait| (link, wait)));
    for &(link, wait) in reads.as_flattened() {
        // A read-modify-write reads the write just before it.
        let from = [0, 0, ZERO, 0, link, C, LINKED, 0, wait];
        match allowed(&events, from, with.barrier) {
            // The waiter sees no dispatch, or it sees the end of the dispatch but not its
            // effects.
            Some(before) if link == LINKED && (wait == ZERO || wait == D && !before[D][W]) => {
                missed += 1;
            }
            Some(_) => others += 1,
            None => {}
        }
    }
    (missed, others)
}

const FENCES: Orderings = Orderings {
    counts: "rw",
    count: Relaxed,
    fence: Some(SeqCst),
    link: Acquire,
    leave: Release,
    waiter_fence: SeqCst,
    wait: Acquire,
    barrier: None,
};

type Mistake = (&'static str, fn(&mut Orderings));

const WAITER: [Mistake; 3] = [
    ("the decrement", |with| with.leave = Relaxed),
    ("the waiter's fence", |with| with.waiter_fence = AcqRel),
    ("the waiter's load", |with| with.wait = Relaxed),
];

fn check(reader: &str, right: Orderings, mistakes: &[Mistake]) {
    assert_eq!(missed(right), (0, 5), "{reader}");
    for (what, weaken) in WAITER.iter().chain(mistakes) {
        let mut wrong = right;
        weaken(&mut wrong);
        assert_eq!(missed(wrong).0, 1, "{reader}: {what}");
        println!("control: reader with {reader}, {what} weaker: a dispatch is missed");
    }
}

#[test]
fn a_wait_does_not_miss_a_reader_with_a_fence() {
    check(
        "a fence",
        FENCES,
        &[("the fence", |with| with.fence = Some(AcqRel))],
    );
}

/// Uses the orderings of this build.
#[cfg(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"))]
#[test]
fn a_wait_does_not_miss_a_reader_without_a_fence() {
    let reader = Orderings {
        count: super::COUNT,
        fence: None,
        link: super::READ,
        ..FENCES
    };
    let count: Mistake = ("the count", |with| with.count = AcqRel);
    let link: Mistake = ("a load of the reader", |with| with.link = Acquire);
    check("no fence", reader, &[count, link]);
}

/// A reader that owns its counter: no fence, no read-modify-write, and the weakest orderings
/// that `owned` has on any target. The barrier may execute before any of its events.
#[test]
fn a_wait_with_a_barrier_does_not_miss_a_reader_that_owns_its_counter() {
    let reader = Orderings {
        counts: "w",
        fence: None,
        leave: super::section::OWNED_LEAVE,
        waiter_fence: Relaxed,
        ..FENCES
    };
    let places = [C, L, D, D + 1];
    for place in places {
        let with = Orderings {
            barrier: Some(place),
            ..reader
        };
        let (missed, others) = missed(with);
        assert_eq!((missed, others > 0), (0, true), "{place}");
    }
    assert!(missed(reader).0 > 0, "without a barrier none is missed");
    println!("control: reader that owns its counter, no barrier: a dispatch is missed");
    // The barrier does not make the end of the dispatch visible to the waiter.
    let leaves = Orderings {
        leave: Relaxed,
        barrier: Some(D),
        ..reader
    };
    assert!(missed(leaves).0 > 0);
    println!("control: reader that owns its counter, the decrement weaker: a dispatch is missed");
}
