//! The list of the actions of one event: Harris' list.
//!
//! It is a singly linked list of [`Record`]s, sorted by descending priority. A record is the
//! first field of an action that its owner lends for `'static`.
//!
//! One compare-and-exchange of the predecessor's link inserts a record. Removal takes two
//! steps:
//!
//! 1. Set the lowest bit of the record's own link, the **mark**. From now on the record is
//!    not in the list. Its link no longer changes, so nothing can be inserted behind it.
//! 2. Move the predecessor's link past the record: **unlink** it. Any operation that walks
//!    the list may do this.
//!
//! A reader on a removed record can still follow the list, because the record still points
//! into it. The reader may call a marked action. The removal of that action has not returned
//! yet.
//!
//! The code below uses two facts about the list:
//!
//! * **Unmarked is reachable.** A record that was inserted and has no mark can be reached
//!   from the head. So a compare-and-exchange on its link that expects no mark changes the
//!   list.
//! * **Once unlinked, never reached again.** Each change of a link makes it point to a
//!   record that could be reached just before, or to a new one. So an unlinked record cannot
//!   be reached until its owner registers it again.

use super::error::ActionError;
use super::flight::section::Section;
use super::flight::{READ, Tracking};
use super::handle::Target;
use super::home::Home;
use super::id::ActionId;
use super::outcome::Outcome;
use super::record::life::{Claim, Registered, Removed};
use super::record::{Pointer, Record};
use crate::sync::{AtomicPtr, Ordering};
use core::convert::Infallible;
use core::ptr::{self, NonNull};

/// The record that a link points to; `None` at the end of the list.
///
/// # Safety
///
/// The link must have no mark, and must have been read from a list.
#[inline]
unsafe fn at(link: *mut Record) -> Option<Pointer> {
    // SAFETY: links hold only addresses of `Pointer`s, and this one has no mark.
    NonNull::new(link).map(|record| unsafe { Pointer::new(record) })
}

fn is_marked(link: *mut Record) -> bool {
    link.addr() & 1 != 0
}

fn marked(link: *mut Record) -> *mut Record {
    link.map_addr(|address| address | 1)
}

#[inline]
fn unmarked(link: *mut Record) -> *mut Record {
    link.map_addr(|address| address & !1)
}

// The lowest bit of an address is free for the mark.
const _: () = assert!(align_of::<Record>() > 1);

/// Where an action is registered.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) table: Home,
    pub(crate) index: usize,
    pub(crate) capacity: usize,
    /// The context to pass to the handler.
    pub(crate) context: *mut (),
    /// Whether the event must have no action yet, even if all are shared.
    pub(crate) is_free: bool,
}

/// The actions of one event.
pub(crate) struct List {
    head: AtomicPtr<Record>,
}

