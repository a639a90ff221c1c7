//! Actions and what goes into them and comes out of them.

mod error;
mod table;

pub use crate::chain::Action;
pub use crate::flight::{Counted, Tracking, Uncounted};
pub use error::{ActionError, ActionId, DispatchError};
pub use table::{ActionTable, AsAction, Here, Line, Outcome, Registered, Removal, SpuriousHook};

use crate::chain::Answer;
use core::fmt::{self, Debug};

/// What a handler says of an event.
///
/// There is none that keeps the event from the actions behind: on a shared line
/// two devices may have raised it at once, and an edge that was kept from the
/// second one does not come again. An action that consumes an event says so in
/// the event's argument.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Event, Verdict};
///
/// #[derive(Default)]
/// struct Message {
///     consumed: bool,
/// }
///
/// fn filter(event: &mut Event<'_, Message>, _: &()) -> Verdict {
///     event.arg.consumed = true;
///     Verdict::Handled
/// }
///
/// fn observe(event: &mut Event<'_, Message>, _: &()) -> Verdict {
///     if event.arg.consumed {
///         return Verdict::Unhandled;
///     }
///     Verdict::Wake
/// }
///
/// static FILTER: Action<Message> = Action::new(filter, ()).shared().priority(10);
/// static OBSERVER: Action<Message> = Action::new(observe, ()).shared();
/// static MESSAGES: ActionTable<8, Message> = ActionTable::new();
/// MESSAGES.register(0, &OBSERVER)?;
/// MESSAGES.register(0, &FILTER)?;
///
/// let outcome = MESSAGES.dispatch(0, 0, &mut Message::default()).unwrap();
/// assert_eq!((outcome.called, outcome.handled, outcome.wake), (2, true, false));
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// It was none of this action's.
    Unhandled = 0,
    /// It was this action's, and is done.
    Handled = Answer::HANDLED.bits(),
    /// As `Handled`, and work is left for later: whoever dispatches should wake
    /// who does it.
    Wake = Answer::HANDLED.and(Answer::WAKE).bits(),
}

/// An event on its way through the actions: its index, the CPU, and the argument
/// that it was dispatched with.
///
/// # Examples
///
/// ```
/// use handler_table::{Event, Verdict};
///
/// fn breakpoint(event: &mut Event<'_, usize>, _: &()) -> Verdict {
///     *event.arg += 4;
///     Verdict::Handled
/// }
///
/// // A handler is a function, and can be tested as one.
/// let mut pc = 0x1000;
/// let mut event = Event::new(0, 3, &mut pc);
/// assert_eq!((event.cpu(), event.index(), event.is_repeat()), (0, 3, false));
/// assert_eq!(breakpoint(&mut event, &()), Verdict::Handled);
/// assert_eq!(pc, 0x1004);
/// ```
pub struct Event<'a, A: ?Sized = ()> {
    cpu: usize,
    index: usize,
    pub(crate) repeat: bool,
    /// What the event was dispatched with. Each action gets it as the one before
    /// left it.
    pub arg: &'a mut A,
}

impl<'a, A: ?Sized> Event<'a, A> {
    /// An event on a CPU, as [`dispatch`](ActionTable::dispatch) makes one.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    pub const fn new(cpu: usize, index: usize, arg: &'a mut A) -> Self {
        Event {
            cpu,
            index,
            repeat: false,
            arg,
        }
    }

    /// The CPU that it was dispatched on.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn cpu(&self) -> usize {
        self.cpu
    }

    /// The index of the event in its table.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Whether the handler runs once more for one event or several that came while
    /// it ran; see [`Action::non_reentrant`]. The argument is that of the first
    /// event, not theirs.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn is_repeat(&self) -> bool {
        self.repeat
    }
}

impl<A: ?Sized + Debug> Debug for Event<'_, A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("cpu", &self.cpu)
            .field("index", &self.index)
            .field("repeat", &self.repeat)
            .field("arg", &self.arg)
            .finish()
    }
}

/// A set of the CPUs 0 to 255.
///
/// # Examples
///
/// ```
/// use handler_table::CpuSet;
///
/// const SECOND_SOCKET: CpuSet = CpuSet::of(&[64, 65, 66, 67]);
/// assert!(SECOND_SOCKET.contains(65));
/// assert!(!SECOND_SOCKET.contains(0) && !SECOND_SOCKET.contains(256));
/// assert_eq!(CpuSet::new().with(64).with(65).with(66).with(67), SECOND_SOCKET);
/// assert!(CpuSet::new().is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuSet([u64; 4]);

impl CpuSet {
    /// The empty set.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn new() -> Self {
        CpuSet([0; 4])
    }

    /// The set of these CPUs.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn of(cpus: &[u8]) -> Self {
        let mut set = CpuSet::new();
        let mut at = 0;
        while at < cpus.len() {
            set = set.with(cpus[at]);
            at += 1;
        }
        set
    }

    /// The set with one CPU more.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn with(mut self, cpu: u8) -> Self {
        self.0[(cpu / 64) as usize] |= 1 << (cpu % 64);
        self
    }

    /// Whether the CPU is in the set.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn contains(self, cpu: usize) -> bool {
        cpu < 256 && self.0[cpu / 64] & 1 << (cpu % 64) != 0
    }

    /// Whether no CPU is in the set.
    ///
    /// # Examples
    ///
    /// See [`CpuSet`].
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self.0, [0, 0, 0, 0])
    }
}

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
        Action::concurrent(handler, context, ActionId::here())
    }

    /// An action whose handler never runs twice at once, and so has its context by
    /// `&mut C`.
    ///
    /// An event that comes while the handler runs, on another CPU or from within
    /// the handler, is **pended**: its dispatch does not wait, calls the other
    /// actions, and reports it in [`Outcome::pended`]. Whoever runs the handler then
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
        Action::alone(handler, context, ActionId::here())
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
        self.record_mut()
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
        self.record_mut().set_shared();
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
        self.record_mut().set_priority(priority);
        self
    }

    /// Has it registered, but not called until it is
    /// [`enable`](ActionTable::enable)d.
    ///
    /// # Examples
    ///
    /// See [`ActionTable::enable`].
    #[must_use]
    pub const fn disabled(mut self) -> Self {
        self.record_mut().set_disabled();
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
    /// assert_eq!(IRQS.dispatch(1, 0, &mut ()).unwrap().called, 0);
    /// assert_eq!(IRQS.dispatch(2, 0, &mut ()).unwrap().called, 1);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    pub const fn on_cpus(mut self, cpus: CpuSet) -> Self {
        self.record_mut().set_cpus(cpus);
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
        self.record_mut().set_counted();
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

    /// Passes its context to `with`, by `&mut`, if the action is in no table and no
    /// call of it is in flight.
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
    /// unregistered but not drained; [`Retired`](ActionError::Retired).
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
        self.context(with)
            .map_err(|life| ActionError::of_life(life, self.record()))
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
