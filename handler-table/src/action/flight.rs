//! Calls in flight: counts the operations that may still use a removed record.
//!
//! A removed record may be registered again, or its context be borrowed mutably, only when
//! no operation can still reach it. Two kinds of operations walk a list: readers, which are
//! dispatches, and writers, which are all others. Each of them is counted in a [`Section`]
//! during its walk. Four events matter:
//!
//! * `U`: a writer unlinks the record.
//! * `C`: a reader increments its counter.
//! * `L`: the reader then loads the link that led to the record.
//! * `W`: a waiter loads that counter, after it found the record unlinked.
//!
//! The argument:
//!
//! * If `L` led to the record, it is before `U`. Then `W` must see `C`.
//! * This is store buffering: each side writes one place (`C`, `U`) and then reads the
//!   other (`L`, `W`). Acquire and release allow both reads to miss both writes. So **both**
//!   sides have a sequentially consistent fence between the two, or sequentially consistent
//!   operations instead.
//! * The decrement of a reader is a release, and the load of a waiter is an acquire. So if
//!   a waiter sees the counter at zero, everything in the reader's section happened before.
//!
//! So a waiter must see *each* counter at zero *once*. With a single counter, a stream of
//! new readers could prevent that. So each CPU has two counters. Readers use the counter of
//! the current phase. A waiter first waits for the other counter. Then it changes the phase,
//! so that new readers use the other counter, and waits for the first one. One of the two is
//! not enough, because a reader may read the phase, be delayed, and only then increment its
//! counter.

pub(crate) mod section;

#[cfg(any(feature = "async", all(test, loom)))]
use super::waiter::Waiter;
#[cfg(any(feature = "async", all(test, loom)))]
use section::Woken;
use section::{AWAITED, Guard, NotCounted, OfThisCpu, Section, Shared};

use crate::slot::Slot;
use crate::sync::{AtomicUsize, Ordering, compiler_fence, fence};

/// The orderings of a reader, where a fence would be slow.
///
/// On x86 every atomic read-modify-write is a full barrier. On `AArch64` a sequentially
/// consistent load costs no more than an acquire load. So the count and the walk are
/// sequentially consistent themselves, without a fence.
///
/// Suppose `W` misses `C`. Then the single total order has the waiter's fence first, then
/// `C`, then `L`. But `L` reads a value from before `U`, so it is before every fence that
/// follows `U`, and the waiter's fence is one. This is a cycle, so `W` does not miss `C`.
///
/// The instructions are the same as with acquire loads and a compiler fence, but this
/// argument uses only the rules of the language. The tests in `store_buffering` enumerate
/// every execution that these orderings allow, and show that none of the three can be
/// weaker.
#[cfg(all(
    any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"),
    not(all(test, loom))
))]
mod reader {
    use super::Ordering;

    pub(crate) const COUNT: Ordering = Ordering::SeqCst;
    pub(crate) const READ: Ordering = Ordering::SeqCst;

    #[inline]
    pub(super) fn between_count_and_walk() {}
}

/// The orderings of a reader on other targets: a fence. Also in the models, because loom
/// does not model sequentially consistent operations.
#[cfg(not(all(
    any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"),
    not(all(test, loom))
)))]
mod reader {
    use super::{Ordering, fence};

    // Ordering: Relaxed, the fence orders it before the walk.
    pub(crate) const COUNT: Ordering = Ordering::Relaxed;
    // Ordering: Acquire pairs with the Release of a registrant: a reader that sees a record
    // sees what the registrant wrote.
    pub(crate) const READ: Ordering = Ordering::Acquire;

    #[inline]
    pub(super) fn between_count_and_walk() {
        // Ordering: SeqCst, one of the two fences; see the head of this file.
        fence(Ordering::SeqCst);
    }
}

pub(crate) use reader::READ;
use reader::{COUNT, between_count_and_walk};

/// How an [`ActionTable`](crate::ActionTable) keeps track of its calls in flight:
/// [`Counted`], [`Uncounted`], [`Owned`](crate::Owned) or, with the feature `async`,
/// `Awaited`.
///
/// `D::Cpu` identifies the CPU of a dispatch. It is a `usize`, except for `Owned`, which
/// requires an [`OwnedCpu`](crate::OwnedCpu).
///
/// # Examples
///
/// See [`Counted`].
pub trait Tracking: sealed::Tracking {}

