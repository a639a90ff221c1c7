//! How often each event came on each CPU, and how long its handlers took.

use super::observer::Observer;
use super::tally::{Count, Wide};
use crate::action::flight::Padded;
use crate::action::line::Line;
use crate::action::outcome::{Outcome, Verdict};
use core::fmt::{self, Debug};

/// A clock of the caller's, by type: a cycle counter, a timer of the machine, or
/// `std::time::Instant`.
///
/// In ticks, whatever they are: times come back in them. It is read twice for each event
/// that is measured.
///
/// # Examples
///
/// ```
/// use handler_table::Clock;
/// use std::sync::LazyLock;
/// use std::time::Instant;
///
/// struct Nanoseconds;
///
/// impl Clock for Nanoseconds {
///     fn now() -> u64 {
///         static START: LazyLock<Instant> = LazyLock::new(Instant::now);
///         START.elapsed().as_nanos() as u64
///     }
/// }
///
/// let start = Nanoseconds::now();
/// assert!(Nanoseconds::since(start) < 1_000_000_000);
/// ```
pub trait Clock {
    /// The time, in ticks.
    fn now() -> u64;

    /// How long it is since `start`; zero if the clock ran backwards.
    ///
    /// For a counter of fewer than 64 bits, which comes round, override it:
    ///
    /// ```
    /// use handler_table::Clock;
    /// # fn cycle_counter() -> u32 { 5 }
    ///
    /// struct Cycles;
    ///
    /// impl Clock for Cycles {
    ///     fn now() -> u64 {
    ///         cycle_counter().into()
    ///     }
    ///
    ///     fn since(start: u64) -> u64 {
    ///         cycle_counter().wrapping_sub(start as u32).into()
    ///     }
    /// }
    ///
    /// assert_eq!(Cycles::since(u32::MAX.into()), 6);
    /// ```
    #[inline]
    #[must_use]
    fn since(start: u64) -> u64 {
        Self::now().saturating_sub(start)
    }
}

/// How [`Statistics`] measure time: with a [`Clock`], or with `()` not at all.
///
/// # Examples
///
/// See [`Statistics`].
pub trait Timing: sealed::Timing {}

impl<T: sealed::Timing> Timing for T {}

mod sealed {
    use super::Times;

    pub trait Timing {
        /// What is kept for each event and CPU.
        type Kept;
        type Start;

        /// For a new array of them.
        #[allow(clippy::declare_interior_mutable_const)]
        const ZERO: Self::Kept;

        fn start() -> Self::Start;
        fn end(kept: &Self::Kept, start: Self::Start);
        fn read(kept: &Self::Kept) -> Option<Times>;
    }
}

impl sealed::Timing for () {
    type Kept = ();
    type Start = ();

    const ZERO: () = ();

    #[inline]
    fn start() {}

    #[inline]
    fn end((): &(), (): ()) {}

    fn read((): &()) -> Option<Times> {
        None
    }
}

impl<C: Clock> sealed::Timing for C {
    type Kept = Kept;
    type Start = u64;

    const ZERO: Kept = Kept {
        total: Wide::new(),
        max: Wide::new(),
        histogram: [const { Count::new() }; BUCKETS],
    };

    #[inline]
    fn start() -> u64 {
        C::now()
    }

    #[inline]
    fn end(kept: &Kept, start: u64) {
        let ticks = C::since(start);
        kept.total.add(ticks);
        if ticks > kept.max.get() {
            kept.max.set(ticks);
        }
        if let Some(bucket) = kept.histogram.get(bucket(ticks)) {
            bucket.add(1);
        }
    }

    fn read(kept: &Kept) -> Option<Times> {
        Some(Times {
            total: kept.total.get(),
            max: kept.max.get(),
            histogram: core::array::from_fn(|bucket| kept.histogram[bucket].get()),
        })
    }
}

/// The times of an event on a CPU, as they are kept.
pub struct Kept {
    total: Wide,
    max: Wide,
    histogram: [Count; BUCKETS],
}

const BUCKETS: usize = 32;

/// The bucket of a time: its logarithm to the base of 2.
#[inline]
fn bucket(ticks: u64) -> usize {
    let log = (ticks | 1).ilog2() as usize;
    if log < BUCKETS { log } else { BUCKETS - 1 }
}

