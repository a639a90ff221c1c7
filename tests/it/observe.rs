//! Observers: what their documentation promises and does not show already.

use crate::support::leak;
use handler_table::{
    Action, ActionTable, Clock, Counted, Event, HandlerTable, Handlers, Limit, Line, Observed,
    Observer, Outcome, Statistics, Storm, StormPolicy, Storms, Times, Verdict, table,
};
use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

const fn may_be_shared<T: Send + Sync>() {}

const _: () = {
    may_be_shared::<Statistics<2, 2, Ticks>>();
    may_be_shared::<Storms<2, 2, OfThread>>();
};

thread_local! {
    /// The time of a thread, so that tests do not disturb each other.
    static NOW: Cell<u64> = const { Cell::new(0) };
}

struct Ticks;

impl Clock for Ticks {
    fn now() -> u64 {
        NOW.get()
    }
}

/// A policy that is not `Sync` itself: it is never made.
struct OfThread(#[allow(dead_code)] *const u8);

impl StormPolicy for OfThread {
    fn limit(_: usize) -> Limit {
        Limit::LINUX
    }
}

/// A table of which event 1 has a handler that takes as long as the argument says.
fn takes() -> &'static ActionTable<4, i64, Counted<4>> {
    let table: &ActionTable<4, i64, Counted<4>> = leak(ActionTable::new());
    let handler = |event: &mut Event<'_, i64>, (): &()| {
        NOW.set(NOW.get().wrapping_add_signed(*event.arg));
        Verdict::Handled
    };
    table.register(1, leak(Action::new(handler, ()))).unwrap();
    table
}

#[test]
fn every_dispatch_is_counted_where_it_was() {
    let table: HandlerTable<3, fn() -> bool> = table!();
    table.register(0, || true).unwrap();
    table.register(1, || false).unwrap();
    let statistics = Statistics::<3, 2>::new();
    let observed = Observed {
        table: &table,
        observer: &statistics,
    };
    let judge = |handled: &bool| {
        if *handled {
            Verdict::Handled
        } else {
            Verdict::Unhandled
        }
    };
    for cpu in [0, 1, 1, 2] {
        for event in 0..5 {
            let (result, line) = observed.dispatch_judged(cpu, event, |handler| handler(), judge);
            let expected = [Some(true), Some(false)];
            assert_eq!(result, expected.get(event).copied().flatten());
            assert_eq!(line, Line::Unchanged);
        }
    }
    for (event, spurious) in [(0, false), (1, true), (2, true)] {
        for (cpu, count) in [(0, 1), (1, 2), (2, 0)] {
            let sample = statistics.of_cpu(cpu, event);
            assert_eq!(sample.count, count);
            assert_eq!(sample.spurious, if spurious { count } else { 0 });
            assert_eq!(sample.times, None);
        }
        assert_eq!(statistics.of(event).count, 3);
    }
    assert_eq!(statistics.of(3), statistics.of_cpu(0, 3));
    assert_eq!(statistics.of(3).count, 0);
    // Two events too many on three dispatches, and all five on the third CPU.
    assert_eq!(statistics.outside(), 3 * 2 + 5);
}

#[test]
fn a_pended_event_is_not_spurious() {
    static TABLE: ActionTable<1, ()> = ActionTable::new();
    static STATISTICS: Statistics<1, 1> = Statistics::new();
    static OBSERVED: Observed<ActionTable<1>, &Statistics<1, 1>> = Observed {
        table: &TABLE,
        observer: &STATISTICS,
    };
    static ACTION: Action = Action::non_reentrant(
        |event, ()| {
            if event.is_repeat() {
                return Verdict::Unhandled;
            }
            let (inner, _) = OBSERVED.dispatch(0, 0, &mut ());
            assert_eq!(inner.unwrap().pended(), 1);
            Verdict::Handled
        },
        (),
    );
    TABLE.register(0, &ACTION).unwrap();
    OBSERVED.dispatch(0, 0, &mut ()).0.unwrap();
    let sample = STATISTICS.of(0);
    assert_eq!((sample.count, sample.spurious), (2, 0));
}

#[test]
fn an_event_whose_handler_panics_has_begun_and_not_ended() {
    let table: HandlerTable<1> = HandlerTable::new();
    table.register(0, || panic!("as it should")).unwrap();
    let statistics = Statistics::<1, 1, Ticks>::new();
    let observed = Observed {
        table: &table,
        observer: &statistics,
    };
    let dispatch = AssertUnwindSafe(|| observed.dispatch(0, 0, |handler| handler()));
    assert!(catch_unwind(dispatch).is_err());
    let sample = statistics.of(0);
    assert_eq!((sample.count, sample.spurious), (1, 0));
    assert_eq!(sample.times.unwrap().count(), 0);
}

