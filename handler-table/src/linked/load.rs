//! Loads static handlers: publishes them in one pass, and takes them back if there is no room
//! for one. Only then it finds out what is in the way.

use super::entry::{Entry, Kind};
use super::error::InitError;
use super::handler::StaticHandler;
use super::program::{Member, Program, Scope, Table};
use super::state::Found;
use super::static_action::Step;
use crate::action::error::ActionError;
use crate::action::id::ActionId;
use crate::slot::Region;
use core::convert::Infallible;
use core::ptr;

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

/// Why there is no room for a static handler.
#[derive(Clone, Copy)]
enum Reason {
    /// The slot holds another function.
    Occupied,
    /// The event has another action.
    Exclusive(ActionId),
    /// The action is not free again.
    NotFree { retired: bool },
}

impl From<ActionError> for Reason {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Exclusive { other, .. } => Reason::Exclusive(other),
            error => Reason::NotFree {
                retired: matches!(error, ActionError::Retired { .. }),
            },
        }
    }
}

/// A static handler that there is no room for.
struct Clash {
    entry: &'static Entry,
    member: Member,
    reason: Reason,
}

impl Member {
    fn take_step(self, step: Step) -> Result<(), Reason> {
        match self {
            Member::Function(bound) => match step {
                Step::Check if !bound.is_free() => Err(Reason::Occupied),
                Step::Register if !bound.publish() => Err(Reason::Occupied),
                Step::Check | Step::Register => Ok(()),
                Step::Unregister => {
                    bound.retract();
                    Ok(())
                }
            },
            Member::Action(action) => Ok(action.take_step(step)?),
        }
    }
}

/// Loads one table.
pub(crate) fn load(program: Program, region: Region) -> Result<Loaded, InitError> {
    let found = program.survey()?;
    let mut tables = program.tables(found.first);
    let Some(table) = tables.find(|table| table.region() == region) else {
        let capacity = region.capacity;
        return Err(InitError::NotDeclared { capacity });
    };
    let loading = Loading {
        program,
        found,
        scope: Scope::Table(table),
    };
    if !table.load.begin() {
        return Ok(loading.already());
    }
    let result = loading.run();
    table.load.end(result.is_ok());
    result
}

/// Loads all tables: claims them all, then publishes the handlers of all.
pub(crate) fn load_all(program: Program) -> Result<Loaded, InitError> {
    let found = program.survey()?;
    // Every caller claims in the order of the entries, so no two wait for each other. Once
    // all are claimed or loaded, a claim that holds is ours.
    let (mut claimed, mut loaded) = (false, false);
    for table in program.tables(found.first) {
        if table.load.begin() {
            claimed = true;
        } else {
            loaded = true;
        }
    }
    let loading = Loading {
        program,
        found,
        // One table after the other only if some were loaded before, whose handlers are in
        // between.
        scope: if claimed && loaded {
            Scope::Claimed
        } else {
            Scope::Program
        },
    };
    if !claimed {
        return Ok(loading.already());
    }
    let result = loading.run();
    for table in program.tables(found.first) {
        if table.load.is_claimed() {
            table.load.end(result.is_ok());
        }
    }
    result
}

/// The handlers that are loaded together.
struct Loading {
    program: Program,
    found: Found,
    scope: Scope,
}

impl Loading {
    /// The result if they were loaded before.
    fn already(&self) -> Loaded {
        let mut handlers = 0;
        let Ok(()) = self.program.visit(self.found.first, self.scope, |_, _| {
            handlers += 1;
            Ok::<(), Infallible>(())
        });
        Loaded {
            handlers,
            already: true,
        }
    }

    /// Publishes every handler, or none.
    fn run(&self) -> Result<Loaded, InitError> {
        if self.found.requirements {
            self.check_requirements()?;
        }
        // An `Uncounted` table takes an action once only, so what is in the way of one is
        // found before any is published.
        let checked = if self.found.actions {
            self.take_step(Step::Check, None)
        } else {
            Ok(0)
        };
        checked
            .and_then(|_| self.publish())
            .map(|handlers| Loaded {
                handlers,
                already: false,
            })
            .map_err(|clash| self.explain(&clash))
    }

    fn publish(&self) -> Result<usize, Clash> {
        let published = self.take_step(Step::Register, None);
        if let Err(clash) = &published {
            // Another thread may have taken one out: then it is out.
            let _ = self.take_step(Step::Unregister, Some(clash.entry));
        }
        published
    }

