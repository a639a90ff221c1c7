//! The entries of `handler-table`, as `handler-table/src/linked/entry.rs` specifies them.

use crate::error::Error;
use crate::image::Image;
use object::ReadRef;
use std::collections::HashMap;
use std::rc::Rc;

/// The version of the layout.
pub const VERSION: u8 = 1;

const SECTION: &str = "handler_table_0_1";
const MARKER: &[u8] = b"handlers";

/// All text and all events of an image, in bytes. The parts of a file may overlap, so the
/// size of the file is no limit.
pub const MOST_TEXT: u64 = 1 << 28;

/// The memory of an event, at least.
pub const EVENT: u64 = 64;

/// What the entries of an image say.
pub struct Contents<'data> {
    /// The bytes of a slot.
    pub word: u64,
    pub tables: Vec<Table<'data>>,
    pub handlers: Vec<Handler<'data>>,
    pub requirements: Vec<Requirement<'data>>,
}

/// A declared table.
pub struct Table<'data> {
    pub name: &'data str,
    pub start: u64,
    pub capacity: u64,
    pub actions: bool,
    pub events: Rc<Events<'data>>,
}

/// The events of a type. None if events are numbers.
pub struct Events<'data> {
    pub all: Vec<(u64, &'data str)>,
    names: HashMap<u64, &'data str>,
    dense: bool,
}

/// A static handler, or a static action.
pub struct Handler<'data> {
    pub place: Place,
    pub function: &'data str,
    pub file: &'data str,
    pub line: u32,
    pub address: u64,
    pub action: Option<Action<'data>>,
}

/// Where a handler is registered.
#[derive(Clone, Copy)]
pub enum Place {
    /// In the slot with this address.
    Slot(u64),
    /// In the table with this address, in this slot.
    Table(u64, u64),
}

/// What an action has besides.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the attribute"
)]
pub struct Action<'data> {
    pub name: &'data str,
    pub shared: bool,
    pub context: bool,
    pub counted: bool,
    pub disabled: bool,
    pub priority: i32,
    pub non_reentrant: bool,
    /// The CPUs that it is limited to, a bit for each.
    pub cpus: Option<[u8; 32]>,
}

/// What `require!` asks for.
pub struct Requirement<'data> {
    pub table: TableOf<'data>,
    /// The crate, or the file.
    pub by: &'data str,
    pub line: Option<u64>,
}

/// The table and the event of a requirement.
pub enum TableOf<'data> {
    /// Its name, and the number of the event.
    Named(&'data str, u64),
    /// Its address, and the slot of the event.
    At(u64, u64),
}

impl<'data> Events<'data> {
    /// The number of the event with this slot.
    pub fn number_of(&self, slot: u64) -> u64 {
        let event = usize::try_from(slot)
            .ok()
            .and_then(|slot| self.all.get(slot));
        match event {
            Some(&(number, _)) if self.dense => number,
            _ => slot,
        }
    }

    /// The name of the event with this number.
    pub fn name(&self, number: u64) -> Option<&'data str> {
        self.names.get(&number).copied()
    }

    /// The name of the type.
    pub fn type_name(&self) -> Option<&'data str> {
        let (_, first) = self.all.first()?;
        Some(first.split_once("::").map_or(first, |(name, _)| name))
    }
}

/// Reads the entries of an image.
pub fn read<'data>(image: &Image<'data>) -> Result<Contents<'data>, Error> {
    let mut reader = Reader {
        image,
        lists: HashMap::new(),
        names: None,
        text: 0,
        contents: Contents {
            word: image.word,
            tables: Vec::new(),
            handlers: Vec::new(),
            requirements: Vec::new(),
        },
    };
    match bounds(image)? {
        Some((start, stop)) => reader.section(start, stop)?,
        None => reader.marked()?,
    }
    reader.requirements()?;
    Ok(reader.contents)
}

