//! Storms: events that nobody handles, or that come too fast.

use super::observer::Observer;
use super::tally::{Count, Wide};
use crate::action::flight::Padded;
use crate::action::line::Line;
use crate::action::outcome::Outcome;
use core::fmt::{self, Debug, Display};
use core::marker::PhantomData;

/// When an event is a storm. It is judged once for each window of so many events on one CPU.
///
/// # Examples
///
/// ```
/// use handler_table::Limit;
///
/// // More than 90 of 100 that nobody handles.
/// const UNHANDLED: Limit = Limit { window: 100, unhandled: 90, ticks: 0 };
/// // 1000 within a millisecond of a clock that counts nanoseconds.
/// const FAST: Limit = Limit::rate(1000, 1_000_000);
/// assert_eq!(FAST, Limit { window: 1000, unhandled: 1000, ticks: 1_000_000 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many events a window has. With 0, the event is not watched.
    pub window: usize,
    /// It is a storm if more events of the window than this are spurious.
    pub unhandled: usize,
    /// It is a storm if the window took less time than this, handled or not. With 0, time
    /// does not count.
    pub ticks: u64,
}

impl Limit {
    /// As in Linux: more than 99,900 of 100,000 events that nobody handled.
    ///
    /// # Examples
    ///
    /// See [`Storms`].
    pub const LINUX: Limit = Limit {
        window: 100_000,
        unhandled: 99_900,
        ticks: 0,
    };

    /// So many events in less time than this, handled or not.
    ///
    /// # Examples
    ///
    /// See [`Limit`] and [`StormPolicy`].
    #[must_use]
    pub const fn rate(events: usize, ticks: u64) -> Self {
        Limit {
            window: events,
            unhandled: events,
            ticks,
        }
    }
}

/// What [`Storms`] take for a storm, and what is done when there is one; by type, so that
/// `Storms` are all zero at first.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, Limit, Line, Observed, Storm, StormPolicy, Storms};
/// # use std::sync::Mutex;
/// # static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
///
/// /// Event 1 may come twice in 1000 ticks; the others as in Linux.
/// struct Policy;
///
/// impl StormPolicy for Policy {
///     fn limit(event: usize) -> Limit {
///         if event == 1 { Limit::rate(3, 1000) } else { Limit::LINUX }
///     }
///
///     fn now() -> u64 {
/// #       0
///         // Such as `rdtsc`, `mtime` or `DWT::cycle_count()`.
///     }
///
///     fn tripped(storm: &Storm) {
/// #       LOG.lock().unwrap().push(storm.to_string());
///         // Such as `log::warn!("{storm}")`.
///     }
/// }
///
/// static IRQS: HandlerTable<4> = HandlerTable::new();
/// static STORMS: Storms<4, 1, Policy> = Storms::new();
/// IRQS.register(1, || ())?;
///
/// let observed = Observed { table: &IRQS, observer: &STORMS };
/// let lines: Vec<Line> =
///     (0..6).map(|_| observed.dispatch(0, 1, |handler| handler()).1).collect();
/// assert_eq!(lines.iter().position(|line| *line == Line::Mask), Some(2));
/// assert_eq!(lines.iter().filter(|line| **line == Line::Mask).count(), 1);
/// # assert_eq!(*LOG.lock().unwrap(), ["event 1 came 3 times in 0 ticks on CPU 0"]);
/// # Ok::<(), handler_table::RegisterError>(())
/// ```
pub trait StormPolicy {
    /// When this event is a storm. Asked at the begin and the end of each window.
    fn limit(event: usize) -> Limit;

    /// The time in ticks of 64 bits, for limits with `ticks`. Asked when `limit` is.
    #[must_use]
    fn now() -> u64 {
        0
    }

    /// Is called when a storm is found, in the dispatch that found it.
    fn tripped(storm: &Storm) {
        let _ = storm;
    }
}

