//! The table of actions.

use super::{Action, ActionError, ActionId, DispatchError, Event};
use crate::chain::{Answer, Chain, Chains, Draining, Edge, Lent, Pointer, Record, Refusal, Typed};
use crate::flight::sealed::Tracking as _;
use crate::flight::{Counted, Tally, Tracking};
use crate::slot::Slot;
use core::fmt::{self, Debug};
use core::ptr;

/// What to do with the interrupt line of an event, for whoever has one.
///
/// Told to one caller each time that the number of enabled actions of the event
/// goes from none to one, or from one to none.
///
/// # Examples
///
/// See [`ActionTable::enable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The first action of the event was enabled: unmask the line.
    Unmask,
    /// The last enabled action was disabled or taken out: mask the line.
    Mask,
    /// Leave it as it is.
    Unchanged,
}

impl Line {
    fn of(edge: Edge) -> Self {
        match edge {
            Edge::First => Line::Unmask,
            Edge::Last => Line::Mask,
            Edge::None => Line::Unchanged,
        }
    }
}

/// Where a caller that is ready to wait runs, so that a table can tell whether it
/// would wait for itself.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionError, ActionTable, Event, Here, Verdict, Action};
///
/// static IRQS: ActionTable<16> = ActionTable::new();
/// static ONCE: Action = Action::new(once, ());
///
/// fn once(event: &mut Event<'_>, _: &()) -> Verdict {
///     let here = Here::Cpu(event.cpu());
///     let error = IRQS.unregister_and_drain(&ONCE, here, core::hint::spin_loop).unwrap_err();
///     assert_eq!(error, ActionError::InHandler { cpu: 0 });
///     IRQS.unregister(&ONCE).unwrap(); // and wait later, elsewhere
///     Verdict::Handled
/// }
///
/// IRQS.register(3, &ONCE)?;
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called, 1);
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called, 0);
/// IRQS.unregister_and_drain(&ONCE, Here::Cpu(0), core::hint::spin_loop)?;
/// # Ok::<(), ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// On this CPU, which dispatches nothing else at the same time: a kernel that
    /// does not migrate the caller while it asks, or a thread that has a number of
    /// its own. From a handler of the table, waiting is then the error
    /// [`InHandler`](ActionError::InHandler).
    ///
    /// A number that is not the caller's is not unsound: the error comes where it
    /// need not, or the wait is a deadlock.
    Cpu(usize),
    /// Nobody knows. Waiting from a handler of the table **is a deadlock**.
    Unknown,
}

fn exclusive<const N: usize>(index: usize, action: ActionId, other: ActionId) -> ActionError {
    ActionError::Exclusive {
        index,
        capacity: N,
        action,
        other,
    }
}

/// What a dispatch came to.
///
/// # Examples
///
/// See [`Action`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// How many actions were called.
    pub called: usize,
    /// How many actions, running already, will run once more; see
    /// [`Action::non_reentrant`].
    pub pended: usize,
    /// Whether an action handled the event.
    pub handled: bool,
    /// Whether an action asks that work be woken.
    pub wake: bool,
}

impl Outcome {
    /// Whether no action had to do with the event: none handled it, and none that
    /// runs already will look at it.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::ActionTable;
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// assert!(IRQS.dispatch(0, 3, &mut ()).unwrap().is_spurious());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_spurious(&self) -> bool {
        !self.handled && self.pended == 0
    }
}

/// What [`ActionTable::try_unregister`] did.
///
/// # Examples
///
/// See [`ActionTable::try_unregister`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// What to do with the line.
    pub line: Line,
    /// Whether a call of the action may be in flight.
    pub in_flight: bool,
}

