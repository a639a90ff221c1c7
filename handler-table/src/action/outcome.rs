//! [`Verdict`]: the result of a handler; [`Outcome`]: the result of a dispatch.

use core::fmt::{self, Debug};

/// The result of a handler.
///
/// No verdict hides the event from later actions: two devices on a shared line may raise
/// it at once, and an edge that the second one misses does not come again. To consume an
/// event, set a flag in its argument.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Event, Verdict};
///
/// #[derive(Default)]
/// struct Message {
///     consumed: bool,
/// }
///
/// fn filter(event: &mut Event<'_, Message>, _: &()) -> Verdict {
///     event.arg.consumed = true;
///     Verdict::Handled
/// }
///
/// fn observe(event: &mut Event<'_, Message>, _: &()) -> Verdict {
///     if event.arg.consumed {
///         return Verdict::Unhandled;
///     }
///     Verdict::Wake
/// }
///
/// static FILTER: Action<Message> = Action::new(filter, ()).shared().priority(10);
/// static OBSERVER: Action<Message> = Action::new(observe, ()).shared();
/// static MESSAGES: ActionTable<8, Message> = ActionTable::new();
/// MESSAGES.register(0, &OBSERVER)?;
/// MESSAGES.register(0, &FILTER)?;
///
/// let outcome = MESSAGES.dispatch(0, 0, &mut Message::default()).unwrap();
/// assert_eq!((outcome.called(), outcome.handled(), outcome.wake()), (2, true, false));
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// The event was not for this action.
    Unhandled = 0,
    /// The event was for this action, and was handled.
    Handled = 1,
    /// As `Handled`, and there is deferred work: the caller of the dispatch should wake the
    /// thread or task that does it.
    Wake = 3,
}

/// The result of one action, as bits, so that several results combine by `|`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answer(u8);

impl Verdict {
    /// A verdict has the same bits as its answer, so this takes no instruction.
    #[inline]
    pub(crate) const fn answer(self) -> Answer {
        Answer(self as u8)
    }
}

impl Answer {
    pub(crate) const HANDLED: Answer = Answer(1);
    pub(crate) const WAKE: Answer = Answer(2);
    /// The action is already running, and will run again.
    pub(crate) const PENDED: Answer = Answer(4);

    #[inline]
    pub(crate) const fn and(self, other: Self) -> Self {
        Answer(self.0 | other.0)
    }

    #[inline]
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The result of a dispatch: how many actions were called, and their combined verdicts.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Verdict};
///
/// static DISK: Action = Action::new(|_, ()| Verdict::Unhandled, ()).shared();
/// static UART: Action = Action::new(|_, ()| Verdict::Wake, ()).shared();
/// static IRQS: ActionTable<16> = ActionTable::new();
/// IRQS.register(3, &DISK)?;
/// IRQS.register(3, &UART)?;
///
/// let outcome = IRQS.dispatch(0, 3, &mut ()).unwrap();
/// assert_eq!((outcome.called(), outcome.pended()), (2, 0));
/// assert!(outcome.handled() && outcome.wake() && !outcome.is_spurious());
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of called actions in the lower half, and of pended ones in the upper half,
    /// so that both are in one register.
    calls: usize,
    answers: Answer,
}

const HALF: u32 = usize::BITS / 2;

impl Outcome {
    /// The outcome of an action that was called.
    #[inline]
    pub(crate) const fn called_with(answer: Answer) -> Self {
        Outcome {
            calls: 1,
            answers: answer,
        }
    }

    /// The outcome of an action that is already running.
    pub(crate) const fn pended_once() -> Self {
        Outcome {
            calls: 1 << HALF,
            answers: Answer::PENDED,
        }
    }

    #[inline]
    pub(crate) const fn and(self, other: Self) -> Self {
        Outcome {
            calls: self.calls.wrapping_add(other.calls),
            answers: self.answers.and(other.answers),
        }
    }

    /// Returns the number of actions that were called. Exact up to 65,535 on 32-bit
    /// targets, and up to 2³²-1 on others.
    ///
    /// # Examples
    ///
    /// See [`Outcome`].
    #[inline]
    #[must_use]
    pub const fn called(self) -> usize {
        self.calls & ((1 << HALF) - 1)
    }

    /// Returns the number of actions that are already running and will run again; see
    /// [`Action::non_reentrant`](crate::Action::non_reentrant). Exact in the same range as
    /// [`called`](Self::called).
    ///
    /// # Examples
    ///
    /// See [`Outcome`].
    #[inline]
    #[must_use]
    pub const fn pended(self) -> usize {
        self.calls >> HALF
    }

    /// Returns whether an action handled the event.
    ///
    /// # Examples
    ///
    /// See [`Outcome`].
    #[inline]
    #[must_use]
    pub const fn handled(self) -> bool {
        self.answers.has(Answer::HANDLED)
    }

    /// Returns whether an action returned [`Verdict::Wake`].
    ///
    /// # Examples
    ///
    /// See [`Outcome`].
    #[inline]
    #[must_use]
    pub const fn wake(self) -> bool {
        self.answers.has(Answer::WAKE)
    }

    /// Returns whether the event was spurious: no action handled or pended it.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::ActionTable;
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// assert!(IRQS.dispatch(0, 3, &mut ()).unwrap().is_spurious());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_spurious(self) -> bool {
        !self.answers.has(Answer::HANDLED.and(Answer::PENDED))
    }
}

impl Debug for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Outcome")
            .field("called", &self.called())
            .field("pended", &self.pended())
            .field("handled", &self.handled())
            .field("wake", &self.wake())
            .finish()
    }
}
