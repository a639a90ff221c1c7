//! Actions that `#[event_handler]` writes; [`StaticAction`], by which a program names one.

use super::source::Source;
use crate::action::cpus::CpuSet;
use crate::action::error::ActionError;
use crate::action::event::Event;
use crate::action::flight::Tracking;
use crate::action::handle::Target;
use crate::action::id::{ActionId, Label};
use crate::action::outcome::{Outcome, Verdict};
use crate::action::record::life::Claim;
use crate::action::record::{Direct, Pointer, Record};
use crate::action::registered::{AsAction, sealed};
use crate::action::typed::Lent;
use crate::action::{NonReentrant, run_non_reentrant};
use crate::action_table::ActionTable;
use crate::events::Events;
use crate::slice::Text;
use crate::word::{Erased, decode, encode, retype};
use core::cell::UnsafeCell;
use core::fmt::{self, Debug};
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

/// A static action, by the name that `handle = …` of
/// [`#[event_handler]`](macro@crate::event_handler) gives it.
///
/// Like an `&'static` [`Action`](crate::Action), it can be passed to methods that take an
/// [`AsAction`], so a program need not search the table for it.
/// [`status`](ActionTable::status) returns the [`ActionHandle`](crate::ActionHandle) of its
/// registration. `C` is the type of the context that the action owns, if it is
/// `non_reentrant`.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionError, ActionTable, Event, Line, Verdict};
/// use handler_table::{event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: ActionTable<16>;
///
/// #[event_handler(IRQS, 3, handle = UART, counted, disabled)]
/// fn uart(_: &mut Event<'_>) -> Verdict {
///     Verdict::Handled
/// }
///
/// IRQS.init().unwrap();
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called(), 0);
/// assert_eq!(IRQS.enable(UART)?, Line::Unmask);
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called(), 1);
/// assert_eq!(UART.count(), Some(1));
///
/// let uart = IRQS.status(UART)?.handle;
/// assert_eq!(IRQS.unregister(uart)?.line, Line::Mask);
/// assert_eq!(IRQS.enable(uart), Err(ActionError::Stale { index: 3 }));
/// assert_eq!(IRQS.enable(UART), Err(ActionError::NotRegistered { action: UART.id() }));
/// # Ok::<(), ActionError>(())
/// ```
pub struct StaticAction<C: 'static = ()>(&'static Linked<C>);

/// What is done to a static action, whose table no longer has a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Tells whether it would be refused.
    Check,
    Register,
    Unregister,
}

/// The action that an attribute writes, and the context that it owns.
#[repr(C)]
pub struct Linked<C = ()> {
    action: Untyped,
    context: Exclusive<C>,
}

/// It has no type but that of its own context, since the attribute knows none.
#[repr(C)]
struct Untyped {
    record: Record,
    /// The context, if it is a `static` of the user's; otherwise the function.
    word: *mut (),
    step: fn(Member, Step) -> Result<(), ActionError>,
    description: Description,
}

/// What a host reads of an action; see `entry`.
#[repr(C)]
pub(crate) struct Description {
    table: *const (),
    slot: usize,
    handler: Erased,
    /// See [`Source`].
    source: Text,
    name: Text,
    shared: bool,
    with_context: bool,
    counted: bool,
    disabled: bool,
    priority: i32,
    non_reentrant: bool,
    /// Whether it is limited to `cpus`.
    limited: bool,
    /// A bit for each CPU: CPU 8 is the lowest one of the second byte.
    cpus: [u8; 32],
}

// SAFETY: the pointers are a function and a table, which are `Sync`.
unsafe impl Sync for Description {}

impl Description {
    pub(super) const fn source(&self) -> Source {
        Source::new(self.source.get())
    }

    pub(super) fn address(&self) -> usize {
        self.handler.as_ptr().addr()
    }
}

/// Which of the three an action is.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    WithContext,
    NonReentrant,
}

// SAFETY: the pointers are a function or a context that is `Sync`, and a table, which is. A
// context of its own is lent as a `&mut C`, to one call at a time or to the owner, so it is
// moved between threads: `Exclusive::new` requires `C: Send`. All else is `Sync` by itself.
unsafe impl<C> Sync for Linked<C> {}

/// What an attribute says of an action, and where it is.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) shared: bool,
    pub(crate) priority: i32,
    pub(crate) counted: bool,
    pub(crate) disabled: bool,
    pub(crate) cpus: Option<CpuSet>,
    /// See [`Source`].
    pub(crate) source: &'static str,
}

/// A context, which all calls share.
pub struct Shared<C: 'static>(&'static C);

impl<C> Shared<C> {
    /// The context.
    ///
    /// Without a bound on `C`: if the type of a `static` is not `Sync`, the compiler says so
    /// where the `static` is, and need not say it here once more.
    ///
    /// # Safety
    ///
    /// The context is a `static` that safe code can refer to. Every thread can, so it is `Sync`.
    #[must_use]
    pub const unsafe fn new(context: &'static C) -> Self {
        Shared(context)
    }
}

