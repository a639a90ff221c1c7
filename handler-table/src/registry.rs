//! Static handlers: what the attributes put into the program, and how it gets
//! from there into the tables.
//!
//! All tables of a program share one distributed slice. An entry of it is the
//! declaration of a table or one handler, and is read-only. Beside a handler's
//! entry stands the symbol `handler_for_event_3_of_…`, so that two handlers for
//! one event are two definitions of one symbol, which no linker accepts.

use crate::action::error::ActionError;
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::outcome::Verdict;
use crate::action_table::ActionTable;
use crate::error::{InitError, StaticHandler};
use crate::handler_table::HandlerTable;
use crate::slot::{Bound, Load, Region};
use crate::static_action::{Declared, StaticAction, Step};

/// The section of every static handler of the program. Its name has the version up
/// to the number that makes two versions incompatible: such two do not read each
/// other's entries.
#[cfg(not(handler_table_elf))]
#[linkme::distributed_slice]
pub static HANDLER_TABLE_0_1: [Entry];

/// The entries of the program.
#[cfg(not(handler_table_elf))]
fn program() -> &'static [Entry] {
    &HANDLER_TABLE_0_1
}

/// The entries of the program, in the section `handler_table_0_1`. See above for the
/// name.
///
/// Not `linkme`'s slice: that has a writable element of no size, which makes the
/// section writable on bare metal, and which `mold` collects instead of the entries
/// if these have no relocations.
#[cfg(handler_table_elf)]
fn program() -> &'static [Entry] {
    // SAFETY: the linker defines both, for there is a section of that name: `SENTINEL`
    // is in it. Nothing is there that could be accessed by these names.
    unsafe extern "Rust" {
        #[link_name = "__start_handler_table_0_1"]
        safe static START: [Entry; 0];
        #[link_name = "__stop_handler_table_0_1"]
        safe static STOP: [Entry; 0];
    }
    let (start, stop) = ((&raw const START).cast::<Entry>(), &raw const STOP);
    // A linker script can define them as it likes.
    let bytes = stop.addr().saturating_sub(start.addr());
    if !start.is_aligned() || !bytes.is_multiple_of(size_of::<Entry>()) {
        return &[];
    }
    // SAFETY: between the two is the section, which consists of entries. If a linker
    // script put zero bytes there, they are a valid entry, a sentinel.
    unsafe { core::slice::from_raw_parts(start, bytes / size_of::<Entry>()) }
}

/// So that the slice is never empty, which some linkers fail on; and so that
/// `init` can tell a program without static handlers from one whose linker
/// dropped the section.
const _: () = {
    crate::__entry! { static SENTINEL = Entry(Kind::Sentinel(Some(&SENTINEL))); }
};

/// One element of the slice.
///
/// Safe code of users gets entries of handlers and requirements only, whose parts
/// fit together by their types.
#[repr(transparent)]
pub struct Entry(Kind);

