//! [`Slot`]: one function pointer in one atomic word; [`Bound`]: a static handler and its
//! slot.
//!
//! This file has the memory orderings of a [`HandlerTable`](crate::HandlerTable). The
//! conversion of a function pointer to a word is in [`word`](crate::word). A [`Slot`] is
//! invariant in `F` and stores only words that [`encode`] made from an `F`, as [`decode`]
//! requires.

use crate::sync::{AtomicPtr, Ordering};
use crate::word::{Erased, decode, encode};
use core::marker::PhantomData;
use core::ptr;

/// A place for one function pointer. It is empty at first.
#[repr(transparent)]
pub(crate) struct Slot<F> {
    word: AtomicPtr<()>,
    // Invariant in `F`. If it were covariant, a slot of `fn(&'a str)` could be borrowed as a
    // slot of `fn(&'static str)`, filled, and called with a short-lived string. Function
    // pointers are `Send` and `Sync`, and so is this marker.
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
    /// Loads the function in the slot.
    #[inline]
    pub(crate) fn get(&self) -> Option<F> {
        // Ordering: Acquire pairs with the Release of `put`, `take` and `swap`: a thread
        // that sees the function sees what its registrant wrote before.
        self.load(Ordering::Acquire)
    }

    /// Loads the function in the slot, with an ordering that is at least Acquire.
    #[inline]
    pub(crate) fn load(&self, order: Ordering) -> Option<F> {
        let word = self.word.load(order);
        // SAFETY: a slot holds only words that `encode` made from an `F`, or null.
        unsafe { decode(word) }
    }

    /// Fills the slot if it is empty.
    pub(crate) fn put(&self, function: F) -> bool {
        self.word
            .compare_exchange(
                ptr::null_mut(),
                encode(function),
                // Ordering: Release pairs with the Acquire of every `get`, `take` and `swap`
                // that sees the function: it publishes the registrant's writes. Acquire
                // pairs with the Release of the `take` that emptied the slot: the registrant
                // sees what the previous owner wrote before.
                Ordering::AcqRel,
                // Ordering: Acquire pairs with the Release of the other registrant: the
                // caller may use what that one set up.
                Ordering::Acquire,
            )
            .is_ok()
    }

    /// Empties the slot.
    pub(crate) fn take(&self) -> Option<F> {
        // Ordering: Acquire pairs with the Release of the registrant, because the caller may
        // call the function. Release pairs with the Acquire of the next `put`: it hands the
        // slot over.
        let word = self.word.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: as in `load`.
        unsafe { decode(word) }
    }

    /// Fills the slot and returns its previous content.
    pub(crate) fn swap(&self, function: F) -> Option<F> {
        // Ordering: as `put` for the new function, as `take` for the previous one.
        let word = self.word.swap(encode(function), Ordering::AcqRel);
        // SAFETY: as in `load`.
        unsafe { decode(word) }
    }
}

/// A static handler and its slot. By construction, both have the same type.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Bound {
    slot: &'static Slot<Erased>,
    handler: Erased,
}

impl Bound {
    pub(crate) const fn new<F: Copy>(slot: &'static Slot<F>, handler: F) -> Self {
        let slot: *const Slot<F> = slot;
        Bound {
            // SAFETY: both are transparent over `AtomicPtr<()>`. Only the `handler` beside
            // it, an `F`, is stored through this reference. Words that are loaded through it
            // are not called.
            slot: unsafe { &*slot.cast::<Slot<Erased>>() },
            handler: Erased::new(handler),
        }
    }

    /// Publishes the handler if its slot is empty.
    pub(crate) fn publish(&self) -> bool {
        self.slot.put(self.handler)
    }

    /// Empties the slot if it holds this handler.
    pub(crate) fn retract(&self) {
        let _ = self.slot.word.compare_exchange(
            self.handler.as_ptr(),
            ptr::null_mut(),
            // Ordering: Release hands the slot over, as in `Slot::take`. Acquire is not
            // needed, because the caller does not use the removed handler.
            Ordering::Release,
            // Ordering: Relaxed, the other content of the slot is not used.
            Ordering::Relaxed,
        );
    }

    /// The address of the handler.
    pub(crate) fn address(&self) -> usize {
        self.handler.as_ptr().addr()
    }

    /// Returns whether the slot is empty.
    pub(crate) fn is_free(&self) -> bool {
        self.slot.get().is_none()
    }
}

/// The place of the slots of one table: an address, which is never dereferenced, and a
/// count.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Region {
    start: *const (),
    pub(crate) capacity: usize,
}

// SAFETY: `start` is compared, never dereferenced.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    /// The region of an action table: its address and the number of its events. It contains
    /// no slots.
    pub(crate) const fn of_events<T>(table: &T, capacity: usize) -> Self {
        Region {
            start: ptr::from_ref(table).cast(),
            capacity,
        }
    }

    pub(crate) const fn start(self) -> *const () {
        self.start
    }

    /// The region of a handler table, which consists only of its slots.
    pub(crate) const fn of<T>(table: &T) -> Self {
        Region {
            start: ptr::from_ref(table).cast(),
            capacity: size_of::<T>() / size_of::<Slot<Erased>>(),
        }
    }

    /// The index of the slot in this region, if it is one of its slots.
    pub(crate) fn index_of(self, bound: &Bound) -> Option<usize> {
        let offset = ptr::from_ref(bound.slot)
            .addr()
            .checked_sub(self.start.addr())?;
        let index = offset / size_of::<Slot<Erased>>();
        (index < self.capacity).then_some(index)
    }
}