/// A context, which one call at a time has. Nothing drops it, like every part of a `static`.
pub struct Exclusive<C>(ManuallyDrop<UnsafeCell<Value<C>>>);

/// A context of this type: what the user gives is compared with it where it is written.
#[repr(transparent)]
pub struct Value<C> {
    /// The context.
    pub of_context: C,
}

impl<C> Exclusive<C> {
    /// The context.
    #[must_use]
    pub const fn new(value: Value<C>) -> Self
    where
        C: Send,
    {
        Exclusive(ManuallyDrop::new(UnsafeCell::new(value)))
    }
}

type Plain<A> = fn(&mut Event<'_, A>) -> Verdict;
type WithContext<A, C> = fn(&mut Event<'_, A>, &'static C) -> Verdict;

impl Untyped {
    const fn new<const N: usize, A: ?Sized + 'static, D: Tracking, E: Events>(
        table: &'static ActionTable<N, A, D, E>,
        slot: usize,
        record: Record,
        (handler, word): (Erased, *mut ()),
        form: Form,
        declared: &Declared,
    ) -> Self {
        Untyped {
            record: declared.set_options(record),
            word,
            step: Member::step::<N, A, D, E>,
            description: Description {
                table: ptr::from_ref(table).cast(),
                slot,
                handler,
                source: Text::new(declared.source),
                name: Text::new(declared.name),
                shared: declared.shared,
                with_context: !matches!(form, Form::Plain),
                counted: declared.counted,
                disabled: declared.disabled,
                priority: declared.priority,
                non_reentrant: matches!(form, Form::NonReentrant),
                limited: declared.cpus.is_some(),
                cpus: match declared.cpus {
                    Some(cpus) => cpus.bytes(),
                    None => [0; 32],
                },
            },
        }
    }
}

impl Linked {
    pub(crate) const fn plain<const N: usize, A: ?Sized + 'static, D: Tracking, E: Events>(
        table: &'static ActionTable<N, A, D, E>,
        slot: usize,
        handler: Plain<A>,
        declared: &Declared,
    ) -> Self {
        let record = Record::direct(Self::call_plain::<A>, declared.label());
        let words = (Erased::new(handler), encode(handler));
        Linked {
            action: Untyped::new(table, slot, record, words, Form::Plain, declared),
            context: Exclusive::new(Value { of_context: () }),
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
        // which all calls share; it is a `static`, as `Shared::new` requires, so `C` is `Sync`.
        let direct = unsafe { retype::<_, Direct>(handler) };
        let record = Record::direct(direct, declared.label());
        let context = ptr::from_ref(context).cast_mut().cast();
        let words = (Erased::new(handler), context);
        Linked {
            action: Untyped::new(table, slot, record, words, Form::WithContext, declared),
            context: Exclusive::new(Value { of_context: () }),
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
}

impl<C> Linked<C> {
    pub(crate) const fn non_reentrant<
        const N: usize,
        A: ?Sized + 'static,
        D: Tracking,
        E: Events,
    >(
        table: &'static ActionTable<N, A, D, E>,
        slot: usize,
        handler: NonReentrant<A, C>,
        context: Exclusive<C>,
        declared: &Declared,
    ) -> Self {
        let record = Record::non_reentrant(Self::run::<A>, declared.label());
        let words = (Erased::new(handler), encode(handler));
        Linked {
            action: Untyped::new(table, slot, record, words, Form::NonReentrant, declared),
            context,
        }
    }

    /// The [`Run`](crate::action::record::Run) function of a non-reentrant one.
    ///
    /// # Safety
    ///
    /// The pointer is to a `Linked<C>` whose word is that of a `NonReentrant<A, C>`, and the
    /// event an `Event<'_, A>` that nobody else uses.
    unsafe fn run<A: ?Sized>(action: Pointer, event: *mut ()) -> Outcome {
        // SAFETY: the caller's promise; the pointer is to the whole action.
        let Linked {
            action,
            context: Exclusive(context),
        } = unsafe { action.cast::<Self>().as_ref() };
        // SAFETY: the caller's promise.
        let (event, handler) = unsafe {
            let event = &mut *event.cast::<Event<'_, A>>();
            (event, decode::<NonReentrant<A, C>>(action.word))
        };
        let Some(handler) = handler else {
            // A function is not null.
            return Outcome::default();
        };
        // SAFETY: the context and the record are those of one action.
        unsafe { run_non_reentrant(&action.record, event, handler, context.get().cast()) }
    }

    pub(super) const fn description(&'static self) -> &'static Description {
        &self.action.description
    }

    const fn pointer(&'static self) -> Pointer {
        // SAFETY: a reference is not null. The action is `repr(C)` and `'static`, its first
        // field is the record, and the pointer is to the whole action.
        unsafe {
            Pointer::new(NonNull::new_unchecked(
                ptr::from_ref(self).cast_mut().cast(),
            ))
        }
    }
}

/// A [`Linked`] with a context of any type.
#[derive(Clone, Copy)]
pub(crate) struct Member(Pointer);

impl Member {
    pub(crate) const fn of<C>(action: &'static Linked<C>) -> Self {
        Member(action.pointer())
    }

    const fn get(self) -> &'static Untyped {
        // SAFETY: `of` made it from a `Linked`, which is `repr(C)`, and whose first field this
        // is.
        unsafe { self.0.cast::<Untyped>().as_ref() }
    }

    fn step<const N: usize, A: ?Sized + 'static, D: Tracking, E: Events>(
        self,
        step: Step,
    ) -> Result<(), ActionError> {
        let action = self.get();
        // SAFETY: this function was stored together with a `&'static` table of this type.
        let table: &'static ActionTable<N, A, D, E> = unsafe { &*action.description.table.cast() };
        let number = E::LIST.number_of(action.description.slot);
        match step {
            Step::Check => table.check(number, &action.record),
            Step::Register => {
                // SAFETY: the table is of the `A` of the handler, and this function was
                // stored together with both, and with the context.
                let lent = unsafe { Lent::new(self.0, action.word) };
                table.register_silently(number, &lent)
            }
            Step::Unregister => table.unregister_silently(self.0),
        }
    }

    /// Takes the step. Nobody is told of the line.
    pub(crate) fn take_step(self, step: Step) -> Result<(), ActionError> {
        (self.get().step)(self, step)
    }

    pub(crate) fn belongs_to(self, table: *const ()) -> bool {
        ptr::eq(self.get().description.table, table)
    }

    pub(crate) fn slot(self) -> usize {
        self.get().description.slot
    }

    pub(crate) const fn record(self) -> &'static Record {
        &self.get().record
    }
}

