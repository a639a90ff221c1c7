//! The section of the static handlers, and its element.
//!
//! All tables of a program share one section. An entry of it is the declaration of a
//! table, one handler or a requirement, and is read-only.
//!
//! `cargo handlers` reads the entries from the image. So their layout, and that of what
//! they refer to, is specified: `repr(C)`, with the number [`VERSION`]. If you change it,
//! change that number and `cargo-handlers/src/format.rs`.

use super::source::Source;
use super::state::Load;
use super::static_action::{Description, Linked, Member};
use crate::events::List;
use crate::slice::{Slice, Start, Text};
use crate::slot::{Bound, Region};

/// The section of every static handler of the program. Its name has the version up
/// to the number that makes two versions incompatible: such two do not read each
/// other's entries.
#[cfg(not(handler_table_elf))]
#[linkme::distributed_slice]
pub static HANDLER_TABLE_0_1: [Entry];

/// The entries of the program.
#[cfg(not(handler_table_elf))]
pub(super) fn entries() -> &'static [Entry] {
    &HANDLER_TABLE_0_1
}

/// The entries of the program, in the section `handler_table_0_1`. See above for the
/// name.
///
/// Not `linkme`'s slice: that has a writable element of no size, which makes the
/// section writable on bare metal, and which `mold` collects instead of the entries
/// if these have no relocations.
#[cfg(handler_table_elf)]
pub(super) fn entries() -> &'static [Entry] {
    // SAFETY: the linker defines both, for there is a section of that name: `SENTINEL`
    // is in it. Nothing is there that could be accessed by these names.
    unsafe extern "Rust" {
        #[link_name = "__start_handler_table_0_1"]
        safe static START: [Entry; 0];
        #[link_name = "__stop_handler_table_0_1"]
        safe static STOP: [Entry; 0];
    }
    let (start, stop) = ((&raw const START).cast::<Entry>(), &raw const STOP);
    // A linker script can define them as it likes.
    let bytes = stop.addr().saturating_sub(start.addr());
    if !start.is_aligned() || !bytes.is_multiple_of(size_of::<Entry>()) {
        return &[];
    }
    // SAFETY: between the two is the section, which consists of entries. If a linker
    // script put zero bytes there, they are a valid entry, a sentinel.
    unsafe { core::slice::from_raw_parts(start, bytes / size_of::<Entry>()) }
}

/// So that the slice is never empty, which some linkers fail on; and so that
/// `init` can tell a program without static handlers from one whose linker
/// dropped the section.
const _: () = {
    __entry! { static SENTINEL = Entry::sentinel_at(&SENTINEL); }
};

/// The version of the layout.
const VERSION: u8 = 1;

/// What the sentinel has, so that a host finds the entries of an image without symbols and
/// sections.
const MARKER: [u8; 8] = *b"handlers";

/// One element of the slice.
///
/// Safe code of users gets entries of handlers and requirements only, whose parts
/// fit together by their types.
#[repr(transparent)]
pub struct Entry(pub(super) Kind);

/// What an element of the slice is.
///
/// Every kind has a pointer, also the sentinel, so that the compiler gives the
/// sections of all entries the same flags: `mold` does not put sections with other
/// flags together.
///
/// Zero bytes, which a linker may put between two sections, read as a sentinel
/// that refers to nothing.
///
/// `repr(u8)` specifies the layout: the number, then the fields, as those of a struct with
/// `repr(C)`.
#[repr(u8)]
#[expect(dead_code, reason = "a host reads all fields")]
pub(super) enum Kind {
    /// Nothing; exactly one, from this crate, which refers to itself.
    Sentinel {
        version: u8,
        /// 1 if sources are in the section of the names.
        flags: u16,
        itself: Option<&'static Entry>,
        marker: [u8; 8],
    } = 0,
    /// A handler and where it belongs.
    Handler {
        version: u8,
        /// The length of `source`.
        length: u16,
        /// The slot and the function.
        bound: Bound,
        /// Where it was declared: see [`Source`].
        source: Start,
    },
    /// An action, which knows where it belongs.
    Action {
        version: u8,
        description: &'static Description,
        action: Member,
    },
    /// What `require!` asks for where the linker cannot tell.
    Required {
        version: u8,
        requirement: &'static Requirement,
    },
    /// A table that is declared with the attribute.
    Table {
        version: u8,
        declaration: &'static Declaration,
        /// How far it is loaded.
        load: &'static Load,
    },
}

/// The promise of the README: static bytes per handler, without its strings.
const _: () = assert!(size_of::<Entry>() <= 4 * size_of::<usize>().next_multiple_of(4));

