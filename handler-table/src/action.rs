//! [`Action`]: a handler with a context and options, registered in a table of actions.

#[cfg(any(feature = "async", all(test, loom)))]
pub(crate) mod awaited;
#[cfg(feature = "alloc")]
pub(crate) mod boxed;
pub(crate) mod cpus;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod flight;
pub(crate) mod handle;
pub(crate) mod home;
pub(crate) mod id;
pub(crate) mod line;
pub(crate) mod list;
#[cfg(any(feature = "std", test))]
pub(crate) mod numbers;
pub(crate) mod outcome;
pub(crate) mod owned;
pub(crate) mod record;
pub(crate) mod registered;
pub(crate) mod removal;
pub(crate) mod typed;
#[cfg(any(feature = "async", all(test, loom)))]
pub(crate) mod waiter;

use cpus::CpuSet;
use error::ActionError;
use event::Event;
use id::{ActionId, Label};
use outcome::{Outcome, Verdict};
use record::life::Claim;
use record::{Direct, Pointer, Record};
use typed::Lent;

use crate::word::retype;

use core::cell::UnsafeCell;
use core::fmt::{self, Debug};
use core::ptr::NonNull;

/// A handler with exclusive access to its context.
pub(crate) type NonReentrant<A, C> = fn(&mut Event<'_, A>, &mut C) -> Verdict;

/// A handler, its context and its options, to register for an event of an
/// [`ActionTable`](crate::ActionTable).
///
/// The owner lends the action to a table for `'static`: it is a `static`, or it was
/// leaked. An action is in at most one table at a time, for one event. `A` is the type of
/// the argument of the table's events. `C` is the type of the context. Actions with
/// contexts of different types can be in one table.
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
    /// The handler of a non-reentrant action. Other handlers are in the record.
    handler: Option<NonReentrant<A, C>>,
    context: UnsafeCell<C>,
}

// SAFETY: the context is lent in three ways. A reentrant handler gets a `&C`, on several
// threads at once: `new` requires `C: Sync`. A non-reentrant handler gets a `&mut C`, one
// call at a time, on any thread: `non_reentrant` requires `C: Send`. The owner gets a
// `&mut C` on one thread, while no handler has it: `with_context` requires `C: Send`. The
// other fields are `Sync`.
unsafe impl<A: ?Sized, C> Sync for Action<A, C> {}

impl<A: ?Sized, C> Action<A, C> {
    /// Creates an action whose handler may run on several CPUs at once, and gets its
    /// context as a `&C`.
    ///
    /// By default, the action is exclusive, has priority 0, is enabled, is for every CPU,
    /// and does not count its events. The methods below change that. Errors show the place
    /// of this call.
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
    /// // Threads share the context.
    /// static TICKS: Action<(), std::cell::Cell<u8>> =
    ///     Action::new(|_, _| Verdict::Handled, std::cell::Cell::new(0));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn new(handler: fn(&mut Event<'_, A>, &C) -> Verdict, context: C) -> Self
    where
        C: Sync,
    {
        // SAFETY: see `Direct`. The context of the call is that of `lent`.
        let direct = unsafe { retype::<_, Direct>(handler) };
        Action {
            record: Record::direct(direct, Label::here()),
            handler: None,
            context: UnsafeCell::new(context),
        }
    }