/// How long the handlers of an event took, in ticks of the [`Clock`].
///
/// A time is from the begin of a dispatch to its end: all actions of the event, and the
/// interrupts that came meanwhile.
///
/// # Examples
///
/// See [`Statistics`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// All of them together. Wraps round.
    pub total: u64,
    /// The longest.
    pub max: u64,
    /// How many took how long: bucket `n` counts times of `2^n` up to `2^(n+1) - 1`, the
    /// first one 0 and 1, the last one all that are longer. Each wraps round.
    pub histogram: [usize; BUCKETS],
}

impl Times {
    /// How many were measured.
    ///
    /// # Examples
    ///
    /// See [`Statistics`].
    #[must_use]
    pub fn count(&self) -> usize {
        self.histogram
            .iter()
            .fold(0, |sum, bucket| sum.wrapping_add(*bucket))
    }

    /// The mean; zero if none was measured.
    ///
    /// # Examples
    ///
    /// See [`Statistics`].
    #[must_use]
    pub fn mean(&self) -> u64 {
        self.total.checked_div(self.count() as u64).unwrap_or(0)
    }

    /// The longest time that a bucket counts, as the bound of a histogram; that of the last
    /// bucket, and of what is no bucket, is `u64::MAX`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::Times;
    ///
    /// assert_eq!([0, 1, 2].map(Times::bound), [1, 3, 7]);
    /// assert_eq!(Times::bound(31), u64::MAX);
    /// ```
    #[must_use]
    pub const fn bound(bucket: usize) -> u64 {
        if bucket < BUCKETS - 1 {
            (2 << bucket) - 1
        } else {
            u64::MAX
        }
    }

    /// A time that so many of a hundred did not exceed: the bound of their bucket, or the
    /// maximum if that is less. Zero if none was measured.
    ///
    /// # Examples
    ///
    /// See [`Statistics`].
    #[must_use]
    pub fn percentile(&self, percent: u8) -> u64 {
        // In 64 bits, a hundred times a count of 32 bits has room; larger ones are rounded.
        let percent = u64::from(percent.min(100));
        let count = self.count() as u64;
        let rank = match count.checked_mul(percent) {
            Some(product) => product.div_ceil(100),
            None => count / 100 * percent,
        };
        let mut below = 0_u64;
        for (bucket, times) in self.histogram.iter().enumerate() {
            below = below.wrapping_add(*times as u64);
            if below >= rank && below > 0 {
                return self.max.min(Times::bound(bucket));
            }
        }
        self.max
    }

    fn and(mut self, other: &Self) -> Self {
        self.total = self.total.wrapping_add(other.total);
        self.max = self.max.max(other.max);
        for (sum, more) in self.histogram.iter_mut().zip(&other.histogram) {
            *sum = sum.wrapping_add(*more);
        }
        self
    }
}

/// What [`Statistics`] say of an event, on one CPU or on all.
///
/// # Examples
///
/// See [`Statistics`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// How often it came: dispatches that have begun. Wraps round.
    pub count: usize,
    /// How often nobody handled it. Wraps round.
    pub spurious: usize,
    /// How long its handlers took, if there is a [`Clock`].
    pub times: Option<Times>,
}

impl Sample {
    /// Both together.
    pub(super) fn and(self, other: &Self) -> Self {
        Sample {
            count: self.count.wrapping_add(other.count),
            spurious: self.spurious.wrapping_add(other.spurious),
            times: match (self.times, &other.times) {
                (Some(times), Some(more)) => Some(times.and(more)),
                (times, more) => times.or(*more),
            },
        }
    }
}

