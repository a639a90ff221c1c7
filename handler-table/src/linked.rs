//! Static handlers: what the attributes put into the program, and how it gets
//! from there into the tables.
//!
//! A handler also defines the symbol `handler_for_event_3_of_…`, so that two handlers
//! for one event are two definitions of one symbol, which no linker accepts.

pub(crate) mod alias;
pub(crate) mod declare;
pub(crate) mod entry;
pub(crate) mod error;
pub(crate) mod handler;
pub(crate) mod load;
mod message;
pub(crate) mod program;
pub(crate) mod source;
pub(crate) mod state;
pub(crate) mod static_action;

use crate::action::flight::Tracking;
use crate::action_table::ActionTable;
use crate::events::Events;
use crate::handler_table::HandlerTable;
use crate::slot::Region;
use entry::entries;
use error::InitError;
use handler::StaticHandler;
use load::{Loaded, load, load_all};
use program::{Program, handlers};
use state::Survey;

/// The program that this is part of.
fn program() -> Program {
    static SURVEY: Survey = Survey::new();
    Program {
        entries: entries(),
        survey: &SURVEY,
    }
}

impl<const N: usize, F: Copy, E: Events> HandlerTable<N, F, E> {
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
    /// interrupted it. It allocates nothing. The first `init` of a program looks at the
    /// static handlers of all tables, each later one mostly at those of its own.
    ///
    /// # Errors
    ///
    /// * [`Duplicate`](InitError::Duplicate): two static handlers for one
    ///   event. On targets with [labels](macro@crate::event_handler#labels) such a program
    ///   does not link.
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
    /// On an error, static handlers may be visible for a moment before they are taken
    /// back. One that another thread takes out and registers again in that moment is
    /// taken back as well. If another thread takes out one of two static handlers of one
    /// event in that moment, the other one is loaded.
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
        load(program(), Region::of(self))
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
    pub fn static_handlers(&self) -> impl Iterator<Item = StaticHandler> + Clone + use<N, F, E> {
        handlers(entries(), Region::of(self), E::LIST)
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
    pub fn static_handler(&self, event: E::Event) -> Option<StaticHandler> {
        self.static_handler_of(E::number(event))
    }

    /// The static handler of the event with this number.
    pub(crate) fn static_handler_of(&self, number: usize) -> Option<StaticHandler> {
        self.static_handlers()
            .find(|handler| handler.index() == number)
    }
}

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
    /// Loads the static actions of this table: each function with
    /// `#[event_handler(THIS, index, …)]` in any crate that is linked in.
    ///
    /// All or nothing, idempotent, waiting and cost as
    /// [`HandlerTable::init`](crate::HandlerTable::init). Actions of one event with
    /// one priority are called in an order that is up to the linker. To disable one
    /// or to take it out, give it a name with `handle = …`; see
    /// [`StaticAction`](crate::StaticAction).
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
    /// If another thread registers an action for one of the events while this runs, or if
    /// two static actions of one event are not both shared, static ones may be called for a
    /// moment before they are taken back and the error is returned. In a table that is
    /// [`Uncounted`](crate::Uncounted), those are then lost for good.
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
        load(program(), Region::of_events(self, N))
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
    pub fn static_handlers(&self) -> impl Iterator<Item = StaticHandler> + Clone + use<N, A, D, E> {
        handlers(entries(), Region::of_events(self, N), E::LIST)
    }
}

/// Loads the static handlers of every table of the program.
///
/// All or nothing for the whole program: on an error no table that this call
/// came to load is left loaded. Tables that were loaded before stay so, and do
/// not count. Context, waiting, ordering and what an error makes visible for a moment as
/// [`HandlerTable::init`].
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
    load_all(program())
}

#[cfg(test)]
mod tests;