/// What an element of the slice is.
///
/// Every kind has a pointer, also the sentinel, so that the compiler gives the
/// sections of all entries the same flags: `mold` does not put sections with other
/// flags together.
///
/// Zero bytes, which a linker may put between two sections, read as a sentinel
/// that refers to nothing.
#[repr(u8)]
enum Kind {
    /// Nothing; exactly one, from this crate, which refers to itself.
    Sentinel(Option<&'static Entry>) = 0,
    /// A handler and where it belongs.
    Handler {
        /// Where it was declared.
        line: u32,
        /// Where it was declared.
        file: &'static str,
        /// Its path.
        function: &'static str,
        /// The function and its slot.
        bound: Bound,
    },
    /// An action, which knows where it belongs.
    Action(&'static StaticAction),
    /// What `require!` asks for of a table of actions.
    Required {
        /// Where it asks.
        line: u32,
        /// Where it asks.
        file: &'static str,
        /// The table.
        region: Region,
        /// The events that must have an action.
        indices: &'static [usize],
    },
    /// A table that is declared with the attribute.
    Table {
        /// Its crate and name.
        name: &'static str,
        /// Its slots.
        region: Region,
        /// How far it is loaded.
        load: &'static Load,
    },
}

/// The promise of the README: static bytes per handler, without its strings.
const _: () = assert!(size_of::<Entry>() <= 64);

impl Entry {
    /// The entry of a table, a [`HandlerTable`]: the compiler says so where it gets its
    /// value, and need not say it here once more.
    ///
    /// # Safety
    ///
    /// The table is a `HandlerTable`, and neither it nor `load` is in another entry.
    ///
    /// # Panics
    ///
    /// As it compiles, if the table has no slots.
    #[must_use]
    #[track_caller]
    pub const unsafe fn table<T>(
        table: &'static T,
        name: &'static str,
        load: &'static Load,
    ) -> Self {
        has_slots(size_of::<T>());
        Entry::declared(Region::of(table), name, load)
    }

    /// The entry of a table of actions.
    ///
    /// # Safety
    ///
    /// Neither the table nor `load` is in another entry.
    ///
    /// # Panics
    ///
    /// As [`table`](Entry::table).
    #[must_use]
    #[track_caller]
    pub const unsafe fn actions<const N: usize, A: ?Sized, D: Tracking>(
        table: &'static ActionTable<N, A, D>,
        name: &'static str,
        load: &'static Load,
    ) -> Self {
        has_slots(N);
        Entry::declared(Region::of_events(table, N), name, load)
    }

    pub(crate) const fn declared(region: Region, name: &'static str, load: &'static Load) -> Self {
        Entry(Kind::Table { name, region, load })
    }

    /// The sentinel of a test's own slice.
    #[cfg(test)]
    pub(crate) const fn sentinel() -> Self {
        static OTHER: Entry = Entry::sentinel();
        Entry(Kind::Sentinel(Some(&OTHER)))
    }

    /// The entry of an action.
    ///
    /// # Safety
    ///
    /// The action is in no other entry.
    #[must_use]
    pub const unsafe fn action(action: &'static StaticAction) -> Self {
        Entry(Kind::Action(action))
    }

    /// The path of the function, if it is the entry of a handler.
    pub(crate) const fn function(&self) -> &'static str {
        match &self.0 {
            Kind::Handler { function, .. } => function,
            Kind::Action(action) => action.function(),
            Kind::Sentinel(_) | Kind::Table { .. } | Kind::Required { .. } => "",
        }
    }

    /// The file of the function, as above.
    pub(crate) const fn file(&self) -> &'static str {
        match &self.0 {
            Kind::Handler { file, .. } => file,
            Kind::Action(action) => action.record().id().file(),
            Kind::Sentinel(_) | Kind::Table { .. } | Kind::Required { .. } => "",
        }
    }

    /// The line of the function, as above.
    pub(crate) const fn line(&self) -> u32 {
        match &self.0 {
            Kind::Handler { line, .. } => *line,
            Kind::Action(action) => action.record().id().line(),
            Kind::Sentinel(_) | Kind::Table { .. } | Kind::Required { .. } => 0,
        }
    }

    /// The entry of a requirement of a table of actions.
    #[must_use]
    pub const fn required<const N: usize, A: ?Sized, D: Tracking>(
        table: &'static ActionTable<N, A, D>,
        indices: &'static [usize],
        file: &'static str,
        line: u32,
    ) -> Self {
        Entry(Kind::Required {
            line,
            file,
            region: Region::of_events(table, N),
            indices,
        })
    }
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
    /// Whether it stands beside others.
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
            crate::message::out_of_range(self.at_index, N, table);
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
    /// Whether it stands beside others.
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
            crate::message::out_of_range(self.at_index, N, table);
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
            crate::message::out_of_range(self.at_index, N, table);
        }
        let bound = Bound::new(&self.of_table.slots[self.at_index], self.with_handler);
        Entry(Kind::Handler {
            line,
            file,
            function,
            bound,
        })
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
        crate::message::out_of_range(index, T::CAPACITY, table);
    }
}

/// The initial state of a table's [`Load`].
#[must_use]
pub const fn idle() -> Load {
    Load::idle()
}

