//! Who handles what, how often and how long: the shape of `/proc/interrupts`.

use super::statistics::{Sample, Statistics, Timing};
use crate::action::flight::Tracking;
use crate::action_table::ActionTable;
use crate::events::Events;
use crate::handler_table::HandlerTable;
use core::cell::Cell;
use core::fmt::{self, Display, Write};

/// Who handles the events of a table, by name. For a [`Listing`].
///
/// Implemented for both kinds of table, and for an array of names; a program may implement it
/// for something else that knows the names of events.
///
/// # Examples
///
/// ```
/// use handler_table::{Handlers, Statistics};
/// use std::fmt::Display;
///
/// struct Names;
///
/// impl Handlers for Names {
///     fn each(&self, slot: usize, visit: &mut dyn FnMut(&dyn Display, Option<usize>)) {
///         if slot == 1 {
///             visit(&"timer", None);
///         }
///     }
/// }
///
/// let statistics = Statistics::<4, 1>::new();
/// let listing = statistics.listing(&Names);
/// let names: Vec<String> = listing.rows().map(|row| row.names().to_string()).collect();
/// assert_eq!(names, ["timer"]);
/// ```
pub trait Handlers {
    /// Calls `visit` with the name of each handler of the event with this slot, and how
    /// often it was called if that is counted.
    fn each(&self, slot: usize, visit: &mut dyn FnMut(&dyn Display, Option<usize>));

    /// The number of the event with this slot, and its name if events have names. See
    /// [`Events`](crate::Events#slots).
    fn event(&self, slot: usize) -> (usize, Option<&'static str>) {
        (slot, None)
    }
}

/// The names of the actions; where an action is in the source, if it has no name.
impl<const N: usize, A: ?Sized, D: Tracking, E: Events> Handlers for ActionTable<N, A, D, E> {
    fn each(&self, slot: usize, visit: &mut dyn FnMut(&dyn Display, Option<usize>)) {
        self.each_registered(slot, &mut |action| {
            let (id, count) = (action.id, action.count);
            if id.name().is_empty() {
                visit(&format_args!("{}:{}", id.file(), id.line()), count);
            } else {
                visit(&id.name(), count);
            }
        });
    }

    fn event(&self, slot: usize) -> (usize, Option<&'static str>) {
        event_of::<E>(slot)
    }
}

/// The names, by slot; an empty one is none.
impl<const N: usize> Handlers for [&str; N] {
    fn each(&self, slot: usize, visit: &mut dyn FnMut(&dyn Display, Option<usize>)) {
        if let Some(name) = self.get(slot).filter(|name| !name.is_empty()) {
            visit(name, None);
        }
    }
}

/// The path of the static handler of the event, if there is one, although another one may
/// have replaced it; else that it was registered at run time.
impl<const N: usize, F: Copy, E: Events> Handlers for HandlerTable<N, F, E> {
    fn each(&self, slot: usize, visit: &mut dyn FnMut(&dyn Display, Option<usize>)) {
        let number = E::LIST.number_of(slot);
        if self.get_raw(number).is_some() {
            match self.static_handler_of(number) {
                Some(handler) => visit(&handler.function(), None),
                None => visit(&"(registered at run time)", None),
            }
        }
    }

    fn event(&self, slot: usize) -> (usize, Option<&'static str>) {
        event_of::<E>(slot)
    }
}

fn event_of<E: Events>(slot: usize) -> (usize, Option<&'static str>) {
    let number = E::LIST.number_of(slot);
    (number, E::LIST.name(number))
}

/// What a listing reads, whatever its numbers of events and CPUs.
trait Source {
    fn events(&self) -> usize;
    fn cpus(&self) -> usize;
    fn sample(&self, cpu: usize, event: usize) -> Sample;
    fn outside(&self) -> usize;
}

impl<const N: usize, const CPUS: usize, C: Timing> Source for Statistics<N, CPUS, C> {
    fn events(&self) -> usize {
        N
    }

    fn cpus(&self) -> usize {
        CPUS
    }

    fn sample(&self, cpu: usize, event: usize) -> Sample {
        self.of_cpu(cpu, event)
    }

    fn outside(&self) -> usize {
        self.outside()
    }
}