#[test]
fn no_count_is_lost_where_each_thread_has_its_number() {
    const EVENTS: usize = 20_000;
    let table: &ActionTable<4, i64, Counted<4>> = takes();
    let statistics = Statistics::<4, 4, Ticks>::new();
    let observed = Observed {
        table,
        observer: &statistics,
    };
    thread::scope(|scope| {
        for cpu in 0..4 {
            let observed = &observed;
            scope.spawn(move || {
                for _ in 0..EVENTS {
                    observed.dispatch(cpu, 1, &mut 3).0.unwrap();
                }
            });
        }
        // A reader sees counts that only grow.
        let mut last = 0;
        for _ in 0..1_000 {
            let count = statistics.of(1).count;
            assert!(count >= last && count <= 4 * EVENTS);
            last = count;
        }
    });
    let times = statistics.of(1).times.unwrap();
    assert_eq!(statistics.of(1).count, 4 * EVENTS);
    assert_eq!(
        (times.count(), times.total),
        (4 * EVENTS, 12 * EVENTS as u64)
    );
}

#[test]
fn threads_with_one_number_may_lose_counts_and_no_more() {
    const EVENTS: usize = 20_000;
    let statistics = Statistics::<1, 1>::new();
    let table: HandlerTable<1> = HandlerTable::new();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let observed = Observed {
                    table: &table,
                    observer: &statistics,
                };
                for _ in 0..EVENTS {
                    observed.dispatch(0, 0, |handler| handler());
                }
            });
        }
    });
    assert!((1..=2 * EVENTS).contains(&statistics.of(0).count));
}

#[test]
fn times_are_in_the_bucket_of_their_logarithm() {
    let table = takes();
    let statistics = Statistics::<4, 4, Ticks>::new();
    let observed = Observed {
        table,
        observer: &statistics,
    };
    let measured = [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 1),
        (4, 2),
        ((1 << 31) - 1, 30),
        (1 << 31, 31),
        (1 << 40, 31),
        // A clock that runs backwards.
        (-5, 0),
    ];
    let mut expected = Times::default().histogram;
    for (ticks, bucket) in measured {
        expected[bucket] += 1;
        observed.dispatch(2, 1, &mut { ticks }).0.unwrap();
    }
    let times = statistics.of_cpu(2, 1).times.unwrap();
    assert_eq!(times.histogram, expected);
    assert_eq!(times.max, 1 << 40);
    assert_eq!(times.total, 10 + ((1 << 32) - 1) + (1 << 40));
    assert_eq!(times.percentile(0), 1);
    assert_eq!(times.percentile(100), 1 << 40);
    assert_eq!(Times::default().percentile(50), 0);
    assert_eq!(Times::default().mean(), 0);
    // Each time is within the bound of its bucket, and not within that of the one before.
    for (ticks, bucket) in measured {
        let ticks = u64::try_from(ticks).unwrap_or(0);
        assert!(ticks <= Times::bound(bucket));
        assert!(bucket == 0 || ticks > Times::bound(bucket - 1));
    }
    // An event that nobody handles takes time, too.
    observed.dispatch(2, 0, &mut 0).0.unwrap();
    assert_eq!(statistics.of(0).times.unwrap().count(), 1);
}

#[test]
fn two_observers_are_told_and_one_may_mask() {
    #[derive(Default)]
    struct Log(Mutex<Vec<(&'static str, char, bool)>>);
    struct Named<'a>(char, &'a Log, Line);
    impl Observer for Named<'_> {
        type Begun = char;
        fn begin(&self, _: usize, _: usize) -> char {
            self.1.0.lock().unwrap().push(("begin", self.0, false));
            self.0
        }
        fn end(&self, begun: char, cpu: usize, event: usize, outcome: Outcome) -> Line {
            assert_eq!((begun, cpu, event), (self.0, 0, 1));
            let end = ("end", self.0, outcome.handled());
            self.1.0.lock().unwrap().push(end);
            self.2
        }
    }
    let log = Log::default();
    let table = takes();
    for (first, second, line) in [
        (Line::Unchanged, Line::Unchanged, Line::Unchanged),
        (Line::Mask, Line::Unchanged, Line::Mask),
        (Line::Unchanged, Line::Mask, Line::Mask),
        (Line::Unmask, Line::Mask, Line::Mask),
    ] {
        let observed = Observed {
            table,
            observer: (Named('a', &log, first), Named('b', &log, second)),
        };
        let (outcome, told) = observed.dispatch(0, 1, &mut 0);
        assert_eq!((outcome.unwrap().called(), told), (1, line));
    }
    let events = log.0.into_inner().unwrap();
    let [a, b] = [('a', "begin"), ('b', "begin")].map(|(name, what)| (what, name, false));
    let order = [a, b, ("end", 'b', true), ("end", 'a', true)];
    assert_eq!(events[..4], order);
}

