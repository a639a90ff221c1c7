//! The atomics and the wait hint, from `core` wherever it has what we need.

pub(crate) use core::hint::spin_loop;
#[cfg(target_has_atomic = "ptr")]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
#[cfg(not(target_has_atomic = "ptr"))]
pub(crate) use portable_atomic::{AtomicPtr, AtomicU8, Ordering};
