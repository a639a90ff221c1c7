//! [`Lists`]: the lists of a table, with the type `A` of the argument of its events.
//!
//! A [`List`] is untyped. `Lists` accepts only actions for events with its `A`, and calls
//! them only with such events.

use super::error::ActionError;
use super::event::Event;
use super::flight::Tracking;
use super::flight::section::Section;
use super::handle::{ActionHandle, Target};
use super::home::{Head, Home, House};
use super::line::Enabled;
use super::list::{List, Place};
use super::outcome::Outcome;
use super::record::life::Removed;
use super::record::{Pointer, Record};
use core::marker::PhantomData;
use core::ptr;

/// An action for events with an `A`, with a context of any type.
pub(crate) struct Lent<A: ?Sized> {
    pointer: Pointer,
    context: *mut (),
    // Invariant in `A`, like the table.
    argument: PhantomData<fn(&mut A)>,
}

impl<A: ?Sized> Lent<A> {
    /// # Safety
    ///
    /// The action must be for events with an `A`. If its handler is reentrant, `context`
    /// must point to a `'static` context of the handler's type, and only the owner may have
    /// a `&mut` to it, during a claim.
    pub(crate) const unsafe fn new(pointer: Pointer, context: *mut ()) -> Self {
        Lent {
            pointer,
            context,
            argument: PhantomData,
        }
    }
}

/// The actions of the `N` events of a table, and the tracking of their calls.
#[repr(C)]
pub(crate) struct Lists<const N: usize, A: ?Sized, D> {
    head: Head,
    events: [Actions; N],
    pub(crate) tracking: D,
    // Invariant in `A`: the actions in the lists take a `&mut A`.
    argument: PhantomData<fn(&mut A)>,
}

// SAFETY: `repr(C)`, with the head first.
unsafe impl<const N: usize, A: ?Sized, D: Tracking> House for Lists<N, A, D> {
    fn head(&self) -> &Head {
        &self.head
    }

    fn is_idle(&self) -> bool {
        self.tracking.is_idle()
    }
}

/// Where in a table an event is, and its number.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) slot: usize,
    pub(crate) number: usize,
}

/// The actions of one event, and the state of its line.
pub(crate) struct Actions {
    pub(crate) list: List,
    pub(crate) enabled: Enabled,
}

impl<const N: usize, A: ?Sized, D: Tracking> Lists<N, A, D> {
    pub(crate) const fn new() -> Self {
        Lists {
            head: Head::new(),
            events: [const {
                Actions {
                    list: List::new(),
                    enabled: Enabled::none(),
                }
            }; N],
            tracking: D::IDLE,
            argument: PhantomData,
        }
    }

    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    /// The actions of an event, for operations that do not depend on the type.
    pub(crate) fn get(&self, index: usize) -> Option<&Actions> {
        self.events.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Actions> {
        self.events.iter()
    }

    /// The actions of an event, for a dispatch.
    #[inline]
    pub(crate) fn typed(&self, index: usize) -> Option<Typed<'_, A>> {
        let actions = self.events.get(index)?;
        Some(Typed {
            list: &actions.list,
            argument: PhantomData,
        })
    }

    /// The actions of an event. Fails if the index is out of range, if the table tracks none of
    /// the CPUs of the action, or if they are several and the action is non-reentrant.
    pub(crate) fn actions_for(
        &self,
        event: Placed,
        record: &Record,
    ) -> Result<&Actions, ActionError> {
        let (capacity, action) = (N, record.id());
        let Some(actions) = self.get(event.slot) else {
            return Err(ActionError::OutOfRange {
                index: event.number,
                capacity,
                action,
            });
        };
        if record.moves_between_cpus() {
            return Err(ActionError::SeveralCpus { action });
        }
        if record.runs_below(D::CPUS) {
            Ok(actions)
        } else {
            let cpus = D::CPUS;
            Err(ActionError::NoCpus { action, cpus })
        }
    }

    /// Registers an action, without reporting the line. If `is_free`, only for an event that has
    /// no action.
    pub(crate) fn register(
        &'static self,
        event: Placed,
        action: &Lent<A>,
        is_free: bool,
    ) -> Result<(&'static Actions, ActionHandle), ActionError> {
        let pointer = action.pointer;
        let actions = self.actions_for(event, pointer.record())?;
        let place = Place {
            table: Home::of(self),
            index: event.number,
            capacity: N,
            context: action.context,
            is_free,
        };
        // SAFETY: by the contract of `Lent::new`, the action is for events with this `A`,
        // and the context is that of its handler.
        let made = unsafe { actions.list.register(&self.tracking, pointer, place)? };
        if made.is_enabled {
            actions.enabled.add();
        }
        let handle = ActionHandle::new(&self.head, event.number, pointer, made.registration);
        Ok((actions, handle))
    }
}

impl Actions {
    /// Removes an action, without reporting the line. Returns `None` if it is not in this
    /// list.
    pub(crate) fn unregister(&self, tracking: &impl Tracking, target: Target) -> Option<Removed> {
        let removed = self.list.unregister(tracking, target)?;
        if removed.was_enabled {
            self.enabled.subtract();
        }
        Some(removed)
    }

    /// Enables or disables an action, without reporting the line. Returns `None` if it is
    /// not in this list.
    pub(crate) fn set_enabled(
        &self,
        tracking: &impl Tracking,
        target: Target,
        enabled: bool,
    ) -> Option<()> {
        let changed = self.list.set_enabled(tracking, target, enabled)?;
        match (changed, enabled) {
            (false, _) => {}
            (true, true) => self.enabled.add(),
            (true, false) => self.enabled.subtract(),
        }
        Some(())
    }
}

/// A list in which every action is for events with an `A`.
pub(crate) struct Typed<'a, A: ?Sized> {
    list: &'a List,
    argument: PhantomData<fn(&mut A)>,
}

impl<A: ?Sized> Typed<'_, A> {
    /// Calls [`List::call`].
    #[inline]
    pub(crate) fn call(&self, section: &Section, event: &mut Event<'_, A>) -> Outcome {
        let cpu = event.cpu();
        // SAFETY: only `Lists::register` fills the list, with actions for this `A`.
        unsafe { self.list.call(section, cpu, ptr::from_mut(event).cast()) }
    }
}