impl<const N: usize, F: Copy> HandlerTable<N, F> {
    /// Loads the static handlers of this table: each function with
    /// `#[event_handler(THIS, index)]` in any crate that is linked in.
    ///
    /// All or nothing: on an error no handler is left loaded. Idempotent: a
    /// second call changes nothing and says so, and a static handler that was
    /// unregistered in between does not come back.
    ///
    /// Publishes as [`register`](HandlerTable::register) does. Several threads
    /// may call it at once: one loads, the others **spin** until it is done.
    /// So do not call it from an interrupt or signal handler that may have
    /// interrupted it. It allocates nothing, and uses about 1 KiB of stack.
    /// The time is linear in the handlers of the whole program, for every table and
    /// every 4,096 slots.
    ///
    /// # Errors
    ///
    /// * [`Duplicate`](InitError::Duplicate): two static handlers for one
    ///   event. (With the index written as a literal the link has failed
    ///   already.)
    /// * [`Occupied`](InitError::Occupied): a handler was registered at run
    ///   time before.
    /// * [`NotDeclared`](InitError::NotDeclared): the table is not a `static`
    ///   with `#[handler_table]`, so nothing can be linked into it.
    /// * [`Undeclared`](InitError::Undeclared): a static handler, of whichever
    ///   table, is of a `static` without `#[handler_table]`.
    /// * [`SectionLost`](InitError::SectionLost): the linker dropped the static
    ///   handlers.
    ///
    /// # Not guaranteed
    ///
    /// If another thread registers a handler for one of the events while this
    /// runs, the static handlers may be visible for a moment before they are
    /// taken back and the error is returned. One that another thread takes out
    /// and registers again in that moment is taken back as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, event_handler, handler_table};
    ///
    /// #[handler_table]
    /// static IRQS: HandlerTable<16, fn(u32) -> u32>;
    ///
    /// #[event_handler(IRQS, 3)]
    /// fn uart(byte: u32) -> u32 {
    ///     byte + 1
    /// }
    ///
    /// assert!(IRQS.get(3).is_none());
    /// let loaded = IRQS.init()?;
    /// assert_eq!((loaded.handlers, loaded.already), (1, false));
    /// assert_eq!(IRQS.dispatch(3, |handler| handler(41)), Some(42));
    ///
    /// let again = IRQS.init()?;
    /// assert_eq!((again.handlers, again.already), (1, true));
    /// # Ok::<(), handler_table::InitError>(())
    /// ```
    ///
    /// A run-time handler in the way:
    ///
    /// ```
    /// # use handler_table::{HandlerTable, event_handler, handler_table};
    /// #[handler_table]
    /// static IRQS: HandlerTable<16>;
    ///
    /// #[event_handler(IRQS, 3)]
    /// fn uart() {}
    ///
    /// IRQS.register(3, || ()).unwrap();
    /// let error = IRQS.init().unwrap_err();
    /// assert!(error.to_string().contains("event 3"));
    ///
    /// IRQS.unregister(3);
    /// assert_eq!(IRQS.init().unwrap().handlers, 1);
    /// ```
    pub fn init(&self) -> Result<Loaded, InitError> {
        init(program(), Region::of(self))
    }

    /// The static handlers that are linked into the program for this table, in
    /// no particular order, whether they are loaded or not.
    ///
    /// Lock-free; does not allocate. Looks through those of all tables.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, event_handler, handler_table};
    ///
    /// #[handler_table]
    /// static IRQS: HandlerTable<16>;
    ///
    /// #[event_handler(IRQS, 3)]
    /// fn uart() {}
    ///
    /// for handler in IRQS.static_handlers() {
    ///     assert_eq!(handler.index(), 3);
    ///     assert!(handler.function().ends_with("uart"));
    ///     println!("{} at {}:{}", handler.function(), handler.file(), handler.line());
    /// }
    /// # assert_eq!(IRQS.static_handlers().count(), 1);
    /// ```
    pub fn static_handlers(&self) -> impl Iterator<Item = StaticHandler> + Clone + use<N, F> {
        handlers(program(), Region::of(self))
    }

    /// The static handler that is linked into the program for an event, whether
    /// it is loaded or not; `None` if there is none, or `index` is not in
    /// `0..N`.
    ///
    /// If there are two, which [`init`](HandlerTable::init) refuses, it is one
    /// of them. Lock-free; does not allocate. Looks through those of all tables.
    ///
    /// # Examples
    ///
    /// ```
    /// # use handler_table::{HandlerTable, event_handler, handler_table};
    /// # #[handler_table]
    /// # static IRQS: HandlerTable<16>;
    /// # #[event_handler(IRQS, 3)]
    /// # fn uart() {}
    /// // By rising index, though the linker has an order of its own:
    /// for index in 0..IRQS.capacity() {
    ///     if let Some(handler) = IRQS.static_handler(index) {
    ///         println!("{index}: {handler}");
    ///     }
    /// }
    /// assert!(IRQS.static_handler(3).is_some() && IRQS.static_handler(4).is_none());
    /// ```
    #[must_use]
    pub fn static_handler(&self, index: usize) -> Option<StaticHandler> {
        self.static_handlers()
            .find(|handler| handler.index() == index)
    }
}

