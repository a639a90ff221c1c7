//! [`ActionHandle`]: the name of one registration; [`Target`]: which record an operation is
//! for.
//!
//! A handle consists of numbers. They are compared, never dereferenced: an operation walks
//! the list of the event, and looks for a record with this address and registration. So a
//! handle may be kept for ever.

use super::error::ActionError;
use super::home::Head;
use super::record::Pointer;
use core::ptr;

/// The name of one registration of an action in a table, without the type of the context.
///
/// [`register`](crate::ActionTable::register) and
/// [`for_each`](crate::ActionTable::for_each) return it. It can be passed to every method
/// that takes an [`AsAction`](crate::AsAction), and kept for any time. After the action was
/// removed, the handle is **stale**: these methods fail with
/// [`Stale`](crate::ActionError::Stale), also if the action was registered again.
///
/// Acquire: a method that finds the registration sees what its registrant wrote before.
///
/// # Not guaranteed
///
/// The number of a registration comes round after 2²² registrations of the action on 32-bit
/// targets, after 2⁵⁴ on others. A stale handle that was kept so long may name the
/// registration of the same action for the same event with the same number.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionError, ActionTable, Verdict};
///
/// static UART: Action = Action::new(|_, _| Verdict::Handled, ());
/// static IRQS: ActionTable<16> = ActionTable::new();
///
/// let uart = IRQS.register(4, &UART)?.handle;
/// assert_eq!(uart.index(), 4);
/// IRQS.disable(uart)?;
/// assert!(!IRQS.status(uart)?.enabled);
/// IRQS.unregister(uart)?;
///
/// let again = IRQS.register(4, &UART)?.handle;
/// assert_ne!(uart, again);
/// assert_eq!(IRQS.disable(uart), Err(ActionError::Stale { index: 4 }));
/// assert!(IRQS.status(again)?.enabled);
/// # Ok::<(), ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ActionHandle {
    table: usize,
    index: usize,
    record: usize,
    registration: usize,
}

impl ActionHandle {
    pub(crate) fn new(table: &Head, index: usize, action: Pointer, registration: usize) -> Self {
        ActionHandle {
            table: ptr::from_ref(table).addr(),
            index,
            record: action.addr(),
            registration,
        }
    }

    /// The handle of an action that was found in a list, by a section that has not ended.
    pub(crate) fn of(table: &Head, action: Pointer) -> Self {
        let record = action.record();
        ActionHandle::new(table, record.index(), action, record.registration())
    }

    /// Returns the number of the event.
    ///
    /// # Examples
    ///
    /// See [`ActionHandle`].
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }
}

/// Which record an operation is for.
#[derive(Clone, Copy)]
pub enum Target {
    /// A record with static lifetime, in any registration.
    Action(Pointer),
    /// One registration. The record may no longer exist.
    Handle(ActionHandle),
}

impl Target {
    /// The event to look for it, if it may be in this table.
    pub(crate) fn index(self, table: &Head) -> Option<usize> {
        match self {
            Target::Action(action) => action.record().is_used().then(|| action.record().index()),
            Target::Handle(handle) => {
                (handle.table == ptr::from_ref(table).addr()).then_some(handle.index)
            }
        }
    }

    /// Returns whether this is the record.
    pub(crate) fn is(self, found: Pointer) -> bool {
        match self {
            Target::Action(action) => action == found,
            Target::Handle(handle) => {
                handle.record == found.addr()
                    && handle.registration == found.record().registration()
            }
        }
    }

    /// The error if no table has it.
    pub(crate) fn not_registered(self) -> ActionError {
        match self {
            Target::Action(action) => ActionError::NotRegistered {
                action: action.record().id(),
            },
            Target::Handle(handle) => ActionError::Stale {
                index: handle.index,
            },
        }
    }
}
