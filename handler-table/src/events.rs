//! What the events of a table are: numbers, or the variants of an enum.

use crate::slice::{Slice, Text};
use core::error::Error;
use core::fmt::{self, Debug, Display};
use core::ops::Deref;

/// A type of events: the third parameter of a [`HandlerTable`](crate::HandlerTable), the
/// fourth of an [`ActionTable`](crate::ActionTable).
///
/// [`Number`], the default, is that of tables whose events are numbers, of type `usize`.
///
/// `#[derive(Events)]` on an enum without fields makes it the type of the events of a
/// table. The methods of the table, `#[event_handler]` and `require!` then take variants
/// of this enum, and nothing else; errors and listings say `Irq::Uart (event 4)`. The
/// **number** of an event is its discriminant: `Irq::Uart as usize`. [`CAPACITY`] is how
/// many slots such a table needs.
///
/// [`events!`](crate::events!) does the same for an enum of another crate.
///
/// Both also define a macro with the name of the type, from which `#[handler_table]` takes the
/// names of the events. `cannot find macro` with the name of an enum says that it is no type
/// of events.
///
/// # Slots
///
/// If at least half of the numbers up to the largest one are events, the slot of an event
/// is its number. Otherwise events have slots in the order of their declaration, so that
/// an enum with the numbers 16 and 1000 needs two of them. To find the slot of a variant
/// is then a `match`; nothing is searched.
///
/// [`CAPACITY`]: Events::CAPACITY
///
/// # Examples
///
/// ```
/// use handler_table::{Events, HandlerTable, event_handler, handler_table, require};
///
/// #[derive(Events, Clone, Copy)]
/// pub enum Irq {
///     Timer = 0,
///     Uart = 4,
///     Disk = 14,
/// }
///
/// #[handler_table]
/// pub static IRQS: HandlerTable<{ Irq::CAPACITY }, fn() -> u32, Irq>;
///
/// #[event_handler(IRQS, Irq::Uart)]
/// fn uart() -> u32 {
///     4
/// }
///
/// require!(IRQS, Irq::Uart);
///
/// IRQS.init()?;
/// assert_eq!(IRQS.dispatch(Irq::Uart, |handler| handler()), Some(4));
/// assert_eq!(IRQS.dispatch(Irq::Disk, |handler| handler()), None);
///
/// // A number that hardware gives:
/// assert_eq!(IRQS.dispatch_raw(4, |handler| handler()), Some(4));
/// assert_eq!(IRQS.dispatch_raw(5, |handler| handler()), None);
///
/// IRQS.register(Irq::Disk, || 14)?;
/// let error = IRQS.register(Irq::Disk, || 15).unwrap_err();
/// assert!(error.to_string().starts_with("`Irq::Disk` (event 14) already has a handler"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of events",
    label = "not a type of events",
    note = "write `#[derive(Events)]` on an enum without fields; for an enum of another crate, \
            make a type of events with `events!`"
)]
pub trait Events: Sized + 'static {
    /// An event: what the methods of a table take. For a derived one, the enum itself.
    type Event: 'static;

    /// How many slots a table of these events has. Zero for [`Number`], of whose tables
    /// each has its own capacity.
    const CAPACITY: usize = Self::LIST.capacity();

    /// The events.
    #[doc(hidden)]
    const LIST: List;

    /// `Named<T>`, or `T` itself where events have no names.
    #[doc(hidden)]
    type Error<T>;

    /// The number of an event.
    #[doc(hidden)]
    fn number(event: Self::Event) -> usize;

    /// The slot of the event with this number. That of one that is not in the list is
    /// out of range.
    #[doc(hidden)]
    fn slot_of(number: usize) -> usize;

    /// An error, with the name of the event that has this number.
    #[doc(hidden)]
    fn error<T>(error: T, number: usize) -> Self::Error<T>;
}

/// The events of a table that are numbers: those below its capacity. The default.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, Number};
///
/// static PLAIN: HandlerTable<8> = HandlerTable::new();
/// let same: &HandlerTable<8, fn(), Number> = &PLAIN;
/// assert!(!same.handle(3));
/// ```
pub enum Number {}

