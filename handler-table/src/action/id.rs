//! [`ActionId`]: the name of an action and its place in the source.
use core::fmt::{self, Display};
use core::panic::Location;

/// The name of an action and its place in the source.
///
/// Displays as `` `name` at file:line ``, or as `the action at file:line (#number)` if the
/// action has no name: several actions may be made at one place, for example in a loop or an
/// array. The number is the lower 32 bits of the address of the action, in hexadecimal. Two
/// ids are equal if they are of one action.
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
    name: Name,
    file: &'static str,
    line: u32,
    /// The lower 32 bits of the address: errors hold two ids, and should be small.
    address: u32,
}

/// What a record keeps of its id: all but its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    name: Name,
    file: &'static str,
    line: u32,
}

/// A literal, or a short copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Literal(&'static str),
    #[cfg(feature = "alloc")]
    Copied {
        length: u8,
        bytes: [u8; 22],
    },
}

impl Name {
    const fn get(&self) -> &str {
        match self {
            Name::Literal(name) => name,
            #[cfg(feature = "alloc")]
            Name::Copied { length, bytes } => {
                // It is never an error.
                match core::str::from_utf8(bytes.split_at(*length as usize).0) {
                    Ok(name) => name,
                    Err(_) => "",
                }
            }
        }
    }
}

impl Label {
    pub(crate) const fn new(name: &'static str, file: &'static str, line: u32) -> Self {
        let name = Name::Literal(name);
        Label { name, file, line }
    }

    /// The label of an action without a name, at the place of the caller's caller.
    #[track_caller]
    pub(crate) const fn here() -> Self {
        let location = Location::caller();
        Label::new("", location.file(), location.line())
    }

    pub(crate) const fn named(self, name: &'static str) -> Self {
        let name = Name::Literal(name);
        Label { name, ..self }
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn copied(self, name: &str) -> Self {
        let mut bytes = [0; 22];
        let mut length = 0;
        for char in name.chars() {
            let end = usize::from(length) + char.len_utf8();
            if end > bytes.len() {
                break;
            }
            char.encode_utf8(&mut bytes[usize::from(length)..end]);
            length = u8::try_from(end).unwrap_or(length);
        }
        let name = Name::Copied { length, bytes };
        Label { name, ..self }
    }

    /// The id of the action whose record is at this address.
    pub(crate) const fn at(self, address: usize) -> ActionId {
        #[allow(clippy::cast_possible_truncation)]
        ActionId {
            name: self.name,
            file: self.file,
            line: self.line,
            address: address as u32,
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
    pub const fn name(&self) -> &str {
        self.name.get()
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
        let ActionId {
            name,
            file,
            line,
            address,
        } = self;
        let name = name.get();
        match (name.is_empty(), file.is_empty()) {
            (false, false) => write!(formatter, "`{name}` at {file}:{line}"),
            (true, false) => write!(formatter, "the action at {file}:{line} (#{address:x})"),
            // The source of a static action may be on the host only.
            (false, true) => write!(formatter, "`{name}`"),
            (true, true) => write!(formatter, "a static action (#{address:x})"),
        }
    }
}
