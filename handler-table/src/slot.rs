//! One function pointer in one atomic word, and the slot that a static handler is for.
//!
//! The memory orderings of a [`HandlerTable`](crate::HandlerTable). How a function
//! pointer becomes a word is in [`word`](crate::word): a [`Slot`] is invariant in `F`
//! and puts in only what [`encode`] makes of an `F`, which is what [`decode`] asks for.

use crate::sync::{AtomicPtr, Ordering};
use crate::word::{Erased, decode, encode};
use core::marker::PhantomData;
use core::ptr;

/// A place for one function pointer; empty at first.
#[repr(transparent)]
pub(crate) struct Slot<F> {
    word: AtomicPtr<()>,
    // Invariant in `F`: were it covariant, a slot of `fn(&'a str)` could be
    // lent as one of `fn(&'static str)`, filled, and called with a short-lived
    // string. Function pointers are `Send` and `Sync`, and so is this marker.
    function: PhantomData<fn(F) -> F>,
}

impl<F> Slot<F> {
    pub(crate) const fn empty() -> Self {
        Slot {
            word: AtomicPtr::new(ptr::null_mut()),
            function: PhantomData,
        }
    }
}

impl<F: Copy> Slot<F> {
    /// What is in the slot.
    #[inline]
    pub(crate) fn get(&self) -> Option<F> {
        // Ordering: Acquire pairs with the Release of `put`, `take` and `swap`:
        // whoever sees the function sees what its registrant wrote before.
        self.load(Ordering::Acquire)
    }

    /// What is in the slot, read with an ordering that is at least Acquire.
    #[inline]
    pub(crate) fn load(&self, order: Ordering) -> Option<F> {
        let word = self.word.load(order);
        // SAFETY: what is put into a slot was made by `encode` of an `F`.
        unsafe { decode(word) }
    }

    /// Fills the slot if it is empty.
    pub(crate) fn put(&self, function: F) -> bool {
        self.word
            .compare_exchange(
                ptr::null_mut(),
                encode(function),
                // Ordering: Release publishes the registrant's writes to every
                // `get` and `take` that sees the function; Acquire shows it
                // what the previous owner did before it emptied the slot.
                Ordering::AcqRel,
                // Ordering: Acquire lets the loser use what the winner set up.
                Ordering::Acquire,
            )
            .is_ok()
    }

    /// Empties the slot.
    pub(crate) fn take(&self) -> Option<F> {
        // Ordering: Acquire because the caller may call what it gets; Release
        // hands the slot over to the next registrant.
        let word = self.word.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: as in `load`.
        unsafe { decode(word) }
    }

    /// Fills the slot, whatever is in it.
    pub(crate) fn swap(&self, function: F) -> Option<F> {
        // Ordering: as `put` for what goes in, as `take` for what comes out.
        let word = self.word.swap(encode(function), Ordering::AcqRel);
        // SAFETY: as in `load`.
        unsafe { decode(word) }
    }
}

/// A static handler and the slot that it belongs in, of one type by
/// construction.
#[derive(Clone, Copy)]
pub(crate) struct Bound {
    slot: &'static Slot<Erased>,
    handler: Erased,
}

impl Bound {
    pub(crate) const fn new<F: Copy>(slot: &'static Slot<F>, handler: F) -> Self {
        let slot: *const Slot<F> = slot;
        Bound {
            // SAFETY: both are transparent over `AtomicPtr<()>`. What is put
            // through this reference is the `handler` beside it, an `F`; what
            // is read through it is not called.
            slot: unsafe { &*slot.cast::<Slot<Erased>>() },
            handler: Erased::new(handler),
        }
    }

    /// Publishes the handler if its slot is empty.
    pub(crate) fn publish(&self) -> bool {
        self.slot.put(self.handler)
    }

    /// Empties the slot if the handler is what it holds.
    pub(crate) fn retract(&self) {
        let _ = self.slot.word.compare_exchange(
            self.handler.as_ptr(),
            ptr::null_mut(),
            // Ordering: Release hands the slot over, as in `Slot::take`. Nothing
            // is taken out that the caller could use, so no Acquire.
            Ordering::Release,
            // Ordering: what the slot holds instead is not looked at.
            Ordering::Relaxed,
        );
    }

    /// A number that tells the slot from every other one of the program, next to
    /// those of its neighbours.
    pub(crate) fn position(&self) -> usize {
        ptr::from_ref(self.slot).addr() / size_of::<Slot<Erased>>()
    }

    /// Whether the slot is empty.
    pub(crate) fn is_free(&self) -> bool {
        self.slot.get().is_none()
    }
}

/// Where the slots of one table lie: an address and a count, never followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region {
    start: *const (),
    pub(crate) capacity: usize,
}

// SAFETY: `start` is compared, never followed.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    /// What stands for the slots of an action table: its address, and how many
    /// events it has. No slot is in it.
    pub(crate) const fn of_events<T>(table: &T, capacity: usize) -> Self {
        Region {
            start: ptr::from_ref(table).cast(),
            capacity,
        }
    }

    pub(crate) const fn start(self) -> *const () {
        self.start
    }

    /// Those of a table, which is nothing but its slots.
    pub(crate) const fn of<T>(table: &T) -> Self {
        Region {
            start: ptr::from_ref(table).cast(),
            capacity: size_of::<T>() / size_of::<Slot<Erased>>(),
        }
    }

    /// The index of the slot in these slots, if it is one of them.
    pub(crate) fn index_of(self, bound: &Bound) -> Option<usize> {
        let offset = ptr::from_ref(bound.slot)
            .addr()
            .checked_sub(self.start.addr())?;
        let index = offset / size_of::<Slot<Erased>>();
        (index < self.capacity).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Bound, Slot};
    use std::boxed::Box;

    /// Or a search for two handlers of one slot would go through the gaps.
    #[test]
    fn slots_side_by_side_have_positions_side_by_side() {
        let slots: &'static [Slot<fn()>; 3] = Box::leak(Box::new([const { Slot::empty() }; 3]));
        let [first, second, third] = slots
            .each_ref()
            .map(|slot| Bound::new(slot, || ()).position());
        assert_eq!((second, third), (first + 1, first + 2));
    }
}
