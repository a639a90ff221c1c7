//! The list of the actions of one event: Harris' list.
//!
//! A singly linked list of [`Record`]s, sorted by falling priority. A record is the first
//! field of an action that its owner lends for `'static`. It is put in by one
//! compare-and-exchange of its predecessor's link, and removed in two steps. First the
//! lowest bit of its own link is set, the **mark**: from then on it is not in the list,
//! and its link does not change, so nothing can be put in behind it. Then whoever comes
//! by moves its predecessor's link past it, which is **unlinking**. A reader on a removed
//! record can still follow the list, for the record still points into it. It may call an
//! action that is marked, whose removal has then not returned yet.
//!
//! Two facts about it are used below:
//!
//! * **Unmarked is reachable.** A record that was put in and has no mark can be reached
//!   from the head. So a compare-and-exchange on its link that expects no mark is made in
//!   the list.
//! * **Once unlinked, never seen again.** Each change of a link makes it point at what
//!   could be reached just before. So a record that cannot be reached stays so, until its
//!   owner registers it again.

use super::error::ActionError;
use super::flight::{READ, Section, Tracking};
use super::home::Home;
use super::id::ActionId;
use super::outcome::Outcome;
use super::record::life::{Claim, Removed};
use super::record::{Pointer, Record};
use crate::sync::{AtomicPtr, Ordering};
use core::convert::Infallible;
use core::ptr::{self, NonNull};

