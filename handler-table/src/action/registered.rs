//! [`Registration`]: the result of a registration; [`Registered`]: an action found in a
//! table; [`AsAction`]: arguments that name an action.

use super::Action;
use super::handle::{ActionHandle, Target};
use super::home::Head;
use super::id::ActionId;
use super::line::Line;
use super::record::Pointer;

/// The result of [`ActionTable::register`](crate::ActionTable::register).
///
/// # Examples
///
/// See [`ActionHandle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration {
    /// The name of this registration.
    pub handle: ActionHandle,
    /// What to do with the line.
    pub line: Line,
}

impl Registration {
    pub(crate) fn new(handle: ActionHandle, line: Line) -> Self {
        Registration { handle, line }
    }
}

/// A registered action, as [`ActionTable::for_each`](crate::ActionTable::for_each) and
/// [`ActionTable::status`](crate::ActionTable::status) find it: its state at that moment.
///
/// # Examples
///
/// See [`ActionTable::for_each`](crate::ActionTable::for_each). A static action has no name
/// in the program without the option `handle = …`; but it can be found in the table:
///
/// ```
/// use handler_table::{ActionError, ActionHandle, ActionTable, Event, Line, Verdict};
/// use handler_table::{event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: ActionTable<16>;
///
/// #[event_handler(IRQS, 3, name = "uart")]
/// fn uart(_: &mut Event<'_>) -> Verdict {
///     Verdict::Handled
/// }
///
/// fn find(index: usize, name: &str) -> Option<ActionHandle> {
///     let mut found = None;
///     IRQS.for_each(index, |action| {
///         if action.id.name() == name {
///             found = Some(action.handle);
///         }
///     });
///     found
/// }
///
/// IRQS.init().unwrap();
/// assert_eq!(IRQS.take_line(3), Line::Unmask);
/// let uart = find(3, "uart").unwrap();
/// assert_eq!(IRQS.disable(uart)?, Line::Mask);
/// assert_eq!(IRQS.dispatch(0, 3, &mut ()).unwrap().called(), 0);
/// assert_eq!(IRQS.enable(uart)?, Line::Unmask);
/// assert_eq!(IRQS.unregister(uart)?.line, Line::Mask);
/// assert_eq!(find(3, "uart"), None);
/// assert_eq!(IRQS.enable(uart), Err(ActionError::Stale { index: 3 }));
/// # Ok::<(), ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// The name of the registration.
    pub handle: ActionHandle,
    /// The name of the action and its place in the source.
    pub id: ActionId,
    /// The priority.
    pub priority: i32,
    /// Whether the action is shared.
    pub shared: bool,
    /// Whether the action is enabled.
    pub enabled: bool,
    /// The number of events, if they are counted; see [`Action::count`].
    pub count: Option<usize>,
}

impl Registered {
    /// An action that was found in a list of the table.
    pub(crate) fn new(table: &Head, action: Pointer) -> Self {
        let record = action.record();
        Registered {
            handle: ActionHandle::of(table, action),
            id: record.id(),
            priority: record.priority(),
            shared: record.is_shared(),
            enabled: record.is_enabled(),
            count: record.count(),
        }
    }
}

/// An argument that names an action for events with an `A`: the `&'static` [`Action`]
/// or a [`StaticAction`](crate::StaticAction) itself, in any registration, or the
/// [`ActionHandle`] of one registration.
///
/// # Examples
///
/// See [`ActionTable::unregister`](crate::ActionTable::unregister) and [`ActionHandle`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no action for events with a `{A}`",
    label = "expected `&'static Action<{A}, _>`, `StaticAction` or `ActionHandle`"
)]
pub trait AsAction<A: ?Sized>: sealed::AsAction {}

pub(crate) mod sealed {
    use super::Target;

    pub trait AsAction {
        fn target(self) -> Target;
    }
}

impl<A: ?Sized, C> AsAction<A> for &'static Action<A, C> {}

impl<A: ?Sized, C> sealed::AsAction for &'static Action<A, C> {
    fn target(self) -> Target {
        Target::Action(self.pointer())
    }
}

impl<A: ?Sized> AsAction<A> for ActionHandle {}

impl sealed::AsAction for ActionHandle {
    fn target(self) -> Target {
        Target::Handle(self)
    }
}