/// How often each of `N` events came on each of `CPUS` CPUs, how often nobody handled it,
/// and with a [`Clock`] how long its handlers took. An [`Observer`].
///
/// As a `static` it is in `.bss`: `const`, all zero at first, without allocation. For each
/// event and CPU it is 2 words, and 34 more with a clock (38 on 32-bit targets).
///
/// # Context
///
/// Counting takes no lock and no atomic read-modify-write: a CPU loads, adds and stores, on
/// cache lines that no other CPU writes. It may be done in interrupt and signal handlers.
///
/// # Memory ordering
///
/// Relaxed. A reading is one of each counter by itself, not of all at one moment: `spurious`
/// may be ahead of `count`, the total of the times of the histogram.
///
/// # Not guaranteed
///
/// * That nothing is lost if two threads use one CPU number at once, or if an event
///   interrupts its own dispatch. Each may overwrite what the other has counted; nothing
///   worse happens.
/// * That a counter does not come round: a `usize` does after 2³² events on 32-bit targets,
///   as in Linux; the total of the times has 64 bits everywhere. The difference of two
///   readings, by `wrapping_sub`, is right if the counter came round once at most.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Clock, Observed, Statistics, Verdict};
/// # use std::cell::Cell;
/// # thread_local!(static TIME: Cell<u64> = const { Cell::new(0) });
///
/// struct Ticks;
///
/// impl Clock for Ticks {
///     fn now() -> u64 {
///         // Such as `rdtsc`, `mtime` or `DWT::cycle_count()`.
/// #       TIME.get()
///     }
/// }
///
/// static UART: Action<u64> = Action::new(
///     |event, _| {
/// #       TIME.set(TIME.get() + *event.arg);
///         Verdict::Handled
///     },
///     (),
/// );
/// static IRQS: ActionTable<16, u64> = ActionTable::new();
/// static STATISTICS: Statistics<16, 4, Ticks> = Statistics::new();
///
/// IRQS.register(3, &UART)?;
/// let observed = Observed { table: &IRQS, observer: &STATISTICS };
/// for mut ticks in [100, 120, 900] {
///     observed.dispatch(0, 3, &mut ticks).0?;
/// }
///
/// let uart = STATISTICS.of_cpu(0, 3);
/// assert_eq!((uart.count, uart.spurious), (3, 0));
/// let times = uart.times.unwrap();
/// assert_eq!((times.count(), times.total, times.max, times.mean()), (3, 1120, 900, 373));
/// assert_eq!((times.percentile(50), times.percentile(99)), (127, 900));
/// assert_eq!(STATISTICS.of_cpu(1, 3).count, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Statistics<const N: usize, const CPUS: usize, C: Timing = ()> {
    cpus: [Padded<OfCpu<N, C>>; CPUS],
    /// On CPUs that are not in `0..CPUS`.
    outside: Padded<Count>,
}

/// What one CPU writes.
struct OfCpu<const N: usize, C: Timing> {
    events: [OfEvent<C>; N],
    /// Events that are not in `0..N`.
    outside: Count,
}

struct OfEvent<C: Timing> {
    count: Count,
    spurious: Count,
    times: C::Kept,
}

impl<const N: usize, const CPUS: usize, C: Timing> Statistics<N, CPUS, C> {
    /// All zero.
    ///
    /// # Examples
    ///
    /// See [`Statistics`].
    #[must_use]
    pub const fn new() -> Self {
        Statistics {
            cpus: [const {
                Padded(OfCpu {
                    events: [const {
                        OfEvent {
                            count: Count::new(),
                            spurious: Count::new(),
                            times: C::ZERO,
                        }
                    }; N],
                    outside: Count::new(),
                })
            }; CPUS],
            outside: Padded(Count::new()),
        }
    }

    #[inline]
    fn find(&self, cpu: usize, event: usize) -> Option<&OfEvent<C>> {
        self.cpus.get(cpu)?.0.events.get(event)
    }

    /// What is known of an event on one CPU: all zero if there is no such event or CPU.
    ///
    /// # Examples
    ///
    /// See [`Statistics`].
    #[must_use]
    pub fn of_cpu(&self, cpu: usize, event: usize) -> Sample {
        let Some(found) = self.find(cpu, event) else {
            return Sample::default();
        };
        Sample {
            count: found.count.get(),
            spurious: found.spurious.get(),
            times: C::read(&found.times),
        }
    }

    /// What is known of an event on all CPUs together.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionTable, Observed, Statistics};
    ///
    /// static IRQS: ActionTable<16, (), handler_table::Counted<2>> = ActionTable::new();
    /// static STATISTICS: Statistics<16, 2> = Statistics::new();
    /// let observed = Observed { table: &IRQS, observer: &STATISTICS };
    /// observed.dispatch(0, 3, &mut ()).0?;
    /// observed.dispatch(1, 3, &mut ()).0?;
    /// assert_eq!((STATISTICS.of(3).count, STATISTICS.of(4).count), (2, 0));
    /// assert_eq!(STATISTICS.of(3).times, None);
    /// # Ok::<(), handler_table::DispatchError>(())
    /// ```
    #[must_use]
    pub fn of(&self, event: usize) -> Sample {
        (0..CPUS)
            .map(|cpu| self.of_cpu(cpu, event))
            .fold(Sample::default(), |sum, more| sum.and(&more))
    }