/// [`Limit::LINUX`] for every event.
///
/// # Examples
///
/// See [`Storms`].
#[derive(Clone, Copy, Debug)]
pub struct Linux;

impl StormPolicy for Linux {
    fn limit(_: usize) -> Limit {
        Limit::LINUX
    }
}

/// A storm that was found.
///
/// # Examples
///
/// See [`StormPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Storm {
    /// The event.
    pub event: usize,
    /// The CPU on which it was found.
    pub cpu: usize,
    /// What the limit was.
    pub limit: Limit,
    /// How many events of the window nobody handled.
    pub unhandled: usize,
    /// How long the window took.
    pub ticks: u64,
}

impl Display for Storm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Storm { event, cpu, .. } = self;
        let (unhandled, window, ticks) = (self.unhandled, self.limit.window, self.ticks);
        if unhandled > self.limit.unhandled {
            write!(
                formatter,
                "nobody handled event {event}: {unhandled} of {window} times on CPU {cpu}"
            )
        } else {
            write!(
                formatter,
                "event {event} came {window} times in {ticks} ticks on CPU {cpu}"
            )
        }
    }
}

/// Finds events that nobody handles, or that come too fast: storms of `N` events on `CPUS`
/// CPUs. An [`Observer`].
///
/// Such as a level-triggered line that a device holds and no driver serves: it interrupts
/// again as soon as its handlers have returned, for ever. The dispatch that ends a window
/// beyond the [`Limit`] says so with [`Line::Mask`], once. The event is then tripped until
/// [`rearm`](Self::rearm).
///
/// Each CPU counts by itself, on cache lines of its own, so a storm that is spread over
/// several CPUs is found when it fills a window on one of them. 3 words for each event and
/// CPU (5 on 32-bit targets), all zero at first.
///
/// # Context
///
/// As [`Statistics`](crate::Statistics). Where the target has no compare-and-swap, finding a
/// storm, and re-arming, does what `portable-atomic` does instead.
///
/// # Not guaranteed
///
/// * That unhandled events which are far apart are no storm. Linux forgets one after a tenth
///   of a second; here a window has no age.
/// * The exact number, if two threads use one CPU number at once.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionTable, Line, Observed, Storms};
///
/// static IRQS: ActionTable<16> = ActionTable::new();
/// static STORMS: Storms<16, 1> = Storms::new(); // as in Linux
/// let observed = Observed { table: &IRQS, observer: &STORMS };
///
/// for _ in 1..100_000 {
///     assert_eq!(observed.dispatch(0, 5, &mut ()).1, Line::Unchanged);
/// }
/// assert_eq!(observed.dispatch(0, 5, &mut ()).1, Line::Mask);
///
/// assert!(STORMS.is_tripped(5));
/// assert_eq!(STORMS.tripped().collect::<Vec<_>>(), [5]);
/// // Later, when the line should be tried again:
/// assert!(STORMS.rearm(5));
/// assert!(!STORMS.is_tripped(5) && !STORMS.rearm(5));
/// ```
pub struct Storms<const N: usize, const CPUS: usize, P: StormPolicy = Linux> {
    cpus: [Padded<[Window; N]>; CPUS],
    /// Written only when a storm is found, and by `rearm`.
    tripped: [Count; N],
    policy: PhantomData<fn() -> P>,
}

struct Window {
    /// How many events are left of it; 0 between windows.
    left: Count,
    unhandled: Count,
    start: Wide,
}

impl<const N: usize, const CPUS: usize, P: StormPolicy> Storms<N, CPUS, P> {
    /// No event has come yet.
    ///
    /// # Examples
    ///
    /// See [`Storms`].
    #[must_use]
    pub const fn new() -> Self {
        Storms {
            cpus: [const {
                Padded(
                    [const {
                        Window {
                            left: Count::new(),
                            unhandled: Count::new(),
                            start: Wide::new(),
                        }
                    }; N],
                )
            }; CPUS],
            tripped: [const { Count::new() }; N],
            policy: PhantomData,
        }
    }

