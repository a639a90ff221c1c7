//! The errors of operations on actions, and of a dispatch.

use super::id::ActionId;
use crate::events::{Named, Shown, Speaks};
use core::error::Error;
use core::fmt::{self, Display};

/// The error of an operation on an action. The table and the action are unchanged.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionError, ActionTable, Verdict};
///
/// static DISK: Action = Action::new(|_, _| Verdict::Handled, ()).name("disk");
/// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart").shared();
/// static IRQS: ActionTable<16> = ActionTable::new();
///
/// IRQS.register(4, &DISK)?;
/// let error = IRQS.register(4, &UART).unwrap_err();
/// assert_eq!(
///     error,
///     ActionError::Exclusive { index: 4, capacity: 16, action: UART.id(), other: DISK.id() },
/// );
/// assert!(error.to_string().contains("`uart`") && error.to_string().contains("`disk`"));
/// # Ok::<(), ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionError {
    /// The index is out of range.
    OutOfRange {
        /// The requested index.
        index: usize,
        /// The number of slots; valid indices are smaller.
        capacity: usize,
        /// The action.
        action: ActionId,
    },
    /// The event has an action, and one of the two is not shared.
    Exclusive {
        /// The event.
        index: usize,
        /// The number of slots.
        capacity: usize,
        /// The action that was not registered.
        action: ActionId,
        /// An action that is registered for the event.
        other: ActionId,
    },
    /// Each of the events has an action; see
    /// [`register_any`](crate::ActionTable::register_any).
    NoFreeEvent {
        /// The action that was not registered.
        action: ActionId,
    },
    /// The action is registered, in this table or in another one, or its owner is using
    /// its context.
    AlreadyRegistered {
        /// The event of its latest registration.
        index: usize,
        /// The action.
        action: ActionId,
    },
    /// The action is not registered in this table.
    NotRegistered {
        /// The action.
        action: ActionId,
    },
    /// The [`ActionHandle`](crate::ActionHandle) is stale: its registration has ended. Or it
    /// is of another table.
    Stale {
        /// The event of that registration.
        index: usize,
    },
    /// The action was unregistered, and a call of it may be in flight: some call is in
    /// flight in its last table. Or too many waits for it are in progress; see the chapter
    /// [`actions`](crate::docs::actions).
    InFlight {
        /// The event that it was registered for.
        index: usize,
        /// The action.
        action: ActionId,
    },
    /// The action was registered in an [`Uncounted`](crate::Uncounted) table, which cannot
    /// tell whether a call is in flight.
    Retired {
        /// The event that it was registered for.
        index: usize,
        /// The action.
        action: ActionId,
    },
    /// The table tracks none of the CPUs that the action is limited to.
    NoCpus {
        /// The action.
        action: ActionId,
        /// The number of CPUs that the table tracks; valid CPUs are smaller.
        cpus: usize,
    },
    /// The action is non-reentrant and limited to several CPUs: one of them could run what
    /// another one pended. See [`Action::non_reentrant`](crate::Action::non_reentrant).
    SeveralCpus {
        /// The action.
        action: ActionId,
    },
    /// The table does not track this CPU.
    TooManyCpus {
        /// The given CPU.
        cpu: usize,
        /// The number of CPUs that the table tracks; valid CPUs are smaller.
        cpus: usize,
    },
    /// The caller is in a handler of this table, and would wait for itself.
    InHandler {
        /// The CPU of the caller.
        cpu: usize,
    },
}

/// Writes why the index is out of range.
fn out_of_range(formatter: &mut fmt::Formatter<'_>, index: usize, capacity: usize) -> fmt::Result {
    match capacity.checked_sub(1) {
        None => write!(
            formatter,
            "event {index} is out of range: the table has no slots"
        ),
        Some(last) => write!(
            formatter,
            "event {index} is out of range: the table has {capacity} slots, for events 0 to {last}"
        ),
    }
}

/// Writes why the CPU is out of range.
fn too_many_cpus(formatter: &mut fmt::Formatter<'_>, cpu: usize, cpus: usize) -> fmt::Result {
    write!(
        formatter,
        "CPU {cpu} is out of range: the table is `Counted<{cpus}>`, which tracks {cpus} CPUs from \
         CPU 0; give it a larger number"
    )
}