impl<const N: usize, A: ?Sized, D: Tracking> ActionTable<N, A, D> {
    /// Loads the static actions of this table: each function with
    /// `#[event_handler(THIS, index, …)]` in any crate that is linked in.
    ///
    /// All or nothing, idempotent, waiting and cost as
    /// [`HandlerTable::init`](crate::HandlerTable::init). Actions of one event with
    /// one priority are called in an order that is up to the linker. To disable one
    /// or to take it out, find it in the table; see
    /// [`Registered`](crate::Registered).
    ///
    /// # Errors
    ///
    /// * [`Exclusive`](InitError::Exclusive): two static actions for one event, and
    ///   not both are `shared`.
    /// * [`Refused`](InitError::Refused): an action that was registered at run time
    ///   before keeps one of them out.
    /// * [`Missing`](InitError::Missing): a [`require!`](crate::require) is not
    ///   fulfilled.
    /// * [`NotDeclared`](InitError::NotDeclared),
    ///   [`Undeclared`](InitError::Undeclared) and
    ///   [`SectionLost`](InitError::SectionLost), as for a `HandlerTable`.
    ///
    /// # Not guaranteed
    ///
    /// If another thread registers an action for one of the events while this runs,
    /// the static ones may be called for a moment before they are taken back and the
    /// error is returned. In a table that is [`Uncounted`](crate::Uncounted), those
    /// are then lost for good.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::sync::atomic::{AtomicU32, Ordering};
    /// use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table};
    ///
    /// #[handler_table]
    /// static IRQS: ActionTable<16, u32>;
    ///
    /// static UART0: AtomicU32 = AtomicU32::new(0);
    ///
    /// #[event_handler(IRQS, 4, name = "uart0", context = UART0, shared)]
    /// fn receive(event: &mut Event<'_, u32>, uart: &AtomicU32) -> Verdict {
    ///     uart.fetch_add(*event.arg, Ordering::Relaxed);
    ///     Verdict::Handled
    /// }
    ///
    /// #[event_handler(IRQS, 4, shared, priority = -1)]
    /// fn disk(_: &mut Event<'_, u32>) -> Verdict {
    ///     Verdict::Unhandled
    /// }
    ///
    /// assert_eq!(IRQS.init()?.handlers, 2);
    /// let outcome = IRQS.dispatch(0, 4, &mut 7).unwrap();
    /// assert_eq!((outcome.called(), outcome.handled()), (2, true));
    /// assert_eq!(UART0.load(Ordering::Relaxed), 7);
    /// # Ok::<(), handler_table::InitError>(())
    /// ```
    pub fn init(&self) -> Result<Loaded, InitError> {
        init(program(), Region::of_events(self, N))
    }

    /// The static actions that are linked into the program for this table, in no
    /// particular order, whether they are loaded or not.
    ///
    /// Lock-free; does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table};
    ///
    /// #[handler_table]
    /// static IRQS: ActionTable<16>;
    ///
    /// #[event_handler(IRQS, 3)]
    /// fn uart(_: &mut Event<'_>) -> Verdict {
    ///     Verdict::Handled
    /// }
    ///
    /// let handler = IRQS.static_handlers().next().unwrap();
    /// assert_eq!(handler.index(), 3);
    /// assert!(handler.function().ends_with("uart"));
    /// ```
    pub fn static_handlers(&self) -> impl Iterator<Item = StaticHandler> + Clone + use<N, A, D> {
        handlers(program(), Region::of_events(self, N))
    }
}

