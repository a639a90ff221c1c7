//! [`ActionId`]: the name of an action and its place in the source.
use core::fmt::{self, Display};
use core::panic::Location;

/// The name of an action and its place in the source.
///
/// Displays as `` `name` at file:line ``, or as `the action at file:line (address)` if the
/// action has no name: several actions may be made at one place, for example in a loop or an
/// array. Two ids are equal if they are of one action.
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
///
/// static LINES: [Action; 2] = [const { Action::new(|_, _| Verdict::Handled, ()) }; 2];
/// assert_ne!(LINES[0].id(), LINES[1].id());
/// assert_ne!(LINES[0].id().to_string(), LINES[1].id().to_string());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionId {
    label: Label,
    address: usize,
}

/// What a record keeps of its id: all but its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    name: &'static str,
    file: &'static str,
    line: u32,
}

impl Label {
    pub(crate) const fn new(name: &'static str, file: &'static str, line: u32) -> Self {
        Label { name, file, line }
    }

    /// The label of an action without a name, at the place of the caller's caller.
    #[track_caller]
    pub(crate) const fn here() -> Self {
        let location = Location::caller();
        Label::new("", location.file(), location.line())
    }

    pub(crate) const fn file(&self) -> &'static str {
        self.file
    }

    pub(crate) const fn line(&self) -> u32 {
        self.line
    }

    pub(crate) const fn named(self, name: &'static str) -> Self {
        Label { name, ..self }
    }

    /// The id of the action whose record is at this address.
    pub(crate) const fn at(self, address: usize) -> ActionId {
        ActionId {
            label: self,
            address,
        }
    }
}

impl ActionId {
    /// Returns the name; empty if the action has none.
    ///
    /// # Examples
    ///
    /// See [`ActionId`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.label.name
    }

    /// Returns the source file, in the format of `file!()`.
    ///
    /// # Examples
    ///
    /// See [`ActionId`].
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.label.file()
    }

    /// Returns the line, from 1.
    ///
    /// # Examples
    ///
    /// See [`ActionId`].
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.label.line()
    }
}

impl Display for ActionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ActionId {
            label: Label { name, file, line },
            address,
        } = self;
        if name.is_empty() {
            write!(formatter, "the action at {file}:{line} ({address:#x})")
        } else {
            write!(formatter, "`{name}` at {file}:{line}")
        }
    }
}
