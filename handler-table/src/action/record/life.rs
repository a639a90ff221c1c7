//! The life of a record: who has it, and when it is free again.
//!
//! A record is *free*, *used* (registered, or lent to its owner), *draining* (removed,
//! but a call may be in flight) or *retired* (removed from a table that does not count
//! its calls). Only a free record is claimed. A draining one becomes free when
//! somebody who has waited for the calls in flight says so.

use super::{Record, option, state};
use crate::action::error::ActionError;
use crate::action::home::{Head, Home};
use crate::sync::Ordering;
use core::mem;
use core::ptr::NonNull;

/// A record that is nobody else's: for one registration, or for its owner.
pub(crate) struct Claim {
    record: &'static Record,
    pub(crate) is_enabled: bool,
}

impl Claim {
    /// Claims a record for the event of a table.
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
        // No registration, so the number of the last one stays.
        record.claim(|word| Some(word & state::REGISTRATIONS))
    }

    /// The record is in a list now, which ends with its removal.
    pub(crate) fn keep(self) {
        mem::forget(self);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Waits may be counted in the same word.
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
            action: self.id,
        };
        // Ordering: Relaxed, the exchange looks again.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            let (index, action) = (self.index(), self.id);
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
            match self.state.compare_exchange(
                word,
                registration | word & state::WAITS | self.flags() | state::USED,
                // Ordering: Acquire pairs with the Release of whoever made it free: its
                // context is seen, and that it is unlinked.
                Ordering::Acquire,
                // Ordering: Relaxed, the next exchange looks again.
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Ok(Claim {
                        record: self,
                        is_enabled: !self.has(option::DISABLED),
                    });
                }
                Err(now) => word = now,
            }
        }
    }

    /// Frees a draining record, if no call is in flight in its table. False if one may
    /// be.
    fn reclaim(&'static self) -> bool {
        let wait = match self.wait() {
            Ok(wait) => wait,
            Err(NoWait::NotDraining) => return true,
            Err(NoWait::NoRoom) => return false,
        };
        // Ordering: Relaxed, `wait` has shown the home of this registration. If this is
        // a later one, then the wait is for a registration that is over, and frees
        // nothing.
        let home = self.home.load(Ordering::Relaxed);
        let idle = NonNull::new(home).is_some_and(|home| {
            // SAFETY: a record that drains was claimed, which stores a `Home`.
            unsafe { Home::at(home) }.is_idle()
        });
        if idle {
            wait.free();
        }
        idle
    }

    pub(crate) fn is_draining(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        state::life(self.state.load(Ordering::Relaxed)) == state::DRAINING
    }

    /// A removed record, which was unlinked, starts to drain or is retired.
    pub(crate) fn retire(&'static self, reclaims: bool) -> Removed {
        let life = if reclaims {
            state::DRAINING
        } else {
            state::RETIRED
        };
        // Ordering: Relaxed, the exchange looks again.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            let removed = word & !state::LIFE | state::DISABLED | life;
            let waited = if reclaims {
                more_waits(removed).ok_or(NoWait::NoRoom)
            } else {
                Err(NoWait::NotDraining)
            };
            match self.state.compare_exchange(
                word,
                waited.unwrap_or(removed),
                // Ordering: Release shows who finds it draining that it is unlinked, and
                // from which table.
                Ordering::Release,
                // Ordering: Relaxed, it is a number and no more.
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Removed {
                        was_enabled: word & state::DISABLED == 0,
                        wait: waited.map(|word| Wait::new(self, word)),
                    };
                }
                Err(now) => word = now,
            }
        }
    }

    /// Knows of the removal of a record from now on, if it drains from this table.
    pub(crate) fn wait_in(&'static self, head: &Head) -> Result<Wait, NoWait> {
        // In this order: `wait` shows the home.
        let wait = self.wait()?;
        if self.belongs_to(head) {
            Ok(wait)
        } else {
            Err(NoWait::NotDraining)
        }
    }

    /// Knows of the removal of a draining record from now on.
    pub(crate) fn wait(&'static self) -> Result<Wait, NoWait> {
        // Ordering: Relaxed, the exchange looks again.
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
                // Ordering: Relaxed, the next exchange looks again.
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(Wait::new(self, waited)),
                Err(now) => word = now,
            }
        }
    }
}

/// With one wait more, if there is room.
const fn more_waits(word: usize) -> Option<usize> {
    if word & state::WAITS == state::WAITS {
        None
    } else {
        Some(word + state::WAIT)
    }
}

/// What a removal did.
pub(crate) struct Removed {
    pub(crate) was_enabled: bool,
    pub(crate) wait: Result<Wait, NoWait>,
}

/// Why there is no wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWait {
    /// The record does not drain, or from another table.
    NotDraining,
    /// 63 waits know of the removal already.
    NoRoom,
}

/// Knows of one removal of a record: while this lives, no later one passes for it.
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

    /// Frees the record. The caller has waited, since this was made, for the calls that were
    /// in flight in the table. Does nothing if that removal is over, because somebody else has waited.
    pub(crate) fn free(self) {
        let state = &self.record.state;
        // Ordering: Relaxed, the exchange looks again.
        let mut word = state.load(Ordering::Relaxed);
        while state::life(word) == state::DRAINING
            && word & state::REGISTRATIONS == self.registration
        {
            match state.compare_exchange(
                word,
                word & !state::LIFE,
                // Ordering: Release passes on what the wait has seen of the calls.
                Ordering::Release,
                // Ordering: Relaxed, the next exchange looks again.
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
        // Ordering: Relaxed, it is a number and no more; what `free` has released, this
        // passes on as a read-modify-write.
        self.record.state.fetch_sub(state::WAIT, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
