//! The messages of the service, and the table of their handlers. It knows no plug-in.

use handler_table::{ActionTable, Awaited, Events, handler_table};

/// The kinds of messages: the events of the table.
#[derive(Events, Clone, Copy, Debug)]
pub enum Kind {
    /// A measured value.
    Reading,
    /// A value that is too high.
    Alarm,
    /// Anything else.
    Note,
}

/// A message.
pub struct Message {
    /// Who sent it.
    pub sensor: String,
    /// What was measured.
    pub value: u64,
}

/// How many tasks dispatch. Each has a number of its own.
pub const TASKS: usize = 2;

/// The handlers of the messages. A task can await the removal of one.
#[handler_table]
pub static BUS: ActionTable<{ Kind::CAPACITY }, Message, Awaited<TASKS>, Kind>;