struct Names(&'static [&'static str]);

impl Handlers for Names {
    fn each(&self, event: usize, visit: &mut dyn FnMut(&dyn Display, Option<usize>)) {
        if event == 1 {
            for name in self.0 {
                visit(name, None);
            }
        }
    }
}

/// Each event on each CPU, so many times.
fn fill<const N: usize, const CPUS: usize>(
    statistics: &Statistics<N, CPUS>,
    times: usize,
) -> &Statistics<N, CPUS> {
    for cpu in 0..CPUS {
        for event in 0..N {
            for _ in 0..times {
                statistics.begin(cpu, event);
                statistics.end((), cpu, event, Outcome::default());
            }
        }
    }
    statistics
}

/// Too large for the stack of a test.
static MANY: Statistics<1025, 64> = Statistics::new();

#[test]
fn a_listing_has_a_column_for_each_cpu() {
    let names = Names(&["timer", "watchdog"]);
    assert_eq!(
        fill(&Statistics::<2, 0>::new(), 1)
            .listing(&names)
            .to_string(),
        "          total   spurious
  1:          0          0  timer, watchdog
sum:          0          0
ERR:          0
"
    );
    assert_eq!(
        fill(&Statistics::<2, 1>::new(), 3)
            .listing(&names)
            .to_string(),
        "           CPU0      total   spurious
  0:          3          3          3
  1:          3          3          3  timer, watchdog
sum:          6          6          6
ERR:          0
"
    );
    assert_eq!(
        fill(&Statistics::<0, 1>::new(), 0)
            .listing(&names)
            .to_string(),
        "           CPU0      total   spurious
sum:          0          0          0
ERR:          0
"
    );

    // Every line of 64 CPUs ends its columns where the head does.
    let listing = fill(&MANY, 1).listing(&names).to_string();
    let lines: Vec<&str> = listing.lines().collect();
    assert_eq!(lines.len(), 1 + 1025 + 2);
    let width = lines[0].len();
    assert_eq!(width, 5 + 66 * 11);
    assert!(lines[0].ends_with("      CPU63      total   spurious"));
    for (event, line) in lines[1..=1025].iter().enumerate() {
        let name = if event == 1 { "  timer, watchdog" } else { "" };
        assert_eq!(line.len(), width + name.len());
        assert_eq!(line.split_whitespace().next(), Some(&*format!("{event}:")));
        assert!(line.ends_with(&format!("         64         64{name}")));
    }
    assert_eq!(lines[1026].len(), width);
    assert_eq!(lines[1027], " ERR:          0");
}

#[test]
fn a_listing_keeps_its_lines_whatever_the_names() {
    let long = "a name of a driver that is much longer than any that a driver has; ".repeat(4);
    let names = Names(leak(["évé\u{301}nement", "two\nlines\u{7}", leak(long)]).as_slice());
    let listing = fill(&Statistics::<2, 1>::new(), 1)
        .listing(&names)
        .to_string();
    assert_eq!(listing.lines().count(), 5);
    let (_, shown) = listing.lines().nth(2).unwrap().split_at(37);
    assert!(
        shown.starts_with("  évé\u{301}nement, two\\nlines\\u{7}, a name"),
        "{shown}"
    );
}