/// A [`Tracking`] with which a caller can wait until no call is in flight: all but
/// [`Uncounted`].
///
/// # Examples
///
/// See [`Counted`].
pub trait Drains: Tracking + sealed::Drains {}

pub(crate) mod sealed {
    use super::Progress;
    use super::section::{Guard, Leave};

    /// A type that identifies a CPU.
    pub trait Cpu: Copy {
        fn number(self) -> usize;
    }

    impl Cpu for usize {
        #[inline]
        fn number(self) -> usize {
            self
        }
    }

    pub trait Drains {
        /// Returns whether the CPU is in a dispatch of the table. Exact only if the caller
        /// runs on this CPU. Returns `None` if the CPU is not tracked.
        fn is_dispatching_on(&self, cpu: usize) -> Option<bool>;
        /// Starts a wait for every operation that began before.
        fn begin(&self) -> Progress;
        /// Continues the wait. Returns true if those operations have ended.
        fn advance(&self, progress: &mut Progress) -> bool;

        /// Waits until every operation that began before has ended.
        fn wait(&self, mut relax: impl FnMut()) {
            let mut progress = self.begin();
            while !self.advance(&mut progress) {
                relax();
            }
        }
    }

    pub trait Tracking: Sync + Sized + 'static {
        /// The type that identifies the CPU of a dispatch.
        type Cpu: Cpu;

        #[allow(clippy::declare_interior_mutable_const)]
        const IDLE: Self;
        /// Whether removed records can be reused.
        const RECLAIMS: bool;
        /// The number of CPUs that are tracked; `usize::MAX` if there is no limit.
        const CPUS: usize;

        /// How the section of a dispatch is counted.
        type Reader<'a>: Leave;
        /// How that of any other operation is counted.
        type Writer<'a>: Leave;

        /// Counts a dispatch on a CPU. Returns `None` if the CPU is not tracked.
        fn enter(&self, cpu: Self::Cpu) -> Option<Guard<Self::Reader<'_>>>;
        /// Counts any other operation.
        fn enter_to_write(&self) -> Guard<Self::Writer<'_>>;
        /// Returns true if no operation that began before this one is in progress.
        fn is_idle(&self) -> bool;
    }
}

/// Loads a slot in a section, so that a later wait does not miss the reader.
pub(crate) fn read<F: Copy>(_: &Section, slot: &Slot<F>) -> Option<F> {
    slot.load(READ)
}

/// A value on cache lines of its own, with 128 bytes because CPUs fetch lines in pairs. On
/// 32-bit bare metal it has no padding: a microcontroller has no cache and little memory.
#[cfg_attr(
    not(all(target_os = "none", target_pointer_width = "32")),
    repr(align(128))
)]
pub(crate) struct Padded<T>(pub(crate) T);

/// The counters of one CPU, one for each phase.
type Counters = Padded<[AtomicUsize; 2]>;

/// A statistics counter.
pub(crate) struct Tally(AtomicUsize);

impl Tally {
    pub(crate) const fn new() -> Self {
        Tally(AtomicUsize::new(0))
    }