impl Events for Number {
    type Event = usize;
    const LIST: List = List::of(&[], "");
    type Error<T> = T;

    #[inline]
    fn number(event: usize) -> usize {
        event
    }

    #[inline]
    fn slot_of(number: usize) -> usize {
        number
    }

    fn error<T>(error: T, _: usize) -> T {
        error
    }
}

/// The events of a type: numbers and names, in the order of their declaration.
/// A host reads it; see `linked/entry.rs`.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[repr(C)]
pub struct List {
    numbers: Slice<usize>,
    /// Each on a line of its own.
    names: Text,
    /// Whether the slot of an event is its place in the list, not its number.
    dense: bool,
}

impl List {
    /// A list of numbers and names, each name on a line of its own; empty if events are
    /// numbers.
    #[must_use]
    pub const fn of(numbers: &'static [usize], names: &'static str) -> Self {
        let slots = numbers_below(numbers);
        List {
            numbers: Slice::new(numbers),
            names: Text::new(names),
            dense: slots > 2 * numbers.len(),
        }
    }

    /// The number of the event with this discriminant.
    ///
    /// # Panics
    ///
    /// As it compiles, if it is negative or not less than `isize::MAX`.
    #[must_use]
    #[track_caller]
    #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)]
    pub const fn number(discriminant: i128) -> usize {
        assert!(
            discriminant >= 0 && discriminant < isize::MAX as i128,
            "the number of an event is its discriminant: it is not negative, and less than \
             `isize::MAX`"
        );
        discriminant as usize
    }

    /// Whether events are numbers.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.numbers.get().is_empty()
    }

    /// Whether the slot of an event is its place in the list, not its number.
    #[must_use]
    pub const fn is_dense(&self) -> bool {
        self.dense
    }

    /// Refuses a table that has not a slot for each of these events.
    ///
    /// # Panics
    ///
    /// As it compiles, if the capacity is another one.
    #[track_caller]
    pub const fn check_capacity(&self, slots: usize) {
        assert!(
            self.is_empty() || slots == self.capacity(),
            "the capacity of this table is not that of its events: write \
             `HandlerTable<{{ Irq::CAPACITY }}, F, Irq>` or \
             `ActionTable<{{ Irq::CAPACITY }}, A, D, Irq>`, where `Irq` is the type of the events"
        );
    }

    const fn capacity(&self) -> usize {
        if self.dense {
            self.numbers.get().len()
        } else {
            numbers_below(self.numbers.get())
        }
    }

    /// The slot of the event with this number. That of one that is not in the list is
    /// out of range.
    #[must_use]
    pub const fn slot_of(&self, number: usize) -> usize {
        if !self.dense {
            return number;
        }
        let numbers = self.numbers.get();
        let mut slot = 0;
        while slot < numbers.len() {
            if numbers[slot] == number {
                return slot;
            }
            slot += 1;
        }
        usize::MAX
    }

    /// The number of the event in this place of the list.
    #[must_use]
    pub const fn number_at(&self, place: usize) -> usize {
        self.numbers.get()[place]
    }

    /// The number of the event with this slot.
    pub(crate) fn number_of(&self, slot: usize) -> usize {
        match self.numbers.get().get(slot) {
            Some(&number) if self.dense => number,
            _ => slot,
        }
    }

    /// The event with this number, to be printed in a list.
    pub(crate) fn listed(&self, number: usize) -> Listed {
        Listed::new(number, self.name(number))
    }

    /// The name of the event with this number, if it has one.
    #[inline(never)]
    pub(crate) fn name(&self, number: usize) -> Option<&'static str> {
        let numbers = self.numbers.get();
        let place = numbers.iter().position(|&event| event == number)?;
        line(self.names.get(), place)
    }
}

