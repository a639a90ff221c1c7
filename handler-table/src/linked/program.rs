//! A program: its entries, and what is found in them.

use super::entry::{Declaration, Entry, Kind};
use super::error::InitError;
use super::handler::StaticHandler;
use super::state::{Found, Load, Place, Survey};
use super::static_action;
use crate::events::List;
use crate::slot::{Bound, Region};
use core::iter;

/// All entries of a program.
///
/// The entries cannot be changed: they may be in flash. So that a table need not look at
/// those of all other tables, the first look at the program links the declared tables, and
/// notes for each which of [`BLOCKS`] equal blocks of entries have handlers of it.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) entries: &'static [Entry],
    pub(crate) survey: &'static Survey,
}

/// The entries are looked at in so many blocks: one for each bit of a word.
const BLOCKS: usize = usize::BITS as usize;

/// A declared table of the program.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) declaration: &'static Declaration,
    pub(super) load: &'static Load,
}

/// What a static handler is: a function for a slot, or an action.
#[derive(Clone, Copy)]
pub(super) enum Member {
    Function(Bound),
    Action(static_action::Member),
}

/// Whose handlers are meant.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// Those of all tables.
    Program,
    /// Those of the tables that this thread has claimed.
    Claimed,
    /// Those of one table.
    Table(Table),
}

impl Entry {
    pub(super) fn table_of(&self) -> Option<Table> {
        match self.0 {
            Kind::Table {
                declaration, load, ..
            } => Some(Table { declaration, load }),
            _ => None,
        }
    }

    #[inline]
    fn member(&self) -> Option<Member> {
        match self.0 {
            Kind::Handler { bound, .. } => Some(Member::Function(bound)),
            Kind::Action { action, .. } => Some(Member::Action(action)),
            _ => None,
        }
    }
}

impl Table {
    #[inline]
    pub(super) fn has(self, member: Member) -> bool {
        member.slot_in(self.region()).is_some()
    }

    pub(super) fn region(self) -> Region {
        self.declaration.region
    }
}

impl Member {
    /// The slot of its event, if it is one of this table.
    #[inline]
    pub(super) fn slot_in(self, region: Region) -> Option<usize> {
        match self {
            Member::Function(bound) => region.index_of(&bound),
            Member::Action(action) => action.belongs_to(region.start()).then_some(action.slot()),
        }
    }

    /// Whether it shares its event.
    pub(super) fn is_shared(self) -> bool {
        match self {
            Member::Function(_) => false,
            Member::Action(action) => action.record().is_shared(),
        }
    }
}

impl Program {
    /// What is in the program. The first call looks at all entries.
    ///
    /// Refuses a program that lost its sentinel, or has bytes that no attribute put there;
    /// and one with a handler of a table that no entry declares, which nothing would load.
    pub(super) fn survey(self) -> Result<Found, InitError> {
        if let Some(found) = self.survey.result() {
            return Ok(found);
        }
        let (mut first, mut last) = (Place::NOWHERE, None::<&Load>);
        let (mut actions, mut requirements) = (false, false);
        let (mut sentinels, mut damaged) = (0_usize, false);
        for (index, entry) in self.entries.iter().enumerate() {
            match entry.0 {
                Kind::Handler { .. } => {}
                Kind::Action { .. } => actions = true,
                Kind::Sentinel { itself, .. } => {
                    sentinels += 1;
                    damaged |= itself.is_none();
                }
                Kind::Required { .. } => requirements = true,
                Kind::Table { load, .. } => {
                    let place = Place::at(index);
                    match last {
                        Some(last) => last.set_next(place),
                        None => first = place,
                    }
                    last = Some(load);
                }
            }
        }
        if sentinels != 1 || damaged {
            return Err(InitError::SectionLost);
        }
        // Handlers of one table are mostly side by side, and tables in the same order.
        let mut table = None::<Table>;
        for (at, entries) in self.entries.chunks(self.block()).enumerate() {
            let mut is_noted = false;
            for entry in entries {
                let Some(member) = entry.member() else {
                    continue;
                };
                if !table.is_some_and(|table| table.has(member)) {
                    let next = table.map_or(first, |table| table.load.next());
                    let mut tables = self.tables(next).chain(self.tables(first));
                    table = tables.find(|table| table.has(member));
                    is_noted = false;
                }
                let Some(table) = table else {
                    return Err(InitError::Undeclared {
                        function: entry.function(),
                        file: entry.file(),
                        line: entry.line(),
                    });
                };
                if !is_noted {
                    table.load.add_blocks(1 << at);
                    is_noted = true;
                }
            }
        }
        let found = Found {
            first,
            actions,
            requirements,
        };
        self.survey.end(found);
        Ok(found)
    }

    /// The number of entries in a block.
    fn block(self) -> usize {
        self.entries.len().div_ceil(BLOCKS).max(1)
    }

    /// The declared tables from this one on.
    pub(super) fn tables(self, first: Place) -> impl Iterator<Item = Table> + Clone {
        let at = move |place: Place| self.entries.get(place.index()?)?.table_of();
        iter::successors(at(first), move |table| at(table.load.next()))
    }

    /// The table of a handler, and its slot there.
    pub(super) fn owner(self, first: Place, member: Member) -> Option<(Table, usize)> {
        self.tables(first)
            .find_map(|table| Some((table, member.slot_in(table.region())?)))
    }

    /// Visits the handlers of a scope, in the order of the entries, until one visit fails.
    pub(super) fn visit<E>(
        self,
        first: Place,
        scope: Scope,
        mut visit: impl FnMut(&'static Entry, Member) -> Result<(), E>,
    ) -> Result<(), E> {
        // What the loop below does once, it does for each claimed table.
        let mut tables = self.tables(first).filter(|table| table.load.is_claimed());
        let mut table = match scope {
            Scope::Program => None,
            Scope::Table(table) => Some(table),
            Scope::Claimed => match tables.next() {
                Some(table) => Some(table),
                None => return Ok(()),
            },
        };
        loop {
            let mut blocks = table.map_or(usize::MAX, |table| table.load.blocks());
            while blocks != 0 {
                let at = blocks.trailing_zeros();
                blocks &= blocks - 1;
                let Some(entries) = self.entries.chunks(self.block()).nth(at as usize) else {
                    break;
                };
                for entry in entries {
                    if let Some(member) = entry.member()
                        && table.is_none_or(|table| table.has(member))
                    {
                        visit(entry, member)?;
                    }
                }
            }
            match scope {
                Scope::Claimed => match tables.next() {
                    Some(next) => table = Some(next),
                    None => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }
}

/// The handlers of the table with these slots, loaded or not.
pub(crate) fn handlers(
    entries: &'static [Entry],
    region: Region,
    list: List,
) -> impl Iterator<Item = StaticHandler> + Clone {
    entries.iter().filter_map(move |entry| {
        let slot = entry.member()?.slot_in(region)?;
        Some(StaticHandler::new(list, slot, entry))
    })
}
