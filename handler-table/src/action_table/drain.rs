//! Removal that waits for calls in flight.

use super::ActionTable;
use crate::action::error::ActionError;
use crate::action::flight::{Drains, Here};
use crate::action::handle::Target;
use crate::action::line::Line;
use crate::action::record::life::{Leaving, NoWait};
use crate::action::registered::AsAction;
use crate::action::removal::{Draining, check_wait};
use crate::action::typed::Actions;
use crate::events::Events;

impl<const N: usize, A: ?Sized, D: Drains, E: Events> ActionTable<N, A, D, E> {
    /// Removes an action. If it was removed before and still drains from this table, joins
    /// the wait for that removal. Returns `None` if there is no room for the wait.
    fn remove_again(
        &self,
        target: Target,
    ) -> Result<Option<(Option<&Actions>, Leaving)>, ActionError> {
        let error = match self.remove(target) {
            Ok((actions, leaving)) => return Ok(Some((Some(actions), leaving))),
            Err(error) => error,
        };
        // The record of a stale handle may no longer exist.
        let Target::Action(action) = target else {
            return Err(error);
        };
        let record = action.record();
        match record.wait_in(self.lists.head()) {
            Ok(wait) => {
                let actions = self.lists.get(E::slot_of(record.index()));
                Ok(Some((actions, Leaving::Waits(wait))))
            }
            // It is draining, but perhaps from another table.
            Err(NoWait::NoRoom) => Ok(None),
            Err(NoWait::NotDraining) => Err(error),
        }
    }

    /// Returns whether a call of a registered action may be in flight: whether any operation
    /// on the table is in progress, except this one. If a handler of the table calls this
    /// method, it returns true.
    ///
    /// It is a glance: the next moment may be different. Use it for a watchdog or a listing.
    /// Use [`synchronize`](Self::synchronize) to wait, and
    /// [`Removal::try_drain`](crate::Removal::try_drain) for an action that was removed.
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
    /// use handler_table::{Action, ActionTable, Verdict};
    ///
    /// static UART: Action = Action::new(
    ///     |_, ()| {
    ///         assert!(IRQS.in_flight(&UART).unwrap());
    ///         Verdict::Handled
    ///     },
    ///     (),
    /// );
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// let uart = IRQS.register(3, &UART)?.handle;
    /// IRQS.dispatch(0, 3, &mut ()).unwrap();
    /// assert!(!IRQS.in_flight(uart)?);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn in_flight(&self, action: impl AsAction<A>) -> Result<bool, ActionError> {
        self.status(action)?;
        Ok(!self.lists.tracking.is_idle())
    }

    /// Removes an action from its event, and waits until no call of it is in flight. Then
    /// the action is free.
    ///
    /// Also accepts an action that was unregistered from this table before and is not free
    /// yet. Calls `relax` repeatedly while it waits: pass `core::hint::spin_loop`, or a
    /// function that yields the CPU. Waits for every operation on this table that is in
    /// progress when the action has been removed, also for other events. If other callers
    /// wait too, it may also wait for some operations that begin later.
    ///
    /// Acquire: the effects of those operations are visible when this returns.
    ///
    /// The [`Line`] is known only after the wait. If a level-triggered line could interrupt
    /// during the wait, when no action serves it, [`disable`](Self::disable) the action and
    /// set the line first.
    ///
    /// # Errors
    ///
    /// * [`InHandler`](ActionError::InHandler) if `here` is a [`Here::Cpu`], and that CPU
    ///   is in a handler of this table. Nothing changes.
    /// * [`TooManyCpus`](ActionError::TooManyCpus) if the table does not track that CPU.
    /// * [`NotRegistered`](ActionError::NotRegistered) if the action is not registered in
    ///   this table.
    /// * [`Stale`](ActionError::Stale) if the registration of the handle has ended, also if
    ///   the action still drains.
    ///
    /// # Not guaranteed
    ///
    /// The wait is a deadlock in these cases:
    ///
    /// * `here` is [`Here::Unknown`], and the caller is in a handler of this table;
    /// * a handler waits for something that only the caller can do;
    /// * the caller has interrupted a dispatch or another operation on this table on the
    ///   same CPU, as an interrupt handler may.
    ///
    /// There is no bound on the time of the wait in these cases:
    ///
    /// * several callers wait at once, and operations overlap without a gap, because several
    ///   threads dispatch under one CPU number, or register and unregister;
    /// * 63 other waits for this removal are in progress.
    ///
    /// # Examples
    ///
    /// See [`Here`] and [`Action::non_reentrant`](crate::Action::non_reentrant).
    pub fn unregister_and_drain(
        &self,
        action: impl AsAction<A>,
        here: Here,
        mut relax: impl FnMut(),
    ) -> Result<Line, ActionError> {
        check_wait(&self.lists.tracking, here)?;
        let target = action.target();
        let (actions, leaving) = loop {
            match self.remove_again(target)? {
                Some(removed) => break removed,
                None => relax(),
            }
        };
        let mut draining = Draining::new(self.lists.head(), &self.lists.tracking, leaving);
        while !draining.try_drain() {
            relax();
        }
        // Not before the wait: if `relax` panics, the change must stay untold.
        Ok(actions.map_or(Line::Unchanged, |actions| actions.enabled.tell()))
    }

    /// Waits until every operation on this table that is in progress now has ended,
    /// including all calls of handlers.
    ///
    /// Use it after [`disable`](Self::disable), to know that the action is not running, or
    /// after a change of data that handlers read. It covers all events of the table: calls
    /// in flight are counted for each CPU, not for each event. It waits like
    /// [`unregister_and_drain`](Self::unregister_and_drain), with the same orderings and
    /// limits.
    ///
    /// # Errors
    ///
    /// * [`InHandler`](ActionError::InHandler) if `here` is a [`Here::Cpu`], and that CPU
    ///   is in a handler of this table.
    /// * [`TooManyCpus`](ActionError::TooManyCpus) if the table does not track that CPU.
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
        check_wait(&self.lists.tracking, here)?;
        self.lists.tracking.wait(relax);
        Ok(())
    }
}
