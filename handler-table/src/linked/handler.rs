//! A static handler by its name.

use super::entry::Entry;
use crate::events::{List, Listed, Shown};
use core::fmt::{self, Debug, Display};

/// A handler that is linked into the program, and where it was declared.
///
/// Displays as `` `function` at file:line ``. With the feature `names-on-host`, a bare-metal
/// program does not have these: then it displays as `the function at 0x8d2`, the text and
/// the crate are empty, and the line is 0. `cargo handlers` tells which function it is.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: HandlerTable<16>;
///
/// #[event_handler(IRQS, 3)]
/// fn uart() {}
///
/// let handler = IRQS.static_handlers().next().unwrap();
/// assert_eq!(handler.index(), 3);
/// assert_eq!(handler.function(), concat!(module_path!(), "::uart"));
/// assert_eq!(
///     handler.to_string(),
///     format!("`{}` at {}:{}", handler.function(), handler.file(), handler.line()),
/// );
/// ```
#[derive(Clone, Copy)]
pub struct StaticHandler {
    index: usize,
    event: Option<&'static str>,
    entry: &'static Entry,
}

impl StaticHandler {
    pub(crate) fn new(list: List, slot: usize, entry: &'static Entry) -> Self {
        let index = list.number_of(slot);
        StaticHandler {
            index,
            event: list.name(index),
            entry,
        }
    }

    /// The number of the event: an index into its table, or the discriminant of a variant.
    ///
    /// # Examples
    ///
    /// See [`StaticHandler`].
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The name of the event, if it has one: the enum and the variant.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Events, HandlerTable, event_handler, handler_table};
    ///
    /// #[derive(Events)]
    /// enum Irq {
    ///     Uart = 4,
    /// }
    ///
    /// #[handler_table]
    /// static IRQS: HandlerTable<{ Irq::CAPACITY }, fn(), Irq>;
    ///
    /// #[event_handler(IRQS, Irq::Uart)]
    /// fn uart() {}
    ///
    /// let handler = IRQS.static_handlers().next().unwrap();
    /// assert_eq!((handler.event(), handler.index()), (Some("Irq::Uart"), 4));
    /// ```
    #[must_use]
    pub const fn event(&self) -> Option<&'static str> {
        self.event
    }

    /// The event in a message.
    pub(crate) fn shown(&self) -> Shown {
        Shown::new(self.index, self.event.map(|name| (self.index, name)))
    }

    /// The path of the function: crate, modules and name. For a function in
    /// the body of another one, without that one's name.
    ///
    /// # Examples
    ///
    /// See [`StaticHandler`].
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.entry.function()
    }

    /// The name of the crate that has the function.
    ///
    /// # Examples
    ///
    /// ```
    /// # use handler_table::{HandlerTable, event_handler, handler_table};
    /// # #[handler_table]
    /// # static IRQS: HandlerTable<16>;
    /// # #[event_handler(IRQS, 3)]
    /// # fn uart() {}
    /// let handler = IRQS.static_handlers().next().unwrap();
    /// assert!(handler.function().starts_with(handler.crate_name()));
    /// ```
    #[must_use]
    pub fn crate_name(&self) -> &'static str {
        match self.function().split_once("::") {
            Some((name, _)) => name,
            None => self.function(),
        }
    }

    /// The source file, as `file!()` would give it.
    ///
    /// # Examples
    ///
    /// See [`StaticHandler`].
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.entry.file()
    }

    /// The line of the function's name, from 1.
    ///
    /// # Examples
    ///
    /// See [`StaticHandler`].
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.entry.line()
    }
}

/// The same event of the same declaration.
impl PartialEq for StaticHandler {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && core::ptr::eq(self.entry, other.entry)
    }
}

impl Eq for StaticHandler {}

// Shows what the methods return.
#[allow(clippy::missing_fields_in_debug)]
impl Debug for StaticHandler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StaticHandler")
            .field("index", &Listed::new(self.index, self.event))
            .field("function", &self.function())
            .field("file", &self.file())
            .field("line", &self.line())
            .finish()
    }
}

impl Display for StaticHandler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, file, line) = (self.function(), self.file(), self.line());
        if function.is_empty() {
            return write!(formatter, "the function at {:#x}", self.entry.address());
        }
        write!(formatter, "`{function}` at {file}:{line}")
    }
}