/// An action that is registered, as [`ActionTable::for_each`] finds it; and which
/// action it is, for the methods that take [`AsAction`].
///
/// It stands for the action, not for this registration: it can be kept as long as
/// one likes.
///
/// # Examples
///
/// See [`ActionTable::for_each`]. A static action has no name in the program, so it
/// is found in the table:
///
/// ```
/// use handler_table::{ActionTable, Event, Line, Registered, Verdict};
/// use handler_table::{event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: ActionTable<16>;
///
/// #[event_handler(IRQS, 3, name = "uart")]
/// fn uart(_: &mut Event<'_>) -> Verdict {
///     Verdict::Handled
/// }
///
/// fn find(index: usize, name: &str) -> Option<Registered> {
///     let mut found = None;
///     IRQS.for_each(index, |action| {
///         if action.id.name() == name {
///             found = Some(action);
///         }
///     });
///     found
/// }
///
/// IRQS.init().unwrap();
/// let uart = find(3, "uart").unwrap();
/// assert_eq!(IRQS.disable(uart)?, Line::Mask);
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called, 0);
/// assert_eq!(IRQS.enable(uart)?, Line::Unmask);
/// assert_eq!(IRQS.unregister(uart)?, Line::Mask);
/// assert_eq!(find(3, "uart"), None);
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    action: Pointer,
    /// Which it is.
    pub id: ActionId,
    /// Its priority.
    pub priority: i32,
    /// Whether it may stand beside others.
    pub shared: bool,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The number of its events; see [`Action::count`].
    pub count: usize,
}

impl Registered {
    fn new(action: Pointer) -> Self {
        let record = action.record();
        Registered {
            action,
            id: record.id(),
            priority: record.priority(),
            shared: record.is_shared(),
            enabled: record.is_enabled(),
            count: record.count(),
        }
    }
}

/// What tells which action of a table of events with an `A` is meant: the
/// `&'static` [`Action`] itself, or a [`Registered`].
///
/// # Examples
///
/// See [`ActionTable::unregister`] and [`Registered`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no action for events with a `{A}`",
    label = "expected `&'static Action<{A}, _>` or `Registered`"
)]
pub trait AsAction<A: ?Sized>: sealed::AsAction {}

mod sealed {
    use crate::chain::Pointer;

    pub trait AsAction {
        fn pointer(self) -> Pointer;
    }
}

impl<A: ?Sized, C> AsAction<A> for &'static Action<A, C> {}

impl<A: ?Sized, C> sealed::AsAction for &'static Action<A, C> {
    fn pointer(self) -> Pointer {
        Action::pointer(self)
    }
}

impl<A: ?Sized> AsAction<A> for Registered {}

impl sealed::AsAction for Registered {
    fn pointer(self) -> Pointer {
        self.action
    }
}