#[test]
fn a_listing_has_times_if_there_is_a_clock() {
    let table = takes();
    let statistics = Statistics::<4, 1, Ticks>::new();
    let observed = Observed {
        table,
        observer: &statistics,
    };
    observed.dispatch(0, 1, &mut 4).0.unwrap();
    observed.dispatch(0, 1, &mut 10).0.unwrap();
    let place = {
        let mut place = String::new();
        table.for_each(1, |action| {
            place = format!("{}:{}", action.id.file(), action.id.line());
        });
        place
    };
    assert_eq!(
        statistics.listing(table).to_string(),
        format!(
            "           CPU0      total   spurious       mean        max
  1:          2          2          0          7         10  {place}
sum:          2          2          0          7         10
ERR:          0
"
        )
    );
    // A number that has more digits makes all columns wider.
    observed.dispatch(0, 1, &mut 123_456_789_012).0.unwrap();
    let listing = statistics.listing(table).to_string();
    assert_eq!(
        listing.lines().next(),
        Some("             CPU0        total     spurious         mean          max")
    );
    let ends: Vec<usize> = listing
        .lines()
        .take(3)
        .map(|line| line.find("  tests").unwrap_or(line.len()))
        .collect();
    assert_eq!(ends, [69, 69, 69]);
}

#[test]
fn a_listing_counts_actions_where_asked_for() {
    let table: &ActionTable<2> = leak(ActionTable::new());
    let action = |name| {
        Action::new(|_, ()| Verdict::Handled, ())
            .name(name)
            .shared()
    };
    table
        .register(0, leak(action("counted").counted()))
        .unwrap();
    table.register(0, leak(action("plain"))).unwrap();
    let statistics = Statistics::<2, 1>::new();
    let observed = Observed {
        table,
        observer: &statistics,
    };
    observed.dispatch(0, 0, &mut ()).0.unwrap();
    let names = |listing: handler_table::Listing<'_>| {
        let row = listing.rows().next().unwrap();
        row.names().to_string()
    };
    // Never asked is not never called.
    let never = leak(action("never").counted().disabled());
    table.register(0, never).unwrap();
    assert_eq!(never.count(), Some(0));
    let listing = statistics.listing(table);
    assert_eq!(names(listing), "counted, plain, never");
    assert_eq!(
        names(listing.with_counts()),
        "counted (1), plain, never (0)"
    );
}

#[test]
fn actions_of_one_event_are_measured_by_themselves() {
    static DRIVERS: Statistics<3, 2, Ticks> = Statistics::new();
    static TABLE: ActionTable<1, (), Counted<2>> = ActionTable::new();
    fn take(event: &Event<'_>, driver: usize, ticks: u64, verdict: Verdict) -> Verdict {
        DRIVERS.measure(event.cpu(), driver, || {
            NOW.set(NOW.get() + ticks);
            verdict
        })
    }
    static CARD: Action = Action::new(|event, ()| take(event, 0, 3, Verdict::Unhandled), ())
        .shared()
        .priority(1);
    static DISK: Action = Action::non_reentrant(
        |event, ()| {
            if !event.is_repeat() && event.cpu() == 1 {
                // Pended: it runs once more.
                let inner = TABLE.dispatch(1, 0, &mut ()).unwrap();
                assert_eq!(inner.pended(), 1);
            }
            take(event, 1, 10, Verdict::Handled)
        },
        (),
    )
    .shared();
    TABLE.register(0, &CARD).unwrap();
    TABLE.register(0, &DISK).unwrap();
    for cpu in [0, 1] {
        assert!(TABLE.dispatch(cpu, 0, &mut ()).unwrap().handled());
    }
    let known = |cpu, driver| {
        let sample = DRIVERS.of_cpu(cpu, driver);
        let times = sample.times.unwrap();
        (sample.count, sample.spurious, times.total, times.max)
    };
    assert_eq!((known(0, 0), known(1, 0)), ((1, 1, 3, 3), (2, 2, 6, 3)));
    assert_eq!((known(0, 1), known(1, 1)), ((1, 0, 10, 10), (2, 0, 20, 10)));
    let listing = DRIVERS.listing(&["card", "", "disk"]);
    let names: Vec<String> = listing.rows().map(|row| row.names().to_string()).collect();
    // An event without a name, and one that has only a name.
    assert_eq!(names, ["card", "", "disk"]);
}

/// Of a storm: what was said of the line, event by event.
fn lines<const CPUS: usize, P: StormPolicy>(
    storms: &Storms<4, CPUS, P>,
    cpu: usize,
    events: impl Iterator<Item = bool>,
) -> Vec<usize> {
    // Event 0 is handled, event 1 is not.
    static TABLE: HandlerTable<4, fn() -> Verdict> = table!();
    let _ = TABLE.replace(2, || Verdict::Unhandled);
    let observed = Observed {
        table: &TABLE,
        observer: storms,
    };
    let mut masked = Vec::new();
    for (at, handled) in events.enumerate() {
        let judge = |_: &Verdict| {
            if handled {
                Verdict::Handled
            } else {
                Verdict::Unhandled
            }
        };
        match observed
            .dispatch_judged(cpu, 2, |handler| handler(), judge)
            .1
        {
            Line::Mask => masked.push(at),
            line => assert_eq!(line, Line::Unchanged),
        }
    }
    masked
}