    /// Runs a part of the program as an event of these statistics: counts it, and measures it
    /// if there is a [`Clock`]. It is spurious if it returns [`Verdict::Unhandled`].
    ///
    /// In the handler of an action, with an event for each action, it tells apart the actions
    /// that share an event of the table.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Event, Statistics, Verdict};
    ///
    /// // Add a `Clock` for the times.
    /// static DRIVERS: Statistics<2, 1> = Statistics::new();
    /// static NAMES: [&str; 2] = ["uart", "disk"];
    ///
    /// static UART: Action = Action::new(uart, ()).shared();
    /// static DISK: Action = Action::new(disk, ()).shared();
    ///
    /// fn uart(event: &mut Event<'_>, (): &()) -> Verdict {
    ///     DRIVERS.measure(event.cpu(), 0, || Verdict::Unhandled)
    /// }
    ///
    /// fn disk(event: &mut Event<'_>, (): &()) -> Verdict {
    ///     DRIVERS.measure(event.cpu(), 1, || Verdict::Handled)
    /// }
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(4, &UART)?;
    /// IRQS.register(4, &DISK)?;
    /// assert!(IRQS.dispatch(0, 4, &mut ()).unwrap().handled());
    /// assert_eq!(
    ///     DRIVERS.listing(&NAMES).to_string(),
    ///     "
    ///            CPU0      total   spurious
    ///   0:          1          1          1  uart
    ///   1:          1          1          0  disk
    /// sum:          2          2          1
    /// ERR:          0
    /// "[1..],
    /// );
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[inline]
    pub fn measure(&self, cpu: usize, event: usize, run: impl FnOnce() -> Verdict) -> Verdict {
        let start = self.begin(cpu, event);
        let verdict = run();
        let outcome = Outcome::called_with(verdict.answer());
        let _ = self.end(start, cpu, event, outcome);
        verdict
    }

    /// How many dispatches could not be counted, because the event is not in `0..N` or the
    /// CPU not in `0..CPUS`. Wraps round.
    ///
    /// Those of CPUs that are not in `0..CPUS` are counted in one place, so some may be
    /// lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionTable, Observed, Statistics};
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// static STATISTICS: Statistics<16, 1> = Statistics::new();
    /// let observed = Observed { table: &IRQS, observer: &STATISTICS };
    /// assert!(observed.dispatch(0, 16, &mut ()).0.is_err());
    /// assert!(observed.dispatch(1, 0, &mut ()).0.is_err());
    /// assert_eq!(STATISTICS.outside(), 2);
    /// ```
    #[must_use]
    pub fn outside(&self) -> usize {
        self.cpus
            .iter()
            .fold(self.outside.0.get(), |sum, Padded(cpu)| {
                sum.wrapping_add(cpu.outside.get())
            })
    }

    #[cold]
    fn count_outside(&self, cpu: usize) {
        match self.cpus.get(cpu) {
            Some(Padded(cpu)) => cpu.outside.add(1),
            None => self.outside.0.add(1),
        }
    }
}

/// The same as [`Statistics::new`].
///
/// # Examples
///
/// ```
/// use handler_table::Statistics;
///
/// assert_eq!(Statistics::<4, 1>::default().outside(), 0);
/// ```
impl<const N: usize, const CPUS: usize, C: Timing> Default for Statistics<N, CPUS, C> {
    fn default() -> Self {
        Statistics::new()
    }
}

impl<const N: usize, const CPUS: usize, C: Timing> Observer for Statistics<N, CPUS, C> {
    type Begun = C::Start;

    #[inline]
    fn begin(&self, cpu: usize, event: usize) -> C::Start {
        match self.find(cpu, event) {
            Some(found) => found.count.add(1),
            None => self.count_outside(cpu),
        }
        C::start()
    }

    #[inline]
    fn end(&self, start: C::Start, cpu: usize, event: usize, outcome: Outcome) -> Line {
        if let Some(found) = self.find(cpu, event) {
            C::end(&found.times, start);
            if outcome.is_spurious() {
                found.spurious.add(1);
            }
        }
        Line::Unchanged
    }
}

/// Prints the capacity and the number of CPUs; for the counts there is
/// [`listing`](Statistics::listing).
impl<const N: usize, const CPUS: usize, C: Timing> Debug for Statistics<N, CPUS, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Statistics")
            .field("capacity", &N)
            .field("cpus", &CPUS)
            .finish_non_exhaustive()
    }
}
