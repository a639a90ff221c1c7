//! Loads static handlers: checks them all, then publishes them or takes them back.

use super::entry::{Entry, Kind};
use super::error::InitError;
use super::handler::StaticHandler;
use super::state::Load;
use super::static_action::{self, Step};
use crate::action::error::ActionError;
use crate::events::List;
use crate::slot::{Bound, Region};

/// What [`init`](crate::HandlerTable::init) and [`init_all`](crate::init_all) did.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, handler_table};
///
/// #[handler_table]
/// static EMPTY: HandlerTable<16>;
///
/// let loaded = EMPTY.init()?;
/// assert_eq!(loaded.handlers, 0);
/// assert!(!loaded.already);
/// # Ok::<(), handler_table::InitError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The number of static handlers, loaded by this call or, if `already`, by
    /// an earlier one.
    pub handlers: usize,
    /// Whether everything was loaded before.
    pub already: bool,
}

/// A declared table of the program.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    region: Region,
    load: &'static Load,
    list: &'static List,
}

fn tables(entries: &'static [Entry]) -> impl Iterator<Item = Table> + Clone {
    entries.iter().filter_map(|entry| match entry.0 {
        Kind::Table {
            declaration, load, ..
        } => Some(Table {
            name: declaration.name(),
            region: declaration.region,
            load,
            list: declaration.list,
        }),
        _ => None,
    })
}

/// The tables and handlers that are looked at: those of the whole program, or of
/// the table with these slots.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    Program,
    Table(Region),
}

impl Scope {
    fn has_table(self, table: Region) -> bool {
        match self {
            Scope::Program => true,
            Scope::Table(region) => region == table,
        }
    }

    fn has_handler(self, member: Member) -> bool {
        match self {
            Scope::Program => true,
            Scope::Table(region) => member.slot_in(region).is_some(),
        }
    }
}

/// What a static handler is: a function for a slot, or an action.
#[derive(Clone, Copy)]
enum Member {
    Function(Bound),
    Action(static_action::Member),
}

/// Why there is no room for a static handler.
#[derive(Clone, Copy)]
enum Reason {
    /// Another static handler.
    Static(StaticHandler),
    /// A function that was registered at run time.
    Occupied,
    /// The table refuses the action.
    Refused(ActionError),
}

impl Member {
    /// The slot of its event, if it is one of this table.
    fn slot_in(self, region: Region) -> Option<usize> {
        match self {
            Member::Function(bound) => region.index_of(&bound),
            Member::Action(action) => action.belongs_to(region.start()).then_some(action.slot()),
        }
    }

    /// A number for its event, which no event of another table has.
    fn position(self) -> usize {
        match self {
            Member::Function(bound) => bound.position(),
            Member::Action(action) => action.position(),
        }
    }

    /// Whether it shares its event.
    fn is_shared(self) -> bool {
        match self {
            Member::Function(_) => false,
            Member::Action(action) => action.record().is_shared(),
        }
    }

    /// Whether there is room for it.
    fn check(self) -> Result<(), Reason> {
        match self {
            Member::Function(bound) if bound.is_free() => Ok(()),
            Member::Function(_) => Err(Reason::Occupied),
            Member::Action(action) => action.take_step(Step::Check).map_err(Reason::Refused),
        }
    }

    fn publish(self) -> Result<(), Reason> {
        match self {
            Member::Function(bound) if bound.publish() => Ok(()),
            Member::Function(_) => Err(Reason::Occupied),
            Member::Action(action) => action.take_step(Step::Register).map_err(Reason::Refused),
        }
    }

    fn retract(self) {
        match self {
            Member::Function(bound) => bound.retract(),
            Member::Action(action) => {
                // Somebody else may have taken it out: then it is out.
                let _ = action.take_step(Step::Unregister);
            }
        }
    }
}

/// The handlers of a scope, not yet by index.
fn members(
    entries: &'static [Entry],
    scope: Scope,
) -> impl Iterator<Item = (&'static Entry, Member)> + Clone {
    entries.iter().filter_map(move |entry| {
        let member = match entry.0 {
            Kind::Handler { bound, .. } => Member::Function(bound),
            Kind::Action { action, .. } => Member::Action(action),
            _ => return None,
        };
        scope.has_handler(member).then_some((entry, member))
    })
}