    pub(crate) fn add(&self) {
        // Ordering: Relaxed here and below, it is only a number.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

const fn zero() -> Counters {
    Padded([const { AtomicUsize::new(0) }; 2])
}

/// Counts the calls in flight of a table, for each of `CPUS` CPUs on cache lines of its
/// own.
///
/// So the table can wait until a removed action is no longer running, and the action can be
/// registered again. This costs two atomic operations for each dispatch, on a cache line
/// that no other CPU writes. The counters take 256 bytes, and 128 more for each CPU. On
/// 32-bit bare metal they have no cache lines of their own, and take 12 bytes, and 8 more for
/// each CPU.
///
/// A *CPU* is a CPU, or a thread with a number of its own: dispatches with one number are
/// nested, not concurrent. If two threads use one number, the table works correctly, but
/// the threads slow each other down.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionTable, Counted, DispatchError, Uncounted};
///
/// // The default is one CPU; this is for 64.
/// static IRQS: ActionTable<256, (), Counted<64>> = ActionTable::new();
/// assert_eq!(IRQS.dispatch(63, 0, &mut ()).unwrap().called(), 0);
/// assert_eq!(
///     IRQS.dispatch(64, 0, &mut ()),
///     Err(DispatchError::TooManyCpus { cpu: 64, cpus: 64 }),
/// );
///
/// // For any number of CPUs, but without the methods that wait.
/// static HOOKS: ActionTable<256, (), Uncounted> = ActionTable::new();
/// assert_eq!(HOOKS.dispatch(9_999, 0, &mut ()).unwrap().called(), 0);
/// ```
pub struct Counted<const CPUS: usize>(InFlight<CPUS>);

impl<const CPUS: usize> Tracking for Counted<CPUS> {}

impl<const CPUS: usize> sealed::Tracking for Counted<CPUS> {
    type Cpu = usize;
    const IDLE: Self = Counted(InFlight::IDLE);
    const RECLAIMS: bool = true;
    const CPUS: usize = CPUS;

    type Reader<'a> = Shared<'a>;
    type Writer<'a> = Shared<'a>;

    #[inline]
    fn enter(&self, cpu: usize) -> Option<Guard<Shared<'_>>> {
        self.0.enter(cpu)
    }

    fn enter_to_write(&self) -> Guard<Shared<'_>> {
        self.0.enter_to_write()
    }

    fn is_idle(&self) -> bool {
        self.0.is_idle()
    }
}

impl<const CPUS: usize> Drains for Counted<CPUS> {}

impl<const CPUS: usize> sealed::Drains for Counted<CPUS> {
    fn is_dispatching_on(&self, cpu: usize) -> Option<bool> {
        self.0.is_dispatching_on(cpu)
    }

    fn begin(&self) -> Progress {
        self.0.begin()
    }

    fn advance(&self, progress: &mut Progress) -> bool {
        self.0.advance(progress)
    }
}

/// The counters of a table: one for each CPU and phase, and one for each phase for all
/// operations that are not dispatches.
pub(crate) struct InFlight<const CPUS: usize> {
    phase: Padded<AtomicUsize>,
    writers: Counters,
    cpus: [Counters; CPUS],
}

impl<const CPUS: usize> InFlight<CPUS> {
    #[allow(clippy::declare_interior_mutable_const)]
    pub(crate) const IDLE: Self = InFlight {
        phase: {
            assert!(CPUS > 0, "a table that counts calls has at least one CPU");
            Padded(AtomicUsize::new(0))
        },
        writers: zero(),
        cpus: [const { zero() }; CPUS],
    };

