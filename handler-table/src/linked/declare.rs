//! What the attributes write, each part to be checked against the others where the user
//! wrote it.

use super::entry::Entry;
use super::message::out_of_range;
use super::static_action::{Declared, StaticAction};
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::outcome::Verdict;
use crate::action_table::ActionTable;
use crate::handler_table::HandlerTable;
use crate::slot::{Bound, Region};

/// Where the slots of a table are, a [`HandlerTable`]: the compiler says so where it gets
/// its value, and need not say it here once more.
///
/// # Panics
///
/// As it compiles, if the table has no slots.
#[must_use]
#[track_caller]
pub const fn slots<T>(table: &'static T) -> Region {
    has_slots(size_of::<T>());
    Region::of(table)
}

/// Where the events of a table of actions are.
///
/// # Panics
///
/// As [`slots`].
#[must_use]
#[track_caller]
pub const fn events<const N: usize, A: ?Sized, D: Tracking>(
    table: &'static ActionTable<N, A, D>,
) -> Region {
    has_slots(N);
    Region::of_events(table, N)
}

/// Two tables without slots may have one address, and no identity.
#[track_caller]
const fn has_slots(number: usize) {
    assert!(
        number > 0,
        "a table with `#[handler_table]` needs at least one slot, or it may share its address with \
         another table"
    );
}

/// What `#[event_handler]` writes for a table of actions: each to be checked against
/// the others where the user wrote it.
pub struct ActionWithoutOptions<const N: usize, A: ?Sized + 'static, D: 'static> {
    /// The table of the event.
    pub of_table: &'static ActionTable<N, A, D>,
    /// The event.
    pub at_index: usize,
    /// The function.
    pub with_handler: fn(&mut Event<'_, A>) -> Verdict,
}

impl<const N: usize, A: ?Sized, D: Tracking> ActionWithoutOptions<N, A, D> {
    /// The action.
    ///
    /// # Panics
    ///
    /// As it compiles, if the index is out of range.
    #[must_use]
    #[track_caller]
    pub const fn entry(
        self,
        table: &'static str,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> StaticAction {
        ActionWithOptions {
            of_table: self.of_table,
            at_index: self.at_index,
            with_handler: self.with_handler,
            with_name: "",
            is_shared: false,
            at_priority: 0,
        }
        .entry(table, function, file, line)
    }
}

/// As [`ActionWithoutOptions`], with options.
pub struct ActionWithOptions<const N: usize, A: ?Sized + 'static, D: 'static> {
    /// The table of the event.
    pub of_table: &'static ActionTable<N, A, D>,
    /// The event.
    pub at_index: usize,
    /// The function.
    pub with_handler: fn(&mut Event<'_, A>) -> Verdict,
    /// Its name for errors and listings; empty for its path.
    pub with_name: &'static str,
    /// Whether it shares its event.
    pub is_shared: bool,
    /// Which goes first.
    pub at_priority: i32,
}

impl<const N: usize, A: ?Sized, D: Tracking> ActionWithOptions<N, A, D> {
    /// The action.
    ///
    /// # Panics
    ///
    /// As it compiles, if the index is out of range.
    #[must_use]
    #[track_caller]
    pub const fn entry(
        self,
        table: &'static str,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> StaticAction {
        if self.at_index >= N {
            out_of_range(self.at_index, N, table);
        }
        let declared = Declared {
            name: self.with_name,
            shared: self.is_shared,
            priority: self.at_priority,
            function,
            file,
            line,
        };
        StaticAction::plain(self.of_table, self.at_index, self.with_handler, &declared)
    }
}

/// As [`ActionWithOptions`], for a handler with a context.
pub struct ActionWithContext<const N: usize, A: ?Sized + 'static, D: 'static, C: Sync + 'static> {
    /// The table of the event.
    pub of_table: &'static ActionTable<N, A, D>,
    /// The event.
    pub at_index: usize,
    /// What the function gets besides the event.
    pub with_context: &'static C,
    /// The function.
    pub with_handler: fn(&mut Event<'_, A>, &'static C) -> Verdict,
    /// Its name for errors and listings; empty for its path.
    pub with_name: &'static str,
    /// Whether it shares its event.
    pub is_shared: bool,
    /// Which goes first.
    pub at_priority: i32,
}

impl<const N: usize, A: ?Sized, D: Tracking, C: Sync> ActionWithContext<N, A, D, C> {
    /// The action.
    ///
    /// # Panics
    ///
    /// As it compiles, if the index is out of range.
    #[must_use]
    #[track_caller]
    pub const fn entry(
        self,
        table: &'static str,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> StaticAction {
        if self.at_index >= N {
            out_of_range(self.at_index, N, table);
        }
        let declared = Declared {
            name: self.with_name,
            shared: self.is_shared,
            priority: self.at_priority,
            function,
            file,
            line,
        };
        StaticAction::with_context(
            self.of_table,
            self.at_index,
            self.with_handler,
            self.with_context,
            &declared,
        )
    }
}

/// What `#[event_handler]` writes: a table, an index and a function, each to be
/// checked against the others where the user wrote it.
///
/// The fields have names that users hardly give, or clippy would find a handler of
/// that name redundant.
pub struct Registration<const N: usize, F: 'static> {
    /// The table of the event.
    pub of_table: &'static HandlerTable<N, F>,
    /// The event.
    pub at_index: usize,
    /// The function.
    pub with_handler: F,
}

impl<const N: usize, F: Copy> Registration<N, F> {
    /// The entry of a handler.
    ///
    /// # Panics
    ///
    /// As it compiles, if the index is out of range.
    #[must_use]
    #[track_caller]
    pub const fn entry(
        self,
        table: &'static str,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> Entry {
        if self.at_index >= N {
            out_of_range(self.at_index, N, table);
        }
        let bound = Bound::new(&self.of_table.slots[self.at_index], self.with_handler);
        Entry::handler(bound, function, file, line)
    }
}

/// A table of either kind.
pub trait Events {
    /// How many events it has.
    const CAPACITY: usize;
}

impl<const N: usize, F> Events for HandlerTable<N, F> {
    const CAPACITY: usize = N;
}

impl<const N: usize, A: ?Sized, D> Events for ActionTable<N, A, D> {
    const CAPACITY: usize = N;
}

/// What `require!` checks as it compiles.
///
/// # Panics
///
/// As it compiles, if the index is out of range.
#[track_caller]
pub const fn require<T: Events>(_: &'static T, index: usize, table: &'static str) {
    if index >= T::CAPACITY {
        out_of_range(index, T::CAPACITY, table);
    }
}
