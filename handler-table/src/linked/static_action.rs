//! Actions that `#[event_handler]` writes.

use super::source::Source;
use crate::action::error::ActionError;
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::id::ActionId;
use crate::action::outcome::Verdict;
use crate::action::record::{Direct, Pointer, Record};
use crate::action::typed::Lent;
use crate::action_table::ActionTable;
use crate::events::Events;
use crate::slice::Text;
use crate::word::{Erased, decode, encode, retype};
use core::ptr::{self, NonNull};

/// What is done to a static action, whose table no longer has a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Tells whether it would be refused.
    Check,
    Register,
    Unregister,
}

/// An action that `#[event_handler]` writes: what of it does not change. It is of no type,
/// since the attribute knows none.
#[repr(C)]
pub struct StaticAction {
    // What a host reads; see `entry`.
    table: *const (),
    slot: usize,
    handler: Erased,
    /// See [`Source`].
    source: Text,
    name: Text,
    shared: bool,
    with_context: bool,
    priority: i32,
    // What it does not.
    context: *mut (),
    direct: Direct,
    step: fn(Linked, Step) -> Result<(), ActionError>,
}

// SAFETY: the pointers are a function, a context that is `Sync`, and a table, which
// is. All else is `Sync` by itself.
unsafe impl Sync for StaticAction {}

/// The rest of a static action: what changes.
#[repr(transparent)]
pub struct StaticRecord(Record);

impl StaticRecord {
    /// The record of an action.
    #[must_use]
    pub const fn of(action: &StaticAction) -> Self {
        let source = Source::new(action.source.get());
        let name = action.name.get();
        let name = if name.is_empty() {
            source.function()
        } else {
            name
        };
        let id = ActionId::new(name, source.file(), source.line());
        let mut record = Record::direct(action.direct, id);
        record.set_priority(action.priority);
        if action.shared {
            record.set_shared();
        }
        StaticRecord(record)
    }
}

/// A static action that is linked into the program.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Linked {
    action: &'static StaticAction,
    record: &'static StaticRecord,
}

/// What an attribute says of an action, and where it is.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) shared: bool,
    pub(crate) priority: i32,
    pub(crate) source: &'static str,
}

/// A context, which all calls share.
pub struct Shared<C: 'static>(&'static C);

impl<C> Shared<C> {
    /// The context.
    #[must_use]
    pub const fn new(context: &'static C) -> Self
    where
        C: Sync,
    {
        Shared(context)
    }
}

type Plain<A> = fn(&mut Event<'_, A>) -> Verdict;
type WithContext<A, C> = fn(&mut Event<'_, A>, &'static C) -> Verdict;

impl StaticAction {
    pub(crate) const fn plain<const N: usize, A: ?Sized + 'static, D: Tracking, E: Events>(
        table: &'static ActionTable<N, A, D, E>,
        slot: usize,
        handler: Plain<A>,
        declared: &Declared,
    ) -> Self {
        StaticAction {
            table: ptr::from_ref(table).cast(),
            slot,
            handler: Erased::new(handler),
            source: Text::new(declared.source),
            name: Text::new(declared.name),
            shared: declared.shared,
            with_context: false,
            priority: declared.priority,
            // It has no context: the function goes in its place.
            context: encode(handler),
            direct: Self::call_plain::<A>,
            step: Self::step::<N, A, D, E>,
        }
    }

    pub(crate) const fn with_context<
        const N: usize,
        A: ?Sized + 'static,
        D: Tracking,
        E: Events,
        C,
    >(
        table: &'static ActionTable<N, A, D, E>,
        slot: usize,
        handler: WithContext<A, C>,
        Shared(context): Shared<C>,
        declared: &Declared,
    ) -> Self {
        StaticAction {
            table: ptr::from_ref(table).cast(),
            slot,
            handler: Erased::new(handler),
            source: Text::new(declared.source),
            name: Text::new(declared.name),
            shared: declared.shared,
            with_context: true,
            priority: declared.priority,
            context: ptr::from_ref(context).cast_mut().cast(),
            // SAFETY: see `Direct`. The context that it is called with is a `&'static C`,
            // which all calls share; `C` is `Sync`, or there is no `Shared<C>`.
            direct: unsafe { retype::<_, Direct>(handler) },
            step: Self::step::<N, A, D, E>,
        }
    }

    /// The [`Direct`] of a `plain` one: a jump.
    ///
    /// # Safety
    ///
    /// The context is the word of a `Plain<A>`, and the event an `Event<'_, A>` that nobody
    /// else uses.
    unsafe fn call_plain<A: ?Sized>(event: *mut (), context: *const ()) -> Verdict {
        // SAFETY: the caller's promise.
        let Some(handler) = (unsafe { decode::<Plain<A>>(context.cast_mut()) }) else {
            // A function is not null.
            return Verdict::Unhandled;
        };
        // SAFETY: the caller's promise.
        handler(unsafe { &mut *event.cast::<Event<'_, A>>() })
    }

    fn step<const N: usize, A: ?Sized + 'static, D: Tracking, E: Events>(
        linked: Linked,
        step: Step,
    ) -> Result<(), ActionError> {
        let Linked { action, record } = linked;
        // SAFETY: this function was stored together with a `&'static` table of this type.
        let table: &'static ActionTable<N, A, D, E> = unsafe { &*action.table.cast() };
        // SAFETY: the action that the pointer is to is a `StaticRecord`, which is nothing
        // but its record, for ever.
        let pointer = unsafe { Pointer::new(NonNull::from(record).cast()) };
        let number = E::LIST.number_of(action.slot);
        match step {
            Step::Check => table.check(number, pointer.record()),
            Step::Register => {
                // SAFETY: the table is of the `A` of the handler, and this function was
                // stored together with both, and with the context. The record was made
                // from them, by the contract of `Linked::new`.
                let action = unsafe { Lent::new(pointer, action.context) };
                table.register_silently(number, &action)
            }
            Step::Unregister => table.unregister_silently(pointer),
        }
    }
}

impl Linked {
    /// # Safety
    ///
    /// The record was made from this action, and is no other one's.
    pub(super) const unsafe fn new(
        action: &'static StaticAction,
        record: &'static StaticRecord,
    ) -> Self {
        Linked { action, record }
    }

    /// Takes the step. Nobody is told of the line.
    pub(crate) fn take_step(self, step: Step) -> Result<(), ActionError> {
        (self.action.step)(self, step)
    }

    pub(crate) fn belongs_to(self, table: *const ()) -> bool {
        ptr::eq(self.action.table, table)
    }

    pub(crate) const fn slot(self) -> usize {
        self.action.slot
    }

    /// A number for its event, which no event of another table has: a table is larger
    /// than a word for each event.
    pub(crate) fn position(self) -> usize {
        self.action.table.addr() / size_of::<usize>() + self.action.slot
    }

    pub(crate) fn address(self) -> usize {
        self.action.handler.as_ptr().addr()
    }

    pub(crate) const fn source(self) -> Source {
        Source::new(self.action.source.get())
    }

    pub(crate) const fn record(self) -> &'static Record {
        &self.record.0
    }
}
