//! The table of an action, as the action knows it.
//!
//! An action that was removed can be asked for its context, or be registered in
//! another table. Both must know whether a call of it is in flight, which its former
//! table counts. So the action keeps the address of that table, and a table says in its
//! first field how to ask it.
//!
//! A table whose actions are registered is borrowed for `'static`. It neither moves nor
//! ends, so its address is its identity and can be followed for ever.

use crate::slot::Slot;
use core::ptr::NonNull;

/// The first field of a table: how to ask it. Empty until the first registration, so
/// that a table is all zero at first.
#[repr(transparent)]
pub(crate) struct Head(Slot<unsafe fn(Home) -> bool>);

impl Head {
    pub(crate) const fn new() -> Self {
        Head(Slot::empty())
    }
}

/// What can be the home of actions.
///
/// # Safety
///
/// `Self` is `repr(C)`, and its first field is the [`Head`] that `head` returns.
pub(crate) unsafe trait House: Sync {
    fn head(&self) -> &Head;

    /// Whether no call is in flight that began before.
    fn is_idle(&self) -> bool;
}

/// A table that lives for ever, whatever its type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home(NonNull<Head>);

impl Home {
    /// The table, which from now on can be asked.
    pub(crate) fn of<T: House>(table: &'static T) -> Self {
        let Head(slot) = table.head();
        if slot.get().is_none() {
            // If there is one now, it is the same.
            let _ = slot.put(ask::<T>);
        }
        Home(NonNull::from(table).cast())
    }

    /// # Safety
    ///
    /// The address is that of a `Home`.
    pub(crate) const unsafe fn at(address: NonNull<Head>) -> Self {
        Home(address)
    }

    pub(crate) const fn as_ptr(self) -> *mut Head {
        self.0.as_ptr()
    }

    /// Whether no call is in flight in the table that began before.
    pub(crate) fn is_idle(self) -> bool {
        // SAFETY: `of` made this of a `House` that lives for ever, whose first field is
        // a `Head`.
        let ask = unsafe { self.0.as_ref() }.0.get();
        // There is one since `of`.
        // SAFETY: `of` stored the function of this table's own type.
        ask.is_some_and(|ask| unsafe { ask(self) })
    }
}

/// # Safety
///
/// The home is a `T`.
unsafe fn ask<T: House>(home: Home) -> bool {
    // SAFETY: the caller's promise, and the pointer was made of a `&'static T`.
    unsafe { home.0.cast::<T>().as_ref() }.is_idle()
}
