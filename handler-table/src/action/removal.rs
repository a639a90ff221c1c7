//! [`Removal`]: a removal of an action, until no call of it is in flight.

use super::error::ActionError;
use super::flight::{Counted, Drains, Here, Progress};
use super::home::Head;
use super::line::Line;
use super::record::life::{Begun, Leaving};
use core::fmt::{self, Debug};

/// A removal that may not be over: a call of the action may be in flight. Returned by
/// [`ActionTable::unregister`](crate::ActionTable::unregister).
///
/// When no call is in flight any more, the action is **free**: it can be registered again,
/// and its context can be borrowed. Poll with [`try_drain`](Self::try_drain), or wait with
/// [`drain`](Self::drain). If the removal is dropped before, the next `register` or
/// `with_context` checks whether the action is free.
///
/// An action has room for 63 removals at a time that are neither over nor dropped; see the
/// chapter [`actions`](crate::actions).
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionError, ActionTable, Event, Line, Removal, Verdict};
/// use std::sync::Mutex;
///
/// static IRQS: ActionTable<16> = ActionTable::new();
/// static ONCE: Action = Action::new(once, ());
/// static LEAVING: Mutex<Option<Removal<'static>>> = Mutex::new(None);
///
/// fn once(_: &mut Event<'_>, _: &()) -> Verdict {
///     let mut removal = IRQS.unregister(&ONCE).unwrap();
///     assert_eq!(removal.line, Line::Mask);
///     // This call is in flight.
///     assert!(!removal.try_drain());
///     *LEAVING.lock().unwrap() = Some(removal);
///     Verdict::Handled
/// }
///
/// IRQS.register(3, &ONCE)?;
/// IRQS.dispatch(0, 3, &mut ()).unwrap();
/// let mut removal = LEAVING.lock().unwrap().take().unwrap();
/// assert!(removal.try_drain());
/// ONCE.with_context(|()| ())?;
/// # Ok::<(), ActionError>(())
/// ```
#[non_exhaustive]
pub struct Removal<'a, D = Counted<1>> {
    /// What to do with the line.
    pub line: Line,
    draining: Draining<'a, D>,
}

impl<'a, D> Removal<'a, D> {
    pub(crate) fn new(line: Line, draining: Draining<'a, D>) -> Self {
        Removal { line, draining }
    }

    #[cfg(any(feature = "async", all(test, loom)))]
    pub(crate) fn draining(&mut self) -> &mut Draining<'a, D> {
        &mut self.draining
    }
}

impl<D: Drains> Removal<'_, D> {
    /// Returns whether the removal is over: no call of the action is in flight any more. If
    /// so, the action is free. After that, returns true.
    ///
    /// The wait is for every operation on the table that was in progress at the first call
    /// of this method, also for other events. Each call of this method continues the wait
    /// where the last one has stopped, so a table that always has some operation in progress
    /// does not keep the action for ever.
    ///
    /// Acquire: if it returns true, the effects of those operations are visible.
    ///
    /// # Context
    ///
    /// Does not wait, allocate or panic, and takes time linear in the number of CPUs. It may
    /// be called from interrupt handlers and actions. In a handler of the table it returns
    /// false. In an [`Owned`](crate::Owned) table, the first call executes a barrier on all
    /// CPUs.
    ///
    /// # Examples
    ///
    /// See [`Removal`].
    #[must_use]
    pub fn try_drain(&mut self) -> bool {
        self.draining.try_drain()
    }

    /// Waits until no call of the action is in flight. Then the action is free.
    ///
    /// As [`unregister_and_drain`](crate::ActionTable::unregister_and_drain), for an action that was
    /// already removed.
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
    /// let mut removal = IRQS.unregister(&UART)?;
    /// // First mask the line, as `removal.line` says.
    /// removal.drain(Here::Unknown, std::thread::yield_now)?;
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn drain(&mut self, here: Here, mut relax: impl FnMut()) -> Result<(), ActionError> {
        check_wait(self.draining.tracking, here)?;
        while !self.try_drain() {
            relax();
        }
        Ok(())
    }
}

impl<D> Debug for Removal<'_, D> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Removal")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// A removal, and how far the wait for it has come.
pub(crate) struct Draining<'a, D> {
    head: &'a Head,
    tracking: &'a D,
    leaving: Leaving,
    progress: Option<Progress>,
}

impl<'a, D> Draining<'a, D> {
    pub(crate) fn new(head: &'a Head, tracking: &'a D, leaving: Leaving) -> Self {
        Draining {
            head,
            tracking,
            leaving,
            progress: None,
        }
    }

    #[cfg(any(feature = "async", all(test, loom)))]
    pub(crate) fn tracking(&self) -> &'a D {
        self.tracking
    }
}

impl<D: Drains> Draining<'_, D> {
    /// Continues the wait, and frees the action at its end.
    pub(crate) fn try_drain(&mut self) -> bool {
        self.drain_by(D::advance) == Drain::Over
    }

    pub(crate) fn drain_by(&mut self, advance: impl FnOnce(&D, &mut Progress) -> bool) -> Drain {
        match self.leaving.begin(self.head) {
            Begun::Over => return Drain::Over,
            Begun::NoRoom => return Drain::NoRoom,
            Begun::Waits => {}
        }
        // Not before the wait for the removal has begun: it excludes that the progress is
        // about an earlier one.
        let progress = self.progress.get_or_insert_with(|| self.tracking.begin());
        if !advance(self.tracking, progress) {
            return Drain::InFlight;
        }
        self.leaving.free();
        Drain::Over
    }
}

/// How far a wait has come.
#[derive(PartialEq, Eq)]
pub(crate) enum Drain {
    Over,
    InFlight,
    /// The wait has not begun.
    NoRoom,
}

/// Returns an error if the caller is known to wait for itself.
pub(crate) fn check_wait<D: Drains>(tracking: &D, here: Here) -> Result<(), ActionError> {
    let Here::Cpu(cpu) = here else {
        return Ok(());
    };
    match tracking.is_dispatching_on(cpu) {
        Some(false) => Ok(()),
        Some(true) => Err(ActionError::InHandler { cpu }),
        None => Err(ActionError::TooManyCpus { cpu, cpus: D::CPUS }),
    }
}
