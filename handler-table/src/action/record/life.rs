//! The life of a record: claims, removal, and the waits that free it again.
//!
//! A record is *free*, *used* (registered, or its owner is using the context), *draining*
//! (removed, but a call may be in flight) or *retired* (removed from a table that does not
//! count its calls). Only a free record can be claimed. A draining record becomes free
//! when a [`Wait`] has ended.

use super::{Record, option, state};
use crate::action::error::ActionError;
use crate::action::home::{Head, Home};
use crate::sync::Ordering;
use core::mem;
use core::ptr::NonNull;

/// Guard: exclusive use of a record, for one registration or for its owner.
pub(crate) struct Claim {
    record: &'static Record,
    word: usize,
}

/// A registration that was just made.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    pub(crate) is_enabled: bool,
    pub(crate) registration: usize,
}

impl Claim {
    /// Claims a record for a registration.
    pub(crate) fn to_register(
        record: &'static Record,
        home: Home,
        index: usize,
        context: *mut (),
    ) -> Result<Self, ActionError> {
        let claim = record.claim(state::next)?;
        // Ordering: Relaxed, published with the record.
        record.home.store(home.as_ptr(), Ordering::Relaxed);
        record.index.store(index, Ordering::Relaxed);
        record.context.store(context, Ordering::Relaxed);
        Ok(claim)
    }

    /// Claims a record for its owner.
    pub(crate) fn for_owner(record: &'static Record) -> Result<Self, ActionError> {
        // This is no registration, so the number does not change.
        record.claim(|word| Some(word & state::REGISTRATIONS))
    }

    /// Keeps the claim: the record is in a list now, until its removal.
    pub(crate) fn keep(self) -> Registered {
        let word = self.word;
        mem::forget(self);
        Registered {
            is_enabled: word & state::DISABLED == 0,
            registration: word & state::REGISTRATIONS,
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // `fetch_and` keeps the count of waits, which is in the same word.
        // Ordering: Release pairs with the Acquire of the next claim.
        self.record.state.fetch_and(!state::LIFE, Ordering::Release);
    }
}

impl Record {
    fn claim(
        &'static self,
        registration: impl Fn(usize) -> Option<usize>,
    ) -> Result<Claim, ActionError> {
        let in_flight = || ActionError::InFlight {
            index: self.index(),
            action: self.id(),
        };
        // Ordering: Relaxed, the exchange checks the value.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            let (index, action) = (self.index(), self.id());
            match state::life(word) {
                state::FREE => {}
                state::DRAINING if self.reclaim() => {
                    // Ordering: as above.
                    word = self.state.load(Ordering::Relaxed);
                    continue;
                }
                state::DRAINING => return Err(in_flight()),
                state::RETIRED => return Err(ActionError::Retired { index, action }),
                _ => return Err(ActionError::AlreadyRegistered { index, action }),
            }
            let registration = registration(word).ok_or_else(in_flight)?;
            let used = registration | word & state::WAITS | self.flags() | state::USED;
            match self.state.compare_exchange(
                word,
                used,
                // Ordering: Acquire pairs with the Release of the operation that freed the
                // record: this thread sees the changes of the context, and that the record
                // is unlinked.
                Ordering::Acquire,
                // Ordering: Relaxed, the next exchange checks the value.
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Ok(Claim {
                        record: self,
                        word: used,
                    });
                }
                Err(now) => word = now,
            }
        }
    }

    /// Frees a draining record if no call is in flight in its table. Returns false if a call
    /// may be in flight.
    fn reclaim(&'static self) -> bool {
        let wait = match self.wait() {
            Ok(wait) => wait,
            Err(NoWait::NotDraining) => return true,
            Err(NoWait::NoRoom) => return false,
        };
        // Ordering: Relaxed, the Acquire of `wait` shows the home of its registration. If
        // this is the home of a later one, the registration of `wait` has ended, and `free`
        // does nothing.
        let home = self.home.load(Ordering::Relaxed);
        let idle = NonNull::new(home).is_some_and(|home| {
            // SAFETY: a draining record was claimed for a registration, which stored a
            // `Home`.
            unsafe { Home::at(home) }.is_idle()
        });
        if idle {
            wait.free();
        }
        idle
    }

    /// Returns whether the record is removed and unlinked, but not free.
    #[cfg(feature = "alloc")]
    pub(crate) fn is_draining(&self) -> bool {
        // Ordering: Acquire pairs with the Release of `retire`: the record is unlinked.
        state::life(self.state.load(Ordering::Acquire)) == state::DRAINING
    }

    /// Returns whether this removal is not over.
    fn drains(&self, registration: usize) -> bool {
        // Ordering: Acquire pairs with the Release of `Wait::free` by another thread: the
        // caller sees the effects of the calls. All later changes of the word are
        // read-modify-writes, so they continue the release sequence.
        let word = self.state.load(Ordering::Acquire);
        word & (state::REGISTRATIONS | state::LIFE) == registration | state::DRAINING
    }

    /// Makes an unlinked record draining, or retired if the table does not reclaim records.
    pub(crate) fn retire(&'static self, reclaims: bool) -> Removed {
        let life = if reclaims {
            state::DRAINING
        } else {
            state::RETIRED
        };
        // Ordering: Relaxed, the exchange checks the value.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            let removed = word & !state::LIFE | state::DISABLED | life;
            let is_boxed = self.has(option::BOXED);
            let waited = if reclaims && !is_boxed {
                more_waits(removed)
            } else {
                None
            };
            match self.state.compare_exchange(
                word,
                waited.unwrap_or(removed),
                // Ordering: Release pairs with the Acquire of `wait`: a thread that finds the
                // record draining sees that it is unlinked, and from which table.
                Ordering::Release,
                // Ordering: Relaxed, it is only a number.
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Removed {
                        was_enabled: word & state::DISABLED == 0,
                        leaving: match waited {
                            Some(word) => Leaving::Waits(Wait::new(self, word)),
                            None if is_boxed => Leaving::Boxed,
                            None if reclaims => Leaving::NoRoom {
                                record: self,
                                registration: word & state::REGISTRATIONS,
                            },
                            None => Leaving::Over,
                        },
                    };
                }
                Err(now) => word = now,
            }
        }
    }

    /// Starts a wait for the removal of a record, if it drains from this table.
    pub(crate) fn wait_in(&'static self, head: &Head) -> Result<Wait, NoWait> {
        // This must come first: the Acquire of `wait` shows the home.
        let wait = self.wait()?;
        if self.belongs_to(head) {
            Ok(wait)
        } else {
            Err(NoWait::NotDraining)
        }
    }

    /// Starts a wait for the removal of a draining record.
    pub(crate) fn wait(&'static self) -> Result<Wait, NoWait> {
        // Ordering: Relaxed, the exchange checks the value.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            if state::life(word) != state::DRAINING {
                return Err(NoWait::NotDraining);
            }
            let waited = more_waits(word).ok_or(NoWait::NoRoom)?;
            match self.state.compare_exchange(
                word,
                waited,
                // Ordering: Acquire pairs with the Release of `retire`.
                Ordering::Acquire,
                // Ordering: Relaxed, the next exchange checks the value.
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(Wait::new(self, waited)),
                Err(now) => word = now,
            }
        }
    }
}