impl Declared {
    const fn label(&self) -> Label {
        let source = Source::new(self.source);
        let name = if self.name.is_empty() {
            source.function()
        } else {
            self.name
        };
        Label::new(name, source.file(), source.line())
    }

    const fn set_options(&self, mut record: Record) -> Record {
        record.set_priority(self.priority);
        if self.shared {
            record.set_shared();
        }
        if self.counted {
            record.set_counted();
        }
        if self.disabled {
            record.set_disabled();
        }
        if let Some(cpus) = self.cpus {
            record.set_cpus(cpus);
        }
        record
    }
}

impl<C> StaticAction<C> {
    /// The name of an action.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(action: &'static Linked<C>) -> Self {
        StaticAction(action)
    }

    const fn record(self) -> &'static Record {
        &self.0.action.record
    }

    /// Returns the name of the action and its place in the source.
    ///
    /// # Examples
    ///
    /// See [`with_context`](Self::with_context).
    #[must_use]
    pub fn id(self) -> ActionId {
        self.record().id()
    }

    /// Returns the number of events that called or pended the action, or `None` if it is not
    /// `counted`; see [`Action::count`](crate::Action::count).
    ///
    /// # Examples
    ///
    /// See [`StaticAction`].
    #[must_use]
    pub fn count(self) -> Option<usize> {
        self.record().count()
    }

    /// Calls `with` with a `&mut` to the context of a `non_reentrant` action, if the action is
    /// free; see [`Action::with_context`](crate::Action::with_context). It is free before
    /// `init`, and after it was unregistered and drained.
    ///
    /// # Errors
    ///
    /// As [`Action::with_context`](crate::Action::with_context).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionError, ActionTable, Event, Verdict};
    /// use handler_table::{event_handler, handler_table};
    ///
    /// #[handler_table]
    /// static KEYS: ActionTable<4, char>;
    ///
    /// #[event_handler(KEYS, 0, handle = LINE, non_reentrant, context = String::new())]
    /// fn collect(event: &mut Event<'_, char>, line: &mut String) -> Verdict {
    ///     line.push(*event.arg);
    ///     Verdict::Handled
    /// }
    ///
    /// KEYS.init().unwrap();
    /// KEYS.dispatch(0, 0, &mut 'a').unwrap();
    /// assert!(matches!(
    ///     LINE.with_context(|_| ()),
    ///     Err(ActionError::AlreadyRegistered { action, .. }) if action == LINE.id(),
    /// ));
    /// assert!(KEYS.unregister(LINE)?.try_drain());
    /// assert_eq!(LINE.with_context(|line| line.clone())?, "a");
    /// # Ok::<(), ActionError>(())
    /// ```
    pub fn with_context<R>(self, with: impl FnOnce(&mut C) -> R) -> Result<R, ActionError> {
        let _claim = Claim::for_owner(self.record())?;
        // SAFETY: as `Action::with_context`. `C` is `Send`, or there is no `Linked<C>`: it is
        // that of an `Exclusive`, or `()`.
        Ok(with(unsafe { &mut (*self.0.context.0.get()).of_context }))
    }
}

impl<C> Clone for StaticAction<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for StaticAction<C> {}

impl<C> Debug for StaticAction<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StaticAction")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

impl<A: ?Sized, C> AsAction<A> for StaticAction<C> {}

impl<C> sealed::AsAction for StaticAction<C> {
    fn target(self) -> Target {
        Target::Action(self.0.pointer())
    }
}
