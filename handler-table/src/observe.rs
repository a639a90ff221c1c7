//! A table, of whose events an observer is told.

pub(crate) mod listing;
pub(crate) mod observer;
pub(crate) mod statistics;
pub(crate) mod storms;
mod tally;

use crate::action::error::DispatchError;
use crate::action::flight::Tracking;
use crate::action::flight::sealed::Cpu as _;
use crate::action::line::Line;
use crate::action::outcome::{Outcome, Verdict};
use crate::action_table::ActionTable;
use crate::events::Events;
use crate::handler_table::HandlerTable;
use observer::Observer;

/// A table and who is told of its events.
///
/// It dispatches as the table does, and tells the observer. Nothing else changes: handlers
/// are registered in the table itself, and an event that is dispatched by the table itself
/// is not observed. With `()` as the observer, a dispatch is the table's own, instruction
/// for instruction.
///
/// # Examples
///
/// ```
/// use handler_table::{ActionTable, HandlerTable, Line, Observed, Statistics};
///
/// static IRQS: ActionTable<16> = ActionTable::new();
/// static COUNTS: Statistics<16, 1> = Statistics::new();
/// static OBSERVED: Observed<ActionTable<16>, &Statistics<16, 1>> =
///     Observed { table: &IRQS, observer: &COUNTS };
///
/// let (outcome, line) = OBSERVED.dispatch(0, 3, &mut ());
/// assert!(outcome?.is_spurious());
/// assert_eq!(line, Line::Unchanged);
/// assert_eq!((COUNTS.of(3).count, COUNTS.of(3).spurious), (1, 1));
/// # Ok::<(), handler_table::DispatchError>(())
/// ```
#[derive(Debug)]
pub struct Observed<'a, T, O> {
    /// The table.
    pub table: &'a T,
    /// Who is told.
    pub observer: O,
}

impl<const N: usize, A: ?Sized, D: Tracking, E: Events, O: Observer>
    Observed<'_, ActionTable<N, A, D, E>, O>
{
    /// [`ActionTable::dispatch`], of which the observer is told. Returns also what the
    /// observer says of the line.
    ///
    /// An event that the table refuses, since there is no such event or CPU, is spurious to
    /// the observer.
    ///
    /// # Examples
    ///
    /// See [`Observed`].
    #[inline]
    pub fn dispatch(
        &self,
        cpu: D::Cpu,
        event: E::Event,
        arg: &mut A,
    ) -> (Result<Outcome, DispatchError>, Line) {
        self.dispatch_raw(cpu, E::number(event), arg)
    }

    /// As [`dispatch`](Self::dispatch), for an event by its number, as hardware gives it.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionTable, Events, Observed, Statistics, Uncounted};
    ///
    /// #[derive(Events)]
    /// enum Irq {
    ///     Timer = 0,
    ///     Disk = 1000,
    /// }
    ///
    /// type Irqs = ActionTable<{ Irq::CAPACITY }, (), Uncounted, Irq>;
    /// static IRQS: Irqs = ActionTable::new();
    /// static COUNTS: Statistics<{ Irq::CAPACITY }, 1> = Statistics::new();
    ///
    /// let observed = Observed { table: &IRQS, observer: &COUNTS };
    /// observed.dispatch_raw(0, 1000, &mut ()).0?;
    /// observed.dispatch(0, Irq::Disk, &mut ()).0?;
    /// let listing = COUNTS.listing(&IRQS).to_string();
    /// assert!(listing.contains("1000:          2          2          2  Irq::Disk\n"));
    /// # Ok::<(), handler_table::DispatchError>(())
    /// ```
    #[inline]
    pub fn dispatch_raw(
        &self,
        cpu: D::Cpu,
        number: usize,
        arg: &mut A,
    ) -> (Result<Outcome, DispatchError>, Line) {
        let slot = E::slot_of(number);
        let begun = self.observer.begin(cpu.number(), slot);
        let result = self.table.dispatch_raw(cpu, number, arg);
        let outcome = result.unwrap_or_default();
        let line = self.observer.end(begun, cpu.number(), slot, outcome);
        (result, line)
    }
}

impl<const N: usize, F: Copy, E: Events, O: Observer> Observed<'_, HandlerTable<N, F, E>, O> {
    /// [`HandlerTable::dispatch`] on a CPU, of which the observer is told. Returns also what
    /// the observer says of the line.
    ///
    /// The event is handled if there is a handler, whatever that returns; it is spurious if
    /// there is none, or if `index` is not in `0..N`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, Observed, Statistics};
    ///
    /// static TICKS: HandlerTable<4> = HandlerTable::new();
    /// static COUNTS: Statistics<4, 2> = Statistics::new();
    /// TICKS.register(0, || println!("tick"))?;
    ///
    /// let observed = Observed { table: &TICKS, observer: &COUNTS };
    /// let (hit, _) = observed.dispatch(1, 0, |handler| handler());
    /// assert_eq!(hit, Some(()));
    /// assert_eq!((COUNTS.of_cpu(1, 0).count, COUNTS.of_cpu(0, 0).count), (1, 0));
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[inline]
    pub fn dispatch<R>(
        &self,
        cpu: usize,
        event: E::Event,
        call: impl FnOnce(F) -> R,
    ) -> (Option<R>, Line) {
        self.dispatch_raw(cpu, E::number(event), call, |_| Verdict::Handled)
    }

    /// [`dispatch`](Self::dispatch) where what the handler returns says whether it handled
    /// the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, Observed, Statistics, Verdict, table};
    ///
    /// static IRQS: HandlerTable<4, fn() -> bool> = table!();
    /// static COUNTS: Statistics<4, 1> = Statistics::new();
    /// IRQS.register(0, || false)?;
    ///
    /// let observed = Observed { table: &IRQS, observer: &COUNTS };
    /// let judge = |handled: &bool| if *handled { Verdict::Handled } else { Verdict::Unhandled };
    /// let (result, _) = observed.dispatch_judged(0, 0, |handler| handler(), judge);
    /// assert_eq!(result, Some(false));
    /// assert_eq!(COUNTS.of(0).spurious, 1);
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[inline]
    pub fn dispatch_judged<R>(
        &self,
        cpu: usize,
        event: E::Event,
        call: impl FnOnce(F) -> R,
        judge: impl FnOnce(&R) -> Verdict,
    ) -> (Option<R>, Line) {
        self.dispatch_raw(cpu, E::number(event), call, judge)
    }

    /// As [`dispatch_judged`](Self::dispatch_judged), for an event by its number, as hardware
    /// gives it.
    ///
    /// # Examples
    ///
    /// See [`dispatch_judged`](Self::dispatch_judged).
    #[inline]
    pub fn dispatch_raw<R>(
        &self,
        cpu: usize,
        number: usize,
        call: impl FnOnce(F) -> R,
        judge: impl FnOnce(&R) -> Verdict,
    ) -> (Option<R>, Line) {
        let slot = E::slot_of(number);
        let begun = self.observer.begin(cpu, slot);
        let result = self.table.dispatch_raw(number, call);
        let outcome = result.as_ref().map_or_else(Outcome::default, |result| {
            Outcome::called_with(judge(result).answer())
        });
        let line = self.observer.end(begun, cpu, slot, outcome);
        (result, line)
    }
}