impl Speaks for ActionError {
    fn say(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        event: Option<(usize, &'static str)>,
    ) -> fmt::Result {
        // The other ones are about another event, of this table or of another one.
        let says_event = matches!(
            self,
            ActionError::OutOfRange { .. }
                | ActionError::Exclusive { .. }
                | ActionError::NoFreeEvent { .. }
        );
        if let Some((number, name)) = event
            && !says_event
            && !name.is_empty()
        {
            write!(
                formatter,
                "not registered for {}: ",
                Shown::new(number, event)
            )?;
        }
        match *self {
            ActionError::OutOfRange { index, action, .. } if event.is_some() => write!(
                formatter,
                "{action} was not registered: event {index} is not one of the events of this table"
            ),
            ActionError::OutOfRange {
                index,
                capacity,
                action,
            } => {
                write!(formatter, "{action} was not registered: ")?;
                out_of_range(formatter, index, capacity)
            }
            ActionError::Exclusive {
                index,
                capacity,
                action,
                other,
            } => write!(
                formatter,
                "{} has {other}, so there is no room for {action} (the table has {capacity} \
                 slots): only actions that are all `shared` can share an event",
                Shown::new(index, event)
            ),
            ActionError::NoFreeEvent { action } => write!(
                formatter,
                "{action} was not registered: each of the given events has an action"
            ),
            ActionError::AlreadyRegistered { index, action } => write!(
                formatter,
                "{action} is in use, for event {index}: unregister it there first; an action can \
                 be in only one table, and only once"
            ),
            ActionError::NotRegistered { action } => {
                write!(formatter, "{action} is not registered in this table")
            }
            ActionError::Stale { index } => write!(
                formatter,
                "the handle is stale: its registration for {} has ended, or was in another table",
                Shown::new(index, event)
            ),
            ActionError::InFlight { index, action } => write!(
                formatter,
                "{action} was unregistered from event {index}, but a call of it may be in flight: \
                 wait with `unregister_and_drain`"
            ),
            ActionError::Retired { index, action } => write!(
                formatter,
                "{action} was registered for event {index} of an `Uncounted` table, which cannot \
                 tell whether a call of it is in flight: it cannot be used again"
            ),
            ActionError::NoCpus { action, cpus } => match cpus {
                usize::MAX => write!(
                    formatter,
                    "{action} would never be called: the set given to `on_cpus` is empty"
                ),
                _ => write!(
                    formatter,
                    "{action} would never be called: the set given to `on_cpus` contains no CPU of \
                     this table, which is `Counted<{cpus}>`"
                ),
            },
            ActionError::SeveralCpus { action } => write!(
                formatter,
                "{action} is non-reentrant and limited to several CPUs, so one of them could run \
                 what another one pended: register one action for each CPU, each with a context of \
                 its own"
            ),
            ActionError::TooManyCpus { cpu, cpus } => too_many_cpus(formatter, cpu, cpus),
            ActionError::InHandler { cpu } => write!(
                formatter,
                "CPU {cpu} is in a handler of this table, and would wait for itself: unregister \
                 without waiting, or wait after the handler has returned"
            ),
        }
    }
}

impl Display for ActionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(formatter, None)
    }
}

impl Error for ActionError {}

/// The error without the name of the event.
impl From<Named<ActionError>> for ActionError {
    fn from(error: Named<ActionError>) -> Self {
        error.into_inner()
    }
}

/// The error of a dispatch. No action was called.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionTable, DispatchError};
///
/// static IRQS: ActionTable<16> = ActionTable::new();
/// let error = IRQS.dispatch(0, 16, &mut ()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "event 16 is out of range: the table has 16 slots, for events 0 to 15",
/// );
/// let error = IRQS.dispatch(1, 3, &mut ()).unwrap_err();
/// assert_eq!(error, DispatchError::TooManyCpus { cpu: 1, cpus: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatchError {
    /// The index is out of range.
    OutOfRange {
        /// The requested index.
        index: usize,
        /// The number of slots; valid indices are smaller.
        capacity: usize,
    },
    /// The events of the table have a type, and none has this number.
    NoSuchEvent {
        /// The requested number.
        number: usize,
    },
    /// The table does not track this CPU.
    TooManyCpus {
        /// The given CPU.
        cpu: usize,
        /// The number of CPUs that the table tracks; valid CPUs are smaller.
        cpus: usize,
    },
    /// The calling thread has no number; see [`thread_number`](crate::thread_number). Only
    /// with the feature `std`.
    #[cfg(feature = "std")]
    NoThreadNumber {
        /// How many threads can have a number at a time.
        threads: usize,
    },
}

impl Display for DispatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            DispatchError::OutOfRange { index, capacity } => {
                out_of_range(formatter, index, capacity)
            }
            DispatchError::NoSuchEvent { number } => {
                write!(
                    formatter,
                    "event {number} is not one of the events of this table"
                )
            }
            DispatchError::TooManyCpus { cpu, cpus } => too_many_cpus(formatter, cpu, cpus),
            #[cfg(feature = "std")]
            DispatchError::NoThreadNumber { threads } => write!(
                formatter,
                "this thread has no number to dispatch under: {threads} other threads have one, \
                 or this thread is ending"
            ),
        }
    }
}

impl Error for DispatchError {}
