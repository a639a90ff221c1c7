//! [`ActionTable`]: register, unregister, enable and dispatch actions.

#[cfg(feature = "alloc")]
mod boxed;
mod drain;
mod lines;
mod listing;
#[cfg(feature = "std")]
pub(crate) mod threads;

use crate::action::Action;
use crate::action::error::{ActionError, DispatchError};
use crate::action::event::Event;
use crate::action::flight::sealed::Cpu as _;
use crate::action::flight::section::Section;
use crate::action::flight::{Counted, Padded, Tally, Tracking, read};
use crate::action::handle::Target;
use crate::action::line::Line;
use crate::action::outcome::Outcome;
use crate::action::record::life::Leaving;
use crate::action::record::{Pointer, Record};
use crate::action::registered::{AsAction, Registered, Registration};
use crate::action::removal::{Draining, Removal};
use crate::action::typed::{Actions, Lent, Lists, Placed};
use crate::events::{Events, Number};
use crate::slot::Slot;
use core::marker::PhantomData;

/// The type of the function that a table calls for each spurious event; see
/// [`ActionTable::set_spurious_hook`].
///
/// # Examples
///
/// See [`ActionTable::set_spurious_hook`].
pub type SpuriousHook<A> = fn(&mut Event<'_, A>, Outcome);

/// A table of `N` events, each with any number of [`Action`]s.
///
/// A [`HandlerTable`](crate::HandlerTable) has one function for each event. This table
/// has several, each with a context, and can tell when a removed one is no longer
/// running. `A` is the type of the argument of a dispatch: a trap frame, a message,
/// `str`, `[u8]`. `D` selects how calls in flight are tracked: [`Counted`], for one CPU
/// by default, [`Owned`](crate::Owned) or [`Uncounted`](crate::Uncounted).
///
/// The chapter [`actions`](crate::docs::actions) describes the protocol, and says what is
/// guaranteed and what is not.
///
/// # Context
///
/// [`dispatch`](Self::dispatch), `register`, `unregister`, `enable`, `disable` and
/// [`Removal::try_drain`] are lock-free, do not allocate, do not wait and do not
/// panic. They may be called from interrupt and signal handlers, and from the
/// actions of the same table. Methods that take `relax` **wait**.
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
/// assert_eq!(TRAPS.register(3, &BREAKPOINT)?.line, Line::Unmask);
///
/// let mut frame = Frame { pc: 0x1000 };
/// assert!(TRAPS.dispatch(0, 3, &mut frame).unwrap().handled());
/// assert_eq!(frame.pc, 0x1004);
///
/// assert_eq!(TRAPS.unregister(&BREAKPOINT)?.line, Line::Mask);
/// assert!(TRAPS.dispatch(0, 3, &mut frame).unwrap().is_spurious());
/// assert_eq!(TRAPS.spurious(), 1);
/// # Ok::<(), ActionError>(())
/// ```
pub struct ActionTable<const N: usize, A: ?Sized = (), D = Counted<1>, E = Number> {
    lists: Lists<N, A, D>,
    // On other cache lines than the data that each dispatch reads.
    spurious: Padded<Spurious<A>>,
    events: PhantomData<fn(E) -> E>,
}

/// The count of spurious events, and the hook for them.
struct Spurious<A: ?Sized> {
    count: Tally,
    hook: Slot<SpuriousHook<A>>,
    // Here because a dispatch does not read it.
    #[cfg(feature = "alloc")]
    deferred: crate::action::boxed::Deferred,
}

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
    /// Creates a table without actions. It is all zero, so a `static` table is in `.bss`.
    ///
    /// # Panics
    ///
    /// If `N` is not the capacity of the type of events. For a `static` table this is an error
    /// of the compiler.
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
    #[track_caller]
    pub const fn new() -> Self {
        E::LIST.check_capacity(N);
        ActionTable {
            lists: Lists::new(),
            spurious: Padded(Spurious {
                count: Tally::new(),
                hook: Slot::empty(),
                #[cfg(feature = "alloc")]
                deferred: crate::action::boxed::Deferred::new(),
            }),
            events: PhantomData,
        }
    }

    /// Returns the number of events, `N`. Valid indices are `0..N`.
    ///
    /// # Examples
    ///
    /// See [`new`](Self::new).
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
    /// Registers an action for an event. Returns the handle of the registration, and what to
    /// do with the line.
    ///
    /// Actions are called by priority, highest first, and then by registration. The other
    /// actions of the event are called at every moment. A dispatch in progress may or may
    /// not call the new action.
    ///
    /// Release: everything that was written before is visible to the handler.
    ///
    /// # Errors
    ///
    /// * [`OutOfRange`](ActionError::OutOfRange) if `index` is not in `0..N`.
    /// * [`Exclusive`](ActionError::Exclusive) if the event has an action, unless both
    ///   actions are shared.
    /// * [`AlreadyRegistered`](ActionError::AlreadyRegistered) if the action is registered
    ///   in some table, or its owner is using its context.
    /// * [`InFlight`](ActionError::InFlight) if the action was unregistered but not
    ///   drained, and a call is in flight now.
    /// * [`Retired`](ActionError::Retired) if the action was registered in an
    ///   [`Uncounted`](crate::Uncounted) table.
    /// * [`NoCpus`](ActionError::NoCpus) if the table tracks none of the CPUs of the
    ///   action.
    /// * [`SeveralCpus`](ActionError::SeveralCpus) if the action is non-reentrant and limited
    ///   to several CPUs.
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
    /// assert_eq!(IRQS.register(3, &A)?.line, Line::Unmask);
    /// assert_eq!(IRQS.register(3, &B)?.line, Line::Unchanged);
    /// assert_eq!(
    ///     IRQS.register(4, &B),
    ///     Err(ActionError::AlreadyRegistered { index: 3, action: B.id() }),
    /// );
    /// assert_eq!(
    ///     IRQS.register(16, &B),
    ///     Err(ActionError::OutOfRange { index: 16, capacity: 16, action: B.id() }),
    /// );
    /// let outcome = IRQS.dispatch(0, 3, &mut ()).unwrap();
    /// assert_eq!((outcome.called(), outcome.handled(), outcome.wake()), (2, true, true));
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn register<C>(
        &'static self,
        event: E::Event,
        action: &'static Action<A, C>,
    ) -> Result<Registration, E::Error<ActionError>> {
        let event = Self::placed(E::number(event));
        self.register_at(event, &action.lent(), false)
            .map_err(|error| E::error(error, event.number))
    }

    /// Registers an action for the first of these events that has no action.
    /// [`ActionHandle::index`](crate::ActionHandle::index) of the result is its number.
    ///
    /// The event is found and taken in one step: if several threads look for a free event, each
    /// gets one of its own. It is free if it has no action at all, also if the action is shared.
    /// Others that are shared can join it later.
    ///
    /// # Errors
    ///
    /// * [`NoFreeEvent`](ActionError::NoFreeEvent) if each of the events has an action.
    /// * As [`register`](Self::register), but for `Exclusive`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    ///
    /// static DISK: Action = Action::new(|_, _| Verdict::Handled, ()).shared();
    /// static NET: Action = Action::new(|_, _| Verdict::Handled, ()).shared();
    /// static USB: Action = Action::new(|_, _| Verdict::Handled, ());
    /// static VECTORS: ActionTable<256> = ActionTable::new();
    ///
    /// let disk = VECTORS.register_any(48..50, &DISK)?;
    /// assert_eq!((disk.handle.index(), disk.line), (48, Line::Unmask));
    /// assert_eq!(VECTORS.register_any(48..50, &NET)?.handle.index(), 49);
    /// let action = USB.id();
    /// assert_eq!(
    ///     VECTORS.register_any(48..50, &USB),
    ///     Err(ActionError::NoFreeEvent { action }),
    /// );
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn register_any<C>(
        &'static self,
        events: impl IntoIterator<Item = E::Event>,
        action: &'static Action<A, C>,
    ) -> Result<Registration, ActionError> {
        for number in events.into_iter().map(E::number) {
            match self.register_at(Self::placed(number), &action.lent(), true) {
                Err(ActionError::Exclusive { .. }) => {}
                result => return result,
            }
        }
        let action = action.id();
        Err(ActionError::NoFreeEvent { action })
    }

    /// If `is_free`, only for an event that has no action.
    fn register_at(
        &'static self,
        event: Placed,
        action: &Lent<A>,
        is_free: bool,
    ) -> Result<Registration, ActionError> {
        let (actions, handle) = self.lists.register(event, action, is_free)?;
        Ok(Registration::new(handle, actions.enabled.tell()))
    }

    /// [`register`](Self::register), without reporting the line.
    pub(crate) fn register_silently(
        &'static self,
        number: usize,
        action: &Lent<A>,
    ) -> Result<(), ActionError> {
        let event = Self::placed(number);
        self.lists.register(event, action, false).map(|_| ())
    }

    /// The error that [`register`](Self::register) would return now because of the index,
    /// the CPUs or another action.
    pub(crate) fn check(&self, number: usize, record: &Record) -> Result<(), ActionError> {
        let event = Self::placed(number);
        let list = &self.lists.actions_for(event, record)?.list;
        let section = self.lists.tracking.enter_to_write();
        match list.refuses(&section, record) {
            Some(other) => Err(ActionError::Exclusive {
                index: number,
                capacity: N,
                action: record.id(),
                other,
            }),
            None => Ok(()),
        }
    }

    /// Removes an action from its event.
    ///
    /// **Does not wait**: a call of the action may be in flight when this returns. A
    /// dispatch that begins after this has returned does not call the action.
    ///
    /// While a call is in flight in the table, the action is not free: it cannot be
    /// registered, and its context cannot be borrowed. The [`Removal`] says when it is free.
    /// If the removal is dropped, the next method that needs the action free checks that.
    ///
    /// # Errors
    ///
    /// * [`NotRegistered`](ActionError::NotRegistered) if the action is not registered in
    ///   this table. If several threads unregister one action, exactly one succeeds.
    /// * [`Stale`](ActionError::Stale) if the registration of the handle has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart");
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(3, &UART)?;
    /// assert_eq!(IRQS.unregister(&UART)?.line, Line::Mask);
    /// assert_eq!(
    ///     IRQS.unregister(&UART).map(drop),
    ///     Err(ActionError::NotRegistered { action: UART.id() }),
    /// );
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn unregister(&self, action: impl AsAction<A>) -> Result<Removal<'_, D>, ActionError> {
        let (actions, leaving) = self.remove(action.target())?;
        let draining = Draining::new(self.lists.head(), &self.lists.tracking, leaving);
        Ok(Removal::new(actions.enabled.tell(), draining))
    }

    /// [`unregister`](Self::unregister), without reporting the line.
    pub(crate) fn unregister_silently(&self, action: Pointer) -> Result<(), ActionError> {
        self.remove(Target::Action(action)).map(|_| ())
    }

    fn remove(&self, target: Target) -> Result<(&Actions, Leaving), ActionError> {
        let removed = self.actions_of(target).and_then(|actions| {
            let removed = actions.unregister(&self.lists.tracking, target)?;
            Some((actions, removed.leaving))
        });
        removed.ok_or_else(|| target.not_registered())
    }

    /// The list that contains an action, if the action is registered in this table.
    fn actions_of(&self, target: Target) -> Option<&Actions> {
        let index = target.index(self.lists.head())?;
        self.lists.get(E::slot_of(index))
    }

    /// Returns the state of a registered action: whether it is enabled, its count and its
    /// options.
    ///
    /// # Errors
    ///
    /// * [`NotRegistered`](ActionError::NotRegistered) if the action is not registered in
    ///   this table.
    /// * [`Stale`](ActionError::Stale) if the registration of the handle has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart").disabled();
    /// static IRQS: ActionTable<16> = ActionTable::new();
    ///
    /// let uart = IRQS.register(4, &UART)?.handle;
    /// let status = IRQS.status(uart)?;
    /// assert_eq!((status.id.name(), status.enabled), ("uart", false));
    /// IRQS.unregister(uart)?;
    /// assert_eq!(IRQS.status(uart), Err(ActionError::Stale { index: 4 }));
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn status(&self, action: impl AsAction<A>) -> Result<Registered, ActionError> {
        let target = action.target();
        let found = self.actions_of(target).and_then(|actions| {
            let section = self.lists.tracking.enter_to_write();
            let found = actions.list.find(&section, target)?;
            Some(Registered::new(self.lists.head(), found))
        });
        found.ok_or_else(|| target.not_registered())
    }

    /// Enables an action that was [`disable`](Self::disable)d, or registered as
    /// [`disabled`](Action::disabled).
    ///
    /// Release: everything that was written before is visible to the handler.
    ///
    /// # Errors
    ///
    /// * [`NotRegistered`](ActionError::NotRegistered) if the action is not registered in
    ///   this table.
    /// * [`Stale`](ActionError::Stale) if the registration of the handle has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).disabled();
    /// static IRQS: ActionTable<16> = ActionTable::new();
    ///
    /// assert_eq!(IRQS.register(4, &UART)?.line, Line::Unchanged);
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called(), 0);
    ///
    /// assert_eq!(IRQS.enable(&UART)?, Line::Unmask);
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called(), 1);
    ///
    /// assert_eq!(IRQS.disable(&UART)?, Line::Mask);
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called(), 0);
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn enable(&self, action: impl AsAction<A>) -> Result<Line, ActionError> {
        self.set_enabled(action.target(), true)
    }

    /// Disables an action. It stays registered, but is not called until it is
    /// [`enable`](Self::enable)d.
    ///
    /// **Does not wait**: a call of the action may be in flight when this returns.
    ///
    /// # Errors
    ///
    /// As [`enable`](Self::enable).
    ///
    /// # Examples
    ///
    /// See [`enable`](Self::enable).
    pub fn disable(&self, action: impl AsAction<A>) -> Result<Line, ActionError> {
        self.set_enabled(action.target(), false)
    }

    fn set_enabled(&self, target: Target, enabled: bool) -> Result<Line, ActionError> {
        let line = self.actions_of(target).and_then(|actions| {
            actions.set_enabled(&self.lists.tracking, target, enabled)?;
            Some(actions.enabled.tell())
        });
        line.ok_or_else(|| target.not_registered())
    }

    /// Calls the enabled actions of an event for this CPU, highest priority first, and
    /// returns the combined outcome.
    ///
    /// `cpu` identifies the current CPU or thread; see [`Counted`]. An action cannot
    /// hide the event from the other actions. The event is **spurious** if no action
    /// handled or pended it. Then it is counted, and passed to the spurious hook, if there
    /// is one.
    ///
    /// If an action panics, the later actions are not called. The table does not change,
    /// and the call is no longer in flight.
    ///
    /// # Errors
    ///
    /// * [`OutOfRange`](DispatchError::OutOfRange) if `index` is not in `0..N`.
    /// * [`TooManyCpus`](DispatchError::TooManyCpus) if the table is `Counted<CPUS>` and
    ///   `cpu` is not in `0..CPUS`.
    ///
    /// # Examples
    ///
    /// See [`ActionTable`].
    #[inline]
    pub fn dispatch(
        &self,
        cpu: D::Cpu,
        event: E::Event,
        arg: &mut A,
    ) -> Result<Outcome, DispatchError> {
        self.dispatch_raw(cpu, E::number(event), arg)
    }

    /// As [`dispatch`](Self::dispatch), for an event by its number, as hardware gives it.
    ///
    /// For a table whose events are numbers this is `dispatch`.
    ///
    /// # Errors
    ///
    /// As `dispatch`; [`NoSuchEvent`](DispatchError::NoSuchEvent) if no event of the table's
    /// type has this number.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Counted, Events, Verdict};
    ///
    /// #[derive(Events)]
    /// enum Irq {
    ///     Uart = 16,
    ///     Timer = 1000,
    /// }
    ///
    /// static TICK: Action = Action::new(|_, ()| Verdict::Handled, ());
    /// static IRQS: ActionTable<{ Irq::CAPACITY }, (), Counted<1>, Irq> = ActionTable::new();
    ///
    /// IRQS.register(Irq::Timer, &TICK).unwrap();
    /// assert!(IRQS.dispatch_raw(0, 1000, &mut ()).unwrap().handled());
    /// assert!(IRQS.dispatch_raw(0, 16, &mut ()).unwrap().is_spurious());
    /// assert!(IRQS.dispatch_raw(0, 17, &mut ()).is_err());
    /// ```
    #[inline]
    pub fn dispatch_raw(
        &self,
        cpu: D::Cpu,
        number: usize,
        arg: &mut A,
    ) -> Result<Outcome, DispatchError> {
        let Some(list) = self.lists.typed(E::slot_of(number)) else {
            return Err(if const { E::LIST.is_empty() } {
                DispatchError::OutOfRange {
                    index: number,
                    capacity: N,
                }
            } else {
                DispatchError::NoSuchEvent { number }
            });
        };
        let Some(section) = self.lists.tracking.enter(cpu) else {
            return Err(DispatchError::TooManyCpus {
                cpu: cpu.number(),
                cpus: D::CPUS,
            });
        };
        let mut event = Event::new(cpu.number(), number, arg);
        let outcome = list.call(&section, &mut event);
        if outcome.is_spurious() {
            self.report(&section, &mut event, outcome);
        }
        Ok(outcome)
    }

    fn placed(number: usize) -> Placed {
        Placed {
            slot: E::slot_of(number),
            number,
        }
    }

    #[cold]
    fn report(&self, section: &Section, event: &mut Event<'_, A>, outcome: Outcome) {
        let Padded(Spurious { count, hook, .. }) = &self.spurious;
        count.add();
        if let Some(hook) = read(section, hook) {
            hook(event, outcome);
        }
    }

    /// Returns the number of spurious events so far. Relaxed; wraps on overflow.
    ///
    /// # Examples
    ///
    /// See [`ActionTable`].
    #[must_use]
    pub fn spurious(&self) -> usize {
        self.spurious.0.count.get()
    }

    /// Sets the hook that is called for every spurious event, and returns the previous
    /// one.
    ///
    /// The dispatch calls the hook, so [`synchronize`](Self::synchronize) waits for it as
    /// for a handler.
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
        self.spurious.0.hook.swap(hook)
    }

    /// Removes the hook for spurious events, and returns it.
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
        self.spurious.0.hook.take()
    }
}

#[cfg(all(test, loom))]
impl<const N: usize, A: ?Sized, D: Tracking> ActionTable<N, A, D> {
    pub(crate) fn tracking(&self) -> &D {
        &self.lists.tracking
    }

    /// Makes loom's atomics, but those of the tracking.
    pub(crate) fn touch(&'static self) {
        let _ = crate::action::home::Home::of(&self.lists);
        assert_eq!(self.spurious(), 0);
        assert!(self.take_spurious_hook().is_none());
        #[cfg(feature = "alloc")]
        self.spurious.0.deferred.touch();
        for index in 0..N {
            self.for_each(index, |_| unreachable!());
            assert!(!self.is_enabled(index));
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
impl<const N: usize, A: ?Sized, D: Tracking, E: Events> Default for ActionTable<N, A, D, E> {
    fn default() -> Self {
        ActionTable::new()
    }
}
