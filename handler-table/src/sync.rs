//! The atomics, the fence and the spin hint: from `core`, from `portable-atomic` on targets
//! without compare-and-swap, or from loom in the models.
//!
//! Only the unit tests of this crate use loom. With `--cfg loom`, the builds of other crates
//! do not change.

#[cfg(not(all(test, loom)))]
pub(crate) use core::hint::spin_loop;
#[cfg(not(all(test, loom)))]
pub(crate) use core::sync::atomic::fence;
#[cfg(all(target_has_atomic = "ptr", not(all(test, loom))))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};
#[cfg(not(target_has_atomic = "ptr"))]
pub(crate) use portable_atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

// Also in the models: loom has none, and its threads execute no code that a compiler could
// reorder.
#[cfg(all(feature = "async", not(all(test, loom))))]
pub(crate) use atomic_waker::AtomicWaker;
pub(crate) use core::sync::atomic::compiler_fence;
#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, loom))]
pub(crate) use model::{
    AtomicPtr, AtomicU8, AtomicUsize, AtomicWaker, Ordering, Witness, fence, spin_loop,
};

/// Where plain memory is accessed, so that a model fails if there is a race on it.
#[cfg(all(feature = "async", not(all(test, loom))))]
pub(crate) struct Witness;

#[cfg(all(feature = "async", not(all(test, loom))))]
impl Witness {
    pub(crate) const fn new() -> Self {
        Witness
    }

    #[expect(clippy::unused_self, reason = "that of the models uses it")]
    pub(crate) const fn write(&self) {}

    #[expect(clippy::unused_self, reason = "that of the models uses it")]
    pub(crate) const fn read(&self) {}
}