    /// Takes the step for each handler up to this entry. Returns how many there are, or the
    /// first one for which it fails.
    fn take_step(&self, step: Step, end: Option<&'static Entry>) -> Result<usize, Clash> {
        let mut handlers = 0;
        let mut result = Ok(());
        let _ = self
            .program
            .visit(self.found.first, self.scope, |entry, member| {
                if end.is_some_and(|end| ptr::eq(end, entry)) {
                    return Err(());
                }
                handlers += 1;
                match member.take_step(step) {
                    Err(reason) if step != Step::Unregister => {
                        result = Err(Clash {
                            entry,
                            member,
                            reason,
                        });
                        Err(())
                    }
                    _ => Ok(()),
                }
            });
        result.map(|()| handlers)
    }

    /// Whether every event that is required has a static handler.
    fn check_requirements(&self) -> Result<(), InitError> {
        for entry in self.program.entries {
            if let Kind::Required { requirement, .. } = entry.0
                && let Some(table) = self.table(requirement.region)
                && let Some(&slot) = requirement
                    .slots()
                    .iter()
                    .find(|&&slot| !self.has(table, slot))
            {
                let declaration = table.declaration;
                let index = declaration.list.number_of(slot);
                return Err(InitError::Missing {
                    table: declaration.name(),
                    capacity: declaration.region.capacity,
                    index,
                    event: declaration.list.name(index).unwrap_or(""),
                    file: requirement.file(),
                    line: requirement.line,
                });
            }
        }
        Ok(())
    }

    /// The table with these slots, if it is one of those that are loaded.
    fn table(&self, region: Region) -> Option<Table> {
        let mut tables = self.program.tables(self.found.first);
        let table = tables.find(|table| table.region() == region)?;
        let is_loaded = match self.scope {
            Scope::Table(only) => only.region() == region,
            Scope::Program | Scope::Claimed => table.load.is_claimed(),
        };
        is_loaded.then_some(table)
    }

    /// Whether a slot has a static handler.
    fn has(&self, table: Table, slot: usize) -> bool {
        let scope = Scope::Table(table);
        let visited = self.program.visit(self.found.first, scope, |_, member| {
            if member.slot_in(table.region()) == Some(slot) {
                Err(())
            } else {
                Ok(())
            }
        });
        visited.is_err()
    }

    /// The error for a handler that there is no room for.
    #[cold]
    fn explain(&self, clash: &Clash) -> InitError {
        let &Clash {
            entry,
            member,
            reason,
        } = clash;
        let Some((table, slot)) = self.program.owner(self.found.first, member) else {
            // The survey found one.
            return InitError::SectionLost;
        };
        let handler = |entry| StaticHandler::new(*table.declaration.list, slot, entry);
        let capacity = table.region().capacity;
        let is_taken = !matches!(reason, Reason::NotFree { .. });
        if is_taken && let Some(other) = self.other(table, slot, entry, member) {
            // The first one is not shared.
            let (first, second) = if member.is_shared() {
                (handler(other), handler(entry))
            } else {
                (handler(entry), handler(other))
            };
            let table = table.declaration.name();
            return match member {
                Member::Function(_) => InitError::Duplicate {
                    table,
                    capacity,
                    first,
                    second,
                },
                Member::Action(_) => InitError::Exclusive {
                    table,
                    capacity,
                    first,
                    second,
                },
            };
        }
        let (table, handler) = (table.declaration.name(), handler(entry));
        match reason {
            Reason::Occupied => InitError::Occupied {
                table,
                capacity,
                handler,
            },
            Reason::Exclusive(other) => InitError::Refused {
                table,
                capacity,
                handler,
                other,
            },
            Reason::NotFree { retired } => InitError::NotFree {
                table,
                capacity,
                handler,
                retired,
            },
        }
    }

    /// Another static handler of this slot that cannot be there at once.
    fn other(
        &self,
        table: Table,
        slot: usize,
        entry: &'static Entry,
        member: Member,
    ) -> Option<&'static Entry> {
        let scope = Scope::Table(table);
        let visited = self.program.visit(self.found.first, scope, |other, it| {
            let is_in_the_way = it.slot_in(table.region()) == Some(slot)
                && !ptr::eq(other, entry)
                && !(it.is_shared() && member.is_shared());
            if is_in_the_way { Err(other) } else { Ok(()) }
        });
        visited.err()
    }
}