/// What a table calls with a spurious event; see
/// [`ActionTable::set_spurious_hook`].
///
/// # Examples
///
/// See [`ActionTable::set_spurious_hook`].
pub type SpuriousHook<A> = fn(&mut Event<'_, A>, Outcome);

/// A table of `N` events, each with any number of [`Action`]s.
///
/// What [`HandlerTable`](crate::HandlerTable) is for one function for each event,
/// this is for several, with context, and with a way to know when one that was
/// taken out is called no more. `A` is the type of the argument that an event is
/// dispatched with: a trap frame, a message, `str`, `[u8]`. `D` says how calls in
/// flight are tracked: [`Counted`], by default for one CPU, or
/// [`Uncounted`](crate::Uncounted).
///
/// The chapter [`actions`](crate::actions) has the protocol, what is guaranteed and
/// what is not.
///
/// # Context
///
/// [`dispatch`](Self::dispatch), `register`, `unregister`, `try_unregister`,
/// `enable` and `disable` are lock-free, allocate nothing, do not wait and do not
/// panic: they may be called from interrupt and signal handlers, and from the
/// actions of the same table. The methods that take `relax` **wait**.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionError, ActionTable, Event, Line, Verdict};
///
/// struct Frame {
///     pc: usize,
/// }
///
/// fn step(event: &mut Event<'_, Frame>, width: &usize) -> Verdict {
///     event.arg.pc += width;
///     Verdict::Handled
/// }
///
/// static BREAKPOINT: Action<Frame, usize> = Action::new(step, 4).name("breakpoint");
/// static TRAPS: ActionTable<16, Frame> = ActionTable::new();
///
/// assert_eq!(TRAPS.register(3, &BREAKPOINT)?, Line::Unmask);
///
/// let mut frame = Frame { pc: 0x1000 };
/// assert!(TRAPS.dispatch(0, 3, &mut frame).unwrap().handled);
/// assert_eq!(frame.pc, 0x1004);
///
/// assert_eq!(TRAPS.unregister(&BREAKPOINT)?, Line::Mask);
/// assert!(TRAPS.dispatch(0, 3, &mut frame).unwrap().is_spurious());
/// assert_eq!(TRAPS.spurious(), 1);
/// # Ok::<(), ActionError>(())
/// ```
pub struct ActionTable<const N: usize, A: ?Sized = (), D = Counted<1>> {
    chains: Chains<N, A>,
    hook: Slot<SpuriousHook<A>>,
    tracking: D,
    spurious: Tally,
}

impl<const N: usize, A: ?Sized, D: Tracking> ActionTable<N, A, D> {
    /// Makes a table without actions. All zero: as a `static`, it is in `.bss`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::ActionTable;
    ///
    /// static IRQS: ActionTable<256> = ActionTable::new();
    /// assert_eq!(IRQS.capacity(), 256);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        ActionTable {
            chains: Chains::new(),
            hook: Slot::empty(),
            tracking: D::IDLE,
            spurious: Tally::new(),
        }
    }

    /// The number of events, `N`: they are `0..N`.
    ///
    /// # Examples
    ///
    /// See [`new`](Self::new).
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    fn address(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    /// Registers an action for an event.
    ///
    /// Sorted by priority, highest first, and then by registration. There is no
    /// moment in which the other actions of the event are not called. A dispatch
    /// that is under way may call the new one or not. Release: what was written
    /// before is visible to the handler.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](ActionError::OutOfRange);
    /// [`Exclusive`](ActionError::Exclusive) if the event has an action, and not
    /// both are shared; [`AlreadyRegistered`](ActionError::AlreadyRegistered);
    /// [`InFlight`](ActionError::InFlight) if the action was unregistered and not
    /// drained, and calls are in flight now; [`Retired`](ActionError::Retired);
    /// [`NoCpus`](ActionError::NoCpus).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    ///
    /// static A: Action = Action::new(|_, _| Verdict::Unhandled, ()).shared();
    /// static B: Action = Action::new(|_, _| Verdict::Wake, ()).shared();
    /// static IRQS: ActionTable<16> = ActionTable::new();
    ///
    /// assert_eq!(IRQS.register(3, &A)?, Line::Unmask);
    /// assert_eq!(IRQS.register(3, &B)?, Line::Unchanged);
    /// assert_eq!(
    ///     IRQS.register(4, &B),
    ///     Err(ActionError::AlreadyRegistered { index: 3, action: B.id() }),
    /// );
    /// assert_eq!(
    ///     IRQS.register(16, &B),
    ///     Err(ActionError::OutOfRange { index: 16, capacity: 16, action: B.id() }),
    /// );
    /// let outcome = IRQS.dispatch(0, 3, &mut ()).unwrap();
    /// assert_eq!((outcome.called, outcome.handled, outcome.wake), (2, true, true));
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn register<C>(
        &self,
        index: usize,
        action: &'static Action<A, C>,
    ) -> Result<Line, ActionError> {
        self.register_lent(index, &action.lent())
    }

    pub(crate) fn register_lent(
        &self,
        index: usize,
        action: &Lent<A>,
    ) -> Result<Line, ActionError> {
        let record = action.record();
        let (chain, action_id) = (self.chain_for(index, record)?, record.id());
        chain
            .register(&self.tracking, action, self.address(), index)
            .map(Line::of)
            .map_err(|refusal| match refusal {
                Refusal::Life(life) => ActionError::of_life(life, record),
                Refusal::Exclusive(other) => exclusive::<N>(index, action_id, other),
            })
    }

    /// What [`register`](Self::register) would say now.
    pub(crate) fn check(&self, index: usize, record: &Record) -> Result<(), ActionError> {
        let chain = self.chain_for(index, record)?.chain();
        match chain.refuses(&self.tracking.enter_to_write(), record) {
            Some(other) => Err(exclusive::<N>(index, record.id(), other)),
            None => Ok(()),
        }
    }

    /// The list of an event, for an action that may go there.
    fn chain_for(&self, index: usize, record: &Record) -> Result<Typed<'_, A>, ActionError> {
        let (capacity, action) = (N, record.id());
        let Some(chain) = self.chains.get(index) else {
            return Err(ActionError::OutOfRange {
                index,
                capacity,
                action,
            });
        };
        if record.has_cpus() {
            Ok(chain)
        } else {
            Err(ActionError::NoCpus { action })
        }
    }

    /// Takes an action out of its event. **Does not wait**: a call of it may be in
    /// flight when this returns. No dispatch that begins after this has returned
    /// calls it.
    ///
    /// Until the calls in flight have been waited for, the action is not free: it
    /// cannot be registered, and its context not be borrowed.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](ActionError::NotRegistered); of several threads that
    /// unregister one action, one succeeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart");
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(3, &UART)?;
    /// assert_eq!(IRQS.unregister(&UART)?, Line::Mask);
    /// assert_eq!(
    ///     IRQS.unregister(&UART),
    ///     Err(ActionError::NotRegistered { action: UART.id() }),
    /// );
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn unregister(&self, action: impl AsAction<A>) -> Result<Line, ActionError> {
        self.unregister_pointer(action.pointer())
            .map(|(line, _)| line)
    }

    pub(crate) fn unregister_pointer(
        &self,
        action: Pointer,
    ) -> Result<(Line, Draining), ActionError> {
        self.chain_of(action.record())
            .and_then(|chain| chain.unregister(&self.tracking, action))
            .map(|(edge, draining)| (Line::of(edge), draining))
            .ok_or(ActionError::NotRegistered {
                action: action.record().id(),
            })
    }

    /// The list that an action is in, if it is in any of this table.
    fn chain_of(&self, record: &Record) -> Option<&Chain> {
        if !record.is_used() {
            return None;
        }
        self.chains.get(record.index()).map(|chain| chain.chain())
    }

    /// Has an action called again that was [`disable`](Self::disable)d, or
    /// registered [`disabled`](Action::disabled).
    ///
    /// Release: what was written before is visible to the handler.
    ///
    /// # Who masks the line
    ///
    /// The number of enabled actions and the interrupt controller are two places,
    /// and others may change both in between. So whoever is told
    /// [`Mask`](Line::Mask) or [`Unmask`](Line::Unmask) does it, then looks at
    /// [`is_enabled`](Self::is_enabled) again, and if that is not what it did, does
    /// the other, until it is.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](ActionError::NotRegistered).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).disabled();
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// static UNMASKED: [AtomicBool; 16] = [const { AtomicBool::new(false) }; 16];
    ///
    /// fn apply(line: Line, index: usize) {
    ///     if line == Line::Unchanged {
    ///         return;
    ///     }
    ///     loop {
    ///         let enabled = IRQS.is_enabled(index);
    ///         UNMASKED[index].swap(enabled, Ordering::AcqRel);
    ///         if IRQS.is_enabled(index) == enabled {
    ///             break;
    ///         }
    ///     }
    /// }
    ///
    /// assert_eq!(IRQS.register(4, &UART)?, Line::Unchanged);
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called, 0);
    ///
    /// apply(IRQS.enable(&UART)?, 4);
    /// assert!(UNMASKED[4].load(Ordering::Acquire));
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called, 1);
    ///
    /// apply(IRQS.disable(&UART)?, 4);
    /// assert!(!UNMASKED[4].load(Ordering::Acquire));
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn enable(&self, action: impl AsAction<A>) -> Result<Line, ActionError> {
        self.set_enabled(action.pointer(), true)
    }

    /// Has an action not called, although it stays registered. **Does not wait**; a
    /// call of it may be in flight. See [`enable`](Self::enable).
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](ActionError::NotRegistered).
    ///
    /// # Examples
    ///
    /// See [`enable`](Self::enable).
    pub fn disable(&self, action: impl AsAction<A>) -> Result<Line, ActionError> {
        self.set_enabled(action.pointer(), false)
    }

    fn set_enabled(&self, action: Pointer, enabled: bool) -> Result<Line, ActionError> {
        self.chain_of(action.record())
            .and_then(|chain| chain.set_enabled(&self.tracking, action, enabled))
            .map(Line::of)
            .ok_or(ActionError::NotRegistered {
                action: action.record().id(),
            })
    }

    /// Whether the event has an action that is enabled; false if `index` is not in
    /// `0..N`.
    ///
    /// Relaxed: what is done to an interrupt controller on the strength of it must
    /// be in one order that all CPUs agree on, as writes to a device's register
    /// are.
    ///
    /// # Examples
    ///
    /// See [`enable`](Self::enable).
    #[must_use]
    pub fn is_enabled(&self, index: usize) -> bool {
        self.chains
            .get(index)
            .is_some_and(|chain| chain.chain().has_enabled())
    }

    /// Whether the event has an action that is enabled and for this CPU; false if
    /// `index` is not in `0..N`.
    ///
    /// For lines that each CPU masks on its own: after every change, the CPUs of
    /// the action's set ask this, and so does a CPU that comes on line, for every
    /// event. Linear in the actions of the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Counted, CpuSet, Verdict};
    ///
    /// static TIMER: Action = Action::new(|_, _| Verdict::Handled, ())
    ///     .on_cpus(CpuSet::of(&[2, 3]))
    ///     .disabled();
    /// static IRQS: ActionTable<16, (), Counted<4>> = ActionTable::new();
    /// IRQS.register(0, &TIMER)?;
    /// assert!(!IRQS.is_enabled_on(0, 2));
    /// IRQS.enable(&TIMER)?;
    /// assert!(!IRQS.is_enabled_on(0, 1) && IRQS.is_enabled_on(0, 2));
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    pub fn is_enabled_on(&self, index: usize, cpu: usize) -> bool {
        let mut found = false;
        self.each(index, |action| {
            let record = action.record();
            found |= record.is_enabled() && record.is_for(cpu);
        });
        found
    }

    /// Calls `visit` with every action of an event, in the order in which they are
    /// called. For listings.
    ///
    /// Counts as an operation in flight while it runs: `visit` must not wait for
    /// the table.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Verdict};
    ///
    /// static A: Action = Action::new(|_, _| Verdict::Handled, ()).name("a").shared().counted();
    /// static B: Action = Action::new(|_, _| Verdict::Handled, ()).name("b").shared().priority(1);
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(3, &A)?;
    /// IRQS.register(3, &B)?;
    /// IRQS.dispatch(0, 3, &mut ()).unwrap();
    ///
    /// let mut listing = String::new();
    /// IRQS.for_each(3, |action| {
    ///     listing += &format!("{} {} ", action.id.name(), action.count);
    /// });
    /// assert_eq!(listing, "b 0 a 1 ");
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn for_each(&self, index: usize, mut visit: impl FnMut(Registered)) {
        self.each(index, |action| visit(Registered::new(action)));
    }

    fn each(&self, index: usize, visit: impl FnMut(Pointer)) {
        if let Some(chain) = self.chains.get(index) {
            chain.chain().each(&self.tracking.enter_to_write(), visit);
        }
    }

    /// Calls every enabled action of an event that is for this CPU, highest
    /// priority first, and returns what they came to.
    ///
    /// `cpu` is the number of the CPU that runs this, or of the thread; see
    /// [`Counted`]. No action keeps the event from the others. An event that no
    /// action handled, and none pended, is **spurious**: it is counted, and passed
    /// to the hook, if there is one.
    ///
    /// If an action panics, the ones behind it are not called; the table is as it
    /// was, and nobody waits for this call any more.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](DispatchError::OutOfRange);
    /// [`TooManyCpus`](DispatchError::TooManyCpus) if the table is `Counted<CPUS>`
    /// and `cpu` is not in `0..CPUS`.
    ///
    /// # Examples
    ///
    /// See [`ActionTable`].
    #[inline]
    pub fn dispatch(
        &self,
        cpu: usize,
        index: usize,
        arg: &mut A,
    ) -> Result<Outcome, DispatchError> {
        let Some(chain) = self.chains.get(index) else {
            return Err(DispatchError::OutOfRange { index, capacity: N });
        };
        let Some(section) = self.tracking.enter(cpu) else {
            return Err(DispatchError::TooManyCpus { cpu, cpus: D::CPUS });
        };
        let mut event = Event::new(cpu, index, arg);
        let (answers, called, pended) = chain.call(&section, &mut event);
        let outcome = Outcome {
            called,
            pended,
            handled: answers.has(Answer::HANDLED),
            wake: answers.has(Answer::WAKE),
        };
        if outcome.is_spurious() {
            self.report(&mut event, outcome);
        }
        Ok(outcome)
    }

    #[cold]
    fn report(&self, event: &mut Event<'_, A>, outcome: Outcome) {
        self.spurious.add();
        if let Some(hook) = self.hook.get() {
            hook(event, outcome);
        }
    }

    /// The number of spurious events so far. Relaxed; wraps round.
    ///
    /// # Examples
    ///
    /// See [`ActionTable`].
    #[must_use]
    pub fn spurious(&self) -> usize {
        self.spurious.get()
    }

    /// Sets what is called with every spurious event from now on, and returns what
    /// was called until now.
    ///
    /// It is called from within the dispatch, so [`synchronize`](Self::synchronize)
    /// waits for it as for a handler.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::ActionTable;
    ///
    /// static IRQS: ActionTable<16, Vec<usize>> = ActionTable::new();
    /// assert!(IRQS.set_spurious_hook(|event, _| event.arg.push(event.index())).is_none());
    ///
    /// let mut seen = Vec::new();
    /// IRQS.dispatch(0, 3, &mut seen).unwrap();
    /// assert_eq!(seen, [3]);
    /// ```
    pub fn set_spurious_hook(&self, hook: SpuriousHook<A>) -> Option<SpuriousHook<A>> {
        self.hook.swap(hook)
    }

    /// Sets that nothing is called with spurious events, and returns what was
    /// called until now.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::ActionTable;
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.set_spurious_hook(|_, _| ());
    /// assert!(IRQS.take_spurious_hook().is_some());
    /// assert!(IRQS.take_spurious_hook().is_none());
    /// ```
    pub fn take_spurious_hook(&self) -> Option<SpuriousHook<A>> {
        self.hook.take()
    }
}