    #[inline]
    fn count<'a>(&self, counters: &'a Counters) -> &'a AtomicUsize {
        let count = self.of_phase(counters);
        count.fetch_add(1, COUNT);
        between_count_and_walk();
        count
    }

    /// Counts a dispatch.
    #[inline]
    fn enter(&self, cpu: usize) -> Option<Guard<Shared<'_>>> {
        Some(Guard::new(Shared(self.count(self.cpus.get(cpu)?))))
    }

    pub(crate) fn enter_to_write(&self) -> Guard<Shared<'_>> {
        Guard::new(Shared(self.count(&self.writers)))
    }

    /// Counts a dispatch in a counter that only this CPU writes. The count and the walk are
    /// only in program order, so the waiter must execute a barrier on all CPUs.
    #[inline]
    pub(crate) fn enter_owned(&self, cpu: usize) -> Option<Guard<OfThisCpu<'_>>> {
        let count = self.of_phase(self.cpus.get(cpu)?);
        // Ordering: Relaxed, only this CPU writes it. An interrupt between the load and the
        // store restores the value before it returns.
        let more = count.load(Ordering::Relaxed).wrapping_add(1);
        // Ordering: Relaxed, the waiter's barrier orders it before the walk.
        count.store(more, Ordering::Relaxed);
        // Ordering: SeqCst for the compiler only, which must not reorder the count and the
        // walk.
        compiler_fence(Ordering::SeqCst);
        Some(Guard::new(OfThisCpu(count)))
    }

    /// Counts a dispatch whose end wakes a task that awaits it.
    #[cfg(any(feature = "async", all(test, loom)))]
    #[inline]
    pub(crate) fn enter_awaited<'a>(
        &'a self,
        cpu: usize,
        waiter: &'a Waiter,
    ) -> Option<Guard<Woken<'a>>> {
        let count = self.count(self.cpus.get(cpu)?);
        Some(Guard::new(Woken { count, waiter }))
    }

    /// As `enter_to_write`, for such a table.
    #[cfg(any(feature = "async", all(test, loom)))]
    pub(crate) fn enter_to_write_awaited<'a>(&'a self, waiter: &'a Waiter) -> Guard<Woken<'a>> {
        let count = self.count(&self.writers);
        Guard::new(Woken { count, waiter })
    }

    #[inline]
    fn of_phase<'a>(&self, Padded(counters): &'a Counters) -> &'a AtomicUsize {
        // Ordering: Relaxed, because a waiter waits for both counters.
        &counters[self.phase.0.load(Ordering::Relaxed) % 2]
    }

    fn counters(&self) -> impl Iterator<Item = &Counters> {
        self.cpus.iter().chain([&self.writers])
    }

    /// Returns true if no operation that began before this one is in progress.
    pub(crate) fn is_idle(&self) -> bool {
        // Ordering: SeqCst, the waiter's fence. It pairs with the fence or the SeqCst
        // operations of a reader; see the head of this file.
        fence(Ordering::SeqCst);
        self.counters()
            // Ordering: Acquire pairs with the Release of `leave`.
            .all(|Padded(counters)| {
                counters
                    .iter()
                    .all(|count| count.load(Ordering::Acquire) & !AWAITED == 0)
            })
    }

    pub(crate) fn is_dispatching_on(&self, cpu: usize) -> Option<bool> {
        let Padded(counters) = self.cpus.get(cpu)?;
        // Ordering: Relaxed, a CPU sees its own writes.
        Some(
            counters
                .iter()
                .any(|count| count.load(Ordering::Relaxed) & !AWAITED != 0),
        )
    }

    pub(crate) fn begin(&self) -> Progress {
        // Ordering: SeqCst, the waiter's fence. It pairs with the fence or the SeqCst
        // operations of a reader; see the head of this file. It happens before every load of
        // `advance`, also by another thread that the progress was moved to.
        fence(Ordering::SeqCst);
        Progress {
            // Ordering: Relaxed, here and below. The phase only directs new readers away from
            // the counter of the wait.
            phase: self.phase.0.load(Ordering::Relaxed),
            seen: 0,
        }
    }

    /// Takes time linear in the number of CPUs. First waits for the counters of the other
    /// phase, then changes the phase, and waits for those of the first one.
    pub(crate) fn advance(&self, progress: &mut Progress) -> bool {
        // Ordering: Acquire pairs with the Release of `leave`.
        self.advance_by(progress, |count| count.load(Ordering::Acquire))
    }

    /// As `advance`, and marks the counter that it stops at: the section that makes it zero
    /// wakes the task.
    #[cfg(any(feature = "async", all(test, loom)))]
    pub(crate) fn advance_or_mark(&self, progress: &mut Progress) -> bool {
        // Ordering: Acquire as above. Release pairs with the Acquire of the section that finds
        // the mark: it sees the waker. A section that does not find it has ended before, and
        // this sees its decrement.
        self.advance_by(progress, |count| count.fetch_or(AWAITED, Ordering::AcqRel))
    }

    /// Removes all marks.
    #[cfg(any(feature = "async", all(test, loom)))]
    pub(crate) fn unmark(&self) {
        for Padded(pair) in self.counters() {
            for count in pair {
                // Ordering: Relaxed, a section that still finds the mark wakes a task without
                // need.
                count.fetch_and(!AWAITED, Ordering::Relaxed);
            }
        }
    }

    fn advance_by(&self, progress: &mut Progress, look: impl Fn(&AtomicUsize) -> usize) -> bool {
        let counters = CPUS + 1;
        loop {
            let (at, phase) = match progress.seen.checked_sub(counters) {
                None => (progress.seen, progress.phase.wrapping_add(1)),
                Some(at) if at < counters => (at, progress.phase),
                Some(_) => return true,
            };
            let Padded(pair) = self.cpus.get(at).unwrap_or(&self.writers);
            if look(&pair[phase % 2]) & !AWAITED != 0 {
                return false;
            }
            progress.seen += 1;
            if progress.seen == counters {
                // If another waiter has changed it, that waiter has waited as this one did.
                let _ = self.phase.0.compare_exchange(
                    progress.phase,
                    progress.phase.wrapping_add(1),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            }
        }
    }
}

