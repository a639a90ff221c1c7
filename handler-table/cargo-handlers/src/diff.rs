//! What is different in another image: which tables and handlers came, went or moved.

use crate::report::{Handler, Report, clean, shown};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

/// The changes, in the order of the tables.
#[derive(Serialize)]
pub struct Diff<'data> {
    pub changes: Vec<Change<'data>>,
}

/// What happened to a table or a handler.
#[derive(Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Change<'data> {
    /// A table that was not there before.
    #[serde(rename = "table came")]
    TableCame { table: &'data str },
    /// A table that is not there any more.
    #[serde(rename = "table went")]
    TableWent { table: &'data str },
    /// A handler that was not there before.
    Came {
        table: &'data str,
        handler: Handler<'data>,
    },
    /// A handler that is not there any more.
    Went {
        table: &'data str,
        handler: Handler<'data>,
    },
    /// A handler of another event.
    Moved {
        table: &'data str,
        from: u64,
        from_event: Option<&'data str>,
        handler: Handler<'data>,
    },
    /// A handler with other options.
    Changed {
        table: &'data str,
        handler: Handler<'data>,
    },
}

/// The handlers of an image, by table and function.
type ByFunction<'data> = BTreeMap<&'data str, BTreeMap<&'data str, Vec<Handler<'data>>>>;

fn by_function<'data>(report: &Report<'data>) -> ByFunction<'data> {
    let mut tables = ByFunction::new();
    for table in &report.tables {
        let functions = tables.entry(table.name).or_default();
        for handler in &table.handlers {
            let handlers = functions.entry(handler.function).or_default();
            handlers.push(handler.clone());
        }
    }
    tables
}

impl<'data> Diff<'data> {
    /// Compares two images.
    pub fn new(old: &Report<'data>, new: &Report<'data>) -> Self {
        let (mut old, mut new) = (by_function(old), by_function(new));
        let mut changes = Vec::new();
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for table in names {
            let (before, after) = (old.remove(table), new.remove(table));
            if after.is_none() {
                changes.push(Change::TableWent { table });
            }
            if before.is_none() {
                changes.push(Change::TableCame { table });
            }
            let (mut before, mut after) = (before.unwrap_or_default(), after.unwrap_or_default());
            let functions: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
            for function in functions {
                let before = before.remove(function).unwrap_or_default();
                let after = after.remove(function).unwrap_or_default();
                of_function(table, before, after, &mut changes);
            }
        }
        Diff { changes }
    }
}

/// The changes of one function, which may have several events.
fn of_function<'data>(
    table: &'data str,
    before: Vec<Handler<'data>>,
    mut after: Vec<Handler<'data>>,
    changes: &mut Vec<Change<'data>>,
) {
    let mut moved = Vec::new();
    for old in before {
        let same = after.iter().position(|new| new.index == old.index);
        match same.map(|same| after.remove(same)) {
            Some(handler) if handler.options != old.options => {
                changes.push(Change::Changed { table, handler });
            }
            Some(_) => {}
            None => moved.push(old),
        }
    }
    let mut after = after.into_iter();
    for handler in moved {
        changes.push(match after.next() {
            Some(new) => Change::Moved {
                table,
                from: handler.index,
                from_event: handler.event,
                handler: new,
            },
            None => Change::Went { table, handler },
        });
    }
    changes.extend(after.map(|handler| Change::Came { table, handler }));
}

impl Display for Diff<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            writeln!(formatter, "the two have the same tables and handlers")?;
        }
        for change in &self.changes {
            change.fmt(formatter)?;
        }
        Ok(())
    }
}

impl Display for Change<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, table, handler, rest) = match self {
            Change::TableCame { table } => {
                return writeln!(formatter, "+ {}", clean(table));
            }
            Change::TableWent { table } => {
                return writeln!(formatter, "- {}", clean(table));
            }
            Change::Came { table, handler } => ('+', table, handler, String::new()),
            Change::Went { table, handler } => ('-', table, handler, String::new()),
            Change::Moved {
                table,
                from,
                from_event,
                handler,
            } => {
                let from = format!(", before {}", clean(&shown(*from, *from_event)));
                ('~', table, handler, from)
            }
            Change::Changed { table, handler } => {
                let options = handler.options.map(|options| options.to_string());
                let options = options.filter(|options| !options.is_empty());
                let options = options.unwrap_or_else(|| "no options".to_owned());
                (
                    '~',
                    table,
                    handler,
                    format!(", now with {}", clean(&options)),
                )
            }
        };
        writeln!(
            formatter,
            "{sign} {} {}: {}{rest}",
            clean(table),
            clean(&shown(handler.index, handler.event)),
            clean(handler.function),
        )
    }
}
