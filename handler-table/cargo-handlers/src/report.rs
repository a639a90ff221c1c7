//! The tables of an image and their handlers: as text, and as what `--json` prints.

use crate::error::Error;
use crate::format::{self, Contents, EVENT, Events, MOST_TEXT, Place, TableOf};
use crate::image::Image;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};

/// All tables of an image. It borrows the texts of the file: a file may have one text in
/// many places.
#[derive(Serialize)]
pub struct Report<'data> {
    pub tables: Vec<Table<'data>>,
    /// The handlers of tables without `#[handler_table]`, which `init` refuses.
    pub undeclared: Vec<Handler<'data>>,
}

/// A table.
#[derive(Serialize)]
pub struct Table<'data> {
    /// The crate and the name.
    pub name: &'data str,
    pub kind: Kind,
    pub capacity: u64,
    /// The type of its events, if they are not numbers.
    pub events: Option<&'data str>,
    pub handlers: Vec<Handler<'data>>,
    pub free: Vec<Free<'data>>,
    pub required: Vec<Required<'data>>,
}

/// What is in the slots of a table.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Functions,
    Actions,
}

/// A static handler, or a static action.
#[derive(Clone, Serialize)]
pub struct Handler<'data> {
    pub index: u64,
    pub event: Option<&'data str>,
    pub function: &'data str,
    pub file: &'data str,
    pub line: u32,
    #[serde(serialize_with = "hexadecimal")]
    pub address: u64,
    #[serde(flatten)]
    pub options: Option<Options<'data>>,
}

/// The options of an action.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the attribute"
)]
pub struct Options<'data> {
    /// Empty if it has none.
    pub name: &'data str,
    pub shared: bool,
    pub priority: i32,
    pub context: bool,
    pub counted: bool,
    pub disabled: bool,
    pub non_reentrant: bool,
    /// None if it is for all CPUs.
    pub cpus: Option<Cpus>,
}

/// A set of CPUs: a bit for each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cpus([u8; 32]);

impl Cpus {
    fn iter(self) -> impl Iterator<Item = usize> {
        (0..256).filter(move |cpu| self.0[cpu / 8] & 1 << (cpu % 8) != 0)
    }
}

impl Serialize for Cpus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Events without a static handler.
#[derive(Serialize)]
pub struct Free<'data> {
    pub first: u64,
    pub last: u64,
    /// The name, if there is one. Then it is one event.
    pub event: Option<&'data str>,
}

/// An event that `require!` asks for.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Required<'data> {
    pub index: u64,
    pub event: Option<&'data str>,
    /// The crate that asks, or the file.
    pub by: &'data str,
    pub line: Option<u64>,
}

// Not every reader of JSON has numbers of 64 bits.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn hexadecimal<S: Serializer>(address: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{address:#x}"))
}

/// Reads a file.
pub fn of_file(file: &[u8]) -> Result<Report<'_>, Error> {
    let image = Image::parse(file)?;
    of_contents(format::read(&image)?)
}

