//! Who is told of every event.

use crate::action::line::Line;
use crate::action::outcome::Outcome;

/// Is told of the begin and the end of every event that is dispatched through an
/// [`Observed`](crate::Observed).
///
/// `()` observes nothing and costs nothing. [`Statistics`](crate::Statistics) counts and
/// measures, [`Storms`](crate::Storms) finds storms. A reference to an observer is one, and
/// so is a pair: both are told, and the line is to be masked if one of them says so.
///
/// # Context
///
/// The methods run in the dispatch, so they may interrupt each other, and run on several
/// CPUs at once. They should do as little as an interrupt handler.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionTable, Line, Observed, Observer, Outcome};
/// use std::sync::Mutex;
///
/// /// Writes what happens.
/// struct Trace(Mutex<Vec<String>>);
///
/// impl Observer for Trace {
///     type Begun = ();
///
///     fn begin(&self, cpu: usize, event: usize) {
///         self.0.lock().unwrap().push(format!("cpu {cpu}: event {event}"));
///     }
///
///     fn end(&self, (): (), cpu: usize, event: usize, outcome: Outcome) -> Line {
///         let spurious = outcome.is_spurious();
///         self.0.lock().unwrap().push(format!("cpu {cpu}: event {event} spurious: {spurious}"));
///         Line::Unchanged
///     }
/// }
///
/// static TRACE: Trace = Trace(Mutex::new(Vec::new()));
/// static IRQS: ActionTable<16> = ActionTable::new();
///
/// let observed = Observed { table: &IRQS, observer: &TRACE };
/// let (outcome, line) = observed.dispatch(0, 3, &mut ());
/// assert_eq!((outcome?.called(), line), (0, Line::Unchanged));
/// assert_eq!(*TRACE.0.lock().unwrap(), ["cpu 0: event 3", "cpu 0: event 3 spurious: true"]);
/// # Ok::<(), handler_table::DispatchError>(())
/// ```
pub trait Observer {
    /// What `begin` hands to `end`: a time, a span, or nothing.
    type Begun;

    /// An event begins. `event` is its slot: its number, or its place in the enum; see
    /// [`Events`](crate::Events#slots). Neither number is checked. If no event of the enum has
    /// the number that the caller of the dispatch passed, `event` is `usize::MAX`.
    fn begin(&self, cpu: usize, event: usize) -> Self::Begun;

    /// The event has ended, and came to this. Returns what the caller of the dispatch is
    /// told to do with the line.
    ///
    /// Not called if a handler panics.
    fn end(&self, begun: Self::Begun, cpu: usize, event: usize, outcome: Outcome) -> Line;
}

impl Observer for () {
    type Begun = ();

    #[inline]
    fn begin(&self, _: usize, _: usize) {}

    #[inline]
    fn end(&self, (): (), _: usize, _: usize, _: Outcome) -> Line {
        Line::Unchanged
    }
}

impl<O: Observer + ?Sized> Observer for &O {
    type Begun = O::Begun;

    #[inline]
    fn begin(&self, cpu: usize, event: usize) -> O::Begun {
        (**self).begin(cpu, event)
    }

    #[inline]
    fn end(&self, begun: O::Begun, cpu: usize, event: usize, outcome: Outcome) -> Line {
        (**self).end(begun, cpu, event, outcome)
    }
}

/// The second begins after the first, and ends before it.
impl<O: Observer, P: Observer> Observer for (O, P) {
    type Begun = (O::Begun, P::Begun);

    #[inline]
    fn begin(&self, cpu: usize, event: usize) -> Self::Begun {
        (self.0.begin(cpu, event), self.1.begin(cpu, event))
    }

    #[inline]
    fn end(&self, begun: Self::Begun, cpu: usize, event: usize, outcome: Outcome) -> Line {
        let inner = self.1.end(begun.1, cpu, event, outcome);
        match (self.0.end(begun.0, cpu, event, outcome), inner) {
            (Line::Unchanged, line) | (line, Line::Unchanged) => line,
            (Line::Mask, _) | (_, Line::Mask) => Line::Mask,
            (Line::Unmask, Line::Unmask) => Line::Unmask,
        }
    }
}