/// The addresses of the section, by its name or by the symbols of the linker.
fn bounds(image: &Image<'_>) -> Result<Option<(u64, u64)>, Error> {
    if let Some(section) = image
        .sections
        .iter()
        .find(|section| section.name == SECTION)
    {
        let size = section.data.len() as u64;
        let stop = section.address.checked_add(size).ok_or(Error::Truncated)?;
        return Ok(Some((section.address, stop)));
    }
    let symbol = |prefix: &str| {
        let is_it = |name: &str| name.strip_prefix(prefix) == Some(SECTION);
        let found = image.symbols.iter().find(|(name, _)| is_it(name));
        found.map(|&(_, address)| address)
    };
    if let (Some(start), Some(stop)) = (symbol("__start_"), symbol("__stop_")) {
        return Ok(Some((start, stop)));
    }
    // The version of the crate is in the name.
    let others = image.sections.iter().map(|section| section.name);
    for name in others.chain(image.symbols.iter().map(|(name, _)| *name)) {
        let name = name.strip_prefix("__start_").unwrap_or(name);
        if let Some(version) = name.strip_prefix("handler_table_")
            && !version.is_empty()
            && version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'_')
        {
            let version = version.replace('_', ".");
            return Err(Error::Version(format!("handler-table {version}")));
        }
    }
    Ok(None)
}

struct Reader<'image, 'data> {
    image: &'image Image<'data>,
    lists: HashMap<u64, Rc<Events<'data>>>,
    /// The section of the names, if they are not in memory. It is empty if it is missing.
    names: Option<(u64, &'data [u8])>,
    /// The bytes of text so far.
    text: u64,
    contents: Contents<'data>,
}

impl<'data> Reader<'_, 'data> {
    /// The size of an entry.
    const fn size(&self) -> u64 {
        4 * self.image.word
    }

    /// Reads a section with known bounds.
    fn section(&mut self, start: u64, stop: u64) -> Result<(), Error> {
        let length = stop.checked_sub(start).ok_or(Error::Malformed(
            "the section ends before it begins, at",
            start,
        ))?;
        let data = self.image.bytes(start, length)?;
        let marker = data.windows(MARKER.len()).position(|at| at == MARKER);
        // Without a marker: a version before there was one, or the entry was dropped.
        let marker = marker.ok_or_else(|| Error::Version("an unknown version".to_owned()))?;
        let sentinel = (start + marker as u64)
            .checked_sub(2 * self.image.word)
            .ok_or(Error::Malformed("there is no room for an entry at", start))?;
        self.begin(sentinel)?;
        if length % self.size() != 0 {
            return Err(Error::Malformed(
                "the section does not consist of whole entries, at",
                start,
            ));
        }
        for at in 0..length / self.size() {
            self.entry(start + at * self.size())?;
        }
        Ok(())
    }

    /// Reads the entries around their marker, if nothing else tells where they are: in both
    /// directions, as far as there are entries.
    fn marked(&mut self) -> Result<(), Error> {
        let offset = 2 * self.image.word;
        let mut sentinel = None;
        for (start, data) in self.image.segments() {
            for (at, bytes) in data.windows(MARKER.len()).enumerate() {
                if bytes == MARKER
                    && let Some(address) = start.checked_add(at as u64)
                    && let Some(address) = address.checked_sub(offset)
                    && self.image.byte(address) == Ok(0)
                    && self.image.word_at(address + self.image.word) == Ok(address)
                {
                    sentinel = Some(address);
                }
            }
        }
        let sentinel = sentinel.ok_or(Error::NoTables)?;
        self.begin(sentinel)?;
        let mut before = sentinel;
        while let Some(at) = before.checked_sub(self.size())
            && self.is_entry(at)
        {
            self.entry(at)?;
            before = at;
        }
        let mut after = sentinel;
        while let Some(at) = after.checked_add(self.size())
            && self.is_entry(at)
        {
            self.entry(at)?;
            after = at;
        }
        Ok(())
    }