impl<const N: usize, A: ?Sized, const CPUS: usize> ActionTable<N, A, Counted<CPUS>> {
    /// [`unregister`](Self::unregister), and whether a call of the action may be in
    /// flight. If none is, the action is free.
    ///
    /// Does not wait. `in_flight` is about the whole table: it is also true if only
    /// other actions are being called, or if this is called from a handler of the
    /// table.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](ActionError::NotRegistered).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ());
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(3, &UART)?;
    /// let removal = IRQS.try_unregister(&UART)?;
    /// assert_eq!((removal.line, removal.in_flight), (Line::Mask, false));
    /// IRQS.register(4, &UART)?;
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn try_unregister(&self, action: impl AsAction<A>) -> Result<Removal, ActionError> {
        let action = action.pointer();
        let (line, draining) = self.unregister_pointer(action)?;
        let in_flight = !self.tracking.is_idle();
        if !in_flight {
            action.free(draining);
        }
        Ok(Removal { line, in_flight })
    }

    /// Takes an action out of its event, and waits until no call of it is in
    /// flight. Then it is free.
    ///
    /// An action that was unregistered before and is not free yet is waited for, and
    /// the line is [`Unchanged`](Line::Unchanged). Calls `relax` again and again
    /// while it waits: `core::hint::spin_loop`, or what gives the CPU to others.
    /// Waits for every operation on this table that is under way when the action is
    /// out, whatever its event; and, if somebody else waits too, for some that begin
    /// later. Acquire: all that those calls did is visible.
    ///
    /// # Errors
    ///
    /// [`InHandler`](ActionError::InHandler) if the caller is in a handler of this
    /// table, and [`Here::Cpu`] says where; nothing is changed.
    /// [`TooManyCpus`](ActionError::TooManyCpus) if there is no such CPU.
    /// [`NotRegistered`](ActionError::NotRegistered).
    ///
    /// # Not guaranteed
    ///
    /// That it ends, if `here` is unknown and the caller is in a handler of this
    /// table; if a handler waits for what only the caller can do; or if the caller
    /// interrupted, on the same CPU, a dispatch or another operation on this table,
    /// as an interrupt handler may. Nor when it ends, if several wait at once, and
    /// several threads dispatch under one number of a CPU, or register and unregister,
    /// so that one always begins before the last has ended.
    ///
    /// # Examples
    ///
    /// See [`Here`] and [`Action::non_reentrant`].
    pub fn unregister_and_drain(
        &self,
        action: impl AsAction<A>,
        here: Here,
        relax: impl FnMut(),
    ) -> Result<Line, ActionError> {
        self.check_wait(here)?;
        let action = action.pointer();
        let (line, draining) = match self.unregister_pointer(action) {
            Ok(taken) => taken,
            Err(error) => match action.draining(self.address()) {
                Some(draining) => (Line::Unchanged, draining),
                None => return Err(error),
            },
        };
        self.tracking.wait(relax);
        action.free(draining);
        Ok(line)
    }

