//! Actions: what is registered for an event of a table of actions.

pub(crate) mod cpus;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod flight;
pub(crate) mod home;
pub(crate) mod id;
pub(crate) mod line;
pub(crate) mod list;
pub(crate) mod outcome;
pub(crate) mod owned;
pub(crate) mod record;
pub(crate) mod registered;
pub(crate) mod typed;

use cpus::CpuSet;
use error::ActionError;
use event::Event;
use id::ActionId;
use outcome::{Outcome, Verdict};
use record::life::Claim;
use record::{Direct, Pointer, Record};
use typed::Lent;

use crate::word::retype;

use core::cell::UnsafeCell;
use core::fmt::{self, Debug};
use core::ptr::NonNull;

/// A handler that has its context for itself.
type NonReentrant<A, C> = fn(&mut Event<'_, A>, &mut C) -> Verdict;

/// What is registered for an event: a handler, its context, and how to call it.
///
/// A record that its owner lends to a table for as long as the program runs: a
/// `static`, or one that was leaked. It is in at most one table at a time, for one
/// event. `A` is the type of argument of the table's events, `C` is any type of
/// context; the actions of one table may have contexts of different types.
///
/// # Examples
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use handler_table::{Action, ActionTable, Event, Verdict};
///
/// struct Frame {
///     pc: usize,
/// }
///
/// struct Uart {
///     status: AtomicU32,
/// }
///
/// fn receive(event: &mut Event<'_, Frame>, uart: &Uart) -> Verdict {
///     match uart.status.swap(0, Ordering::Relaxed) {
///         0 => Verdict::Unhandled,
///         _ => Verdict::Handled,
///     }
/// }
///
/// static UART0: Action<Frame, Uart> =
///     Action::new(receive, Uart { status: AtomicU32::new(1) }).name("uart0").shared();
/// static UART1: Action<Frame, Uart> =
///     Action::new(receive, Uart { status: AtomicU32::new(0) }).name("uart1").shared();
///
/// static IRQS: ActionTable<16, Frame> = ActionTable::new();
/// IRQS.register(4, &UART0)?;
/// IRQS.register(4, &UART1)?;
///
/// let mut frame = Frame { pc: 0x1000 };
/// let outcome = IRQS.dispatch(0, 4, &mut frame).unwrap();
/// assert_eq!((outcome.called(), outcome.handled()), (2, true));
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[repr(C)]
pub struct Action<A: ?Sized = (), C = ()> {
    record: Record,
    /// If it has its context for itself. One that shares it is in the record.
    handler: Option<NonReentrant<A, C>>,
    context: UnsafeCell<C>,
}

// SAFETY: the context is given out in three ways. To calls of a handler that take it by
// `&C`, at once on several threads: `new` asks for `C: Sync`. To one call at a time by
// `&mut C`, on any thread: `non_reentrant` asks for `C: Send`. To one thread by `&mut C`
// while no handler has it: `with_context` asks for `C: Send`. All else is `Sync` by
// itself.
unsafe impl<A: ?Sized, C> Sync for Action<A, C> {}

impl<A: ?Sized, C> Action<A, C> {
    /// An action whose handler may run on several CPUs at once, and has its context
    /// by `&C`.
    ///
    /// Exclusive, of priority 0, enabled, for every CPU, and not counted, until the
    /// methods below say otherwise. Errors name it by where this is called.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::sync::atomic::{AtomicUsize, Ordering};
    /// use handler_table::{Action, Verdict};
    ///
    /// static TICKS: Action<(), AtomicUsize> = Action::new(
    ///     |_, ticks| {
    ///         ticks.fetch_add(1, Ordering::Relaxed);
    ///         Verdict::Handled
    ///     },
    ///     AtomicUsize::new(0),
    /// );
    /// ```
    ///
    /// ```compile_fail,E0277
    /// # use handler_table::{Action, Verdict};
    /// // The context is shared by threads.
    /// static TICKS: Action<(), std::cell::Cell<u8>> =
    ///     Action::new(|_, _| Verdict::Handled, std::cell::Cell::new(0));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn new(handler: fn(&mut Event<'_, A>, &C) -> Verdict, context: C) -> Self
    where
        C: Sync,
    {
        // SAFETY: see `Direct`; the context that it is called with is that of `lent`.
        let direct = unsafe { retype::<_, Direct>(handler) };
        Action {
            record: Record::direct(direct, ActionId::here()),
            handler: None,
            context: UnsafeCell::new(context),
        }
    }

    /// An action whose handler never runs twice at once, and so has its context by
    /// `&mut C`.
    ///
    /// An event that comes while the handler runs, on another CPU or from within
    /// the handler, is **pended**: its dispatch does not wait, calls the other
    /// actions, and reports it in [`Outcome::pended`](crate::Outcome::pended). Whoever runs the handler then
    /// runs it once more, with the argument of its own event, and
    /// [`Event::is_repeat`]. Several events that come during one run make one
    /// repeat, as with an edge that a device raises several times before it is
    /// served. So the handler must look for all the work that there is, and must not
    /// count its calls to learn how many events there were.
    ///
    /// What is done before a pended event is dispatched is visible to the repeat. The
    /// argument of a pended event is not passed on: where each argument counts, as with
    /// messages, take [`new`](Self::new) and a lock in the context.
    ///
    /// # Not guaranteed
    ///
    /// If the handler panics and the panic is caught, the events that were pended
    /// during that run are dropped, and the next one runs the handler with the
    /// context as the panic left it.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Event, Verdict};
    ///
    /// static LINES: ActionTable<4, str> = ActionTable::new();
    ///
    /// fn collect(event: &mut Event<'_, str>, lines: &mut Vec<String>) -> Verdict {
    ///     lines.push(event.arg.to_owned());
    ///     Verdict::Handled
    /// }
    ///
    /// static LOG: Action<str, Vec<String>> = Action::non_reentrant(collect, Vec::new());
    ///
    /// LINES.register(0, &LOG)?;
    /// LINES.dispatch(0, 0, &mut *String::from("hello")).unwrap();
    /// LINES.unregister_and_drain(&LOG, handler_table::Here::Unknown, std::thread::yield_now)?;
    /// assert_eq!(LOG.with_context(|lines| lines.clone())?, ["hello"]);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    ///
    /// ```compile_fail,E0277
    /// # use handler_table::{Action, Verdict};
    /// // The context wanders from thread to thread.
    /// static LOG: Action<(), Option<std::rc::Rc<u8>>> =
    ///     Action::non_reentrant(|_, _| Verdict::Handled, None);
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn non_reentrant(
        handler: fn(&mut Event<'_, A>, &mut C) -> Verdict,
        context: C,
    ) -> Self
    where
        C: Send,
    {
        Action {
            record: Record::non_reentrant(Self::run, ActionId::here()),
            handler: Some(handler),
            context: UnsafeCell::new(context),
        }
    }

    /// Gives it a name, for errors and listings.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart0");
    /// assert_eq!(UART.id().name(), "uart0");
    /// assert!(UART.id().to_string().starts_with("`uart0` at "));
    /// ```
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        let id = self.record().id();
        self.record
            .set_id(ActionId::new(name, id.file(), id.line()));
        self
    }

    /// Lets it stand beside other actions that are shared.
    ///
    /// # Examples
    ///
    /// See [`Action`].
    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.record.set_shared();
        self
    }

    /// Has it called before the actions of a lower priority. Those of the same
    /// are called in the order of their registration.
    ///
    /// # Examples
    ///
    /// See [`Verdict`].
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.record.set_priority(priority);
        self
    }

    /// Has it registered, but not called until it is
    /// [`enable`](crate::ActionTable::enable)d.
    ///
    /// # Examples
    ///
    /// See [`ActionTable::enable`](crate::ActionTable::enable).
    #[must_use]
    pub const fn disabled(mut self) -> Self {
        self.record.set_disabled();
        self
    }

    /// Has it called only for events that are dispatched on these CPUs.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Counted, CpuSet, Verdict};
    ///
    /// static TIMER: Action =
    ///     Action::new(|_, _| Verdict::Handled, ()).on_cpus(CpuSet::of(&[2]));
    /// static IRQS: ActionTable<16, (), Counted<4>> = ActionTable::new();
    /// IRQS.register(0, &TIMER)?;
    /// assert_eq!(IRQS.dispatch(1, 0, &mut ()).unwrap().called(), 0);
    /// assert_eq!(IRQS.dispatch(2, 0, &mut ()).unwrap().called(), 1);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    pub const fn on_cpus(mut self, cpus: CpuSet) -> Self {
        self.record.set_cpus(cpus);
        self
    }

    /// Has its events counted. Not done unless asked for: CPUs that dispatch to one
    /// action would write one cache line.
    ///
    /// # Examples
    ///
    /// See [`count`](Self::count).
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.record.set_counted();
        self
    }

    /// The number of events that it was called for or that it pended, since the
    /// program began, if it is [`counted`](Self::counted); zero if not.
    ///
    /// Relaxed; wraps round.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Verdict};
    ///
    /// static TIMER: Action = Action::new(|_, _| Verdict::Handled, ()).counted();
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(0, &TIMER)?;
    /// IRQS.dispatch(0, 0, &mut ()).unwrap();
    /// IRQS.dispatch(0, 0, &mut ()).unwrap();
    /// assert_eq!(TIMER.count(), 2);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        self.record().count()
    }

    /// Its name, and where it is in the source.
    ///
    /// # Examples
    ///
    /// See [`name`](Self::name).
    #[must_use]
    pub const fn id(&self) -> ActionId {
        self.record().id()
    }

    /// Passes its context to `with`, by `&mut`, if the action is free: in no table, and
    /// without a call in flight in the table that it was in last.
    ///
    /// So what is in the context can be taken out and dropped, although the action
    /// is borrowed for ever. Until `with` returns, or panics, the action cannot be
    /// registered. Acquire and release: all that calls did is visible to `with`, and
    /// what that does, to later calls.
    ///
    /// # Errors
    ///
    /// [`AlreadyRegistered`](ActionError::AlreadyRegistered) also if another thread
    /// has the context now; [`InFlight`](ActionError::InFlight) if the action was
    /// unregistered, and a call may be in flight; [`Retired`](ActionError::Retired).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Verdict};
    /// use std::sync::Mutex;
    ///
    /// static CACHE: Action<(), Mutex<Vec<u8>>> =
    ///     Action::new(|_, _| Verdict::Handled, Mutex::new(Vec::new()));
    /// static TABLE: ActionTable<4> = ActionTable::new();
    ///
    /// TABLE.register(0, &CACHE)?;
    /// assert!(matches!(
    ///     CACHE.with_context(|_| ()),
    ///     Err(ActionError::AlreadyRegistered { .. }),
    /// ));
    ///
    /// assert!(!TABLE.try_unregister(&CACHE)?.in_flight);
    /// let bytes: Vec<u8> = CACHE.with_context(|cache| std::mem::take(cache.get_mut().unwrap()))?;
    /// drop(bytes);
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn with_context<R>(&'static self, with: impl FnOnce(&mut C) -> R) -> Result<R, ActionError>
    where
        C: Send,
    {
        let _claim = Claim::for_owner(self.record())?;
        // SAFETY: the record was free, so no table had it and no call was in flight. While
        // it is claimed, it cannot be registered.
        Ok(with(unsafe { &mut *self.context.get() }))
    }
}

