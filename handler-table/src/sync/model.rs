//! Loom's atomics with `const` constructors, like the atomics of `core`.

extern crate std;
use core::ops::Deref;
use core::ptr;
use core::sync::atomic;
use core::task::Waker;
pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::atomic::{Ordering, fence};
use std::boxed::Box;

pub(crate) type AtomicPtr<T> = Zero<loom::sync::atomic::AtomicPtr<T>>;
pub(crate) type AtomicU8 = Zero<loom::sync::atomic::AtomicU8>;
pub(crate) type AtomicUsize = Zero<loom::sync::atomic::AtomicUsize>;

/// An atomic of loom with the initial value zero, as all atomics of this crate have.
///
/// The first use creates loom's atomic. Loom fails a model if that happens after the threads
/// have started. This type is as wide as a word, so a table has the same layout in a model.
pub(crate) struct Zero<A>(atomic::AtomicPtr<Made<A>>);

/// A loom atomic, with a second one that every use writes.
///
/// To save work, loom skips some orders of the threads. If a thread reads an atomic and then
/// writes it, loom skips some that matter: it does not try the reads of another thread
/// between the two. But loom tries every order of writes. So each use of an atomic also
/// writes `turn`. That write is relaxed, so it orders no memory.
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
        // Ordering: Relaxed, the threads of a model take turns on one real thread.
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

/// A cell with a waker, as that of `atomic-waker`, whose atomics loom does not see. It is a
/// mutex, whose order of the two sides is what `atomic-waker` guarantees.
pub(crate) struct AtomicWaker(Zero<Waiting>);

#[derive(Default)]
struct Waiting(loom::sync::Mutex<Option<Waker>>);

impl AtomicWaker {
    pub(crate) const fn new() -> Self {
        AtomicWaker(Zero::empty())
    }

    pub(crate) fn touch(&self) {
        let _ = &*self.0;
    }

    pub(crate) fn register(&self, waker: &Waker) {
        *(*self.0).0.lock().unwrap() = Some(waker.clone());
    }

    pub(crate) fn wake(&self) {
        if let Some(waker) = self.take() {
            waker.wake();
        }
    }

    pub(crate) fn take(&self) -> Option<Waker> {
        (*self.0).0.lock().unwrap().take()
    }
}

/// Where plain memory is accessed: loom's own, without contents.
pub(crate) struct Witness(Zero<Seen>);

#[derive(Default)]
struct Seen(loom::cell::UnsafeCell<()>);

impl Witness {
    pub(crate) const fn new() -> Self {
        Witness(Zero::empty())
    }

    pub(crate) fn write(&self) {
        (*self.0).0.with_mut(|_| ());
    }

    pub(crate) fn read(&self) {
        (*self.0).0.with(|_| ());
    }

    pub(crate) fn touch(&self) {
        let _ = &*self.0;
    }
}