impl<const N: usize, const CPUS: usize, C: Timing> Statistics<N, CPUS, C> {
    /// The events that came or that have handlers, in the shape of `/proc/interrupts`:
    /// a column for each CPU, and who handles an event at the right.
    ///
    /// # Examples
    ///
    /// See [`Listing`].
    #[must_use]
    pub fn listing<'a>(&'a self, handlers: &'a impl Handlers) -> Listing<'a> {
        Listing {
            source: self,
            handlers,
            counts: false,
        }
    }
}

/// A listing of [`Statistics`] in the shape of `/proc/interrupts`, by `Display`; or
/// [`rows`](Self::rows), for another shape.
///
/// The columns are the number of an event, how often it came on each CPU and on all, how
/// often nobody handled it, with a clock the mean and the longest time of its handlers in
/// ticks, the name of the event if it has one, and those of its handlers. Below, `sum` is of
/// all events, and `ERR` is [`Statistics::outside`].
///
/// # Context
///
/// Reads while others count: it is not of one moment. Allocates nothing. While it writes the
/// names of actions, it is an operation in flight of their table, so the writer must not
/// wait for that table. For a `HandlerTable`, it looks through all static handlers for each
/// event.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Counted, Observed, Statistics, Verdict};
///
/// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart0").shared();
/// static DISK: Action =
///     Action::new(|_, _| Verdict::Unhandled, ()).name("disk").shared().counted();
/// static IRQS: ActionTable<16, (), Counted<2>> = ActionTable::new();
/// static STATISTICS: Statistics<16, 2> = Statistics::new();
///
/// IRQS.register(4, &UART)?;
/// IRQS.register(4, &DISK)?;
/// let observed = Observed { table: &IRQS, observer: &STATISTICS };
/// for (cpu, event) in [(0, 4), (0, 4), (1, 4), (1, 11)] {
///     observed.dispatch(cpu, event, &mut ()).0?;
/// }
///
/// assert_eq!(
///     STATISTICS.listing(&IRQS).to_string(),
///     "
///            CPU0       CPU1      total   spurious
///   4:          2          1          3          0  uart0, disk
///  11:          0          1          1          1
/// sum:          2          2          4          1
/// ERR:          0
/// "[1..],
/// );
///
/// // Those of the actions that are `counted`, too.
/// let with_counts = STATISTICS.listing(&IRQS).with_counts().to_string();
/// assert!(with_counts.contains("  uart0, disk (3)\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    source: &'a dyn Source,
    handlers: &'a dyn Handlers,
    counts: bool,
}

impl<'a> Listing<'a> {
    /// Also how often each action was called, if it is
    /// [`counted`](crate::Action::counted).
    ///
    /// # Examples
    ///
    /// See [`Listing`].
    #[must_use]
    pub const fn with_counts(mut self) -> Self {
        self.counts = true;
        self
    }

    /// The events that came or that have handlers, by rising number.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, Observed, Statistics};
    ///
    /// static TICKS: HandlerTable<4> = HandlerTable::new();
    /// static STATISTICS: Statistics<4, 2> = Statistics::new();
    /// TICKS.register(1, || ())?;
    /// let observed = Observed { table: &TICKS, observer: &STATISTICS };
    /// observed.dispatch(1, 1, |handler| handler());
    /// observed.dispatch(1, 3, |handler| handler());
    ///
    /// let listing = STATISTICS.listing(&TICKS);
    /// let rows: Vec<(usize, usize, String)> = listing
    ///     .rows()
    ///     .map(|row| (row.event, row.on_cpu(1).count, row.names().to_string()))
    ///     .collect();
    /// assert_eq!(rows, [
    ///     (1, 1, "(registered at run time)".to_owned()),
    ///     (3, 1, String::new()),
    /// ]);
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let listing = *self;
        (0..listing.source.events()).filter_map(move |slot| {
            let (event, name) = listing.handlers.event(slot);
            let row = Row {
                event,
                name,
                total: listing.total(slot),
                slot,
                listing,
            };
            (row.total.count > 0 || row.has_handlers()).then_some(row)
        })
    }

    fn total(&self, event: usize) -> Sample {
        (0..self.source.cpus())
            .map(|cpu| self.source.sample(cpu, event))
            .fold(Sample::default(), |sum, more| sum.and(&more))
    }

    /// The sum of all events on a CPU.
    fn of_cpu(&self, cpu: usize) -> usize {
        (0..self.source.events()).fold(0, |sum, event| {
            sum.wrapping_add(self.source.sample(cpu, event).count)
        })
    }
}