impl List {
    pub(crate) const fn new() -> Self {
        List {
            head: AtomicPtr::new(ptr::null_mut()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        // Ordering: Relaxed, no other read depends on it.
        self.head.load(Ordering::Relaxed).is_null()
    }

    /// Calls the enabled actions for this CPU, each with the event.
    ///
    /// # Safety
    ///
    /// The event must have the type that every action in this list expects.
    #[inline]
    pub(crate) unsafe fn call(&self, _: &Section, cpu: usize, event: *mut ()) -> Outcome {
        let mut outcome = Outcome::default();
        // Ordering: as every load of a reader; see `flight`.
        let mut link = self.head.load(READ);
        // SAFETY: a head is never marked.
        while let Some(action) = unsafe { at(link) } {
            // Ordering: as above.
            let next = action.record().next.load(READ);
            // SAFETY: the caller's promise: the event has the type that the action expects.
            outcome = unsafe { action.call(cpu, event, outcome) };
            link = unmarked(next);
        }
        outcome
    }

    /// Visits the registered actions, by descending priority.
    pub(crate) fn each(&self, _: &Section, mut visit: impl FnMut(Pointer)) {
        // Ordering: as every load of a reader; see `flight`.
        let mut link = self.head.load(READ);
        // SAFETY: a head is never marked.
        while let Some(action) = unsafe { at(link) } {
            // Ordering: as above.
            let next = action.record().next.load(READ);
            // Skip a removed record. An earlier call of `visit` may have removed it.
            if !is_marked(next) {
                visit(action);
            }
            link = unmarked(next);
        }
    }

    /// Finds a record that is in the list, or was when the section began. Until the section
    /// ends, the record is not registered again, and its memory is not freed.
    pub(crate) fn find(&self, _: &Section, target: Target) -> Option<Pointer> {
        // Ordering: as every load of a reader; see `flight`.
        let mut link = self.head.load(READ);
        // SAFETY: a head is never marked.
        while let Some(here) = unsafe { at(link) } {
            if target.is(here) {
                return Some(here);
            }
            // Ordering: as above.
            link = unmarked(here.record().next.load(READ));
        }
        None
    }

    /// Walks the list up to the first record for which `stop` returns true, and unlinks the
    /// marked records on the way. Returns the link to that record, and the value of the
    /// link.
    fn seek<E>(
        &self,
        _: &Section,
        stop: impl Fn(&Record) -> Result<bool, E>,
    ) -> Result<(&AtomicPtr<Record>, *mut Record), E> {
        'again: loop {
            let mut link = &self.head;
            // Ordering: as every load of a reader; see `flight`.
            let mut here = link.load(READ);
            // SAFETY: a head is never marked. Other values come from an unmarked link, or
            // had the mark removed.
            while let Some(action) = unsafe { at(here) } {
                let record = action.record();
                // Ordering: as above.
                let next = record.next.load(READ);
                if is_marked(next) {
                    let unlinked = link.compare_exchange(
                        here,
                        unmarked(next),
                        // Ordering: Release pairs with the Acquire of readers and of
                        // `register`. It passes on the records behind this one, and what
                        // was written before the mark was set.
                        Ordering::Release,
                        // Ordering: Relaxed, the loop starts again and loads all values.
                        Ordering::Relaxed,
                    );
                    if unlinked.is_err() {
                        continue 'again;
                    }
                    here = unmarked(next);
                } else if stop(record)? {
                    break;
                } else {
                    link = &record.next;
                    here = next;
                }
            }
            return Ok((link, here));
        }
    }

    /// Inserts an action. Returns the state of its claim.
    ///
    /// # Safety
    ///
    /// The action must expect the type of events of this list, and the context must be that
    /// of its handler.
    pub(crate) unsafe fn register(
        &self,
        tracking: &impl Tracking,
        action: Pointer,
        place: Place,
    ) -> Result<Registered, ActionError> {
        let Place {
            table,
            index,
            capacity,
            context,
            is_free,
        } = place;
        let record = action.record();
        let claim = Claim::to_register(record, table, index, context)?;
        let section = tracking.enter_to_write();
        loop {
            // An exclusive action is alone in the list. It is inserted only into an empty
            // list, by an exchange that expects a null head. No other record is inserted
            // beside it: every registrant checks the first record of the list, and its
            // exchange fails if that record has changed since.
            let (link, next) = self.seek(&section, |other| {
                if record.is_shared() && other.is_shared() && !is_free {
                    Ok(other.priority() < record.priority())
                } else {
                    Err(ActionError::Exclusive {
                        index,
                        capacity,
                        action: record.id(),
                        other: other.id(),
                    })
                }
            })?;
            // Ordering: Relaxed, published with the record.
            record.next.store(next, Ordering::Relaxed);
            let put = link.compare_exchange(
                next,
                action.as_ptr(),
                // Ordering: Release pairs with the Acquire of readers. It publishes the
                // record, and everything that the registrant wrote before. Acquire pairs
                // with the Release of the unlinking: the registrant sees what was written
                // before the previous action here was removed.
                Ordering::AcqRel,
                // Ordering: Relaxed, the loop starts again and loads all values.
                Ordering::Relaxed,
            );
            if put.is_ok() {
                break;
            }
        }
        Ok(claim.keep())
    }

    /// An action that would prevent the registration of this one.
    pub(crate) fn refuses(&self, section: &Section, record: &Record) -> Option<ActionId> {
        let mut other = None;
        self.each(section, |here| {
            let here = here.record();
            if !(here.is_shared() && record.is_shared()) {
                other = Some(here.id());
            }
        });
        other
    }

    /// Removes an action: a reader that begins after this has returned does not call it.
    /// Returns `None` if the action is not in this list.
    pub(crate) fn unregister<T: Tracking>(&self, tracking: &T, target: Target) -> Option<Removed> {
        let section = tracking.enter_to_write();
        let record = self.find(&section, target)?.record();
        // Ordering: Relaxed, the exchange checks the value.
        let mut next = record.next.load(Ordering::Relaxed);
        loop {
            if is_marked(next) {
                return None;
            }
            match record.next.compare_exchange(
                next,
                marked(next),
                // Ordering: Release pairs with the Acquire of the operation that unlinks the
                // record. It passes on what the caller wrote before, and the unlinking
                // passes it on to the next registrant.
                Ordering::Release,
                // Ordering: Relaxed, the next record is not accessed.
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => next = now,
            }
        }
        // After one walk along the whole list, this or another operation has unlinked the
        // record.
        let all: Result<_, Infallible> = self.seek(&section, |_| Ok(false));
        let Ok(_) = all;
        Some(record.retire(T::RECLAIMS))
    }

    /// Enables or disables an action. Returns whether that changed its state, or `None` if
    /// the action is not in this list.
    pub(crate) fn set_enabled(
        &self,
        tracking: &impl Tracking,
        target: Target,
        enabled: bool,
    ) -> Option<bool> {
        let section = tracking.enter_to_write();
        self.find(&section, target)?.record().set_enabled(enabled)
    }
}
