//! Calls in flight: when nobody stands on a record any more.
//!
//! A record may be registered again, or its context be borrowed mutably, when
//! nobody stands on it. Readers, which are dispatches, and writers, which are all
//! other operations that walk a list, count themselves in a [`Section`] while
//! they do. With `U` for the unlinking of a record, `L` for a reader's load of
//! the link that led to it, `C` for the increment of its counter before that, and
//! `W` for the load of that counter by a waiter after it found the record
//! unlinked:
//!
//! * `L` is before `U`, if it led to the record; then `W` must see `C`.
//! * That is store buffering: both sides write one place (`C`, `U`) and then read
//!   the other (`L`, `W`). Acquire and release let both reads miss both writes.
//!   So there is a sequentially consistent fence between the two on **both**
//!   sides, or sequentially consistent operations in its stead.
//! * A waiter that sees the counter at zero sees the reader's decrement, which is
//!   a release, with an acquire load: all that the reader did happened before.
//!
//! So a waiter has to see *each* counter at zero *once*. There are two for each
//! CPU, so that it may: readers use the one of the current phase, and a waiter
//! first waits for the other one, then changes the phase, so that no new readers
//! come to the first. A reader that has read the phase long ago and counts itself
//! only now is why it does not suffice to wait for one of them.

use crate::slot::Slot;
use crate::sync::{AtomicUsize, Ordering, compiler_fence, fence};

/// The orderings of a reader, on whose path a fence would be felt.
///
/// Where every atomic read-modify-write is a full barrier (x86), or a
/// sequentially consistent load is no dearer than an acquire one (`AArch64`),
/// count and walk are sequentially consistent themselves. If `W` misses `C`, then
/// in their single total order: the waiter's fence, `C`, `L`. `L` reads what
/// was there before `U`, so it is before every fence that follows `U`, and before
/// the waiter's. A circle, so `W` does not miss `C`. The same instructions as
/// with acquire loads and a fence for the compiler alone, but an argument in
/// the words of the language. The tests in `store_buffering` try every execution
/// that these allow, and show that none of the three can be weaker.
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

/// Elsewhere, and in the models, since loom does not know sequentially consistent
/// operations: a fence.
#[cfg(not(all(
    any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"),
    not(all(test, loom))
)))]
mod reader {
    use super::{Ordering, fence};

    // Ordering: Relaxed, the fence orders it before the walk.
    pub(crate) const COUNT: Ordering = Ordering::Relaxed;
    // Ordering: Acquire, who sees a record sees what its registrant wrote.
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
/// [`Counted`], [`Uncounted`] or [`Owned`](crate::Owned).
///
/// `D::Cpu` names the CPU of a dispatch. It is a `usize`, except for `Owned`, which asks
/// for an [`OwnedCpu`](crate::OwnedCpu).
///
/// # Examples
///
/// See [`Counted`].
pub trait Tracking: sealed::Tracking {}

/// A [`Tracking`] of which a caller can wait until no call is in flight: [`Counted`] or
/// [`Owned`](crate::Owned).
///
/// # Examples
///
/// See [`Counted`].
pub trait Drains: Tracking + sealed::Drains {}

pub(crate) mod sealed {
    use super::Section;

    /// What names a CPU.
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
        /// Whether this CPU is in a dispatch of the table, if it is this CPU that asks. None
        /// if there is no such CPU.
        fn is_dispatching_on(&self, cpu: usize) -> Option<bool>;
        /// Waits until every operation that began before has ended.
        fn wait(&self, relax: impl FnMut());
    }

    pub trait Tracking: Sync + Sized + 'static {
        /// What names the CPU of a dispatch.
        type Cpu: Cpu;

        #[allow(clippy::declare_interior_mutable_const)]
        const IDLE: Self;
        /// Whether a record that was taken out is free again some time.
        const RECLAIMS: bool;
        /// How many CPUs it can count on, if it counts.
        const CPUS: usize;