/// An event in a [`Listing`].
///
/// # Examples
///
/// See [`Listing::rows`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Row<'a> {
    /// The number of the event.
    pub event: usize,
    /// Its name, if the events of the table have names: the enum and the variant.
    pub name: Option<&'static str>,
    /// What is known of it on all CPUs together.
    pub total: Sample,
    slot: usize,
    listing: Listing<'a>,
}

impl<'a> Row<'a> {
    /// What is known of it on one CPU.
    ///
    /// # Examples
    ///
    /// See [`Listing::rows`].
    #[must_use]
    pub fn on_cpu(&self, cpu: usize) -> Sample {
        self.listing.source.sample(cpu, self.slot)
    }

    /// The names of its handlers, with a comma between them; nothing if there are none.
    /// Control characters are escaped, so that it is one line.
    ///
    /// # Examples
    ///
    /// See [`Listing::rows`].
    #[must_use]
    pub fn names(&self) -> impl Display + use<'a> {
        Names(*self)
    }

    fn has_handlers(&self) -> bool {
        let found = Cell::new(false);
        let handlers = self.listing.handlers;
        handlers.each(self.slot, &mut |_, _| found.set(true));
        found.get()
    }
}

struct Names<'a>(Row<'a>);

impl Display for Names<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { slot, listing, .. } = self.0;
        let mut comma = "";
        let mut result = Ok(());
        listing.handlers.each(slot, &mut |name, count| {
            let mut write = || {
                write!(OneLine(formatter), "{comma}{name}")?;
                match count {
                    Some(count) if listing.counts => write!(formatter, " ({count})"),
                    _ => Ok(()),
                }
            };
            if result.is_ok() {
                result = write();
            }
            comma = ", ";
        });
        result
    }
}

/// Escapes what would not be on the line.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if char.is_control() {
                write!(self.0, "{}", char.escape_default())?;
            } else {
                self.0.write_char(char)?;
            }
        }
        Ok(())
    }
}

/// The least width of a column: that of Linux, which has room for every 32-bit number.
const WIDTH: usize = 10;

fn digits(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

impl Display for Listing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cpus = self.source.cpus();

        // What the columns must have room for. The last row has the largest counts.
        let mut sum = Sample::default();
        let mut is_timed = false;
        let mut label = digits(self.source.events().saturating_sub(1) as u64).max(3);
        for row in self.rows() {
            label = label.max(digits(row.event as u64));
            is_timed |= row.total.times.is_some();
            sum = sum.and(&row.total);
        }
        let total = sum.times.map_or(0, |times| times.max);
        let width = digits((sum.count as u64).max(total)).max(WIDTH);

        write!(formatter, "{:label$} ", "")?;
        for cpu in 0..cpus {
            // As wide as a column whatever the number has.
            let pad = width.saturating_sub(3 + digits(cpu as u64));
            write!(formatter, " {:pad$}CPU{cpu}", "")?;
        }
        write!(formatter, " {:>width$} {:>width$}", "total", "spurious")?;
        if is_timed {
            write!(formatter, " {:>width$} {:>width$}", "mean", "max")?;
        }
        formatter.write_str("\n")?;

        let write_sample = |formatter: &mut fmt::Formatter<'_>, sample: &Sample| {
            let (count, spurious) = (sample.count, sample.spurious);
            write!(formatter, " {count:>width$} {spurious:>width$}")?;
            match sample.times {
                Some(times) => {
                    write!(formatter, " {:>width$} {:>width$}", times.mean(), times.max)
                }
                None => Ok(()),
            }
        };
        for row in self.rows() {
            write!(formatter, "{:>label$}:", row.event)?;
            for cpu in 0..cpus {
                write!(formatter, " {:>width$}", row.on_cpu(cpu).count)?;
            }
            write_sample(formatter, &row.total)?;
            if let Some(name) = row.name {
                write!(formatter, "  {name}")?;
            }
            if row.has_handlers() {
                write!(formatter, "  {}", row.names())?;
            }
            formatter.write_str("\n")?;
        }
        write!(formatter, "{:>label$}:", "sum")?;
        for cpu in 0..cpus {
            write!(formatter, " {:>width$}", self.of_cpu(cpu))?;
        }
        write_sample(formatter, &sum)?;
        let outside = self.source.outside();
        writeln!(formatter, "\n{:>label$}: {outside:>width$}", "ERR")
    }
}
