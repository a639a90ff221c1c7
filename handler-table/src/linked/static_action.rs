//! Actions that `#[event_handler]` writes.

use crate::action::error::ActionError;
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::id::ActionId;
use crate::action::outcome::{Answer, Verdict};
use crate::action::record::{Call, Pointer, Record};
use crate::action::typed::Lent;
use crate::action_table::ActionTable;
use crate::word::{decode, encode};
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
    handler: *mut (),
    context: *const (),
    table: *const (),
    index: usize,
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

type Plain<A> = fn(&mut Event<'_, A>) -> Verdict;
type WithContext<A, C> = fn(&mut Event<'_, A>, &'static C) -> Verdict;

impl StaticAction {
    pub(crate) const fn plain<const N: usize, A: ?Sized + 'static, D: Tracking>(
        table: &'static ActionTable<N, A, D>,
        index: usize,
        handler: Plain<A>,
        declared: &Declared,
    ) -> Self {
        StaticAction {
            record: declared.record(Self::call_plain::<A>),
            handler: encode(handler),
            context: ptr::null(),
            table: ptr::from_ref(table).cast(),
            index,
            step: Self::step::<N, A, D>,
            function: declared.function,
        }
    }

    pub(crate) const fn with_context<const N: usize, A: ?Sized + 'static, D: Tracking, C: Sync>(
        table: &'static ActionTable<N, A, D>,
        index: usize,
        handler: WithContext<A, C>,
        context: &'static C,
        declared: &Declared,
    ) -> Self {
        StaticAction {
            record: declared.record(Self::call_with_context::<A, C>),
            handler: encode(handler),
            context: ptr::from_ref(context).cast(),
            table: ptr::from_ref(table).cast(),
            index,
            step: Self::step::<N, A, D>,
            function: declared.function,
        }
    }

    /// The [`Call`] of a `plain` one.
    ///
    /// # Safety
    ///
    /// The pointer is that of a `StaticAction` that was made so with this `A`, and
    /// the event an `Event<'_, A>` that nobody else uses.
    unsafe fn call_plain<A: ?Sized>(action: Pointer, event: *mut ()) -> Answer {
        // SAFETY: the caller's promise.
        let action = unsafe { action.cast::<Self>().as_ref() };
        // SAFETY: `plain` stored a function of this type.
        let Some(handler) = (unsafe { decode::<Plain<A>>(action.handler) }) else {
            // A function is not null.
            return Answer::default();
        };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        handler(event).answer()
    }

    /// The [`Call`] of one `with_context`.
    ///
    /// # Safety
    ///
    /// As `call_plain`, and with this `C`.
    unsafe fn call_with_context<A: ?Sized, C: 'static>(action: Pointer, event: *mut ()) -> Answer {
        // SAFETY: the caller's promise.
        let action = unsafe { action.cast::<Self>().as_ref() };
        // SAFETY: `with_context` stored a function of this type.
        let Some(handler) = (unsafe { decode::<WithContext<A, C>>(action.handler) }) else {
            // A function is not null.
            return Answer::default();
        };
        // SAFETY: `with_context` stored a `&'static C`, which is shared by all calls;
        // `C` is `Sync`.
        let context = unsafe { &*action.context.cast::<C>() };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        handler(event, context).answer()
    }

    fn step<const N: usize, A: ?Sized + 'static, D: Tracking>(
        &'static self,
        step: Step,
    ) -> Result<(), ActionError> {
        // SAFETY: this function was stored together with a `&'static` table of this type.
        let table: &'static ActionTable<N, A, D> = unsafe { &*self.table.cast() };
        // SAFETY: the record is the first field, `repr(C)`, of an action for ever, and the
        // pointer is to all of it.
        let pointer = unsafe { Pointer::new(NonNull::from(self).cast()) };
        match step {
            Step::Check => table.check(self.index, pointer.record()),
            Step::Register => {
                // SAFETY: the table is of the `A` of the handler, and this function was
                // stored together with both.
                let action = unsafe { Lent::new(pointer) };
                table.register_silently(self.index, &action)
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

    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// A number for its event, which no event of another table has: a table is larger
    /// than a word for each event.
    pub(crate) fn position(&self) -> usize {
        self.table.addr() / size_of::<usize>() + self.index
    }

    pub(crate) const fn function(&self) -> &'static str {
        self.function
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }
}

impl Declared {
    const fn record(&self, call: Call) -> Record {
        let name = if self.name.is_empty() {
            self.function
        } else {
            self.name
        };
        let mut record = Record::new(call, ActionId::new(name, self.file, self.line));
        record.set_priority(self.priority);
        if self.shared {
            record.set_shared();
        }
        record
    }
}
