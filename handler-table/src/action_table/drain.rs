//! Removal that waits for calls in flight, or says whether there are any.

use super::ActionTable;
use crate::action::error::ActionError;
use crate::action::flight::{Drains, Here};
use crate::action::line::Line;
use crate::action::record::Pointer;
use crate::action::record::life::{NoWait, Wait};
use crate::action::registered::AsAction;
use crate::action::typed::Actions;
use crate::events::Events;

/// The result of [`ActionTable::try_unregister`].
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

impl<const N: usize, A: ?Sized, D: Drains, E: Events> ActionTable<N, A, D, E> {
    /// Removes an action from its event, and says whether a call of the action may be in
    /// flight. If not, the action is free.
    ///
    /// Also accepts an action that was unregistered from this table before and is not free
    /// yet. Does not wait. `in_flight` is about the whole table: it is also true if only
    /// other actions are running, or if a handler of the table calls this method.
    ///
    /// # Errors
    ///
    /// * [`NotRegistered`](ActionError::NotRegistered) if the action is not registered in
    ///   this table.
    /// * [`InFlight`](ActionError::InFlight) if the action was unregistered before, and 63
    ///   waits for it are in progress.
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
            // Other waits are in progress; one of them may have freed the action.
            Err(_) => action.record().is_draining(),
        };
        let line = actions.map_or(Line::Unchanged, |actions| actions.enabled.tell());
        Ok(Removal { line, in_flight })
    }

    /// Removes an action. If it was removed before and still drains from this table, joins
    /// the wait for that removal.
    fn remove_again(
        &self,
        action: Pointer,
    ) -> Result<(Option<&Actions>, Result<Wait, NoWait>), ActionError> {
        match self.remove(action) {
            Ok((actions, wait)) => Ok((Some(actions), wait)),
            Err(error) => {
                let record = action.record();
                match record.wait_in(self.lists.head()) {
                    Ok(wait) => Ok((self.lists.get(E::slot_of(record.index())), Ok(wait))),
                    // It is draining, but perhaps from another table.
                    Err(NoWait::NoRoom) => Err(ActionError::InFlight {
                        index: record.index(),
                        action: record.id(),
                    }),
                    Err(NoWait::NotDraining) => Err(error),
                }
            }
        }
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
        self.check_wait(here)?;
        let action = action.pointer();
        let (actions, mut wait) = loop {
            match self.remove_again(action) {
                // Too many other waits are in progress.
                Err(ActionError::InFlight { .. }) => relax(),
                found => break found?,
            }
        };
        while matches!(wait, Err(NoWait::NoRoom)) {
            relax();
            wait = action.record().wait_in(self.lists.head());
        }
        self.lists.tracking.wait(relax);
        if let Ok(wait) = wait {
            wait.free();
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
        self.check_wait(here)?;
        self.lists.tracking.wait(relax);
        Ok(())
    }

    /// Returns an error if the caller is known to wait for itself.
    fn check_wait(&self, here: Here) -> Result<(), ActionError> {
        let Here::Cpu(cpu) = here else {
            return Ok(());
        };
        match self.lists.tracking.is_dispatching_on(cpu) {
            Some(false) => Ok(()),
            Some(true) => Err(ActionError::InHandler { cpu }),
            None => Err(ActionError::TooManyCpus { cpu, cpus: D::CPUS }),
        }
    }
}
