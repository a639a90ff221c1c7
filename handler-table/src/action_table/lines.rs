//! The interrupt lines of the events: what to do with them, and how to do it.

use super::ActionTable;
use crate::action::flight::Tracking;
use crate::action::line::Line;
use crate::events::Events;

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
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
    pub fn take_line(&self, event: E::Event) -> Line {
        self.take_line_of(E::slot_of(E::number(event)))
    }

    fn take_line_of(&self, slot: usize) -> Line {
        match self.lists.get(slot) {
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
        (0..N).filter_map(|slot| match self.take_line_of(slot) {
            Line::Unchanged => None,
            line => Some((E::LIST.number_of(slot), line)),
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
    pub fn apply_line(&self, event: E::Event, set: impl FnMut(bool)) {
        if let Some(actions) = self.lists.get(E::slot_of(E::number(event))) {
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
    pub fn is_enabled(&self, event: E::Event) -> bool {
        self.lists
            .get(E::slot_of(E::number(event)))
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
    pub fn is_enabled_on(&self, event: E::Event, cpu: usize) -> bool {
        let mut found = false;
        self.each(E::number(event), |action| {
            let record = action.record();
            found |= record.is_enabled() && record.runs_on(cpu);
        });
        found
    }
}