/// A line of a text, from 0. `str::split` would cost firmware 1 KB.
fn line(text: &'static str, number: usize) -> Option<&'static str> {
    let mut ends = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
    let start = match number.checked_sub(1) {
        Some(before) => ends.nth(before)?.0 + 1,
        None => 0,
    };
    let end = ends.next().map_or(text.len(), |(end, _)| end);
    text.get(start..end)
}

/// One more than the largest number.
const fn numbers_below(events: &[usize]) -> usize {
    let (mut at, mut below) = (0, 0);
    while at < events.len() {
        let number = events[at];
        if number >= below {
            below = number + 1;
        }
        at += 1;
    }
    below
}

/// An event in a list: `4`, or `Irq::Uart (4)`.
pub(crate) struct Listed {
    number: usize,
    name: Option<&'static str>,
}

impl Listed {
    pub(crate) fn new(number: usize, name: Option<&'static str>) -> Self {
        Listed { number, name }
    }
}

impl Debug for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number;
        match self.name {
            Some(name) => write!(formatter, "{name} ({number})"),
            None => write!(formatter, "{number}"),
        }
    }
}

/// An event in a message: `event 4`, or `` `Irq::Uart` (event 4) ``.
pub(crate) struct Shown {
    number: usize,
    name: Option<&'static str>,
}

impl Shown {
    /// The event with this number; with its name, if that is known of this number.
    pub(crate) fn new(number: usize, named: Option<(usize, &'static str)>) -> Self {
        let name = named.filter(|&(of, name)| of == number && !name.is_empty());
        Shown {
            number,
            name: name.map(|(_, name)| name),
        }
    }
}

impl Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number;
        match self.name {
            Some(name) => write!(formatter, "`{name}` (event {number})"),
            None => write!(formatter, "event {number}"),
        }
    }
}

/// An error that is about an event.
#[doc(hidden)]
pub trait Speaks {
    /// Displays the error. If it is about the event with this number, it has that name.
    fn say(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        event: Option<(usize, &'static str)>,
    ) -> fmt::Result;
}

/// An error of a table whose events have names.
///
/// What [`RegisterError`](crate::RegisterError) and [`ActionError`](crate::ActionError)
/// are for tables of numbers, this is for tables of [`Events`]. It is the error, with the
/// name of the event beside its number; `?` makes the error of it.
///
/// # Examples
///
/// ```
/// use handler_table::{Events, HandlerTable, RegisterError, table};
///
/// #[derive(Events)]
/// enum Key {
///     Enter = 13,
/// }
///
/// static KEYS: HandlerTable<{ Key::CAPACITY }, fn(), Key> = table!();
///
/// KEYS.register(Key::Enter, || ())?;
/// let error = KEYS.register(Key::Enter, || ()).unwrap_err();
/// assert_eq!(error.event(), "Key::Enter");
/// assert!(matches!(*error, RegisterError::Occupied { index: 13, .. }));
/// assert!(error.to_string().starts_with("`Key::Enter` (event 13) already has a handler"));
/// # Ok::<(), RegisterError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Named<T> {
    error: T,
    number: usize,
    name: &'static str,
}

impl<T> Named<T> {
    /// The error, about the event with this number.
    #[doc(hidden)]
    #[must_use]
    pub fn new<E: Events>(error: T, number: usize) -> Self {
        let name = E::LIST.name(number).unwrap_or("");
        Named {
            error,
            number,
            name,
        }
    }

    /// The error, which has the number of the event only.
    ///
    /// # Examples
    ///
    /// See [`Named`].
    #[must_use]
    pub fn into_inner(self) -> T {
        self.error
    }

    /// The name of the event: the enum and the variant. Empty if there is no such event.
    ///
    /// # Examples
    ///
    /// See [`Named`].
    #[must_use]
    pub const fn event(&self) -> &'static str {
        self.name
    }
}

impl<T> Deref for Named<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.error
    }
}

impl<T: Debug> Debug for Named<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Named")
            .field("event", &self.name)
            .field("number", &self.number)
            .field("error", &self.error)
            .finish()
    }
}

impl<T: Speaks> Display for Named<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.say(formatter, Some((self.number, self.name)))
    }
}

impl<T: Error + Speaks> Error for Named<T> {}