    /// Reads the first entry.
    fn begin(&mut self, sentinel: u64) -> Result<(), Error> {
        match self.image.byte(sentinel + 1)? {
            VERSION => {}
            other => return Err(Error::Version(format!("format {other}"))),
        }
        if self.image.number(sentinel + 2, 2)? & 1 != 0 {
            let mut sections = self.image.sections.iter();
            let names = sections.find(|section| section.name.ends_with("_names"));
            self.names = Some(names.map_or((0, &[]), |names| (names.address, names.data)));
        }
        Ok(())
    }

    /// Whether there seems to be an entry, other than the sentinel.
    fn is_entry(&self, at: u64) -> bool {
        let Ok(&[kind, version, ..]) = self.image.bytes(at, self.size()) else {
            return false;
        };
        let pointer = self.image.word_at(at + self.image.word);
        matches!(kind, 1..=4) && version == VERSION && pointer.is_ok_and(|pointer| pointer != 0)
    }

    fn entry(&mut self, at: u64) -> Result<(), Error> {
        let (image, word) = (self.image, self.image.word);
        let [kind, version, ..] = *image.bytes(at, self.size())? else {
            return Err(Error::Truncated);
        };
        if version != VERSION && (kind, version) != (0, 0) {
            return Err(Error::Version(format!("format {version}")));
        }
        let pointer = image.word_at(at + word)?;
        match kind {
            0 => {}
            1 => {
                let length = image.number(at + 2, 2)?;
                let source = image.word_at(at + 3 * word)?;
                let (function, file, line) = self.source(source, length)?;
                self.contents.handlers.push(Handler {
                    place: Place::Slot(pointer),
                    function,
                    file,
                    line,
                    address: image.code(image.word_at(at + 2 * word)?),
                    action: None,
                });
            }
            2 => self.action(pointer)?,
            3 => self.requirement(pointer)?,
            4 => self.table(pointer)?,
            _ => return Err(Error::Malformed("there is no entry at", at)),
        }
        Ok(())
    }

    fn action(&mut self, at: u64) -> Result<(), Error> {
        let (image, word) = (self.image, self.image.word);
        let field = |field| image.word_at(field_of(at, field, word)?);
        let (table, slot) = (field(0)?, field(1)?);
        let (function, file, line) = self.source(field(3)?, field(4)?)?;
        let name = self.text(field(5)?, field(6)?)?;
        let options = field_of(at, 7, word)?;
        let priority = image.number(options + 4, 4)?;
        let cpus = if image.byte(options + 9)? != 0 {
            let cpus = <[u8; 32]>::try_from(image.bytes(field_of(options, 10, 1)?, 32)?);
            Some(cpus.map_err(|_| Error::Truncated)?)
        } else {
            None
        };
        self.contents.handlers.push(Handler {
            place: Place::Table(table, slot),
            function,
            file,
            line,
            address: image.code(field(2)?),
            action: Some(Action {
                name,
                shared: image.byte(options)? != 0,
                context: image.byte(options + 1)? != 0,
                counted: image.byte(options + 2)? != 0,
                disabled: image.byte(options + 3)? != 0,
                non_reentrant: image.byte(options + 8)? != 0,
                cpus,
                priority: u32::try_from(priority).unwrap_or(0).cast_signed(),
            }),
        });
        Ok(())
    }

    fn table(&mut self, at: u64) -> Result<(), Error> {
        let (image, word) = (self.image, self.image.word);
        let field = |field| image.word_at(field_of(at, field, word)?);
        let table = Table {
            name: self.text(field(2)?, field(3)?)?,
            start: field(0)?,
            capacity: field(1)?,
            actions: image.byte(field_of(at, 5, word)?)? != 0,
            events: self.events(field(4)?)?,
        };
        self.contents.tables.push(table);
        Ok(())
    }

    fn requirement(&mut self, at: u64) -> Result<(), Error> {
        let (image, word) = (self.image, self.image.word);
        let field = |field| image.word_at(field_of(at, field, word)?);
        let (table, slots, count) = (field(0)?, field(2)?, field(3)?);
        let (file, line) = (
            self.text(field(4)?, field(5)?)?,
            image.number(field_of(at, 6, word)?, 4)?,
        );
        self.spend(count, EVENT)?;
        for slot in 0..count {
            let slot = image.word_at(field_of(slots, slot, word)?)?;
            self.contents.requirements.push(Requirement {
                table: TableOf::At(table, slot),
                by: file,
                line: Some(line),
            });
        }
        Ok(())
    }

