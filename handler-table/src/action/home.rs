//! [`Home`]: a pointer from an action to its table.
//!
//! The owner of a removed action can borrow its context, or register the action in another
//! table. Both operations must know whether a call of the action is in flight, and only its
//! former table counts that. So the action keeps the address of that table. The first field
//! of a table is a function that answers the question.
//!
//! Registration borrows the table for `'static`. Such a table never moves or ends, so its
//! address is its identity, and can always be dereferenced.

use crate::slot::Slot;
use core::ptr::NonNull;

/// The first field of a table: the function that says whether the table is idle. Empty
/// until the first registration, so that a new table is all zero.
#[repr(transparent)]
pub(crate) struct Head(Slot<unsafe fn(Home) -> bool>);

impl Head {
    pub(crate) const fn new() -> Self {
        Head(Slot::empty())
    }
}

/// A type of table that can be the home of actions.
///
/// # Safety
///
/// `Self` must be `repr(C)`, and its first field must be the [`Head`] that `head` returns.
pub(crate) unsafe trait House: Sync {
    fn head(&self) -> &Head;

    /// Returns true if no call that began before is in flight.
    fn is_idle(&self) -> bool;
}

/// A pointer to a table of any type with static lifetime.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home(NonNull<Head>);

impl Home {
    /// Makes a pointer to the table, and stores the function for its type in the head.
    pub(crate) fn of<T: House>(table: &'static T) -> Self {
        let Head(slot) = table.head();
        if slot.get().is_none() {
            // If another thread has stored a function, it is the same one.
            let _ = slot.put(ask::<T>);
        }
        Home(NonNull::from(table).cast())
    }

    /// # Safety
    ///
    /// The address must come from `Home::as_ptr`.
    pub(crate) const unsafe fn at(address: NonNull<Head>) -> Self {
        Home(address)
    }

    pub(crate) const fn as_ptr(self) -> *mut Head {
        self.0.as_ptr()
    }

    /// Returns true if no call that began before is in flight in the table.
    pub(crate) fn is_idle(self) -> bool {
        // SAFETY: `of` made this from a `&'static` `House`, whose first field is a `Head`.
        let ask = unsafe { self.0.as_ref() }.0.get();
        // It is never `None`, because `of` stored a function.
        // SAFETY: `of` stored the function for the type of this table.
        ask.is_some_and(|ask| unsafe { ask(self) })
    }
}

/// # Safety
///
/// The home must be a `T`.
unsafe fn ask<T: House>(home: Home) -> bool {
    // SAFETY: the caller's promise, and the pointer was made from a `&'static T`.
    unsafe { home.0.cast::<T>().as_ref() }.is_idle()
}