/// The state with one more wait, if there is room.
const fn more_waits(word: usize) -> Option<usize> {
    if word & state::WAITS == state::WAITS {
        None
    } else {
        Some(word + state::WAIT)
    }
}

/// The result of a removal.
pub(crate) struct Removed {
    pub(crate) was_enabled: bool,
    pub(crate) leaving: Leaving,
}

/// A removal, until the record is free.
pub(crate) enum Leaving {
    /// A wait for it is in progress.
    Waits(Wait),
    /// There is no room for the wait yet.
    NoRoom {
        record: &'static Record,
        registration: usize,
    },
    /// The record is in memory that is freed after its removal, by its owner. So this must
    /// not access it.
    Boxed,
    /// The record is free, or another removal has followed. Or nobody can wait.
    Over,
}

/// Whether a wait is in progress.
pub(crate) enum Begun {
    Waits,
    NoRoom,
    Over,
}

impl Leaving {
    /// Starts the wait, unless it is in progress.
    pub(crate) fn begin(&mut self, head: &Head) -> Begun {
        if let Leaving::NoRoom {
            record,
            registration,
        } = *self
        {
            match record.wait_in(head) {
                // Of another removal, it would end that one, after a wait of its own.
                Ok(wait) if wait.registration == registration => *self = Leaving::Waits(wait),
                Err(NoWait::NoRoom) if record.drains(registration) => return Begun::NoRoom,
                _ => *self = Leaving::Over,
            }
        }
        if let Leaving::Waits(wait) = self
            && !wait.record.drains(wait.registration)
        {
            *self = Leaving::Over;
        }
        match self {
            Leaving::Waits(_) | Leaving::Boxed => Begun::Waits,
            _ => Begun::Over,
        }
    }

    /// Ends the removal, as [`Wait::free`]. The owner of a boxed record frees it.
    pub(crate) fn free(&mut self) {
        if let Leaving::Waits(wait) = mem::replace(self, Leaving::Over) {
            wait.free();
        }
    }
}

/// Why a wait did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWait {
    /// The record is not draining, or it drains from another table.
    NotDraining,
    /// 63 waits for the removal are in progress.
    NoRoom,
}

/// Guard: a wait for one removal of a record. While it exists, no later removal can be
/// mistaken for this one.
pub(crate) struct Wait {
    record: &'static Record,
    registration: usize,
}

impl Wait {
    fn new(record: &'static Record, word: usize) -> Self {
        Wait {
            record,
            registration: word & state::REGISTRATIONS,
        }
    }

    /// Frees the record. Since the wait started, the caller must have waited for the calls in
    /// flight in the table. Does nothing if another wait has already freed the record.
    pub(crate) fn free(self) {
        let state = &self.record.state;
        // Ordering: Relaxed, the exchange checks the value.
        let mut word = state.load(Ordering::Relaxed);
        while state::life(word) == state::DRAINING
            && word & state::REGISTRATIONS == self.registration
        {
            match state.compare_exchange(
                word,
                word & !state::LIFE,
                // Ordering: Release pairs with the Acquire of the next claim. It passes on
                // the effects of the calls, which the wait has seen.
                Ordering::Release,
                // Ordering: Relaxed, the next exchange checks the value.
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // Ordering: Relaxed, it is only a number. As a read-modify-write, it continues the
        // release sequence of `free`.
        self.record.state.fetch_sub(state::WAIT, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