    /// What `require!` asks for, where the linker can tell: lines such as
    /// `3 kernel::IRQS driver`.
    fn requirements(&mut self) -> Result<(), Error> {
        let name = format!(".{SECTION}_required");
        let Some(section) = self
            .image
            .sections
            .iter()
            .find(|section| section.name == name)
        else {
            return Ok(());
        };
        let at = section.address;
        let text = std::str::from_utf8(section.data)
            .map_err(|_| Error::Malformed("what is required is no text, at", at))?;
        for line in text.split('\0').filter(|line| !line.is_empty()) {
            let mut words = line.splitn(3, ' ');
            let (Some(number), Some(table), Some(by)) = (words.next(), words.next(), words.next())
            else {
                return Err(Error::Malformed("what is required has three words, at", at));
            };
            let number = number
                .parse()
                .map_err(|_| Error::Malformed("what is required has a number, at", at))?;
            self.contents.requirements.push(Requirement {
                table: TableOf::Named(table, number),
                by,
                line: None,
            });
        }
        Ok(())
    }

    fn events(&mut self, at: u64) -> Result<Rc<Events<'data>>, Error> {
        if let Some(events) = self.lists.get(&at) {
            return Ok(Rc::clone(events));
        }
        let (image, word) = (self.image, self.image.word);
        let field = |field| image.word_at(field_of(at, field, word)?);
        let (numbers, count) = (field(0)?, field(1)?);
        let names = self.text(field(2)?, field(3)?)?;
        self.spend(count, EVENT)?;
        let mut names = names.split('\n');
        let mut all = Vec::new();
        for place in 0..count {
            let number = image.word_at(field_of(numbers, place, word)?)?;
            let name = names.next();
            let name = name.ok_or(Error::Malformed("events without a name at", at))?;
            all.push((number, name));
        }
        let dense = image.byte(field_of(at, 4, word)?)? != 0;
        let events = Rc::new(Events {
            names: all.iter().copied().collect(),
            all,
            dense,
        });
        self.lists.insert(at, Rc::clone(&events));
        Ok(events)
    }

    /// A function, its file and its line.
    fn source(&mut self, at: u64, length: u64) -> Result<(&'data str, &'data str, u32), Error> {
        let text = match self.names {
            // A file may be without it.
            Some((_, [])) => "",
            Some((start, names)) => {
                let bytes = at
                    .checked_sub(start)
                    .and_then(|offset| names.read_bytes_at(offset, length).ok())
                    .ok_or(Error::Malformed("there is no name at", at))?;
                self.spend(length, 1)?;
                str_of(bytes, at)?
            }
            None => self.text(at, length)?,
        };
        let (function, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (file, line) = rest.rsplit_once('\n').unwrap_or((rest, ""));
        Ok((function, file, line.parse().unwrap_or(0)))
    }

    fn text(&mut self, at: u64, length: u64) -> Result<&'data str, Error> {
        self.spend(length, 1)?;
        let bytes = self.image.bytes(at, length)?;
        str_of(bytes, at)
    }

    fn spend(&mut self, count: u64, size: u64) -> Result<(), Error> {
        self.text = self.text.saturating_add(count.saturating_mul(size));
        if self.text > MOST_TEXT {
            return Err(Error::TooLong);
        }
        Ok(())
    }
}

fn str_of(bytes: &[u8], at: u64) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::Malformed("there is no text at", at))
}

/// The address of a field.
fn field_of(start: u64, field: u64, size: u64) -> Result<u64, Error> {
    let address = field
        .checked_mul(size)
        .and_then(|offset| start.checked_add(offset));
    // Room for a number there.
    match address {
        Some(address) if address <= u64::MAX - 16 => Ok(address),
        _ => Err(Error::Malformed("nothing is loaded at the address", start)),
    }
}
