//! Tables whose type is an alias, or imported under another name. The attributes do not see
//! which of the two kinds they are; the type tells.

// The type of a value chooses among the methods.
#![allow(clippy::unused_self)]

use super::declare::{ActionRegistration, Options, Probe, Registration, Table, events, slots};
use super::entry::{Declaration, Entry};
use super::static_action::Linked;
use crate::action::flight::Tracking;
use crate::action_table::ActionTable;
use crate::events::{Events, List};
use crate::handler_table::{Handler, HandlerTable};
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// The kind of a table whose type is an alias.
pub struct Kind<T>(PhantomData<T>);

impl<const N: usize, F, E: Events> Probe<HandlerTable<N, F, E>> {
    /// A table of functions.
    pub const KIND: Kind<HandlerTable<N, F, E>> = Kind(PhantomData);
}

impl<const N: usize, A: ?Sized, D, E: Events> Probe<ActionTable<N, A, D, E>> {
    /// A table of actions.
    pub const KIND: Kind<ActionTable<N, A, D, E>> = Kind(PhantomData);
}

/// What is used of a type that is not that of a table; see [`Unknown`](super::declare::Unknown).
pub trait UnknownKind {
    /// That of another type than the `static` has.
    const KIND: Kind<HandlerTable<0>> = Kind(PhantomData);
}

impl<T> UnknownKind for Probe<T> {}

impl<const N: usize, F, E> Kind<HandlerTable<N, F, E>> {
    /// An empty table.
    ///
    /// # Safety
    ///
    /// As [`HandlerTable::with_proof`].
    #[must_use]
    #[track_caller]
    pub const unsafe fn with_proof(self, proof: fn(F) -> *const [F; 1]) -> HandlerTable<N, F, E> {
        // SAFETY: as the caller promises.
        unsafe { HandlerTable::with_proof(proof) }
    }

    /// See [`slots`].
    #[must_use]
    #[track_caller]
    pub const fn declared<T>(
        self,
        table: &'static T,
        list: &'static List,
        name: &'static str,
    ) -> Declaration {
        slots(table, list, name)
    }
}

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> Kind<ActionTable<N, A, D, E>> {
    /// An empty table, which needs no proof.
    ///
    /// # Safety
    ///
    /// None.
    #[must_use]
    #[track_caller]
    pub const unsafe fn with_proof(
        self,
        _: fn(Handler) -> *const [Handler; 1],
    ) -> ActionTable<N, A, D, E> {
        ActionTable::new()
    }

    /// See [`events`].
    #[must_use]
    #[track_caller]
    pub const fn declared(
        self,
        table: &'static ActionTable<N, A, D, E>,
        list: &'static List,
        name: &'static str,
    ) -> Declaration {
        events(table, list, name)
    }
}

/// A table whose type is an alias, and a function.
pub struct AliasRegistration<T: Table> {
    /// The table of the event.
    pub of_table: &'static T,
    /// The function.
    pub with_handler: T::Handler,
}

/// The action of a function, if its table is one of actions.
pub type MaybeAction = MaybeUninit<Linked>;

impl<const N: usize, F: Copy + 'static, E: Events> AliasRegistration<HandlerTable<N, F, E>> {
    /// No action.
    #[must_use]
    pub const fn action(self, _: usize, _: &'static str, _: &'static str) -> MaybeAction {
        MaybeUninit::uninit()
    }

    /// See [`Registration::entry`].
    #[must_use]
    #[track_caller]
    pub const fn entry(
        self,
        number: usize,
        table: &'static str,
        source: &'static str,
    ) -> EntryOfFunction {
        let registration = Registration {
            of_table: self.of_table,
            with_handler: self.with_handler,
        };
        EntryOfFunction(registration.entry(number, table, source))
    }
}

impl<const N: usize, A: ?Sized + 'static, D: Tracking + 'static, E: Events>
    AliasRegistration<ActionTable<N, A, D, E>>
{
    /// See [`ActionRegistration::entry`].
    #[must_use]
    #[track_caller]
    pub const fn action(
        self,
        number: usize,
        table: &'static str,
        source: &'static str,
    ) -> MaybeAction {
        let registration = ActionRegistration {
            of_table: self.of_table,
            with_handler: self.with_handler,
            with_options: Options::NONE,
        };
        MaybeUninit::new(registration.entry(number, table, source))
    }

    /// The entry is that of the action.
    #[must_use]
    pub const fn entry(self, _: usize, _: &'static str, _: &'static str) -> EntryOfAction {
        EntryOfAction(())
    }
}

/// The entry of a function.
pub struct EntryOfFunction(Entry);

impl EntryOfFunction {
    /// The entry.
    ///
    /// # Safety
    ///
    /// As [`EntryOfAction::with`].
    #[must_use]
    pub const unsafe fn with(self, _: &'static MaybeAction) -> Entry {
        self.0
    }
}

/// The entry of an action.
pub struct EntryOfAction(());

impl EntryOfAction {
    /// The entry.
    ///
    /// # Safety
    ///
    /// The action is what [`AliasRegistration::action`] gave for the same table, and in no other
    /// entry.
    #[must_use]
    pub const unsafe fn with(self, action: &'static MaybeAction) -> Entry {
        // SAFETY: that of a table of actions is there. It is in no other entry.
        unsafe { Entry::action(action.assume_init_ref()) }
    }
}
