//! [`Event`]: what a handler of an action gets.

use core::fmt::{self, Debug};

/// A dispatched event, as the handlers of actions get it: its index, the CPU, and the
/// argument.
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
/// // A handler is a plain function, so a test can call it.
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
    /// The argument of the dispatch. Each action sees the changes of the previous ones.
    pub arg: &'a mut A,
}

impl<'a, A: ?Sized> Event<'a, A> {
    /// Creates an event, as [`dispatch`](crate::ActionTable::dispatch) does.
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

    /// Returns the CPU that runs the handler: that of the dispatch. In a repeat this may not
    /// be the CPU on which the event was pended.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn cpu(&self) -> usize {
        self.cpu
    }

    /// Returns the index of the event.
    ///
    /// # Examples
    ///
    /// See [`Event`].
    #[inline]
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Returns whether this run repeats a non-reentrant handler for events that arrived
    /// during the previous run; see
    /// [`Action::non_reentrant`](crate::Action::non_reentrant). The argument is that of the
    /// first event, not of the later ones.
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