#[test]
fn a_storm_is_what_linux_takes_for_one() {
    let handled = |count: usize| (0..100_000).map(move |at| at % 1_000 == 0 && at / 1_000 < count);
    assert_eq!(handled(100).filter(|handled| *handled).count(), 100);

    let storms = Storms::<4, 1>::new();
    assert!(lines(&storms, 0, handled(100)).is_empty(), "99,900 is none");
    assert!(!storms.is_tripped(2));
    assert_eq!(lines(&storms, 0, handled(99)), [99_999]);
    assert!(storms.is_tripped(2) && !storms.is_tripped(1) && !storms.is_tripped(4));
    assert_eq!(
        format!("{storms:?}"),
        "Storms { capacity: 4, cpus: 1, tripped: [2] }"
    );

    // Said once, and again only after it was armed again.
    assert!(lines(&storms, 0, handled(0).chain(handled(0))).is_empty());
    assert!(storms.rearm(2) && !storms.rearm(2) && !storms.rearm(4));
    assert_eq!(lines(&storms, 0, handled(0)), [99_999]);
}

#[test]
fn each_cpu_has_a_window_of_its_own_and_one_says_so() {
    struct Small;
    impl StormPolicy for Small {
        fn limit(event: usize) -> Limit {
            Limit {
                window: if event == 2 { 1_000 } else { 0 },
                unhandled: 900,
                ticks: 0,
            }
        }
    }
    let storms = Storms::<4, 4, Small>::new();
    let unhandled = |count| (0..count).map(|_| false);
    assert!(lines(&storms, 0, unhandled(999)).is_empty());
    assert!(lines(&storms, 1, unhandled(999)).is_empty());
    assert!(
        lines(&storms, 4, unhandled(5_000)).is_empty(),
        "no such CPU"
    );
    assert_eq!(lines(&storms, 1, unhandled(1)), [0]);
    assert!(storms.rearm(2));

    // Four CPUs, whose windows end at the same time.
    let storms = Storms::<4, 4, Small>::new();
    let barrier = Barrier::new(4);
    let said = AtomicUsize::new(0);
    thread::scope(|scope| {
        for cpu in 0..4 {
            let (storms, barrier, said) = (&storms, &barrier, &said);
            scope.spawn(move || {
                assert!(lines(storms, cpu, unhandled(999)).is_empty());
                barrier.wait();
                said.fetch_add(lines(storms, cpu, unhandled(1)).len(), Ordering::Relaxed);
            });
        }
    });
    assert_eq!(said.into_inner(), 1);

    // One that is not watched.
    let table: HandlerTable<4> = HandlerTable::new();
    let observed = Observed {
        table: &table,
        observer: &storms,
    };
    assert!((0..5_000).all(|_| observed.dispatch(0, 1, |handler| handler()).1 == Line::Unchanged));
}

#[test]
fn what_comes_too_fast_is_a_storm_though_it_is_handled() {
    thread_local! {
        static FOUND: Cell<Option<Storm>> = const { Cell::new(None) };
    }
    struct Fast;
    impl StormPolicy for Fast {
        fn limit(_: usize) -> Limit {
            Limit::rate(11, 100)
        }
        fn now() -> u64 {
            NOW.get()
        }
        fn tripped(storm: &Storm) {
            FOUND.set(Some(*storm));
        }
    }
    let storms = Storms::<4, 1, Fast>::new();
    let every = |ticks: u64| {
        (0..11).map(move |_| {
            NOW.set(NOW.get() + ticks);
            true
        })
    };
    // The window is from the first to the last: ten times 10 ticks.
    assert!(lines(&storms, 0, every(10)).is_empty());
    assert!(FOUND.get().is_none());
    assert_eq!(lines(&storms, 0, every(9)), [10]);
    let storm = FOUND.take().unwrap();
    assert_eq!(
        (storm.event, storm.cpu, storm.ticks, storm.unhandled),
        (2, 0, 90, 0)
    );
    assert_eq!(
        storm.to_string(),
        "event 2 came 11 times in 90 ticks on CPU 0"
    );
    assert!(storms.rearm(2));
    // Not for that they are unhandled.
    let slow = every(10).map(|_| false);
    assert!(lines(&storms, 0, slow).is_empty());
}