        /// Counts a dispatch on a CPU; None if there is no such CPU.
        fn enter(&self, cpu: Self::Cpu) -> Option<Section<'_>>;
        /// Counts any other operation.
        fn enter_to_write(&self) -> Section<'_>;
        /// Whether no operation is under way that began before this one.
        fn is_idle(&self) -> bool;
    }
}

/// Guard: its holder is walking a list, and is counted until this is dropped.
pub struct Section<'a>(Count<'a>);

/// How a section is counted.
enum Count<'a> {
    Not,
    /// In a number that others may write too.
    Shared(&'a AtomicUsize),
    /// In a number that only this CPU writes.
    Owned(&'a AtomicUsize),
}

/// What is in a slot, for a reader that no waiter misses.
pub(crate) fn read<F: Copy>(_: &Section<'_>, slot: &Slot<F>) -> Option<F> {
    slot.load(READ)
}

impl Drop for Section<'_> {
    #[inline]
    fn drop(&mut self) {
        // Ordering: Release pairs with the Acquire of a waiter, here and below: all that
        // was done in the section happened before its wait is over.
        match self.0 {
            Count::Not => {}
            Count::Shared(count) => {
                count.fetch_sub(1, Ordering::Release);
            }
            Count::Owned(count) => {
                // Ordering: Relaxed, this CPU wrote it.
                let less = count.load(Ordering::Relaxed).wrapping_sub(1);
                count.store(less, Ordering::Release);
            }
        }
    }
}

/// Alone on its cache lines; 128 bytes, since CPUs fetch lines in pairs.
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

/// The counters of one CPU, for each phase one.
type Counters = Padded<[AtomicUsize; 2]>;

/// A number that many may add to.
pub(crate) struct Tally(AtomicUsize);

impl Tally {
    pub(crate) const fn new() -> Self {
        Tally(AtomicUsize::new(0))
    }

    pub(crate) fn add(&self) {
        // Ordering: Relaxed here and below, it is a number and no more.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

const fn zero() -> Counters {
    Padded([const { AtomicUsize::new(0) }; 2])
}

/// Counts the calls in flight of a table, for each of `CPUS` CPUs on cache lines
/// of its own.
///
/// So the table can wait until an action that was taken out is called no more,
/// and the action be registered again. Costs 256 bytes and 128 for each CPU, and
/// two atomic increments on a cache line of its own for each dispatch.
///
/// A *CPU* is whatever dispatches events one inside the other: a CPU, or a thread
/// with a number of its own. If two threads use one number, the table does what it
/// should, but they slow each other down.
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
/// // For any number of them, and none of the waiting methods.
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

    #[inline]
    fn enter(&self, cpu: usize) -> Option<Section<'_>> {
        let counters = self.0.cpus.get(cpu)?;
        Some(self.0.count(counters))
    }

    fn enter_to_write(&self) -> Section<'_> {
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

    fn wait(&self, relax: impl FnMut()) {
        self.0.wait(relax);
    }
}