/// The handlers of the table with these slots.
pub(crate) fn handlers(
    entries: &'static [Entry],
    region: Region,
    list: List,
) -> impl Iterator<Item = StaticHandler> + Clone {
    members(entries, Scope::Table(region)).filter_map(move |(entry, member)| {
        let slot = member.slot_in(region)?;
        Some(StaticHandler::new(list, slot, entry))
    })
}

pub(crate) fn init(entries: &'static [Entry], region: Region) -> Result<Loaded, InitError> {
    load(entries, Scope::Table(region))
}

/// Loads the tables of a scope: claims them all, then checks them all, then
/// publishes, so that the usual errors are found before anything is visible.
pub(crate) fn load(entries: &'static [Entry], scope: Scope) -> Result<Loaded, InitError> {
    check_section(entries)?;
    let chosen = || tables(entries).filter(|table| scope.has_table(table.region));

    // Every caller claims in the order of the slice, so no two wait for each
    // other. Once all are claimed or loaded, a claim that holds is ours.
    let (mut claimed, mut loaded) = (false, false);
    for table in chosen() {
        if table.load.begin() {
            claimed = true;
        } else {
            loaded = true;
        }
    }
    if let Scope::Table(Region { capacity, .. }) = scope
        && !(claimed || loaded)
    {
        return Err(InitError::NotDeclared { capacity });
    }
    let ours = || chosen().filter(|table| table.load.is_claimed());

    // All handlers at once, however many tables they are for; one table after
    // the other only if some were loaded before, whose handlers are in between.
    let whole = if loaded { None } else { Some(scope) };
    let each = loaded.then(ours).into_iter().flatten();
    let scopes = whole.into_iter();
    let scopes = scopes.chain(each.map(|table| Scope::Table(table.region)));

    let result = scopes
        .clone()
        .try_for_each(|scope| check(entries, scope))
        .and_then(|()| publish(entries, scopes.clone()));
    let count = |scope| members(entries, scope).count();
    let handlers = if claimed {
        scopes.map(count).sum()
    } else {
        count(scope)
    };
    for table in ours() {
        table.load.end(result.is_ok());
    }
    result.map(|()| Loaded {
        handlers,
        already: !claimed,
    })
}

/// Refuses a slice that lost its sentinel, or has bytes that nobody put there; and
/// one with a handler of a table that no entry declares, which nothing would load.
pub(crate) fn check_section(entries: &'static [Entry]) -> Result<(), InitError> {
    let mut sentinels = entries
        .iter()
        .filter(|entry| matches!(entry.0, Kind::Sentinel { .. }));
    let (first, second) = (sentinels.next(), sentinels.next());
    if !matches!(
        first,
        Some(Entry(Kind::Sentinel {
            itself: Some(_),
            ..
        }))
    ) || second.is_some()
    {
        return Err(InitError::SectionLost);
    }

    // One pass for each table; only if a handler is missing, one for each handler.
    let owned = tables(entries)
        .map(|table| members(entries, Scope::Table(table.region)).count())
        .sum();
    let mut all = members(entries, Scope::Program);
    if all.clone().count() > owned
        && let Some((entry, _)) = all.find(|&(_, member)| owner(entries, member).is_none())
    {
        return Err(InitError::Undeclared {
            function: entry.function(),
            file: entry.file(),
            line: entry.line(),
        });
    }
    Ok(())
}