impl<A: ?Sized, C> Action<A, C> {
    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) fn pointer(&'static self) -> Pointer {
        let action = NonNull::from(self);
        // SAFETY: the record is the first field, `repr(C)`, of an action for ever, and the
        // pointer is to all of it.
        unsafe { Pointer::new(action.cast()) }
    }

    pub(crate) fn lent(&'static self) -> Lent<A> {
        // SAFETY: its handler takes an event of this `A`, and the context if it shares it.
        // The owner has it by `&mut` in `with_context`, in a claim.
        unsafe { Lent::new(self.pointer(), self.context.get().cast()) }
    }

    /// The [`Run`] of an action whose handler has its context by `&mut C`.
    ///
    /// # Safety
    ///
    /// The pointer is that of an `Action<A, C>`, and the event an `Event<'_, A>` that
    /// nobody else uses.
    unsafe fn run(action: Pointer, event: *mut ()) -> Outcome {
        // SAFETY: the caller's promise; a pointer is one to the whole action.
        let action = unsafe { action.cast::<Self>().as_ref() };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        let Some(handler) = action.handler else {
            // `non_reentrant` stores one.
            return Outcome::default();
        };
        action.record.run_non_reentrant(|repeat| {
            event.repeat = repeat;
            // SAFETY: one run at a time. The owner, who may have it by `&mut C` too, does
            // so only while the record is claimed, which is after every call has ended.
            let context = unsafe { &mut *action.context.get() };
            let verdict = handler(event, context);
            event.repeat = false;
            verdict
        })
    }
}

impl<A: ?Sized, C> Debug for Action<A, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Action")
            .field("id", &self.id())
            .field("priority", &self.record().priority())
            .field("shared", &self.record().is_shared())
            .field("enabled", &self.record().is_enabled())
            .finish_non_exhaustive()
    }
}