/// What a link points at, if that is a record.
///
/// # Safety
///
/// The link has no mark, and was read from a list.
#[inline]
unsafe fn at(link: *mut Record) -> Option<Pointer> {
    // SAFETY: only pointers go into links, and no mark has been set.
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

// There is room for the mark.
const _: () = assert!(align_of::<Record>() > 1);

/// Where an action is registered.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) table: Home,
    pub(crate) index: usize,
    pub(crate) capacity: usize,
    /// What the handler of the action is called with.
    pub(crate) context: *mut (),
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
        // Ordering: Relaxed, nothing is read on the strength of it.
        self.head.load(Ordering::Relaxed).is_null()
    }

    /// Calls the enabled actions of this CPU, each with the event.
    ///
    /// # Safety
    ///
    /// The event is of the type of every action in this list.
    #[inline]
    pub(crate) unsafe fn call(&self, _: &Section<'_>, cpu: usize, event: *mut ()) -> Outcome {
        let mut outcome = Outcome::default();
        // Ordering: as every load of a reader; see `flight`.
        let mut link = self.head.load(READ);
        // SAFETY: a head is never marked.
        while let Some(action) = unsafe { at(link) } {
            // Ordering: as above.
            let next = action.record().next.load(READ);
            // SAFETY: the caller has promised that the event is of its type.
            outcome = unsafe { action.call(cpu, event, outcome) };
            link = unmarked(next);
        }
        outcome
    }

    /// Every action that is registered, by falling priority.
    pub(crate) fn each(&self, _: &Section<'_>, mut visit: impl FnMut(Pointer)) {
        // Ordering: as every load of a reader; see `flight`.
        let mut link = self.head.load(READ);
        // SAFETY: a head is never marked.
        while let Some(action) = unsafe { at(link) } {
            // Ordering: as above.
            let next = action.record().next.load(READ);
            // `visit` may have removed it, from the place before.
            if !is_marked(next) {
                visit(action);
            }
            link = unmarked(next);
        }
    }

    /// Whether the record is in the list, or was when the section began.
    pub(crate) fn finds(&self, _: &Section<'_>, action: Pointer) -> bool {
        // Ordering: as every load of a reader; see `flight`.
        let mut link = self.head.load(READ);
        // SAFETY: a head is never marked.
        while let Some(here) = unsafe { at(link) } {
            if here == action {
                return true;
            }
            // Ordering: as above.
            link = unmarked(here.record().next.load(READ));
        }
        false
    }

    /// Goes along the list up to the first record that `stop`s, and unlinks all that are
    /// marked on the way. Returns the link that leads on, and where to.
    fn seek<E>(
        &self,
        _: &Section<'_>,
        stop: impl Fn(&Record) -> Result<bool, E>,
    ) -> Result<(&AtomicPtr<Record>, *mut Record), E> {
        'again: loop {
            let mut link = &self.head;
            // Ordering: as every load of a reader; see `flight`.
            let mut here = link.load(READ);
            // SAFETY: a head is never marked, nor is what follows a record that is not.
            while let Some(action) = unsafe { at(here) } {
                let record = action.record();
                // Ordering: as above.
                let next = record.next.load(READ);
                if is_marked(next) {
                    let unlinked = link.compare_exchange(
                        here,
                        unmarked(next),
                        // Ordering: Release passes on the records behind, and what was
                        // done before the mark was set.
                        Ordering::Release,
                        // Ordering: it begins again, and loads what it needs.
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

    /// Puts an action in, and tells whether it is enabled.
    ///
    /// # Safety
    ///
    /// The action is of the type of this list, and the context is that of its handler.
    pub(crate) unsafe fn register(
        &self,
        tracking: &impl Tracking,
        action: Pointer,
        place: Place,
    ) -> Result<bool, ActionError> {
        let Place {
            table,
            index,
            capacity,
            context,
        } = place;
        let record = action.record();
        let claim = Claim::to_register(record, table, index, context)?;
        let section = tracking.enter_to_write();
        loop {
            // An exclusive action is alone: it is put in where the whole list was empty,
            // by the exchange of a null head. No record is put in beside it, for whoever
            // does so looks at the first of the list, and any change of that fails the
            // exchange.
            let (link, next) = self.seek(&section, |other| {
                if record.is_shared() && other.is_shared() {
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
                // Ordering: Release publishes the record, and all that the registrant
                // wrote before. Acquire shows the registrant what was done before the last
                // action here was removed.
                Ordering::AcqRel,
                // Ordering: it begins again, and loads what it needs.
                Ordering::Relaxed,
            );
            if put.is_ok() {
                break;
            }
        }
        let is_enabled = claim.is_enabled;
        claim.keep();
        Ok(is_enabled)
    }

    /// The action that would keep this one from being put in.
    pub(crate) fn refuses(&self, section: &Section<'_>, record: &Record) -> Option<ActionId> {
        let mut other = None;
        self.each(section, |here| {
            let here = here.record();
            if !(here.is_shared() && record.is_shared()) {
                other = Some(here.id());
            }
        });
        other
    }

    /// Removes an action: no reader that begins from here on calls it. None if it is not in this list.
    pub(crate) fn unregister<T: Tracking>(&self, tracking: &T, action: Pointer) -> Option<Removed> {
        let record = action.record();
        let section = tracking.enter_to_write();
        if !self.finds(&section, action) {
            return None;
        }
        // Ordering: Relaxed, the exchange looks again.
        let mut next = record.next.load(Ordering::Relaxed);
        loop {
            if is_marked(next) {
                return None;
            }
            match record.next.compare_exchange(
                next,
                marked(next),
                // Ordering: Release passes on what the caller did before to whoever
                // unlinks the record and takes its place.
                Ordering::Release,
                // Ordering: Relaxed, what it points at is not looked at.
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => next = now,
            }
        }
        // Once along the whole list: then the record is unlinked, whoever did it.
        let all: Result<_, Infallible> = self.seek(&section, |_| Ok(false));
        let Ok(_) = all;
        Some(record.retire(T::RECLAIMS))
    }

    /// Enables or disables an action, and tells whether it was the other way before. None
    /// if it is not in this list.
    pub(crate) fn set_enabled(
        &self,
        tracking: &impl Tracking,
        action: Pointer,
        enabled: bool,
    ) -> Option<bool> {
        let section = tracking.enter_to_write();
        if !self.finds(&section, action) {
            return None;
        }
        action.record().set_enabled(enabled)
    }
}