/// Finds what would keep the tables of a scope from being loaded.
pub(crate) fn check(entries: &'static [Entry], scope: Scope) -> Result<(), InitError> {
    let members = members(entries, scope);
    let places = members
        .clone()
        .map(|(_, member)| (member.position(), member.is_shared()));
    if let Some(position) = conflict(&places) {
        let here = members
            .clone()
            .filter(|(_, member)| member.position() == position);
        // One that is exclusive, and any other.
        let mut exclusive = here.clone().filter(|(_, member)| !member.is_shared());
        let first = exclusive.next();
        let mut others = exclusive.chain(here.filter(|(_, member)| member.is_shared()));
        return Err(match (first, others.next()) {
            (Some(first), Some((entry, member))) => match owner(entries, member) {
                Some((table, slot)) => {
                    let second = StaticHandler::new(*table.list, slot, entry);
                    clash(entries, first, Reason::Static(second))
                }
                None => InitError::SectionLost,
            },
            // The slice does not change in between.
            _ => InitError::SectionLost,
        });
    }
    for entry in entries {
        if let Kind::Required { requirement, .. } = entry.0
            && let region = requirement.region
            && scope.has_table(region)
            && let Some(table) = tables(entries).find(|table| table.region == region)
            && let Some(&slot) = requirement.slots().iter().find(|&&slot| {
                members
                    .clone()
                    .all(|(_, member)| member.slot_in(region) != Some(slot))
            })
        {
            return Err(InitError::Missing {
                table: table.name,
                capacity: region.capacity,
                index: table.list.number_of(slot),
                event: table.list.name(table.list.number_of(slot)).unwrap_or(""),
                file: requirement.file(),
                line: requirement.line,
            });
        }
    }
    members.clone().try_for_each(|(entry, member)| {
        member
            .check()
            .map_err(|reason| clash(entries, (entry, member), reason))
    })
}

/// The table of a handler, and its slot there.
fn owner(entries: &'static [Entry], member: Member) -> Option<(Table, usize)> {
    tables(entries).find_map(|table| Some((table, member.slot_in(table.region)?)))
}

/// The error for a handler that there is no room for.
fn clash(
    entries: &'static [Entry],
    (entry, member): (&'static Entry, Member),
    reason: Reason,
) -> InitError {
    let Some((table, slot)) = owner(entries, member) else {
        // A handler is of a declared table, or nothing put it there.
        return InitError::SectionLost;
    };
    let Table {
        name: table,
        region: Region { capacity, .. },
        list,
        ..
    } = table;
    let handler = StaticHandler::new(*list, slot, entry);
    match (reason, member) {
        (Reason::Static(second), Member::Function(_)) => InitError::Duplicate {
            table,
            capacity,
            first: handler,
            second,
        },
        (Reason::Static(second), Member::Action(_)) => InitError::Exclusive {
            table,
            capacity,
            first: handler,
            second,
        },
        (Reason::Occupied, _) => InitError::Occupied {
            table,
            capacity,
            handler,
        },
        (Reason::Refused(ActionError::Exclusive { other, .. }), _) => InitError::Refused {
            table,
            capacity,
            handler,
            other,
        },
        (Reason::Refused(error), _) => InitError::NotFree {
            table,
            capacity,
            handler,
            retired: matches!(error, ActionError::Retired { .. }),
        },
    }
}

/// A bit for each of the 4,096 indices that [`conflict`] sees in one pass.
const WORDS: usize = 4096 / usize::BITS as usize;

/// An index that has two handlers that do not share it, without memory for all of
/// them: one pass for every window of indices that holds any.
pub(crate) fn conflict(places: &(impl Iterator<Item = (usize, bool)> + Clone)) -> Option<usize> {
    let mut start = places.clone().map(|(index, _)| index).min()?;
    loop {
        let (mut shared, mut exclusive) = ([0_usize; WORDS], [0_usize; WORDS]);
        let mut next = None;
        for (index, shares) in places.clone() {
            let Some(offset) = index.checked_sub(start) else {
                continue;
            };
            let bit = 1 << (offset % usize::BITS as usize);
            let word = offset / usize::BITS as usize;
            let (Some(shared), Some(exclusive)) = (shared.get_mut(word), exclusive.get_mut(word))
            else {
                next = Some(next.map_or(index, |next: usize| next.min(index)));
                continue;
            };
            let in_the_way = if shares {
                *exclusive
            } else {
                *exclusive | *shared
            };
            if in_the_way & bit != 0 {
                return Some(index);
            }
            *(if shares { shared } else { exclusive }) |= bit;
        }
        start = next?;
    }
}

/// Publishes every handler, or none: a slot that was taken since the check
/// makes it take back what it published.
pub(crate) fn publish(
    entries: &'static [Entry],
    scopes: impl Iterator<Item = Scope> + Clone,
) -> Result<(), InitError> {
    let all = scopes.flat_map(|scope| members(entries, scope));
    for (count, (entry, member)) in all.clone().enumerate() {
        if let Err(reason) = member.publish() {
            for (_, member) in all.take(count) {
                member.retract();
            }
            return Err(clash(entries, (entry, member), reason));
        }
    }
    Ok(())
}