/// Loads the static handlers of every table of the program.
///
/// All or nothing for the whole program: on an error no table that this call
/// came to load is left loaded. Tables that were loaded before stay so, and do
/// not count. Context, waiting and ordering as [`HandlerTable::init`].
///
/// # Errors
///
/// As [`HandlerTable::init`], for the first table that has one; never
/// [`NotDeclared`](InitError::NotDeclared).
///
/// # Examples
///
/// ```standalone_crate
/// use handler_table::{HandlerTable, event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: HandlerTable<16>;
/// #[handler_table]
/// static TRAPS: HandlerTable<4>;
///
/// #[event_handler(IRQS, 3)]
/// #[event_handler(TRAPS, 0)]
/// fn log() {}
///
/// assert_eq!(handler_table::init_all()?.handlers, 2);
/// assert!(IRQS.handle(3) && TRAPS.handle(0));
/// assert!(IRQS.init()?.already);
/// # Ok::<(), handler_table::InitError>(())
/// ```
pub fn init_all() -> Result<Loaded, InitError> {
    load(program(), Scope::Program)
}

/// What [`init`](HandlerTable::init) and [`init_all`] did.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, handler_table};
///
/// #[handler_table]
/// static EMPTY: HandlerTable<16>;
///
/// let loaded = EMPTY.init()?;
/// assert_eq!(loaded.handlers, 0);
/// assert!(!loaded.already);
/// # Ok::<(), handler_table::InitError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The number of static handlers, loaded by this call or, if `already`, by
    /// an earlier one.
    pub handlers: usize,
    /// Whether everything was loaded before.
    pub already: bool,
}

/// A declared table of the program.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    region: Region,
    load: &'static Load,
}

fn tables(entries: &'static [Entry]) -> impl Iterator<Item = Table> + Clone {
    entries.iter().filter_map(|entry| match entry.0 {
        Kind::Table { name, region, load } => Some(Table { name, region, load }),
        _ => None,
    })
}

/// The tables and handlers that are looked at: those of the whole program, or of
/// the table with these slots.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    Program,
    Table(Region),
}

impl Scope {
    fn has_table(self, table: Region) -> bool {
        match self {
            Scope::Program => true,
            Scope::Table(region) => region == table,
        }
    }

    fn has_handler(self, member: Member) -> bool {
        match self {
            Scope::Program => true,
            Scope::Table(region) => member.index_in(region).is_some(),
        }
    }
}

/// What a static handler is: a function for a slot, or an action.
#[derive(Clone, Copy)]
enum Member {
    Function(Bound),
    Action(&'static StaticAction),
}

/// Why there is no room for a static handler.
#[derive(Clone, Copy)]
enum Reason {
    /// Another static handler.
    Static(StaticHandler),
    /// A function that was registered at run time.
    Occupied,
    /// The table refuses the action.
    Refused(ActionError),
}

impl Member {
    /// The index of its event, if it is one of this table.
    fn index_in(self, region: Region) -> Option<usize> {
        match self {
            Member::Function(bound) => region.index_of(&bound),
            Member::Action(action) => action.belongs_to(region.start()).then_some(action.index()),
        }
    }

    /// A number for its event, which no event of another table has.
    fn position(self) -> usize {
        match self {
            Member::Function(bound) => bound.position(),
            Member::Action(action) => action.position(),
        }
    }

    /// Whether it stands beside others.
    fn is_shared(self) -> bool {
        match self {
            Member::Function(_) => false,
            Member::Action(action) => action.record().is_shared(),
        }
    }

    /// Whether there is room for it.
    fn check(self) -> Result<(), Reason> {
        match self {
            Member::Function(bound) if bound.is_free() => Ok(()),
            Member::Function(_) => Err(Reason::Occupied),
            Member::Action(action) => action.take_step(Step::Check).map_err(Reason::Refused),
        }
    }

    fn publish(self) -> Result<(), Reason> {
        match self {
            Member::Function(bound) if bound.publish() => Ok(()),
            Member::Function(_) => Err(Reason::Occupied),
            Member::Action(action) => action.take_step(Step::Register).map_err(Reason::Refused),
        }
    }

