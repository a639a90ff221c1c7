//! [`Waiter`]: room for the waker of one task.

use crate::sync::{AtomicU8, AtomicWaker, Ordering};
use core::task::Waker;

/// The waker of the one task that has marked counters; see [`awaited`](super::awaited).
pub(crate) struct Waiter {
    is_claimed: AtomicU8,
    waker: AtomicWaker,
}

impl Waiter {
    pub(crate) const fn new() -> Self {
        Waiter {
            is_claimed: AtomicU8::new(0),
            waker: AtomicWaker::new(),
        }
    }

    /// Becomes the task that has the room. Returns false if there is one.
    pub(crate) fn claim(&self) -> bool {
        // Ordering: Acquire pairs with the Release of `release`: the marks of the last task
        // are removed before this one marks a counter.
        self.is_claimed.swap(1, Ordering::Acquire) == 0
    }

    /// Stores the waker of the task that has the room.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Gives the room back. The task has removed its marks.
    pub(crate) fn release(&self) {
        drop(self.waker.take());
        // Ordering: Release pairs with the Acquire of `claim`.
        self.is_claimed.store(0, Ordering::Release);
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// Creates loom's atomics.
    #[cfg(all(test, loom))]
    pub(crate) fn touch(&self) {
        let _ = &*self.is_claimed;
        self.waker.touch();
    }
}