/// The declaration of a table.
#[repr(C)]
pub struct Declaration {
    pub(super) region: Region,
    /// The crate and the name.
    name: Text,
    /// The events.
    pub(super) list: &'static List,
    /// Whether it is a table of actions.
    actions: bool,
}

impl Declaration {
    pub(crate) const fn new(
        region: Region,
        list: &'static List,
        name: &'static str,
        actions: bool,
    ) -> Self {
        Declaration {
            region,
            name: Text::new(name),
            list,
            actions,
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name.get()
    }
}

/// What `require!` asks for.
#[repr(C)]
pub struct Requirement {
    /// The table.
    pub(super) region: Region,
    /// The slots of the events that must have a handler.
    slots: Slice<usize>,
    /// Where it asks.
    file: Text,
    pub(super) line: u32,
}

impl Requirement {
    pub(crate) const fn new(
        region: Region,
        slots: &'static [usize],
        file: &'static str,
        line: u32,
    ) -> Self {
        Requirement {
            region,
            slots: Slice::new(slots),
            file: Text::new(file),
            line,
        }
    }

    pub(super) const fn slots(&self) -> &'static [usize] {
        self.slots.get()
    }

    pub(super) const fn file(&self) -> &'static str {
        self.file.get()
    }
}

impl Entry {
    /// The entry of a table.
    ///
    /// # Safety
    ///
    /// Neither the table nor `load` is in another entry.
    #[must_use]
    pub const unsafe fn table(declaration: &'static Declaration, load: &'static Load) -> Self {
        Entry::declared(declaration, load)
    }

    pub(crate) const fn declared(declaration: &'static Declaration, load: &'static Load) -> Self {
        Entry(Kind::Table {
            version: VERSION,
            declaration,
            load,
        })
    }

    /// The entry of a function, whose source is text for [`Source`].
    pub(super) const fn handler(bound: Bound, source: &'static str) -> Self {
        let (source, length) = Start::of(source);
        Entry(Kind::Handler {
            version: VERSION,
            length,
            bound,
            source,
        })
    }

    /// The sentinel of a test's own slice.
    #[cfg(test)]
    pub(crate) const fn sentinel() -> Self {
        static OTHER: Entry = Entry::sentinel();
        Entry::sentinel_at(&OTHER)
    }

    const fn sentinel_at(itself: &'static Entry) -> Self {
        Entry(Kind::Sentinel {
            version: VERSION,
            flags: cfg!(handler_table_unnamed) as u16,
            itself: Some(itself),
            marker: MARKER,
        })
    }

    /// The entry of an action.
    ///
    /// # Safety
    ///
    /// The action is in no other entry.
    #[must_use]
    pub const unsafe fn action<C>(action: &'static Linked<C>) -> Self {
        Entry::linked(action)
    }

    pub(super) const fn linked<C>(action: &'static Linked<C>) -> Self {
        Entry(Kind::Action {
            version: VERSION,
            description: action.description(),
            action: Member::of(action),
        })
    }

    /// The entry of a requirement.
    #[must_use]
    pub const fn required(requirement: &'static Requirement) -> Self {
        Entry(Kind::Required {
            version: VERSION,
            requirement,
        })
    }

    /// Where the function was declared, if it is the entry of a handler.
    const fn source(&self) -> Source {
        let text = match self.0 {
            // SAFETY: `Entry::handler` wrote the two.
            Kind::Handler { length, source, .. } => unsafe { source.text(length) },
            Kind::Action { description, .. } => return description.source(),
            Kind::Sentinel { .. } | Kind::Table { .. } | Kind::Required { .. } => "",
        };
        Source::new(text)
    }

    /// The address of the function, as above, as `cargo handlers` prints it.
    pub(crate) fn address(&self) -> usize {
        let pointer = match self.0 {
            Kind::Handler { bound, .. } => bound.address(),
            Kind::Action { description, .. } => description.address(),
            Kind::Sentinel { .. } | Kind::Table { .. } | Kind::Required { .. } => 0,
        };
        // The lowest bit says that it is Thumb code.
        if cfg!(target_arch = "arm") {
            pointer & !1
        } else {
            pointer
        }
    }

    /// The path of the function, as above.
    pub(crate) const fn function(&self) -> &'static str {
        self.source().function()
    }

    /// The file of the function, as above.
    pub(crate) const fn file(&self) -> &'static str {
        self.source().file()
    }

    /// The line of the function, as above.
    pub(crate) const fn line(&self) -> u32 {
        self.source().line()
    }
}
