//! An event on its way through the actions.

use core::fmt::{self, Debug};

/// An event on its way through the actions: its index, the CPU, and the argument
/// that it was dispatched with.
///
/// # Examples
///
/// ```
/// use handler_table::{Event, Verdict};
///
/// fn breakpoint(event: &mut Event<'_, usize>, _: &()) -> Verdict {
///     *event.arg += 4;
///     Verdict::Handled
/// }
///
/// // A handler is a function, and can be tested as one.
/// let mut pc = 0x1000;
/// let mut event = Event::new(0, 3, &mut pc);
/// assert_eq!((event.cpu(), event.index(), event.is_repeat()), (0, 3, false));
/// assert_eq!(breakpoint(&mut event, &()), Verdict::Handled);
/// assert_eq!(pc, 0x1004);
/// ```
pub struct Event<'a, A: ?Sized = ()> {
    cpu: usize,
    index: usize,
    pub(super) repeat: bool,
    /// What the event was dispatched with. Each action gets it as the one before
    /// left it.
    pub arg: &'a mut A,
}

impl<'a, A: ?Sized> Event<'a, A> {
    /// An event on a CPU, as [`dispatch`](crate::ActionTable::dispatch) makes one.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    pub const fn new(cpu: usize, index: usize, arg: &'a mut A) -> Self {
        Event {
            cpu,
            index,
            repeat: false,
            arg,
        }
    }

    /// The CPU that it was dispatched on.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn cpu(&self) -> usize {
        self.cpu
    }

    /// The index of the event in its table.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Whether the handler runs once more for one event or several that came while
    /// it ran; see [`Action::non_reentrant`](crate::Action::non_reentrant). The argument is that of the first
    /// event, not theirs.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn is_repeat(&self) -> bool {
        self.repeat
    }
}

impl<A: ?Sized + Debug> Debug for Event<'_, A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("cpu", &self.cpu)
            .field("index", &self.index)
            .field("repeat", &self.repeat)
            .field("arg", &self.arg)
            .finish()
    }
}