    /// Creates an action whose handler never runs twice at once, so it gets its context as
    /// a `&mut C`.
    ///
    /// If an event arrives while the handler is running, on another CPU or inside the
    /// handler, the event is **pended**. Its dispatch does not wait. It calls the other
    /// actions, and counts the event in [`Outcome::pended`](crate::Outcome::pended). After
    /// the run, the current runner repeats the handler, with the argument of its own event
    /// and [`Event::is_repeat`] set. Several events during one run cause one repeat, like an
    /// edge that a device raises several times before it is served. So the handler must
    /// look for all pending work. It must not count its calls to count events.
    ///
    /// Everything that was written before the dispatch of a pended event is visible to the
    /// repeat. The argument of a pended event is not passed on. If each argument matters, as
    /// with messages, use [`new`](Self::new) and a lock in the context.
    ///
    /// The repeat runs on the CPU of the current runner, and [`Event::cpu`] says so. This is
    /// right for a line that any CPU may serve. It would be wrong for an event that each CPU
    /// has for itself, as that of a timer, so the table refuses an action that is also limited
    /// to [several CPUs](Self::on_cpus). Register one action for each CPU instead.
    ///
    /// # Not guaranteed
    ///
    /// If the handler panics and the panic is caught, the events that were pended during
    /// that run are lost. The next event runs the handler with the context as the panic left
    /// it.
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
    /// // The context moves between threads.
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
            record: Record::non_reentrant(Self::run, Label::here()),
            handler: Some(handler),
            context: UnsafeCell::new(context),
        }
    }

    /// Creates an action from a closure, as [`new`](Self::new): it may run on several CPUs at
    /// once.
    ///
    /// # Examples
    ///
    /// See [`ActionTable::register`](crate::ActionTable::register) for a `'static` action, and
    /// `ActionTable::register_boxed` (feature `alloc`) for one by value.
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Verdict};
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// let base = 0x1000;
    /// let uart = Action::from_fn(move |_| {
    ///     assert_eq!(base, 0x1000);
    ///     Verdict::Handled
    /// });
    /// IRQS.register(4, Box::leak(Box::new(uart)))?;
    /// assert!(IRQS.dispatch(0, 4, &mut ()).unwrap().handled());
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn from_fn(closure: C) -> Self
    where
        C: Fn(&mut Event<'_, A>) -> Verdict + Sync,
    {
        Action::new(|event, closure| closure(event), closure)
    }

    /// Creates an action from a closure, as [`non_reentrant`](Self::non_reentrant): it never
    /// runs twice at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Verdict};
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// let mut ticks = 0;
    /// let timer = Action::from_fn_mut(move |_| {
    ///     ticks += 1;
    ///     if ticks == 2 { Verdict::Wake } else { Verdict::Handled }
    /// });
    /// IRQS.register(0, Box::leak(Box::new(timer)))?;
    /// assert!(!IRQS.dispatch(0, 0, &mut ()).unwrap().wake());
    /// assert!(IRQS.dispatch(0, 0, &mut ()).unwrap().wake());
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn from_fn_mut(closure: C) -> Self
    where
        C: FnMut(&mut Event<'_, A>) -> Verdict + Send,
    {
        Action::non_reentrant(|event, closure| closure(event), closure)
    }

    /// Sets a name that is no literal: copies it, at most its first 22 bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, Verdict};
    ///
    /// let name = format!("uart{}", 7);
    /// let uart: Action = Action::new(|_, _| Verdict::Handled, ()).copied_name(&name);
    /// assert_eq!(uart.id().name(), "uart7");
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn copied_name(mut self, name: &str) -> Self {
        self.record.set_copied_name(name);
        self
    }

    /// Sets the name, for errors and listings.
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
        self.record.set_name(name);
        self
    }

    /// Makes the action shared: an event may have several actions if all are shared.
    ///
    /// # Examples
    ///
    /// See [`Action`].
    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.record.set_shared();
        self
    }

    /// Sets the priority; higher runs first. Actions with equal priority run in the order
    /// of their registration.
    ///
    /// # Examples
    ///
    /// See [`Verdict`].
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.record.set_priority(priority);
        self
    }

    /// Starts disabled: the action is not called until it is
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

    /// Limits the action to a set of CPUs: events on other CPUs do not call it.
    ///
    /// A [non-reentrant](Self::non_reentrant) action can be limited to one CPU only, or
    /// `register` returns [`SeveralCpus`](ActionError::SeveralCpus).
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

    /// Counts the events of the action; see [`count`](Self::count). This is optional,
    /// because all CPUs that call the action then write one cache line.
    ///
    /// # Examples
    ///
    /// See [`count`](Self::count).
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.record.set_counted();
        self
    }

    /// Returns the number of events that called or pended the action since the program
    /// started. Returns `None` if the action is not [`counted`](Self::counted).
    ///
    /// Relaxed; wraps on overflow. For counts of each CPU, and times, see
    /// [`Statistics::measure`](crate::Statistics::measure).
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
    /// assert_eq!(TIMER.count(), Some(2));
    ///
    /// let unknown: Action = Action::new(|_, _| Verdict::Handled, ());
    /// assert_eq!(unknown.count(), None);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.record().count()
    }

    /// Returns the name of the action and its place in the source.
    ///
    /// # Examples
    ///
    /// See [`name`](Self::name).
    #[must_use]
    pub fn id(&self) -> ActionId {
        self.record().id()
    }

    /// Calls `with` with a `&mut` to the context, if the action is free: it is in no table,
    /// and no call is in flight in its last table.
    ///
    /// So the owner can take data out of the context and drop it, although the action is
    /// borrowed for `'static`. The action cannot be registered until `with` returns or
    /// panics.
    ///
    /// Acquire and release: the effects of all calls are visible to `with`, and its effects
    /// are visible to later calls.
    ///
    /// # Errors
    ///
    /// * [`AlreadyRegistered`](ActionError::AlreadyRegistered) if the action is registered,
    ///   or `with_context` is already running.
    /// * [`InFlight`](ActionError::InFlight) if the action was unregistered, and a call may
    ///   be in flight.
    /// * [`Retired`](ActionError::Retired) if the action was registered in an
    ///   [`Uncounted`](crate::Uncounted) table.
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
    /// assert!(TABLE.unregister(&CACHE)?.try_drain());
    /// let bytes: Vec<u8> = CACHE.with_context(|cache| std::mem::take(cache.get_mut().unwrap()))?;
    /// drop(bytes);
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn with_context<R>(&'static self, with: impl FnOnce(&mut C) -> R) -> Result<R, ActionError>
    where
        C: Send,
    {
        let _claim = Claim::for_owner(self.record())?;
        // SAFETY: the record was free, so it was in no table and no call was in flight.
        // While it is claimed, it cannot be registered.
        Ok(with(unsafe { &mut *self.context.get() }))
    }
}