fn of_contents(contents: Contents<'_>) -> Result<Report<'_>, Error> {
    let word = contents.word;
    let mut tables = contents.tables;
    tables.sort_by_key(|table| table.start);
    // Every table may have the same long list.
    let events = tables.iter().map(|table| table.events.all.len() as u64);
    if events.sum::<u64>().saturating_mul(EVENT) > MOST_TEXT {
        return Err(Error::TooLong);
    }

    let mut report = Report {
        tables: Vec::new(),
        undeclared: Vec::new(),
    };
    for table in &tables {
        report.tables.push(Table {
            name: table.name,
            kind: if table.actions {
                Kind::Actions
            } else {
                Kind::Functions
            },
            capacity: table.capacity,
            events: table.events.type_name(),
            handlers: Vec::new(),
            free: Vec::new(),
            required: Vec::new(),
        });
    }
    let starting_at = |address: u64| {
        let next = tables.partition_point(|table| table.start <= address);
        next.checked_sub(1)
    };
    for handler in contents.handlers {
        let found = match handler.place {
            Place::Slot(address) => starting_at(address).map(|table| {
                let offset = address - tables[table].start;
                (table, offset / word)
            }),
            Place::Table(address, slot) => starting_at(address)
                .filter(|&table| tables[table].start == address)
                .map(|table| (table, slot)),
        };
        let found = found.filter(|&(table, slot)| slot < tables[table].capacity);
        let events = found.map(|(table, slot)| (&tables[table].events, slot));
        let handler = Handler::new(&handler, events);
        match found {
            Some((table, _)) => report.tables[table].handlers.push(handler),
            None => report.undeclared.push(handler),
        }
    }
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, table) in tables.iter().enumerate() {
        by_name.entry(table.name).or_default().push(at);
    }
    for requirement in &contents.requirements {
        let (table, index) = match requirement.table {
            // Of two tables of one name, which have one number for each event, the first.
            TableOf::Named(name, number) => (
                by_name.get(name).and_then(|tables| tables.first().copied()),
                number,
            ),
            TableOf::At(address, slot) => {
                let table = starting_at(address);
                let number = table.map_or(slot, |table| tables[table].events.number_of(slot));
                (table, number)
            }
        };
        if let Some(table) = table {
            report.tables[table].required.push(Required {
                index,
                event: tables[table].events.name(index),
                by: requirement.by,
                line: requirement.line,
            });
        }
    }
    for (table, of_file) in report.tables.iter_mut().zip(&tables) {
        table.required.sort();
        table.required.dedup();
        let priority = |handler: &Handler| handler.options.map_or(0, |options| options.priority);
        table.handlers.sort_by_key(|handler| {
            (
                handler.index,
                -i64::from(priority(handler)),
                handler.function,
            )
        });
        table.free = free(table, &of_file.events);
    }
    report.tables.sort_by_key(|table| table.name);
    Ok(report)
}

/// The events without a handler: those of a type one by one, numbers in ranges.
fn free<'data>(table: &Table<'data>, events: &Events<'data>) -> Vec<Free<'data>> {
    let taken: BTreeSet<u64> = table.handlers.iter().map(|handler| handler.index).collect();
    if !events.all.is_empty() {
        let free = events
            .all
            .iter()
            .filter(|(number, _)| !taken.contains(number));
        let free = free.map(|&(number, name)| Free {
            first: number,
            last: number,
            event: Some(name),
        });
        return free.collect();
    }
    let mut free = Vec::new();
    let mut first = 0;
    for next in taken.into_iter().chain([table.capacity]) {
        if first < next {
            free.push(Free {
                first,
                last: next - 1,
                event: None,
            });
        }
        first = next.saturating_add(1);
    }
    free
}

impl<'data> Handler<'data> {
    fn new(
        handler: &format::Handler<'data>,
        events: Option<(&std::rc::Rc<Events<'data>>, u64)>,
    ) -> Self {
        let index = events.map_or(0, |(events, slot)| events.number_of(slot));
        Handler {
            index,
            event: events.and_then(|(events, _)| events.name(index)),
            function: handler.function,
            file: handler.file,
            line: handler.line,
            address: handler.address,
            options: handler.action.as_ref().map(|action| Options {
                name: action.name,
                shared: action.shared,
                priority: action.priority,
                context: action.context,
                counted: action.counted,
                disabled: action.disabled,
                non_reentrant: action.non_reentrant,
                cpus: action.cpus.map(Cpus),
            }),
        }
    }

    fn row(&self) -> [String; 5] {
        let options = self.options.map(|options| options.to_string());
        [
            clean(&shown(self.index, self.event)),
            clean(self.function),
            clean(&format!("{}:{}", self.file, self.line)),
            format!("{:#x}", self.address),
            clean(&options.unwrap_or_default()),
        ]
    }
}

/// `4`, or `Irq::Uart (4)`.
pub fn shown(index: u64, event: Option<&str>) -> String {
    match event {
        Some(event) => format!("{event} ({index})"),
        None => index.to_string(),
    }
}

impl Display for Options<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = Vec::new();
        if !self.name.is_empty() {
            options.push(format!("name {}", self.name));
        }
        if self.shared {
            options.push("shared".to_owned());
        }
        if self.priority != 0 {
            options.push(format!("priority {}", self.priority));
        }
        if self.context {
            options.push("context".to_owned());
        }
        for (is_set, name) in [
            (self.counted, "counted"),
            (self.disabled, "disabled"),
            (self.non_reentrant, "non-reentrant"),
        ] {
            if is_set {
                options.push(name.to_owned());
            }
        }
        if let Some(cpus) = self.cpus {
            let cpus: Vec<_> = cpus.iter().map(|cpu| cpu.to_string()).collect();
            options.push(format!("cpus {}", cpus.join(" ")));
        }
        formatter.write_str(&options.join(", "))
    }
}

