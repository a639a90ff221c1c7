//! Actions that are registered by value.

use super::ActionTable;
use crate::action::Action;
use crate::action::boxed::{ActionGuard, Deferred, Holder};
use crate::action::error::ActionError;
use crate::action::flight::{Drains, Here, Progress};
use crate::action::handle::Target;
use crate::action::line::Line;
use crate::action::removal::check_wait;
use crate::events::Events;

impl<const N: usize, A: ?Sized + 'static, D: Drains, E: Events + 'static> ActionTable<N, A, D, E> {
    /// Registers an action by value, in memory of its own. The guard owns it: when the guard
    /// is dropped, the action is removed, and freed after its last call.
    ///
    /// As [`register`](Self::register), but it **allocates**, and first frees actions that
    /// were removed, as [`free_removed`](Self::free_removed). On an error, the action is
    /// dropped.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](ActionError::OutOfRange), [`Exclusive`](ActionError::Exclusive) and
    /// [`NoCpus`](ActionError::NoCpus), as [`register`](Self::register).
    ///
    /// # Examples
    ///
    /// See [`ActionGuard`].
    pub fn register_boxed<C: Send + 'static>(
        &'static self,
        event: E::Event,
        action: Action<A, C>,
    ) -> Result<ActionGuard, E::Error<ActionError>> {
        self.free_removed();
        let event = Self::placed(E::number(event));
        let guard = ActionGuard::register(self, event.slot, action, |lent| {
            self.register_at(event, lent, false)
        });
        guard.map_err(|error| E::error(error, event.number))
    }

    /// Frees the actions of dropped [`ActionGuard`]s whose last call has ended. Returns
    /// whether any is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionGuard, ActionTable, Verdict};
    /// use std::sync::Mutex;
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// static GUARD: Mutex<Option<ActionGuard>> = Mutex::new(None);
    ///
    /// let once = Action::from_fn(|_| {
    ///     drop(GUARD.lock().unwrap().take());
    ///     assert!(IRQS.free_removed(), "this call is in flight");
    ///     Verdict::Handled
    /// });
    /// *GUARD.lock().unwrap() = Some(IRQS.register_boxed(4, once)?);
    /// IRQS.dispatch(0, 4, &mut ()).unwrap();
    /// assert!(!IRQS.free_removed());
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn free_removed(&self) -> bool {
        self.deferred().collect()
    }
}

impl<const N: usize, A: ?Sized, D: Drains, E: Events> Holder for ActionTable<N, A, D, E> {
    fn remove(&self, slot: usize, target: Target) {
        if let Some(actions) = self.lists.get(slot) {
            let _ = actions.unregister(&self.lists.tracking, target);
        }
    }

    fn tell(&self, slot: usize) -> Line {
        self.take_line_of(slot)
    }

    fn check(&self, here: Here) -> Result<(), ActionError> {
        check_wait(&self.lists.tracking, here)
    }

    fn begin(&self) -> Progress {
        self.lists.tracking.begin()
    }

    fn advance(&self, progress: &mut Progress) -> bool {
        self.lists.tracking.advance(progress)
    }

    fn deferred(&self) -> &Deferred {
        &self.spurious.0.deferred
    }
}