impl<A: ?Sized, C> Action<A, C> {
    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) fn pointer(&'static self) -> Pointer {
        let action = NonNull::from(self);
        // SAFETY: the action is `repr(C)` and `'static`, its first field is the record, and
        // the pointer is to the whole action.
        unsafe { Pointer::new(action.cast()) }
    }

    pub(crate) fn lent(&'static self) -> Lent<A> {
        // SAFETY: the handler takes an event with this `A`, and a reentrant handler this
        // context. The owner has it by `&mut` only in `with_context`, during a claim.
        unsafe { Lent::new(self.pointer(), self.context.get().cast()) }
    }

    /// The [`Run`](record::Run) function of a non-reentrant action.
    ///
    /// # Safety
    ///
    /// The pointer must be to an `Action<A, C>`. The event must be an `Event<'_, A>` that
    /// no other code uses meanwhile.
    unsafe fn run(action: Pointer, event: *mut ()) -> Outcome {
        // SAFETY: the caller's promise; the pointer is to the whole action.
        let action = unsafe { action.cast::<Self>().as_ref() };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        let Some(handler) = action.handler else {
            // Not reached: `non_reentrant` stores a handler.
            return Outcome::default();
        };
        // SAFETY: the context and the record are those of one action.
        unsafe { run_non_reentrant(&action.record, event, handler, action.context.get()) }
    }
}

/// Runs a non-reentrant handler with its context, or pends the event.
///
/// # Safety
///
/// The pointer must be to the context of the action with this record. The owner of the action
/// may have a `&mut` to it only while the record is claimed.
pub(crate) unsafe fn run_non_reentrant<A: ?Sized, C>(
    record: &Record,
    event: &mut Event<'_, A>,
    handler: NonReentrant<A, C>,
    context: *mut C,
) -> Outcome {
    record.run_non_reentrant(|repeat| {
        event.repeat = repeat;
        // SAFETY: one run at a time. The owner has a `&mut C` only while the record is
        // claimed, and a claim succeeds only after every call has ended.
        let context = unsafe { &mut *context };
        let verdict = handler(event, context);
        event.repeat = false;
        verdict
    })
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
