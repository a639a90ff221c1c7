//! What is known of a program's static handlers, and how far a table's are loaded.

use crate::sync::{AtomicU8, AtomicUsize, Ordering, spin_loop};

/// What the first look at the entries of a program has found.
///
/// Several threads may look at once. Each finds the same, and stores the same numbers here
/// and in the [`Load`]s, so none waits for another.
pub(crate) struct Survey(AtomicUsize);

/// The result of the first look.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    /// The place of the first table.
    pub(crate) first: Place,
    /// Whether there are actions.
    pub(crate) actions: bool,
    /// Whether there are requirements.
    pub(crate) requirements: bool,
}

impl Survey {
    /// The bits of the word: the look has ended; it has found an action; a requirement.
    const DONE: usize = 1;
    const ACTIONS: usize = 1 << 1;
    const REQUIREMENTS: usize = 1 << 2;
    /// The rest of the word is a [`Place`].
    const PLACE: u32 = 3;

    pub(crate) const fn new() -> Self {
        Survey(AtomicUsize::new(0))
    }

    /// What was found; `None` if no look has ended yet.
    pub(crate) fn result(&self) -> Option<Found> {
        // Ordering: Acquire pairs with the Release of `end`: what that look stored in the
        // `Load`s is seen.
        let word = self.0.load(Ordering::Acquire);
        let found = Found {
            first: Place(word >> Self::PLACE),
            actions: word & Self::ACTIONS != 0,
            requirements: word & Self::REQUIREMENTS != 0,
        };
        (word & Self::DONE != 0).then_some(found)
    }

    /// Stores what was found.
    pub(crate) fn end(&self, found: Found) {
        let mut word = found.first.0 << Self::PLACE | Self::DONE;
        if found.actions {
            word |= Self::ACTIONS;
        }
        if found.requirements {
            word |= Self::REQUIREMENTS;
        }
        // Ordering: Release pairs with the Acquire of `result`.
        self.0.store(word, Ordering::Release);
    }
}

/// The place of a table among the entries, or nowhere.
#[derive(Clone, Copy)]
pub(crate) struct Place(usize);

impl Place {
    pub(crate) const NOWHERE: Self = Place(0);

    pub(crate) const fn at(index: usize) -> Self {
        Place(index + 1)
    }

    pub(crate) fn index(self) -> Option<usize> {
        self.0.checked_sub(1)
    }
}

/// How far the static handlers of one table are loaded, and where they are.
pub struct Load {
    state: AtomicU8,
    /// The [`Place`] of the next table of the program.
    next: AtomicUsize,
    /// A bit for each block of entries that has handlers of this table.
    blocks: AtomicUsize,
}

impl Load {
    const IDLE: u8 = 0;
    const LOADING: u8 = 1;
    const LOADED: u8 = 2;

    pub(crate) const fn idle() -> Self {
        Load {
            state: AtomicU8::new(Self::IDLE),
            next: AtomicUsize::new(0),
            blocks: AtomicUsize::new(0),
        }
    }

    /// Creates loom's atomics.
    #[cfg(all(test, loom))]
    pub(crate) fn touch(&self) {
        assert!(!self.is_claimed());
        assert_eq!((self.next().index(), self.blocks()), (None, 0));
    }

    /// Claims the right to load; false if the table is loaded already. Waits
    /// while another thread is loading.
    pub(crate) fn begin(&self) -> bool {
        loop {
            match self.state.compare_exchange(
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
        self.state.store(state, Ordering::Release);
    }

    /// Whether somebody holds the claim.
    pub(crate) fn is_claimed(&self) -> bool {
        // Ordering: Relaxed suffices, it is asked by the claimant alone.
        self.state.load(Ordering::Relaxed) == Self::LOADING
    }

    /// The place of the next table.
    pub(crate) fn next(&self) -> Place {
        // Ordering: Relaxed. The caller has stored it, or `Survey::result` has shown it.
        Place(self.next.load(Ordering::Relaxed))
    }

    pub(crate) fn set_next(&self, Place(next): Place) {
        // Ordering: Relaxed, published by `Survey::end`.
        self.next.store(next, Ordering::Relaxed);
    }

    /// The blocks that have handlers of this table.
    pub(crate) fn blocks(&self) -> usize {
        // Ordering: Relaxed, as `next`.
        self.blocks.load(Ordering::Relaxed)
    }

    pub(crate) fn add_blocks(&self, blocks: usize) {
        // Ordering: Relaxed, published by `Survey::end`.
        self.blocks.fetch_or(blocks, Ordering::Relaxed);
    }
}

/// The initial state of a table's [`Load`].
#[must_use]
pub const fn idle() -> Load {
    Load::idle()
}