/// How far a wait has come: which counters it has seen at zero.
pub struct Progress {
    phase: usize,
    seen: usize,
}

/// Where the caller of a wait runs. With it, a table can tell whether the caller would wait
/// for itself.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionError, ActionTable, Event, Here, Verdict, Action};
///
/// static IRQS: ActionTable<16> = ActionTable::new();
/// static ONCE: Action = Action::new(once, ());
///
/// fn once(event: &mut Event<'_>, _: &()) -> Verdict {
///     let here = Here::Cpu(event.cpu());
///     let error = IRQS.unregister_and_drain(&ONCE, here, core::hint::spin_loop).unwrap_err();
///     assert_eq!(error, ActionError::InHandler { cpu: 0 });
///     IRQS.unregister(&ONCE).unwrap(); // and wait later, elsewhere
///     Verdict::Handled
/// }
///
/// IRQS.register(3, &ONCE)?;
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called(), 1);
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called(), 0);
/// IRQS.unregister_and_drain(&ONCE, Here::Cpu(0), core::hint::spin_loop)?;
/// # Ok::<(), ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// The caller runs on this CPU, and no other code dispatches under this number: a kernel
    /// does not migrate the caller meanwhile, or a thread has a number of its own. A wait in
    /// a handler of the table is then the error
    /// [`InHandler`](crate::ActionError::InHandler).
    ///
    /// A wrong number is not unsound. It can cause the error without need, or a deadlock.
    Cpu(usize),
    /// The CPU is not known. A wait in a handler of the table **is a deadlock**.
    Unknown,
}

/// Does not count the calls in flight of a table.
///
/// This saves two atomic operations in each dispatch. But the table cannot tell when the
/// calls of a removed action have ended. So it has no methods that wait, and a removed
/// action can never be registered again, in any table.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionError, ActionTable, Uncounted, Verdict};
///
/// static HOOKS: ActionTable<8, (), Uncounted> = ActionTable::new();
/// static LOG: Action = Action::new(|_, ()| Verdict::Handled, ());
///
/// HOOKS.register(3, &LOG)?;
/// assert!(HOOKS.dispatch(0, 3, &mut ()).unwrap().handled());
/// HOOKS.unregister(&LOG)?;
/// assert!(matches!(HOOKS.register(3, &LOG), Err(ActionError::Retired { .. })));
/// # Ok::<(), ActionError>(())
/// ```
pub struct Uncounted(());

impl Tracking for Uncounted {}

impl sealed::Tracking for Uncounted {
    type Cpu = usize;
    const IDLE: Self = Uncounted(());
    const RECLAIMS: bool = false;
    const CPUS: usize = usize::MAX;

    type Reader<'a> = NotCounted;
    type Writer<'a> = NotCounted;

    #[inline]
    fn enter(&self, _: usize) -> Option<Guard<NotCounted>> {
        // A removed record is never reused, so a reader can follow it at any later time.
        Some(Guard::new(NotCounted))
    }

    fn enter_to_write(&self) -> Guard<NotCounted> {
        Guard::new(NotCounted)
    }

    fn is_idle(&self) -> bool {
        false
    }
}

#[cfg(all(test, not(loom)))]
mod store_buffering;

#[cfg(test)]
mod tests {
    use super::sealed::{Drains, Tracking};
    use super::{Counted, Ordering};

    /// Each call begins before the previous one has ended, so one is always in flight.
    #[test]
    fn a_stream_of_calls_keeps_nobody_waiting() {
        let tracking = Counted::<1>::IDLE;
        for phase in 0..4 {
            tracking.0.phase.0.store(phase, Ordering::Relaxed);
            let mut in_flight = tracking.enter(0);
            // Another waiter has changed the phase meanwhile.
            tracking.0.phase.0.store(phase + 1, Ordering::Relaxed);
            let mut looks = 0;
            tracking.wait(|| {
                looks += 1;
                assert!(looks < 10, "waits for calls that begin later");
                in_flight = tracking.enter(0);
            });
            assert!(looks > 0, "does not wait");
            assert!(!tracking.is_idle(), "the last one is in flight");
            drop(in_flight);
            assert!(tracking.is_idle());
        }
    }
}
