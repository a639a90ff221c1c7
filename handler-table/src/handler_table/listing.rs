//! The handlers of a table, as an iterator and as text.

use super::HandlerTable;
use crate::events::{Events, Number};
use crate::slot::Slot;
use core::fmt::{self, Debug};

impl<const N: usize, F: Copy, E: Events> HandlerTable<N, F, E> {
    /// The events that have a handler, with it, by rising index.
    ///
    /// The iterator loads each slot, with acquire, when it reaches it. The result is not a
    /// snapshot of the table at one moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// TABLE.register(6, || ())?;
    /// TABLE.register(2, || ())?;
    /// let events: Vec<usize> = TABLE.iter().map(|(index, _)| index).collect();
    /// assert_eq!(events, [2, 6]);
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_, N, F, E> {
        Iter {
            table: self,
            next: 0,
        }
    }
}

/// Prints the capacity and the indices of the events that have a handler.
///
/// # Examples
///
/// ```
/// use handler_table::HandlerTable;
///
/// let table: HandlerTable<8> = HandlerTable::new();
/// table.register(3, || ())?;
/// assert_eq!(format!("{table:?}"), "HandlerTable { capacity: 8, registered: [3] }");
/// # Ok::<(), handler_table::RegisterError>(())
/// ```
impl<const N: usize, F: Copy, E: Events> Debug for HandlerTable<N, F, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Registered<'a, const N: usize, F, E>(&'a HandlerTable<N, F, E>);
        impl<const N: usize, F: Copy, E: Events> Debug for Registered<'_, N, F, E> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let events = self.0.iter().map(|(index, _)| E::LIST.listed(index));
                formatter.debug_list().entries(events).finish()
            }
        }
        formatter
            .debug_struct("HandlerTable")
            .field("capacity", &N)
            .field("registered", &Registered(self))
            .finish()
    }
}

impl<'a, const N: usize, F: Copy, E: Events> IntoIterator for &'a HandlerTable<N, F, E> {
    type Item = (usize, F);
    type IntoIter = Iter<'a, N, F, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The handlers of a table, with their indices; see [`HandlerTable::iter`].
///
/// # Examples
///
/// ```
/// use handler_table::HandlerTable;
///
/// static TABLE: HandlerTable<8> = HandlerTable::new();
/// TABLE.register(2, || println!("event 2"))?;
/// for (index, handler) in &TABLE {
///     assert_eq!(index, 2);
///     handler();
/// }
/// # Ok::<(), handler_table::RegisterError>(())
/// ```
pub struct Iter<'a, const N: usize, F, E = Number> {
    table: &'a HandlerTable<N, F, E>,
    next: usize,
}

impl<const N: usize, F: Copy, E: Events> Iterator for Iter<'_, N, F, E> {
    type Item = (usize, F);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < N {
            let slot = self.next;
            self.next += 1;
            let handler = self.table.slots.get(slot).and_then(Slot::get);
            if let Some(handler) = handler {
                return Some((E::LIST.number_of(slot), handler));
            }
        }
        None
    }
}

impl<const N: usize, F: Copy, E: Events> Debug for Iter<'_, N, F, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Iter")
            .field("next", &self.next)
            .field("table", self.table)
            .finish()
    }
}
