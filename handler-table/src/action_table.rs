//! The table of actions: register, remove, enable, dispatch.

pub(crate) mod drain;
mod lines;
mod listing;

use crate::action::Action;
use crate::action::error::{ActionError, DispatchError};
use crate::action::event::Event;
use crate::action::flight::{Counted, Padded, Section, Tally, Tracking, read};
use crate::action::line::Line;
use crate::action::outcome::Outcome;
use crate::action::record::{NoWait, Pointer, Record, Wait};
use crate::action::registered::AsAction;
use crate::action::typed::{Actions, Lent, Lists, Placed};
use crate::events::{Events, Number};
use crate::slot::Slot;
use core::marker::PhantomData;

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
/// assert!(TRAPS.dispatch(0, 3, &mut frame).unwrap().handled());
/// assert_eq!(frame.pc, 0x1004);
///
/// assert_eq!(TRAPS.unregister(&BREAKPOINT)?, Line::Mask);
/// assert!(TRAPS.dispatch(0, 3, &mut frame).unwrap().is_spurious());
/// assert_eq!(TRAPS.spurious(), 1);
/// # Ok::<(), ActionError>(())
/// ```
pub struct ActionTable<const N: usize, A: ?Sized = (), D = Counted<1>, E = Number> {
    lists: Lists<N, A, D>,
    // Away from what each dispatch reads.
    spurious: Padded<Spurious<A>>,
    events: PhantomData<fn(E) -> E>,
}

/// What is done with spurious events.
struct Spurious<A: ?Sized> {
    count: Tally,
    hook: Slot<SpuriousHook<A>>,
}

impl<const N: usize, A: ?Sized, D: Tracking, E> ActionTable<N, A, D, E> {
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
            lists: Lists::new(),
            spurious: Padded(Spurious {
                count: Tally::new(),
                hook: Slot::empty(),
            }),
            events: PhantomData,
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
}

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
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
    /// assert_eq!((outcome.called(), outcome.handled(), outcome.wake()), (2, true, true));
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn register<C>(
        &'static self,
        event: E::Event,
        action: &'static Action<A, C>,
    ) -> Result<Line, E::Error<ActionError>> {
        let event = Self::placed(E::number(event));
        match self.lists.register(event, &action.lent()) {
            Ok(actions) => Ok(actions.enabled.tell()),
            Err(error) => Err(E::error(error, event.number)),
        }
    }

    /// [`register`](Self::register), which tells nobody of the line.
    pub(crate) fn register_silently(
        &'static self,
        number: usize,
        action: &Lent<A>,
    ) -> Result<(), ActionError> {
        let event = Self::placed(number);
        self.lists.register(event, action).map(|_| ())
    }

    /// What [`register`](Self::register) would say now of other actions.
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

    /// Takes an action out of its event. **Does not wait**: a call of it may be in
    /// flight when this returns. No dispatch that begins after this has returned
    /// calls it.
    ///
    /// While a call is in flight in the table, the action is not free: it cannot be
    /// registered, and its context cannot be borrowed.
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
        let (actions, _) = self.remove(action.pointer())?;
        Ok(actions.enabled.tell())
    }

    /// [`unregister`](Self::unregister), which tells nobody of the line.
    pub(crate) fn unregister_silently(&self, action: Pointer) -> Result<(), ActionError> {
        self.remove(action).map(|_| ())
    }

    fn remove(&self, action: Pointer) -> Result<(&Actions, Result<Wait, NoWait>), ActionError> {
        let removed = self.actions_of(action.record()).and_then(|actions| {
            let removed = actions.unregister(&self.lists.tracking, action)?;
            Some((actions, removed.wait))
        });
        removed.ok_or_else(|| not_registered(action))
    }

    /// The actions of the event that an action is registered for, if it is registered in
    /// this table.
    fn actions_of(&self, record: &Record) -> Option<&Actions> {
        if !record.is_used() {
            return None;
        }
        self.lists.get(E::slot_of(record.index()))
    }

    /// Has an action called again that was [`disable`](Self::disable)d, or
    /// registered [`disabled`](Action::disabled).
    ///
    /// Release: what was written before is visible to the handler.
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
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).disabled();
    /// static IRQS: ActionTable<16> = ActionTable::new();
    ///
    /// assert_eq!(IRQS.register(4, &UART)?, Line::Unchanged);
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
        let line = self.actions_of(action.record()).and_then(|actions| {
            actions.set_enabled(&self.lists.tracking, action, enabled)?;
            Some(actions.enabled.tell())
        });
        line.ok_or_else(|| not_registered(action))
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
    /// As `dispatch`; [`OutOfRange`](DispatchError::OutOfRange) also if no event has this
    /// number.
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
        cpu: usize,
        number: usize,
        arg: &mut A,
    ) -> Result<Outcome, DispatchError> {
        let Some(list) = self.lists.typed(E::slot_of(number)) else {
            return Err(DispatchError::OutOfRange {
                index: number,
                capacity: N,
            });
        };
        let Some(section) = self.lists.tracking.enter(cpu) else {
            return Err(DispatchError::TooManyCpus { cpu, cpus: D::CPUS });
        };
        let mut event = Event::new(cpu, number, arg);
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
    fn report(&self, section: &Section<'_>, event: &mut Event<'_, A>, outcome: Outcome) {
        let Padded(Spurious { count, hook }) = &self.spurious;
        count.add();
        if let Some(hook) = read(section, hook) {
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
        self.spurious.0.count.get()
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
        self.spurious.0.hook.swap(hook)
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
        self.spurious.0.hook.take()
    }
}

#[cfg(all(test, loom))]
impl<const N: usize, A: ?Sized, D: Tracking> ActionTable<N, A, D> {
    /// Makes loom's atomics, but those of the tracking.
    pub(crate) fn touch(&'static self) {
        let _ = crate::action::home::Home::of(&self.lists);
        assert_eq!(self.spurious(), 0);
        assert!(self.take_spurious_hook().is_none());
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

fn not_registered(action: Pointer) -> ActionError {
    ActionError::NotRegistered {
        action: action.record().id(),
    }
}
