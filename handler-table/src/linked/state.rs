//! How far a table's static handlers are loaded.

use crate::sync::{AtomicU8, Ordering, spin_loop};

/// How far the static handlers of one table are loaded.
pub struct Load(AtomicU8);

impl Load {
    const IDLE: u8 = 0;
    const LOADING: u8 = 1;
    const LOADED: u8 = 2;

    pub(crate) const fn idle() -> Self {
        Load(AtomicU8::new(Self::IDLE))
    }

    /// Claims the right to load; false if the table is loaded already. Waits
    /// while another thread is loading.
    pub(crate) fn begin(&self) -> bool {
        loop {
            match self.0.compare_exchange(
                Self::IDLE,
                Self::LOADING,
                // Ordering: Acquire shows the claimant what the last one did
                // before it gave up.
                Ordering::Acquire,
                // Ordering: Acquire pairs with the Release of `end`: who finds
                // the table loaded finds all its handlers published.
                Ordering::Acquire,
            ) {
                Ok(_) => return true,
                Err(Self::LOADED) => return false,
                Err(_) => spin_loop(),
            }
        }
    }

    /// Gives the claim back.
    pub(crate) fn end(&self, loaded: bool) {
        let state = if loaded { Self::LOADED } else { Self::IDLE };
        // Ordering: Release pairs with both Acquires of `begin`.
        self.0.store(state, Ordering::Release);
    }

    /// Whether somebody holds the claim.
    pub(crate) fn is_claimed(&self) -> bool {
        // Ordering: Relaxed suffices, it is asked by the claimant alone.
        self.0.load(Ordering::Relaxed) == Self::LOADING
    }
}

/// The initial state of a table's [`Load`].
#[must_use]
pub const fn idle() -> Load {
    Load::idle()
}
