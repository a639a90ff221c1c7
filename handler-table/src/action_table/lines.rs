//! The interrupt lines of the events: when to mask and unmask them, and how.

use super::ActionTable;
use crate::action::flight::Tracking;
use crate::action::line::Line;
use crate::events::Events;

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
    /// Returns the change of the line of an event that no caller was told about. Returns
    /// [`Unchanged`](Line::Unchanged) if `index` is not in `0..N`.
    ///
    /// [`register`](Self::register) and the other methods return their own changes.
    /// [`init`](Self::init) cannot do that, and neither can an operation that panics in
    /// `relax`. This method returns their changes.
    ///
    /// # Examples
    ///
    /// See [`take_lines`](Self::take_lines).
    #[must_use = "a change is reported once"]
    pub fn take_line(&self, event: E::Event) -> Line {
        self.take_line_of(E::slot_of(E::number(event)))
    }

    pub(super) fn take_line_of(&self, slot: usize) -> Line {
        match self.lists.get(slot) {
            Some(actions) => actions.enabled.tell(),
            None => Line::Unchanged,
        }
    }

    /// Calls [`take_line`](Self::take_line) for every event, and returns the lines to mask
    /// or unmask, by ascending index.
    ///
    /// Call it after [`init`](Self::init), to unmask the lines of the static actions.
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
    /// // Each change is reported once.
    /// assert_eq!(IRQS.take_lines().count(), 0);
    /// # Ok::<(), handler_table::InitError>(())
    /// ```
    pub fn take_lines(&self) -> impl Iterator<Item = (usize, Line)> {
        (0..N).filter_map(|slot| match self.take_line_of(slot) {
            Line::Unchanged => None,
            line => Some((E::LIST.number_of(slot), line)),
        })
    }

    /// Sets the line of an event to the state that matches its actions: calls `set(true)`
    /// to unmask the line, or `set(false)` to mask it. Does nothing if `index` is not in
    /// `0..N`.
    ///
    /// Call it after an operation that returned [`Mask`](Line::Mask) or
    /// [`Unmask`](Line::Unmask), if another CPU may change the actions of the event
    /// meanwhile. The actions and the interrupt controller are two places: if each caller
    /// only did what it was told, the write of an earlier caller could take effect last. So
    /// this method sets the line, checks the actions again, and repeats until both agree.
    /// When all callers have returned, the line matches the actions.
    ///
    /// # Memory ordering
    ///
    /// A sequentially consistent fence before and after each call of `set`. On `AArch64`
    /// also `dsb sy`, and on RISC-V also `fence iorw, iorw`: they order writes to devices.
    ///
    /// `set` **must not return** before its write has taken effect. If the controller may
    /// acknowledge a write earlier, read the register back in `set`.
    ///
    /// # Context
    ///
    /// Does not allocate or block, so it may be called from interrupt handlers and actions.
    /// It repeats `set` each time that another CPU changes the actions meanwhile.
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
    /// apply(IRQS.register(4, &UART)?.line, 4);
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

    /// Returns whether the event has an enabled action. Returns false if `index` is not in
    /// `0..N`.
    ///
    /// Relaxed. To mask or unmask a line, use [`apply_line`](Self::apply_line).
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

    /// Returns whether the event has an enabled action for this CPU. Returns false if
    /// `index` is not in `0..N`.
    ///
    /// Use it if each CPU masks its lines itself. After every change, call it on each CPU
    /// of the action's set. When a CPU comes online, call it there for every event. Takes
    /// time linear in the actions of the event.
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
        self.each(E::slot_of(E::number(event)), |action| {
            let record = action.record();
            found |= record.is_enabled() && record.runs_on(cpu);
        });
        found
    }
}
