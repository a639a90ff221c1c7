//! What the attributes write: structs whose parts are checked against each other where
//! the user wrote them.
//!
//! They are structs, not functions, because of what the compiler says about a part that
//! does not fit: nothing but that, on the user's token. Their fields have names that users
//! hardly give, or clippy would find a handler of that name redundant.

use super::entry::{Declaration, Entry, Requirement};
use super::message;
use super::static_action::{Declared, Exclusive, Linked, Shared};
use crate::action::NonReentrant;
use crate::action::cpus::CpuSet;
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::outcome::Verdict;
use crate::action_table::ActionTable;
use crate::events::{Events, List};
use crate::handler_table::HandlerTable;
use crate::slot::{Bound, Region};
use core::marker::PhantomData;

/// A table of either kind.
pub trait Table: Sized + 'static {
    /// The type of its events.
    type Events: Events;

    /// The type of a handler without options.
    type Handler: Copy;

    /// How many slots it has.
    const SLOTS: usize;

    /// How many CPUs it tracks.
    const CPUS: usize;
}

impl<const N: usize, F: Copy + 'static, E: Events> Table for HandlerTable<N, F, E> {
    type Events = E;
    type Handler = F;
    const SLOTS: usize = N;
    const CPUS: usize = usize::MAX;
}

impl<const N: usize, A: ?Sized + 'static, D: Tracking + 'static, E: Events> Table
    for ActionTable<N, A, D, E>
{
    type Events = E;
    type Handler = fn(&mut Event<'_, A>) -> Verdict;
    const SLOTS: usize = N;
    const CPUS: usize = D::CPUS;
}

/// A table and one of its events.
pub struct At<T: Table> {
    /// The table.
    pub of_table: &'static T,
    /// The event.
    pub at_index: <T::Events as Events>::Event,
}

/// The slot of the event of a table that has this number.
///
/// # Panics
///
/// As it compiles, if there is no such event.
#[must_use]
#[track_caller]
pub const fn slot<T: Table>(_: &'static T, number: usize, table: &str) -> usize {
    let list = T::Events::LIST;
    let slot = list.slot_of(number);
    if slot >= T::SLOTS {
        if list.is_empty() {
            message::out_of_range(number, T::SLOTS, table);
        }
        message::no_such_event(number, table);
    }
    slot
}

/// A requirement of these slots, where the linker cannot tell.
#[must_use]
pub const fn required<T: Table>(
    table: &'static T,
    slots: &'static [usize],
    file: &'static str,
    line: u32,
) -> Requirement {
    Requirement::new(Region::of_events(table, T::SLOTS), slots, file, line)
}

/// The number of the event that is in this place of the list of the events of a table.
#[must_use]
pub const fn number_at<T: Table>(_: &'static T, place: usize) -> usize {
    T::Events::LIST.number_at(place)
}

/// What a `#[handler_table]` knows of the type of its `static`. See [`Unknown`].
pub struct Probe<T>(PhantomData<T>);

impl<const N: usize, F, E: Events> Probe<HandlerTable<N, F, E>> {
    /// The events of the table.
    pub const LIST: &'static List = &E::LIST;
}

impl<const N: usize, A: ?Sized, D, E: Events> Probe<ActionTable<N, A, D, E>> {
    /// The events of the table.
    pub const LIST: &'static List = &E::LIST;
}

/// What is used of a type that is not that of a table. The compiler says so where the
/// `static` gets its value, and need not say it here once more.
pub trait Unknown {
    /// No events.
    const LIST: &'static List = &List::of(&[], "");
}

impl<T> Unknown for Probe<T> {}

/// The declaration of a [`HandlerTable`]. If it is none, the compiler says so where the
/// `static` gets its value, and need not say it here once more.
///
/// # Panics
///
/// As it compiles, if the table has no slots, or not as many as it has events.
#[must_use]
#[track_caller]
pub const fn slots<T>(table: &'static T, list: &'static List, name: &'static str) -> Declaration {
    has_slots(size_of::<T>());
    let region = Region::of(table);
    list.check_capacity(region.capacity);
    Declaration::new(region, list, name, false)
}

/// The declaration of a table of actions. Its constructor checks that it has as many slots as
/// its type of events.
///
/// # Panics
///
/// As it compiles, if the table has no slots.
#[must_use]
#[track_caller]
pub const fn events<const N: usize, A: ?Sized, D: Tracking, E>(
    table: &'static ActionTable<N, A, D, E>,
    list: &'static List,
    name: &'static str,
) -> Declaration {
    has_slots(N);
    Declaration::new(Region::of_events(table, N), list, name, true)
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

/// A table and a handler.
pub struct Registration<const N: usize, F: 'static, E: 'static> {
    /// The table of the event.
    pub of_table: &'static HandlerTable<N, F, E>,
    /// The function.
    pub with_handler: F,
}

impl<const N: usize, F: Copy, E: Events> Registration<N, F, E> {
    /// The entry of a handler for the event with this number.
    ///
    /// # Panics
    ///
    /// As it compiles, if there is no such event.
    #[must_use]
    #[track_caller]
    pub const fn entry(self, number: usize, table: &'static str, source: &'static str) -> Entry {
        let slot = slot(self.of_table, number, table);
        let bound = Bound::new(&self.of_table.slots[slot], self.with_handler);
        Entry::handler(bound, source)
    }
}

/// The CPUs that an action is limited to.
pub struct OnCpus<T: 'static> {
    /// The table of the event.
    pub of_table: &'static T,
    /// The set of CPUs.
    pub on_cpus: CpuSet,
    /// Whether the action is non-reentrant.
    pub is_non_reentrant: bool,
}

impl<T: Table> OnCpus<T> {
    /// The set.
    ///
    /// # Panics
    ///
    /// As it compiles, if the action would never be called; or if it is non-reentrant, and
    /// an event that one CPU pends could run on another.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> CpuSet {
        let cpus = self.on_cpus;
        if !cpus.any_below(T::CPUS) {
            message::no_cpus(cpus.is_empty(), T::CPUS);
        }
        assert!(
            !(self.is_non_reentrant && cpus.has_several()),
            "a `non_reentrant` action is for one CPU or for all: an event that one CPU pends would \
             run on another one of these; write one attribute for each CPU, each with a context of \
             its own"
        );
        cpus
    }
}

