//! The table of actions.

use crate::action::Action;
use crate::action::error::{ActionError, DispatchError};
use crate::action::event::Event;
use crate::action::flight::sealed::Tracking as _;
use crate::action::flight::{Counted, Here, Padded, Section, Tally, Tracking, read};
use crate::action::line::Line;
use crate::action::outcome::{Answer, Outcome};
use crate::action::record::{NoWait, Pointer, Record, Wait};
use crate::action::registered::{AsAction, Registered};
use crate::action::typed::{Actions, Lent, Lists};
use crate::slot::Slot;
use core::fmt::{self, Debug};

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
    lists: Lists<N, A, D>,
    // Away from what each dispatch reads.
    spurious: Padded<Spurious<A>>,
}

/// What is done with spurious events.
struct Spurious<A: ?Sized> {
    count: Tally,
    hook: Slot<SpuriousHook<A>>,
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
            lists: Lists::new(),
            spurious: Padded(Spurious {
                count: Tally::new(),
                hook: Slot::empty(),
            }),
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
        &'static self,
        index: usize,
        action: &'static Action<A, C>,
    ) -> Result<Line, ActionError> {
        let actions = self.lists.register(index, &action.lent())?;
        Ok(actions.enabled.tell())
    }

    /// Makes loom's atomics, but those of the tracking.
    #[cfg(all(test, loom))]
    pub(crate) fn touch(&'static self) {
        let _ = crate::action::home::Home::of(&self.lists);
        assert_eq!(self.spurious(), 0);
        assert!(self.take_spurious_hook().is_none());
        for index in 0..N {
            self.for_each(index, |_| unreachable!());
            assert!(!self.is_enabled(index));
        }
    }

    /// [`register`](Self::register), which tells nobody of the line.
    pub(crate) fn register_silently(
        &'static self,
        index: usize,
        action: &Lent<A>,
    ) -> Result<(), ActionError> {
        self.lists.register(index, action).map(|_| ())
    }

    /// What [`register`](Self::register) would say now of other actions.
    pub(crate) fn check(&self, index: usize, record: &Record) -> Result<(), ActionError> {
        let list = &self.lists.actions_for(index, record)?.list;
        let section = self.lists.tracking.enter_to_write();
        match list.refuses(&section, record) {
            Some(other) => Err(ActionError::Exclusive {
                index,
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
        self.lists.get(record.index())
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
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called, 0);
    ///
    /// assert_eq!(IRQS.enable(&UART)?, Line::Unmask);
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called, 1);
    ///
    /// assert_eq!(IRQS.disable(&UART)?, Line::Mask);
    /// assert_eq!(IRQS.dispatch(0, 4, &mut ()).unwrap().called, 0);
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

    /// What to do with the line of an event, if its actions have changed and nobody was
    /// told; [`Unchanged`](Line::Unchanged) if `index` is not in `0..N`.
    ///
    /// [`register`](Self::register) and the methods below return what to do themselves.
    /// [`init`](Self::init) cannot, nor an operation that panics in `relax`, so what they
    /// change is told here.
    ///
    /// # Examples
    ///
    /// See [`take_lines`](Self::take_lines).
    #[must_use = "a change is told once"]
    pub fn take_line(&self, index: usize) -> Line {
        match self.lists.get(index) {
            Some(actions) => actions.enabled.tell(),
            None => Line::Unchanged,
        }
    }

    /// [`take_line`](Self::take_line) of every event: those whose line has to be masked
    /// or unmasked, by rising index.
    ///
    /// After [`init`](Self::init), so that the lines of the static actions are unmasked.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionTable, Event, Line, Verdict, event_handler, handler_table};
    ///
    /// #[handler_table]
    /// static IRQS: ActionTable<16>;
    ///
    /// #[event_handler(IRQS, 4)]
    /// fn uart(_: &mut Event<'_>) -> Verdict {
    ///     Verdict::Handled
    /// }
    ///
    /// IRQS.init()?;
    /// let lines: Vec<(usize, Line)> = IRQS.take_lines().collect();
    /// assert_eq!(lines, [(4, Line::Unmask)]);
    /// // Each change is told once.
    /// assert_eq!(IRQS.take_lines().count(), 0);
    /// # Ok::<(), handler_table::InitError>(())
    /// ```
    pub fn take_lines(&self) -> impl Iterator<Item = (usize, Line)> {
        (0..N).filter_map(|index| match self.take_line(index) {
            Line::Unchanged => None,
            line => Some((index, line)),
        })
    }

    /// Brings the line of an event into the state that its actions want: calls `set`
    /// with true to unmask it, or with false to mask it. Does nothing if `index` is not
    /// in `0..N`.
    ///
    /// For whoever is told [`Mask`](Line::Mask) or [`Unmask`](Line::Unmask), on a machine
    /// where somebody else may change the actions of the event meanwhile. The actions and
    /// the interrupt controller are two places. If each caller only did what it was told,
    /// an earlier one could come last. So this sets the line, looks at the actions again,
    /// and repeats that until both agree. When all callers have returned, the line is as
    /// the actions want it.
    ///
    /// # Memory ordering
    ///
    /// A sequentially consistent fence before and after each call of `set`; on `AArch64`
    /// also `dsb sy`, on RISC-V also `fence iorw, iorw`, which order writes of devices.
    /// `set` **must not return** before its write has an effect: if the controller may
    /// acknowledge a write earlier, read the register back in `set`.
    ///
    /// # Context
    ///
    /// Allocates nothing and does not block, so it may be called from interrupt handlers
    /// and actions. It repeats `set` as often as others change the actions meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Line, Verdict};
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// static UART: Action = Action::new(|_, _| Verdict::Handled, ());
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// static UNMASKED: [AtomicBool; 16] = [const { AtomicBool::new(false) }; 16];
    ///
    /// fn apply(line: Line, index: usize) {
    ///     if line != Line::Unchanged {
    ///         IRQS.apply_line(index, |on| UNMASKED[index].store(on, Ordering::Relaxed));
    ///     }
    /// }
    ///
    /// apply(IRQS.register(4, &UART)?, 4);
    /// assert!(UNMASKED[4].load(Ordering::Relaxed));
    /// apply(IRQS.disable(&UART)?, 4);
    /// assert!(!UNMASKED[4].load(Ordering::Relaxed));
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn apply_line(&self, index: usize, set: impl FnMut(bool)) {
        if let Some(actions) = self.lists.get(index) {
            actions.enabled.apply(set);
        }
    }

    /// Whether the event has an action that is enabled; false if `index` is not in
    /// `0..N`.
    ///
    /// Relaxed: to mask a line accordingly, there is [`apply_line`](Self::apply_line).
    ///
    /// # Examples
    ///
    /// See [`enable`](Self::enable).
    #[must_use]
    pub fn is_enabled(&self, index: usize) -> bool {
        self.lists
            .get(index)
            .is_some_and(|actions| actions.enabled.any())
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
            found |= record.is_enabled() && record.runs_on(cpu);
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
        if let Some(actions) = self.lists.get(index) {
            let section = self.lists.tracking.enter_to_write();
            actions.list.each(&section, visit);
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
        let Some(list) = self.lists.typed(index) else {
            return Err(DispatchError::OutOfRange { index, capacity: N });
        };
        let Some(section) = self.lists.tracking.enter(cpu) else {
            return Err(DispatchError::TooManyCpus { cpu, cpus: D::CPUS });
        };
        let mut event = Event::new(cpu, index, arg);
        let calls = list.call(&section, &mut event);
        let outcome = Outcome {
            called: calls.called,
            pended: calls.pended,
            handled: calls.answers.has(Answer::HANDLED),
            wake: calls.answers.has(Answer::WAKE),
        };
        if outcome.is_spurious() {
            self.report(&section, &mut event, outcome);
        }
        Ok(outcome)
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
        let (actions, wait) = self.remove_again(action)?;
        let in_flight = match wait {
            Ok(wait) if self.lists.tracking.is_idle() => {
                wait.free();
                false
            }
            Ok(_) => true,
            // Others wait for it; one of them may be through.
            Err(_) => action.record().is_draining(),
        };
        let line = actions.map_or(Line::Unchanged, |actions| actions.enabled.tell());
        Ok(Removal { line, in_flight })
    }

    /// Removes an action, or finds that it was removed and drains from this table.
    fn remove_again(
        &self,
        action: Pointer,
    ) -> Result<(Option<&Actions>, Result<Wait, NoWait>), ActionError> {
        match self.remove(action) {
            Ok((actions, wait)) => Ok((Some(actions), wait)),
            Err(error) => {
                let record = action.record();
                match record.wait_in(self.lists.head()) {
                    Ok(wait) => Ok((self.lists.get(record.index()), Ok(wait))),
                    // It drains, but perhaps from another table.
                    Err(NoWait::NoRoom) => Err(ActionError::InFlight {
                        index: record.index(),
                        action: record.id(),
                    }),
                    Err(NoWait::NotDraining) => Err(error),
                }
            }
        }
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
        mut relax: impl FnMut(),
    ) -> Result<Line, ActionError> {
        self.check_wait(here)?;
        let action = action.pointer();
        let (actions, mut wait) = loop {
            match self.remove_again(action) {
                // Too many others wait for it.
                Err(ActionError::InFlight { .. }) => relax(),
                found => break found?,
            }
        };
        while wait.is_err() && action.record().is_draining() {
            relax();
            wait = action.record().wait_in(self.lists.head());
        }
        self.lists.tracking.wait(relax);
        if let Ok(wait) = wait {
            wait.free();
        }
        // Not before: if `relax` panics, nobody is told here.
        Ok(actions.map_or(Line::Unchanged, |actions| actions.enabled.tell()))
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
        self.lists.tracking.wait(relax);
        Ok(())
    }

    /// Whether the caller may wait, for all that is known.
    fn check_wait(&self, here: Here) -> Result<(), ActionError> {
        let Here::Cpu(cpu) = here else {
            return Ok(());
        };
        match self.lists.tracking.is_dispatching_on(cpu) {
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
        struct Event<'a, D>(&'a Actions, &'a D);

        impl<const N: usize, A: ?Sized, D: Tracking> Debug for Events<'_, N, A, D> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let lists = &self.0.lists;
                let events = lists.iter().map(|actions| Event(actions, &lists.tracking));
                formatter
                    .debug_map()
                    .entries(
                        events
                            .enumerate()
                            .filter(|(_, Event(actions, _))| !actions.list.is_empty()),
                    )
                    .finish()
            }
        }

        impl<D: Tracking> Debug for Event<'_, D> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut list = formatter.debug_list();
                self.0.list.each(&self.1.enter_to_write(), |action| {
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

fn not_registered(action: Pointer) -> ActionError {
    ActionError::NotRegistered {
        action: action.record().id(),
    }
}