/// The counters of a table: for each CPU and phase one, and for all that are no dispatch.
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
    fn count<'a>(&self, counters: &'a Counters) -> Section<'a> {
        let count = self.of_phase(counters);
        count.fetch_add(1, COUNT);
        between_count_and_walk();
        Section(Count::Shared(count))
    }

    /// Counts a dispatch in a number that only this CPU writes. That number and the walk
    /// are in the order of the program only: the waiter has to bring a barrier.
    #[inline]
    pub(crate) fn enter_owned(&self, cpu: usize) -> Option<Section<'_>> {
        let count = self.of_phase(self.cpus.get(cpu)?);
        // Ordering: Relaxed, this CPU wrote it. An interrupt in between leaves it as it was.
        let more = count.load(Ordering::Relaxed).wrapping_add(1);
        // Ordering: Relaxed, the waiter's barrier orders it before the walk.
        count.store(more, Ordering::Relaxed);
        // Ordering: SeqCst, for the compiler, which must not exchange the two.
        compiler_fence(Ordering::SeqCst);
        Some(Section(Count::Owned(count)))
    }

    pub(crate) fn enter_to_write(&self) -> Section<'_> {
        self.count(&self.writers)
    }

    #[inline]
    fn of_phase<'a>(&self, Padded(counters): &'a Counters) -> &'a AtomicUsize {
        // Ordering: Relaxed, both counters are waited for.
        &counters[self.phase.0.load(Ordering::Relaxed) % 2]
    }

    fn counters(&self) -> impl Iterator<Item = &Counters> {
        self.cpus.iter().chain([&self.writers])
    }

    /// Whether no operation is under way that began before this one.
    pub(crate) fn is_idle(&self) -> bool {
        // Ordering: SeqCst, the other of the two fences; see the head of this file.
        fence(Ordering::SeqCst);
        self.counters()
            // Ordering: Acquire pairs with the Release of `Section::drop`.
            .all(|Padded(counters)| {
                counters
                    .iter()
                    .all(|count| count.load(Ordering::Acquire) == 0)
            })
    }

    pub(crate) fn is_dispatching_on(&self, cpu: usize) -> Option<bool> {
        let Padded(counters) = self.cpus.get(cpu)?;
        // Ordering: Relaxed, what this CPU did itself is seen.
        Some(
            counters
                .iter()
                .any(|count| count.load(Ordering::Relaxed) != 0),
        )
    }

    pub(crate) fn wait(&self, mut relax: impl FnMut()) {
        // Ordering: SeqCst, the other of the two fences; see the head of this
        // file.
        fence(Ordering::SeqCst);
        // Ordering: Relaxed here and below. The phase only keeps new readers away
        // from the counter that is waited for.
        let phase = self.phase.0.load(Ordering::Relaxed);
        for waited in [phase.wrapping_add(1), phase] {
            if waited == phase {
                let next = phase.wrapping_add(1);
                // If somebody else has changed it, they have waited as this did.
                let _ = self.phase.0.compare_exchange(
                    phase,
                    next,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            }
            for Padded(counters) in self.counters() {
                // Ordering: Acquire pairs with the Release of `Section::drop`.
                while counters[waited % 2].load(Ordering::Acquire) != 0 {
                    relax();
                }
            }
        }
    }
}

/// Where a caller that is ready to wait runs, so that a table can tell whether it
/// would wait for itself.
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
    /// On this CPU, which dispatches nothing else at the same time: a kernel that
    /// does not migrate the caller while it asks, or a thread that has a number of
    /// its own. From a handler of the table, waiting is then the error
    /// [`InHandler`](crate::ActionError::InHandler).
    ///
    /// A number that is not the caller's is not unsound: the error comes where it
    /// need not, or the wait is a deadlock.
    Cpu(usize),
    /// Nobody knows. Waiting from a handler of the table **is a deadlock**.
    Unknown,
}

/// Does not count the calls in flight of a table.
///
/// A dispatch costs two atomic increments less. In return nobody can tell when a
/// call of an action is over that was taken out: there are no methods that wait,
/// and the action can never be registered again, in no table.
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

    #[inline]
    fn enter(&self, _: usize) -> Option<Section<'_>> {
        // Nothing is ever registered again, so every record that was once seen may
        // be followed for ever.
        Some(Section(Count::Not))
    }

    fn enter_to_write(&self) -> Section<'_> {
        Section(Count::Not)
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

    /// Each begins before the one before has ended, so there is always one in flight.
    #[test]
    fn a_stream_of_calls_keeps_nobody_waiting() {
        let tracking = Counted::<1>::IDLE;
        for phase in 0..4 {
            tracking.0.phase.0.store(phase, Ordering::Relaxed);
            let mut in_flight = tracking.enter(0);
            // Since then, another waiter has changed the phase.
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
