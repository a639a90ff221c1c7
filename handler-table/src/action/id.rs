//! [`ActionId`]: the name of an action and its place in the source.
use core::fmt::{self, Display};
use core::panic::Location;

/// The name of an action and its place in the source.
///
/// Displays as `` `name` at file:line ``, or as `the action at file:line` if the action
/// has no name.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, Verdict};
///
/// static UART: Action = Action::new(|_, _| Verdict::Handled, ()).name("uart0");
/// let id = UART.id();
/// assert_eq!(id.name(), "uart0");
/// assert_eq!(id.to_string(), format!("`uart0` at {}:{}", id.file(), id.line()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionId {
    name: &'static str,
    file: &'static str,
    line: u32,
}

impl ActionId {
    pub(crate) const fn new(name: &'static str, file: &'static str, line: u32) -> Self {
        ActionId { name, file, line }
    }

    /// The id of an action without a name, at the place of the caller's caller.
    #[track_caller]
    pub(crate) const fn here() -> Self {
        let location = Location::caller();
        ActionId::new("", location.file(), location.line())
    }

    /// Returns the name; empty if the action has none.
    ///
    /// # Examples
    ///
    /// See [`ActionId`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the source file, in the format of `file!()`.
    ///
    /// # Examples
    ///
    /// See [`ActionId`].
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the line, from 1.
    ///
    /// # Examples
    ///
    /// See [`ActionId`].
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl Display for ActionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ActionId { name, file, line } = self;
        match (name.is_empty(), file.is_empty()) {
            (false, false) => write!(formatter, "`{name}` at {file}:{line}"),
            (true, false) => write!(formatter, "the action at {file}:{line}"),
            // Those of a static action may be on the host only.
            (false, true) => write!(formatter, "`{name}`"),
            (true, true) => formatter.write_str("a static action"),
        }
    }
}
