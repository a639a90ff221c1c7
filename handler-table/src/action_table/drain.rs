//! Removal that waits until no call is in flight, or tells whether one is.

use super::ActionTable;
use crate::action::error::ActionError;
use crate::action::flight::sealed::Tracking as _;
use crate::action::flight::{Counted, Here};
use crate::action::line::Line;
use crate::action::record::{NoWait, Pointer, Wait};
use crate::action::registered::AsAction;
use crate::action::typed::Actions;
use crate::events::Events;

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

impl<const N: usize, A: ?Sized, const CPUS: usize, E: Events> ActionTable<N, A, Counted<CPUS>, E> {
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
                    Ok(wait) => Ok((self.lists.get(E::slot_of(record.index())), Ok(wait))),
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

    /// Removes an action from its event, and waits until no call of it is in flight. Then
    /// it is free.
    ///
    /// Also waits for an action that was unregistered before and is not free yet. Calls
    /// `relax` again and again while it waits: `core::hint::spin_loop`, or what gives the
    /// CPU to others. Waits for every operation on this table that is under way when the
    /// action is out, whatever its event; and, if somebody else waits too, for some that
    /// begin later. Acquire: all that those calls did is visible.
    ///
    /// What to do with the line is told after the wait. If a level-triggered line may
    /// interrupt meanwhile, without an action that serves it, [`disable`](Self::disable)
    /// the action and set the line first.
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
    /// so that one always begins before the last has ended. Nor while 63 other waits for
    /// this removal are under way.
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
                // Too many others wait for it.
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
