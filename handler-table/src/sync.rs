//! The atomics and the wait hint: from `core` wherever it has what we need, or from
//! loom in the models.
//!
//! Loom's only for the unit tests of this crate, whatever `--cfg loom` is set
//! for: nobody else's build changes by it.

#[cfg(not(all(test, loom)))]
pub(crate) use core::hint::spin_loop;
#[cfg(not(all(test, loom)))]
pub(crate) use core::sync::atomic::fence;
#[cfg(all(target_has_atomic = "ptr", not(all(test, loom))))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};
#[cfg(not(target_has_atomic = "ptr"))]
pub(crate) use portable_atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

// Loom has none, and makes no code that a compiler could reorder.
pub(crate) use core::sync::atomic::compiler_fence;
#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, loom))]
pub(crate) use model::{AtomicPtr, AtomicU8, AtomicUsize, Ordering, fence, spin_loop};