    fn retract(self) {
        match self {
            Member::Function(bound) => bound.retract(),
            Member::Action(action) => {
                // Somebody else may have taken it out: then it is out.
                let _ = action.take_step(Step::Unregister);
            }
        }
    }
}

/// The handlers of a scope, not yet by index.
fn members(
    entries: &'static [Entry],
    scope: Scope,
) -> impl Iterator<Item = (&'static Entry, Member)> + Clone {
    entries.iter().filter_map(move |entry| {
        let member = match entry.0 {
            Kind::Handler { bound, .. } => Member::Function(bound),
            Kind::Action(action) => Member::Action(action),
            _ => return None,
        };
        scope.has_handler(member).then_some((entry, member))
    })
}

/// The handlers of the table with these slots.
fn handlers(
    entries: &'static [Entry],
    region: Region,
) -> impl Iterator<Item = StaticHandler> + Clone {
    members(entries, Scope::Table(region)).filter_map(move |(entry, member)| {
        let index = member.index_in(region)?;
        Some(StaticHandler::new(index, entry))
    })
}

pub(crate) fn init(entries: &'static [Entry], region: Region) -> Result<Loaded, InitError> {
    load(entries, Scope::Table(region))
}

/// Loads the tables of a scope: claims them all, then checks them all, then
/// publishes, so that the usual errors are found before anything is visible.
pub(crate) fn load(entries: &'static [Entry], scope: Scope) -> Result<Loaded, InitError> {
    check_section(entries)?;
    let chosen = || tables(entries).filter(|table| scope.has_table(table.region));

    // Every caller claims in the order of the slice, so no two wait for each
    // other. Once all are claimed or loaded, a claim that stands is ours.
    let (mut claimed, mut loaded) = (false, false);
    for table in chosen() {
        if table.load.begin() {
            claimed = true;
        } else {
            loaded = true;
        }
    }
    if let Scope::Table(Region { capacity, .. }) = scope
        && !(claimed || loaded)
    {
        return Err(InitError::NotDeclared { capacity });
    }
    let ours = || chosen().filter(|table| table.load.is_claimed());

    // All handlers at once, however many tables they are for; one table after
    // the other only if some were loaded before, whose handlers are in between.
    let whole = if loaded { None } else { Some(scope) };
    let each = loaded.then(ours).into_iter().flatten();
    let scopes = whole.into_iter();
    let scopes = scopes.chain(each.map(|table| Scope::Table(table.region)));

    let result = scopes
        .clone()
        .try_for_each(|scope| check(entries, scope))
        .and_then(|()| publish(entries, scopes.clone()));
    let count = |scope| members(entries, scope).count();
    let handlers = if claimed {
        scopes.map(count).sum()
    } else {
        count(scope)
    };
    for table in ours() {
        table.load.end(result.is_ok());
    }
    result.map(|()| Loaded {
        handlers,
        already: !claimed,
    })
}

/// Refuses a slice that lost its sentinel, or has bytes that nobody put there; and
/// one with a handler of a table that no entry declares, which nothing would load.
fn check_section(entries: &'static [Entry]) -> Result<(), InitError> {
    let mut sentinels = entries
        .iter()
        .filter(|entry| matches!(entry.0, Kind::Sentinel(_)));
    let (first, second) = (sentinels.next(), sentinels.next());
    if !matches!(first, Some(Entry(Kind::Sentinel(Some(_))))) || second.is_some() {
        return Err(InitError::SectionLost);
    }

    // One pass for each table; only if a handler is missing, one for each handler.
    let owned = tables(entries)
        .map(|table| members(entries, Scope::Table(table.region)).count())
        .sum();
    let mut all = members(entries, Scope::Program);
    if all.clone().count() > owned
        && let Some((entry, _)) = all.find(|&(_, member)| owner(entries, member).is_none())
    {
        return Err(InitError::Undeclared {
            function: entry.function(),
            file: entry.file(),
            line: entry.line(),
        });
    }
    Ok(())
}

/// Finds what would keep the tables of a scope from being loaded.
fn check(entries: &'static [Entry], scope: Scope) -> Result<(), InitError> {
    let members = members(entries, scope);
    let places = members
        .clone()
        .map(|(_, member)| (member.position(), member.is_shared()));
    if let Some(position) = conflict(&places) {
        let here = members
            .clone()
            .filter(|(_, member)| member.position() == position);
        // One that is exclusive, and any other.
        let mut exclusive = here.clone().filter(|(_, member)| !member.is_shared());
        let first = exclusive.next();
        let mut others = exclusive.chain(here.filter(|(_, member)| member.is_shared()));
        return Err(match (first, others.next()) {
            (Some(first), Some((entry, member))) => match owner(entries, member) {
                Some((_, index)) => {
                    let second = StaticHandler::new(index, entry);
                    clash(entries, first, Reason::Static(second))
                }
                None => InitError::SectionLost,
            },
            // The slice does not change in between.
            _ => InitError::SectionLost,
        });
    }
    for entry in entries {
        if let Kind::Required {
            line,
            file,
            region,
            indices,
        } = entry.0
            && scope.has_table(region)
            && let Some(table) = tables(entries).find(|table| table.region == region)
            && let Some(&index) = indices.iter().find(|&&index| {
                members
                    .clone()
                    .all(|(_, member)| member.index_in(region) != Some(index))
            })
        {
            return Err(InitError::Missing {
                table: table.name,
                capacity: region.capacity,
                index,
                file,
                line,
            });
        }
    }
    members.clone().try_for_each(|(entry, member)| {
        member
            .check()
            .map_err(|reason| clash(entries, (entry, member), reason))
    })
}

/// The table of a handler, and its index there.
fn owner(entries: &'static [Entry], member: Member) -> Option<(Table, usize)> {
    tables(entries).find_map(|table| Some((table, member.index_in(table.region)?)))
}

/// The error for a handler that there is no room for.
fn clash(
    entries: &'static [Entry],
    (entry, member): (&'static Entry, Member),
    reason: Reason,
) -> InitError {
    let Some((table, index)) = owner(entries, member) else {
        // A handler is of a declared table, or nothing put it there.
        return InitError::SectionLost;
    };
    let Table {
        name: table,
        region: Region { capacity, .. },
        ..
    } = table;
    let handler = StaticHandler::new(index, entry);
    match (reason, member) {
        (Reason::Static(second), Member::Function(_)) => InitError::Duplicate {
            table,
            capacity,
            first: handler,
            second,
        },
        (Reason::Static(second), Member::Action(_)) => InitError::Exclusive {
            table,
            capacity,
            first: handler,
            second,
        },
        (Reason::Occupied, _) => InitError::Occupied {
            table,
            capacity,
            handler,
        },
        (Reason::Refused(ActionError::Exclusive { other, .. }), _) => InitError::Refused {
            table,
            capacity,
            handler,
            other,
        },
        (Reason::Refused(error), _) => InitError::NotFree {
            table,
            capacity,
            handler,
            retired: matches!(error, ActionError::Retired { .. }),
        },
    }
}

/// A bit for each of the 4,096 indices that [`conflict`] sees in one pass.
const WORDS: usize = 4096 / usize::BITS as usize;

/// An index that has two handlers that do not share it, without memory for all of
/// them: one pass for every window of indices that holds any.
fn conflict(places: &(impl Iterator<Item = (usize, bool)> + Clone)) -> Option<usize> {
    let mut start = places.clone().map(|(index, _)| index).min()?;
    loop {
        let (mut shared, mut exclusive) = ([0_usize; WORDS], [0_usize; WORDS]);
        let mut next = None;
        for (index, shares) in places.clone() {
            let Some(offset) = index.checked_sub(start) else {
                continue;
            };
            let bit = 1 << (offset % usize::BITS as usize);
            let word = offset / usize::BITS as usize;
            let (Some(shared), Some(exclusive)) = (shared.get_mut(word), exclusive.get_mut(word))
            else {
                next = Some(next.map_or(index, |next: usize| next.min(index)));
                continue;
            };
            let in_the_way = if shares {
                *exclusive
            } else {
                *exclusive | *shared
            };
            if in_the_way & bit != 0 {
                return Some(index);
            }
            *(if shares { shared } else { exclusive }) |= bit;
        }
        start = next?;
    }
}

/// Publishes every handler, or none: a slot that was taken since the check
/// makes it take back what it published.
fn publish(
    entries: &'static [Entry],
    scopes: impl Iterator<Item = Scope> + Clone,
) -> Result<(), InitError> {
    let all = scopes.flat_map(|scope| members(entries, scope));
    for (count, (entry, member)) in all.clone().enumerate() {
        if let Err(reason) = member.publish() {
            for (_, member) in all.take(count) {
                member.retract();
            }
            return Err(clash(entries, (entry, member), reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