/// The options of an action.
pub struct Options {
    /// Its name for errors and listings; empty for its path.
    pub with_name: &'static str,
    /// Whether it shares its event.
    pub is_shared: bool,
    /// Which goes first.
    pub at_priority: i32,
    /// Whether its events are counted.
    pub is_counted: bool,
    /// Whether it starts disabled.
    pub is_disabled: bool,
    /// The CPUs that it is limited to.
    pub on_cpus: Option<CpuSet>,
}

/// A table of actions and a function.
pub struct ActionRegistration<const N: usize, A: ?Sized + 'static, D: 'static, E: 'static> {
    /// The table of the event.
    pub of_table: &'static ActionTable<N, A, D, E>,
    /// The function.
    pub with_handler: fn(&mut Event<'_, A>) -> Verdict,
    /// Its options.
    pub with_options: Options,
}

/// A table of actions, and a function with a context that all calls share.
pub struct ContextRegistration<
    const N: usize,
    A: ?Sized + 'static,
    D: 'static,
    E: 'static,
    C: 'static,
> {
    /// The table of the event.
    pub of_table: &'static ActionTable<N, A, D, E>,
    /// What the function gets besides the event.
    pub with_context: Shared<C>,
    /// The function.
    pub with_handler: fn(&mut Event<'_, A>, &'static C) -> Verdict,
    /// Its options.
    pub with_options: Options,
}

/// A table of actions, and a function with a context that one call at a time has.
pub struct NonReentrantRegistration<
    const N: usize,
    A: ?Sized + 'static,
    D: 'static,
    E: 'static,
    C: 'static,
> {
    /// The table of the event.
    pub of_table: &'static ActionTable<N, A, D, E>,
    /// What the function gets besides the event.
    pub with_context: Exclusive<C>,
    /// The function.
    pub with_handler: NonReentrant<A, C>,
    /// Its options.
    pub with_options: Options,
}

macro_rules! entry {
    ([$($parameter:ident)?] $registration:ty, $action:ty, |$slot:ident, $self:ident, $declared:ident| $new:expr) => {
        impl<const N: usize, A: ?Sized, D: Tracking, E: Events, $($parameter)?> $registration {
            /// The action for the event with this number.
            ///
            /// # Panics
            ///
            /// As it compiles, if there is no such event.
            #[must_use]
            #[track_caller]
            pub const fn entry(
                self,
                number: usize,
                table: &'static str,
                source: &'static str,
            ) -> $action {
                let $self = self;
                let $slot = slot($self.of_table, number, table);
                let $declared = &$self.with_options.declared(source);
                $new
            }
        }
    };
}

entry!(
    [] ActionRegistration<N, A, D, E>, Linked, |slot, it, declared| {
        Linked::plain(it.of_table, slot, it.with_handler, declared)
    }
);
entry!(
    [C] ContextRegistration<N, A, D, E, C>, Linked, |slot, it, declared| {
        Linked::with_context(it.of_table, slot, it.with_handler, it.with_context, declared)
    }
);
entry!(
    [C] NonReentrantRegistration<N, A, D, E, C>, Linked<C>, |slot, it, declared| {
        Linked::non_reentrant(it.of_table, slot, it.with_handler, it.with_context, declared)
    }
);

impl Options {
    /// Those of an attribute without options.
    pub(super) const NONE: Self = Options {
        with_name: "",
        is_shared: false,
        at_priority: 0,
        is_counted: false,
        is_disabled: false,
        on_cpus: None,
    };

    const fn declared(&self, source: &'static str) -> Declared {
        Declared {
            name: self.with_name,
            shared: self.is_shared,
            priority: self.at_priority,
            counted: self.is_counted,
            disabled: self.is_disabled,
            cpus: self.on_cpus,
            source,
        }
    }
}