    /// Whether the event was found to be a storm, and not re-armed since. False if there is
    /// no such event.
    ///
    /// Relaxed; see the chapter [`observability`](crate::docs::observability) for what to do with
    /// the line.
    ///
    /// # Examples
    ///
    /// See [`Storms`].
    #[must_use]
    pub fn is_tripped(&self, event: usize) -> bool {
        self.tripped.get(event).is_some_and(|flag| flag.get() != 0)
    }

    /// The events that are tripped, by rising number.
    ///
    /// # Examples
    ///
    /// See [`Storms`].
    pub fn tripped(&self) -> impl Iterator<Item = usize> {
        (0..N).filter(|event| self.is_tripped(*event))
    }

    /// Watches the event again, and says whether it was tripped.
    ///
    /// A window that has begun on a CPU goes on.
    ///
    /// # Examples
    ///
    /// See [`Storms`].
    pub fn rearm(&self, event: usize) -> bool {
        self.tripped.get(event).is_some_and(Count::lower)
    }

    #[cold]
    #[inline(never)]
    fn begin_window(window: &Window, event: usize) -> usize {
        let limit = P::limit(event);
        if limit.window > 0 {
            window.unhandled.set(0);
            if limit.ticks > 0 {
                window.start.set(P::now());
            }
        }
        limit.window
    }

    #[cold]
    #[inline(never)]
    fn end_window(&self, window: &Window, cpu: usize, event: usize) -> Line {
        let limit = P::limit(event);
        let unhandled = window.unhandled.get();
        let ticks = match limit.ticks {
            0 => 0,
            _ => P::now().saturating_sub(window.start.get()),
        };
        let is_storm = unhandled > limit.unhandled || ticks < limit.ticks;
        if !is_storm || !self.tripped.get(event).is_some_and(Count::raise) {
            return Line::Unchanged;
        }
        P::tripped(&Storm {
            event,
            cpu,
            limit,
            unhandled,
            ticks,
        });
        Line::Mask
    }
}

/// The same as [`Storms::new`].
///
/// # Examples
///
/// ```
/// use handler_table::Storms;
///
/// assert_eq!(Storms::<4, 1>::default().tripped().count(), 0);
/// ```
impl<const N: usize, const CPUS: usize, P: StormPolicy> Default for Storms<N, CPUS, P> {
    fn default() -> Self {
        Storms::new()
    }
}

impl<const N: usize, const CPUS: usize, P: StormPolicy> Observer for Storms<N, CPUS, P> {
    type Begun = ();

    #[inline]
    fn begin(&self, _: usize, _: usize) {}

    #[inline]
    fn end(&self, (): (), cpu: usize, event: usize, outcome: Outcome) -> Line {
        let window = self.cpus.get(cpu).and_then(|Padded(cpu)| cpu.get(event));
        let Some(window) = window else {
            return Line::Unchanged;
        };
        let mut left = window.left.get();
        if left == 0 {
            left = Self::begin_window(window, event);
            if left == 0 {
                return Line::Unchanged;
            }
        }
        window.left.set(left - 1);
        if outcome.is_spurious() {
            window.unhandled.add(1);
        }
        if left == 1 {
            return self.end_window(window, cpu, event);
        }
        Line::Unchanged
    }
}

/// Prints the capacity, the number of CPUs, and the events that are tripped.
impl<const N: usize, const CPUS: usize, P: StormPolicy> Debug for Storms<N, CPUS, P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Tripped<I>(I);
        impl<I: Iterator<Item = usize> + Clone> Debug for Tripped<I> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_list().entries(self.0.clone()).finish()
            }
        }

        formatter
            .debug_struct("Storms")
            .field("capacity", &N)
            .field("cpus", &CPUS)
            .field(
                "tripped",
                &Tripped((0..N).filter(|event| self.is_tripped(*event))),
            )
            .finish()
    }
}
