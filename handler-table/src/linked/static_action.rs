//! Actions that `#[event_handler]` writes.

use crate::action::error::ActionError;
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::id::Label;
use crate::action::outcome::Verdict;
use crate::action::record::{Direct, Pointer, Record};
use crate::action::typed::Lent;
use crate::action_table::ActionTable;
use crate::events::Events;
use crate::word::{decode, encode, retype};
use core::ptr::{self, NonNull};

/// What is done to a static action, whose table no longer has a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Tells whether it would be refused.
    Check,
    Register,
    Unregister,
}

/// An action that `#[event_handler]` writes. It is of no type, since the attribute
/// knows none.
#[repr(C)]
pub struct StaticAction {
    record: Record,
    context: *mut (),
    table: *const (),
    slot: usize,
    step: fn(&'static StaticAction, Step) -> Result<(), ActionError>,
    function: &'static str,
}

// SAFETY: the pointers are a function, a context that is `Sync`, and a table, which
// is. All else is `Sync` by itself.
unsafe impl Sync for StaticAction {}

/// What an attribute says of an action, and where it is.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) shared: bool,
    pub(crate) priority: i32,
    pub(crate) function: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
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
        // It has no context: the function goes in its place.
        StaticAction {
            record: declared.record(Self::call_plain::<A>),
            context: encode(handler),
            table: ptr::from_ref(table).cast(),
            slot,
            step: Self::step::<N, A, D, E>,
            function: declared.function,
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
        // SAFETY: see `Direct`. The context that it is called with is a `&'static C`,
        // which all calls share; `C` is `Sync`, or there is no `Shared<C>`.
        let direct = unsafe { retype::<_, Direct>(handler) };
        StaticAction {
            record: declared.record(direct),
            context: ptr::from_ref(context).cast_mut().cast(),
            table: ptr::from_ref(table).cast(),
            slot,
            step: Self::step::<N, A, D, E>,
            function: declared.function,
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
        &'static self,
        step: Step,
    ) -> Result<(), ActionError> {
        // SAFETY: this function was stored together with a `&'static` table of this type.
        let table: &'static ActionTable<N, A, D, E> = unsafe { &*self.table.cast() };
        // SAFETY: the record is the first field, `repr(C)`, of an action for ever, and the
        // pointer is to all of it.
        let pointer = unsafe { Pointer::new(NonNull::from(self).cast()) };
        let number = E::LIST.number_of(self.slot);
        match step {
            Step::Check => table.check(number, pointer.record()),
            Step::Register => {
                // SAFETY: the table is of the `A` of the handler, and this function was
                // stored together with both, and with the context.
                let action = unsafe { Lent::new(pointer, self.context) };
                table.register_silently(number, &action)
            }
            Step::Unregister => table.unregister_silently(pointer),
        }
    }

    /// Takes the step. Nobody is told of the line.
    pub(crate) fn take_step(&'static self, step: Step) -> Result<(), ActionError> {
        (self.step)(self, step)
    }

    pub(crate) fn belongs_to(&self, table: *const ()) -> bool {
        ptr::eq(self.table, table)
    }

    pub(crate) const fn slot(&self) -> usize {
        self.slot
    }

    /// A number for its event, which no event of another table has: a table is larger
    /// than a word for each event.
    pub(crate) fn position(&self) -> usize {
        self.table.addr() / size_of::<usize>() + self.slot
    }

    pub(crate) const fn function(&self) -> &'static str {
        self.function
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }
}

impl Declared {
    const fn record(&self, direct: Direct) -> Record {
        let name = if self.name.is_empty() {
            self.function
        } else {
            self.name
        };
        let label = Label::new(name, self.file, self.line);
        let mut record = Record::direct(direct, label);
        record.set_priority(self.priority);
        if self.shared {
            record.set_shared();
        }
        record
    }
}