    /// Waits until every operation on this table that is under way now has ended,
    /// calls of handlers above all.
    ///
    /// After [`disable`](Self::disable), so that the action is certainly not being
    /// called; or after a change of what handlers read. For all events of the table:
    /// calls in flight are counted for each CPU, not for each event. Waits as
    /// [`unregister_and_drain`](Self::unregister_and_drain).
    ///
    /// # Errors
    ///
    /// [`InHandler`](ActionError::InHandler) and
    /// [`TooManyCpus`](ActionError::TooManyCpus), as there.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Here, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ());
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(3, &UART)?;
    /// IRQS.disable(&UART)?;
    /// IRQS.synchronize(Here::Unknown, std::thread::yield_now)?;
    /// // No call of UART's handler is in flight.
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn synchronize(&self, here: Here, relax: impl FnMut()) -> Result<(), ActionError> {
        self.check_wait(here)?;
        self.tracking.wait(relax);
        Ok(())
    }

    /// Whether the caller may wait, for all that is known.
    fn check_wait(&self, here: Here) -> Result<(), ActionError> {
        let Here::Cpu(cpu) = here else {
            return Ok(());
        };
        match self.tracking.is_on(cpu) {
            Some(false) => Ok(()),
            Some(true) => Err(ActionError::InHandler { cpu }),
            None => Err(ActionError::TooManyCpus { cpu, cpus: CPUS }),
        }
    }
}

