//! The atomics and the wait hint, from `core`.

pub(crate) use core::hint::spin_loop;
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
