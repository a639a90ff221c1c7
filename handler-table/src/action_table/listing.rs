//! Listings of the actions of a table.

use super::ActionTable;
use crate::action::flight::Tracking;
use crate::action::record::Pointer;
use crate::action::registered::Registered;
use crate::action::typed::Actions;
use crate::events::Events;
use core::fmt::{self, Debug};

impl<const N: usize, A: ?Sized, D: Tracking, E: Events> ActionTable<N, A, D, E> {
    /// Calls `visit` for every action of an event, in the order of their calls.
    ///
    /// This is an operation in flight until it returns, so `visit` must not wait for the
    /// table.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Verdict};
    ///
    /// static A: Action = Action::new(|_, _| Verdict::Handled, ()).name("a").shared().counted();
    /// static B: Action = Action::new(|_, _| Verdict::Handled, ()).name("b").shared().priority(1);
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// IRQS.register(3, &A)?;
    /// IRQS.register(3, &B)?;
    /// IRQS.dispatch(0, 3, &mut ()).unwrap();
    ///
    /// let mut listing = String::new();
    /// IRQS.for_each(3, |action| {
    ///     listing += &format!("{} {:?} ", action.id.name(), action.count);
    /// });
    /// assert_eq!(listing, "b None a Some(1) ");
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn for_each(&self, event: E::Event, mut visit: impl FnMut(Registered)) {
        self.each_registered(E::slot_of(E::number(event)), &mut visit);
    }

    pub(crate) fn each_registered(&self, slot: usize, visit: &mut dyn FnMut(Registered)) {
        let head = self.lists.head();
        self.each(slot, |action| visit(Registered::new(head, action)));
    }

    pub(super) fn each(&self, slot: usize, visit: impl FnMut(Pointer)) {
        if let Some(actions) = self.lists.get(slot) {
            let section = self.lists.tracking.enter_to_write();
            actions.list.each(&section, visit);
        }
    }
}

/// Prints the capacity, and the actions of each event that has any.
///
/// This is an operation in flight until it returns, so the writer must not wait for the
/// table.
impl<const N: usize, A: ?Sized, D: Tracking, E: Events> Debug for ActionTable<N, A, D, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct All<'a, const N: usize, A: ?Sized, D, E>(&'a ActionTable<N, A, D, E>);
        struct Event<'a, D>(&'a Actions, &'a D);

        impl<const N: usize, A: ?Sized, D: Tracking, E: Events> Debug for All<'_, N, A, D, E> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let lists = &self.0.lists;
                let events = lists.iter().map(|actions| Event(actions, &lists.tracking));
                formatter
                    .debug_map()
                    .entries(
                        events
                            .enumerate()
                            .filter(|(_, Event(actions, _))| !actions.list.is_empty())
                            .map(|(slot, event)| (E::LIST.listed(E::LIST.number_of(slot)), event)),
                    )
                    .finish()
            }
        }

        impl<D: Tracking> Debug for Event<'_, D> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut list = formatter.debug_list();
                self.0.list.each(&self.1.enter_to_write(), |action| {
                    list.entry(&format_args!("{}", action.record().id()));
                });
                list.finish()
            }
        }

        formatter
            .debug_struct("ActionTable")
            .field("capacity", &N)
            .field("registered", &All(self))
            .finish_non_exhaustive()
    }
}
