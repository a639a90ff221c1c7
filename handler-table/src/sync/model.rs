//! Loom's atomics behind constructors that are `const`, as those of `core` are.

extern crate std;
use core::ops::Deref;
use core::ptr;
use core::sync::atomic;
pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::atomic::{Ordering, fence};
use std::boxed::Box;

pub(crate) type AtomicPtr<T> = Zero<loom::sync::atomic::AtomicPtr<T>>;
pub(crate) type AtomicU8 = Zero<loom::sync::atomic::AtomicU8>;
pub(crate) type AtomicUsize = Zero<loom::sync::atomic::AtomicUsize>;

/// An atomic of loom that is zero at first, as all of ours are.
///
/// Loom's is made when this is first used, and loom fails a model in which that
/// is after the threads have started. As wide as a word, so that the layout of a
/// table is the same in a model.
pub(crate) struct Zero<A>(atomic::AtomicPtr<Made<A>>);

/// To save work, loom leaves orders out, and if a thread reads an atomic and
/// then writes it, also some that matter: it does not try what another thread
/// reads between the two. It tries every order of writes. So each use of an
/// atomic is also a write of `turn`; relaxed, so that it orders no memory.
#[derive(Default)]
struct Made<A> {
    turn: loom::sync::atomic::AtomicUsize,
    atomic: A,
}

impl<A> Zero<A> {
    const fn empty() -> Self {
        Zero(atomic::AtomicPtr::new(ptr::null_mut()))
    }
}

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(pointer: *mut T) -> Self {
        assert!(pointer.is_null());
        Self::empty()
    }
}

impl AtomicU8 {
    pub(crate) const fn new(value: u8) -> Self {
        assert!(value == 0);
        Self::empty()
    }
}

impl AtomicUsize {
    pub(crate) const fn new(value: usize) -> Self {
        assert!(value == 0);
        Self::empty()
    }
}

impl<A: Default> Deref for Zero<A> {
    type Target = A;

    fn deref(&self) -> &A {
        // Ordering: the threads of a model take turns on one real thread.
        let mut made = self.0.load(atomic::Ordering::Relaxed);
        if made.is_null() {
            made = Box::into_raw(Box::default());
            self.0.store(made, atomic::Ordering::Relaxed);
        }
        // SAFETY: it was leaked above.
        let made = unsafe { &*made };
        made.turn.fetch_add(1, Ordering::Relaxed);
        &made.atomic
    }
}
