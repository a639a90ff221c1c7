//! [`Registered`]: an action found in a table; [`AsAction`]: arguments that name an action.

use super::Action;
use super::id::ActionId;
use super::record::Pointer;

/// A registered action, as [`ActionTable::for_each`](crate::ActionTable::for_each) finds it.
/// It can be passed to methods that take an [`AsAction`].
///
/// It names the action, not the registration, so it stays valid after the action is removed
/// or registered again.
///
/// # Examples
///
/// See [`ActionTable::for_each`](crate::ActionTable::for_each). A static action has no name
/// in the program without the option `handle = …`; but it can be found in the table:
///
/// ```
/// use handler_table::{ActionTable, Event, Line, Registered, Verdict};
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
/// fn find(index: usize, name: &str) -> Option<Registered> {
///     let mut found = None;
///     IRQS.for_each(index, |action| {
///         if action.id.name() == name {
///             found = Some(action);
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
/// assert_eq!(IRQS.unregister(uart)?, Line::Mask);
/// assert_eq!(find(3, "uart"), None);
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    action: Pointer,
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
    pub(crate) fn new(action: Pointer) -> Self {
        let record = action.record();
        Registered {
            action,
            id: record.id(),
            priority: record.priority(),
            shared: record.is_shared(),
            enabled: record.is_enabled(),
            count: record.count(),
        }
    }
}

/// An argument that names an action for events with an `A`: the `&'static` [`Action`]
/// itself, a [`StaticAction`](crate::StaticAction) or a [`Registered`].
///
/// # Examples
///
/// See [`ActionTable::unregister`](crate::ActionTable::unregister) and [`Registered`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no action for events with a `{A}`",
    label = "expected `&'static Action<{A}, _>`, `StaticAction` or `Registered`"
)]
pub trait AsAction<A: ?Sized>: sealed::AsAction {}

pub(crate) mod sealed {
    use super::Pointer;

    pub trait AsAction {
        fn pointer(self) -> Pointer;
    }
}

impl<A: ?Sized, C> AsAction<A> for &'static Action<A, C> {}

impl<A: ?Sized, C> sealed::AsAction for &'static Action<A, C> {
    fn pointer(self) -> Pointer {
        Action::pointer(self)
    }
}

impl<A: ?Sized> AsAction<A> for Registered {}

impl sealed::AsAction for Registered {
    fn pointer(self) -> Pointer {
        self.action
    }
}