/// The same as [`ActionTable::new`].
///
/// # Examples
///
/// ```
/// use handler_table::ActionTable;
///
/// let table: ActionTable<4> = ActionTable::default();
/// assert_eq!(table.spurious(), 0);
/// ```
impl<const N: usize, A: ?Sized, D: Tracking> Default for ActionTable<N, A, D> {
    fn default() -> Self {
        ActionTable::new()
    }
}

/// Prints the capacity, and the actions of each event that has any.
impl<const N: usize, A: ?Sized, D: Tracking> Debug for ActionTable<N, A, D> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Events<'a, const N: usize, A: ?Sized, D>(&'a ActionTable<N, A, D>);
        struct Actions<'a, D>(&'a Chain, &'a D);

        impl<const N: usize, A: ?Sized, D: Tracking> Debug for Events<'_, N, A, D> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let ActionTable {
                    chains, tracking, ..
                } = self.0;
                let events = chains.iter().map(|chain| Actions(chain, tracking));
                formatter
                    .debug_map()
                    .entries(
                        events
                            .enumerate()
                            .filter(|(_, Actions(chain, _))| !chain.is_empty()),
                    )
                    .finish()
            }
        }

        impl<D: Tracking> Debug for Actions<'_, D> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut list = formatter.debug_list();
                self.0.each(&self.1.enter_to_write(), |action| {
                    list.entry(&format_args!("{}", action.record().id()));
                });
                list.finish()
            }
        }

        formatter
            .debug_struct("ActionTable")
            .field("capacity", &N)
            .field("registered", &Events(self))
            .finish_non_exhaustive()
    }
}
