//! The section of the static handlers, and its element.
//!
//! All tables of a program share one section. An entry of it is the declaration of a
//! table, one handler or a requirement, and is read-only.

use super::state::Load;
use super::static_action::StaticAction;
use crate::events::List;
use crate::slot::{Bound, Region};

/// The section of every static handler of the program. Its name has the version up
/// to the number that makes two versions incompatible: such two do not read each
/// other's entries.
#[cfg(not(handler_table_elf))]
#[linkme::distributed_slice]
pub static HANDLER_TABLE_0_1: [Entry];

/// The entries of the program.
#[cfg(not(handler_table_elf))]
pub(super) fn program() -> &'static [Entry] {
    &HANDLER_TABLE_0_1
}

/// The entries of the program, in the section `handler_table_0_1`. See above for the
/// name.
///
/// Not `linkme`'s slice: that has a writable element of no size, which makes the
/// section writable on bare metal, and which `mold` collects instead of the entries
/// if these have no relocations.
#[cfg(handler_table_elf)]
pub(super) fn program() -> &'static [Entry] {
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
    __entry! { static SENTINEL = Entry(Kind::Sentinel(Some(&SENTINEL))); }
};

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
#[repr(u8)]
pub(super) enum Kind {
    /// Nothing; exactly one, from this crate, which refers to itself.
    Sentinel(Option<&'static Entry>) = 0,
    /// A handler and where it belongs.
    Handler {
        /// Where it was declared.
        line: u32,
        /// Where it was declared.
        file: &'static str,
        /// Its path.
        function: &'static str,
        /// The function and its slot.
        bound: Bound,
    },
    /// An action, which knows where it belongs.
    Action(&'static StaticAction),
    /// What `require!` asks for where the linker cannot tell.
    Required {
        /// Where it asks.
        line: u32,
        /// Where it asks.
        file: &'static str,
        /// The table.
        region: Region,
        /// The slots of the events that must have a handler.
        slots: &'static [usize],
    },
    /// A table that is declared with the attribute.
    Table {
        /// Its crate and name.
        name: &'static str,
        /// Its slots.
        region: Region,
        /// How far it is loaded.
        load: &'static Load,
        /// Its events.
        list: &'static List,
    },
}

/// The promise of the README: static bytes per handler, without its strings.
const _: () = assert!(size_of::<Entry>() <= 64);

impl Entry {
    /// The entry of a table.
    ///
    /// # Safety
    ///
    /// Neither the table nor `load` is in another entry.
    #[must_use]
    pub const unsafe fn table(
        region: Region,
        list: &'static List,
        name: &'static str,
        load: &'static Load,
    ) -> Self {
        Entry::declared(region, list, name, load)
    }

    pub(crate) const fn declared(
        region: Region,
        list: &'static List,
        name: &'static str,
        load: &'static Load,
    ) -> Self {
        Entry(Kind::Table {
            name,
            region,
            load,
            list,
        })
    }

    /// The entry of a function.
    pub(super) const fn handler(
        bound: Bound,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Entry(Kind::Handler {
            line,
            file,
            function,
            bound,
        })
    }

    /// The sentinel of a test's own slice.
    #[cfg(test)]
    pub(crate) const fn sentinel() -> Self {
        static OTHER: Entry = Entry::sentinel();
        Entry(Kind::Sentinel(Some(&OTHER)))
    }

    /// The entry of an action.
    ///
    /// # Safety
    ///
    /// The action is in no other entry.
    #[must_use]
    pub const unsafe fn action(action: &'static StaticAction) -> Self {
        Entry(Kind::Action(action))
    }

    /// The path of the function, if it is the entry of a handler.
    pub(crate) const fn function(&self) -> &'static str {
        match &self.0 {
            Kind::Handler { function, .. } => function,
            Kind::Action(action) => action.function(),
            Kind::Sentinel(_) | Kind::Table { .. } | Kind::Required { .. } => "",
        }
    }

    /// The file of the function, as above.
    pub(crate) const fn file(&self) -> &'static str {
        match &self.0 {
            Kind::Handler { file, .. } => file,
            Kind::Action(action) => action.record().label().file(),
            Kind::Sentinel(_) | Kind::Table { .. } | Kind::Required { .. } => "",
        }
    }

    /// The line of the function, as above.
    pub(crate) const fn line(&self) -> u32 {
        match &self.0 {
            Kind::Handler { line, .. } => *line,
            Kind::Action(action) => action.record().label().line(),
            Kind::Sentinel(_) | Kind::Table { .. } | Kind::Required { .. } => 0,
        }
    }

    /// The entry of a requirement.
    #[must_use]
    pub const fn required(
        region: Region,
        slots: &'static [usize],
        file: &'static str,
        line: u32,
    ) -> Self {
        Entry(Kind::Required {
            line,
            file,
            region,
            slots,
        })
    }
}
