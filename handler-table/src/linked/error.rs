//! What keeps static handlers from being loaded.

use super::handler::StaticHandler;
use crate::action::id::ActionId;
use crate::events::Shown;
use core::error::Error;
use core::fmt::{self, Debug, Display};

/// Why static handlers were not loaded. No handler was.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, InitError, event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: HandlerTable<16>;
///
/// #[event_handler(IRQS, 3)]
/// fn tick() {}
///
/// #[event_handler(IRQS, 4)]
/// fn uart() {}
///
/// IRQS.register(3, || ()).unwrap();
/// let InitError::Occupied { handler, .. } = IRQS.init().unwrap_err() else {
///     unreachable!()
/// };
/// assert_eq!((handler.index(), handler.function()), (3, concat!(module_path!(), "::tick")));
/// assert!(IRQS.get(4).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitError {
    /// Two static handlers for one event, where the linker does not find them: on targets
    /// without [labels](macro@crate::event_handler#labels), if an index is not a literal.
    Duplicate {
        /// The crate and name of the table.
        table: &'static str,
        /// The number of its slots.
        capacity: usize,
        /// One handler. Which is the first is up to the linker.
        first: StaticHandler,
        /// The other one, with the same index.
        second: StaticHandler,
    },
    /// The event of a static handler has a handler that was registered at run
    /// time.
    Occupied {
        /// The crate and name of the table.
        table: &'static str,
        /// The number of its slots.
        capacity: usize,
        /// The static handler that there was no room for.
        handler: StaticHandler,
    },
    /// Two static actions for one event, and not both are `shared`, where the linker does
    /// not find them: on targets that are not ELF.
    Exclusive {
        /// The crate and name of the table.
        table: &'static str,
        /// The number of its slots.
        capacity: usize,
        /// One that is not shared.
        first: StaticHandler,
        /// Another one, with the same index.
        second: StaticHandler,
    },
    /// The event of a static action has an action that was registered at run time, and
    /// not both are shared.
    Refused {
        /// The crate and name of the table.
        table: &'static str,
        /// The number of its slots.
        capacity: usize,
        /// The static action.
        handler: StaticHandler,
        /// The action that is in the way.
        other: ActionId,
    },
    /// A static action was loaded and taken back by an `init` that failed, and is not
    /// free again.
    NotFree {
        /// The crate and name of the table.
        table: &'static str,
        /// The number of its slots.
        capacity: usize,
        /// The static action.
        handler: StaticHandler,
        /// Whether it never will be, because the table is
        /// [`Uncounted`](crate::Uncounted). If not, a call of it may be in flight.
        retired: bool,
    },
    /// An event of a table of actions that [`require!`](crate::require) asks for
    /// has no static action.
    Missing {
        /// The crate and name of the table.
        table: &'static str,
        /// The number of its slots.
        capacity: usize,
        /// The event.
        index: usize,
        /// Its name, if it has one; or empty.
        event: &'static str,
        /// The file that requires it.
        file: &'static str,
        /// The line, from 1.
        line: u32,
    },
    /// The table is not a `static` with `#[handler_table]`.
    NotDeclared {
        /// The number of its slots.
        capacity: usize,
    },
    /// A static handler is of a `static` without `#[handler_table]`, and no `init`
    /// would load it.
    ///
    /// The attribute of the handler found the name of a declared table as well,
    /// which a glob import brought into scope, and took that one's symbol. Put
    /// `#[handler_table]` on the `static`, or write the path of the other table.
    Undeclared {
        /// The path of the function.
        function: &'static str,
        /// Its file.
        file: &'static str,
        /// The line of its name, from 1.
        line: u32,
    },
    /// The section of the static handlers is missing from the program, or holds
    /// what no attribute put there.
    SectionLost,
}

const SECTION_LOST: &str = "the section of the static handlers is missing from this program or \
    damaged. Likely causes, most likely first: the linker script does not keep \
    `handler_table_0_1`: let it `INCLUDE handler-table-sections.x`, or pass \
    `-Thandler-table.x` with it; it pads between their input sections; a tool stripped or \
    reordered sections after the link";

impl Display for InitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InitError::Duplicate {
                table,
                capacity,
                first,
                second,
            } => write!(
                formatter,
                "{} of `{table}` (capacity {capacity}) has two static handlers, {first} and \
                 {second}: remove one, or give it another index",
                first.shown()
            ),
            InitError::Occupied {
                table,
                capacity,
                handler,
            } => write!(
                formatter,
                "{} of `{table}` (capacity {capacity}) has a handler that was registered at \
                 run time, so there is no room for the static handler {handler}: call `init` \
                 before `register`, or unregister that handler first",
                handler.shown()
            ),
            InitError::Exclusive {
                table,
                capacity,
                first,
                second,
            } => write!(
                formatter,
                "{} of `{table}` (capacity {capacity}) has two static actions, {first} and \
                 {second}, and not both are shared: write `shared` in both attributes, remove \
                 one, or give it another index",
                first.shown()
            ),
            InitError::Refused {
                table,
                capacity,
                handler,
                other,
            } => write!(
                formatter,
                "{} of `{table}` (capacity {capacity}) has {other}, which was registered at \
                 run time, so there is no room for the static action {handler}: only actions that \
                 are all `shared` can share an event",
                handler.shown()
            ),
            InitError::NotFree {
                table,
                capacity,
                handler,
                retired,
            } => write!(
                formatter,
                "the static action {handler} was loaded into {} of `{table}` (capacity \
                 {capacity}) and taken back, {}",
                handler.shown(),
                if *retired {
                    "which an `Uncounted` table does once"
                } else {
                    "and a call of it may be in flight: call `init` again when it has returned"
                }
            ),
            InitError::Missing {
                table,
                capacity,
                index,
                event,
                file,
                line,
            } => write!(
                formatter,
                "{} of `{table}` (capacity {capacity}) has no static handler, and {file}:{line} \
                 requires one: link the crate that has it, for which `use driver as _;` is enough",
                Shown::new(*index, Some((*index, event)))
            ),
            InitError::NotDeclared { capacity } => write!(
                formatter,
                "this table of {capacity} slots was not declared with `#[handler_table]`, so no \
                 static handler can be linked into it: put the attribute on its `static`, or do \
                 not call `init`"
            ),
            InitError::Undeclared {
                function,
                file,
                line,
            } => {
                if function.is_empty() {
                    formatter.write_str("there")?;
                } else {
                    write!(formatter, "`{function}` at {file}:{line}")?;
                }
                formatter.write_str(
                    " is a static handler of a table without `#[handler_table]`, so nothing would \
                     load it: put the attribute on the `static`, or, if another table of that \
                     name is meant, write its path in `#[event_handler]`",
                )
            }
            InitError::SectionLost => formatter.write_str(SECTION_LOST),
        }
    }
}

impl Error for InitError {}
