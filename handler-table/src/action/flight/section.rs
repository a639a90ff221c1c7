//! [`Section`]: a walk along a list; [`Guard`]: counts it until its end. Each way to count is
//! a type, so that the end of a section is no more code than it needs.

#[cfg(any(feature = "async", all(test, loom)))]
use crate::action::waiter::Waiter;
use crate::sync::{AtomicUsize, Ordering};
use core::ops::Deref;

/// How a section ends.
pub trait Leave {
    fn leave(&self);
}

/// Proof that its holder is walking a list and is counted.
pub struct Section(());

/// Guard: a [`Section`] that ends when this is dropped.
pub struct Guard<L: Leave> {
    section: Section,
    count: L,
}

impl<L: Leave> Guard<L> {
    #[inline]
    pub(crate) fn new(count: L) -> Self {
        let section = Section(());
        Guard { section, count }
    }
}

impl<L: Leave> Deref for Guard<L> {
    type Target = Section;

    #[inline]
    fn deref(&self) -> &Section {
        &self.section
    }
}

impl<L: Leave> Drop for Guard<L> {
    #[inline]
    fn drop(&mut self) {
        self.count.leave();
    }
}

/// A section that is not counted.
pub struct NotCounted;

impl Leave for NotCounted {
    #[inline]
    fn leave(&self) {}
}

/// The counter of a section, which other threads may write too.
pub struct Shared<'a>(pub(super) &'a AtomicUsize);

impl Leave for Shared<'_> {
    #[inline]
    fn leave(&self) {
        // Ordering: Release pairs with the Acquire of a waiter: everything in the section
        // happened before the end of the wait.
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// The counter of a section, which only this CPU writes.
pub struct OfThisCpu<'a>(pub(super) &'a AtomicUsize);

/// The ordering of the decrement of an owned counter.
// Ordering: Release, as that of a shared one. It is a constant for `store_buffering`, because
// loom does not model a barrier on all CPUs.
pub(super) const OWNED_LEAVE: Ordering = Ordering::Release;

impl Leave for OfThisCpu<'_> {
    #[inline]
    fn leave(&self) {
        // Ordering: Relaxed, only this CPU writes it.
        let less = self.0.load(Ordering::Relaxed).wrapping_sub(1);
        self.0.store(less, OWNED_LEAVE);
    }
}

/// The counter of a section, and the waker of a task that may await that it is zero.
#[cfg(any(feature = "async", all(test, loom)))]
pub struct Woken<'a> {
    pub(super) count: &'a AtomicUsize,
    pub(super) waiter: &'a Waiter,
}

#[cfg(any(feature = "async", all(test, loom)))]
impl Leave for Woken<'_> {
    #[inline]
    fn leave(&self) {
        // Ordering: Release as that of a shared one. Acquire pairs with the Release of
        // `advance_or_mark`: if the task has marked the counter, its waker is there.
        if self.count.fetch_sub(1, Ordering::AcqRel) == AWAITED | 1 {
            self.waiter.wake();
        }
    }
}

/// A bit of a counter: a task awaits that the others are zero. Only in an `Awaited` table.
pub(super) const AWAITED: usize = !(usize::MAX >> 1);