impl Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tables.is_empty() {
            writeln!(formatter, "no tables")?;
        }
        for (at, table) in self.tables.iter().enumerate() {
            if at > 0 {
                writeln!(formatter)?;
            }
            table.fmt(formatter)?;
        }
        if !self.undeclared.is_empty() {
            let heading = "handlers of tables without `#[handler_table]`, which `init` refuses";
            writeln!(formatter, "\n{BOLD}{heading}{RESET}")?;
            for handler in &self.undeclared {
                let Handler {
                    function,
                    file,
                    line,
                    ..
                } = handler;
                writeln!(formatter, "  {} at {}:{line}", clean(function), clean(file))?;
            }
        }
        Ok(())
    }
}

const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// The text without what would be a command to a terminal, and without the end of one that
/// is no name.
pub fn clean(text: &str) -> String {
    const LONGEST: usize = 300;
    let text = text.chars().take(LONGEST);
    text.map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

impl Display for Table<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = match self.events {
            Some(events) => format!("events of `{}`", clean(events)),
            None => "events".to_owned(),
        };
        let kind = match self.kind {
            Kind::Functions => "functions",
            Kind::Actions => "actions",
        };
        let name = clean(self.name);
        writeln!(
            formatter,
            "{BOLD}{name}{RESET}: {kind} for {} {events}",
            self.capacity
        )?;

        self.write_handlers(formatter)?;
        if !self.free.is_empty() {
            write!(formatter, "  free: ")?;
            for (at, free) in self.free.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                match free.event {
                    _ if free.first < free.last => {
                        write!(formatter, "{comma}{}-{}", free.first, free.last)?;
                    }
                    event => write!(formatter, "{comma}{}", clean(&shown(free.first, event)))?,
                }
            }
            writeln!(formatter)?;
        }
        for required in &self.required {
            let event = shown(required.index, required.event);
            write!(
                formatter,
                "  required: {} by {}",
                clean(&event),
                clean(required.by)
            )?;
            match required.line {
                Some(line) => writeln!(formatter, ":{line}")?,
                None => writeln!(formatter)?,
            }
        }
        Ok(())
    }
}

impl Table<'_> {
    /// Writes the handlers, each column as wide as its longest text, within reason.
    fn write_handlers(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDEST: usize = 80;
        if self.handlers.is_empty() {
            return Ok(());
        }
        let options = match self.kind {
            Kind::Functions => "",
            Kind::Actions => "options",
        };
        let heading = ["event", "handler", "declared at", "address", options];
        let rows = || {
            let rows = self.handlers.iter().map(Handler::row);
            std::iter::once(heading.map(str::to_owned)).chain(rows)
        };
        // The rows are made twice, not kept.
        let mut widths = [0; 5];
        for row in rows() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().min(WIDEST).max(*width);
            }
        }
        for row in rows() {
            let mut line = " ".to_owned();
            for (cell, width) in row.iter().zip(widths) {
                write!(line, " {cell:width$} ")?;
            }
            writeln!(formatter, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
