//! What happens with entries that no linker would bring, or brings rarely.

extern crate std;

use super::declare::{Registration, slot};
use super::entry::{Declaration, Entry};
use super::error::InitError;
use super::load::{Loaded, load as init, load_all};
use super::program::{Program, handlers};
use super::state::{Load, Survey};
use crate::events::{Events, Number};
use crate::handler_table::HandlerTable;
use crate::slot::Region;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

type Table = HandlerTable<8, fn() -> u32>;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn table() -> &'static Table {
    leak(crate::table!())
}

fn declared(table: &'static Table) -> Entry {
    declare(Region::of(table), "kernel::IRQS")
}

fn declare(region: Region, name: &'static str) -> Entry {
    let declaration = Declaration::new(region, &Number::LIST, name, false);
    Entry::declared(leak(declaration), leak(Load::idle()))
}

fn handler(table: &'static Table, index: usize, handler: fn() -> u32) -> Entry {
    let registration = Registration {
        of_table: table,
        with_handler: handler,
    };
    registration.entry(index, "IRQS", "kernel::uart\nuart.rs\n7")
}

fn entries(entries: Vec<Entry>) -> Program {
    Program {
        entries: entries.leak(),
        survey: leak(Survey::new()),
    }
}

#[test]
fn loads_once() {
    let table = table();
    let entries = entries(vec![
        handler(table, 3, || 3),
        Entry::sentinel(),
        handler(table, 5, || 5),
        declared(table),
    ]);
    let first = init(entries, Region::of(table));
    assert_eq!(
        first,
        Ok(Loaded {
            handlers: 2,
            already: false
        })
    );
    assert_eq!(table.dispatch(5, |h| h()), Some(5));

    // What was unregistered does not come back.
    table.unregister(5);
    let second = init(entries, Region::of(table));
    assert_eq!(
        second,
        Ok(Loaded {
            handlers: 2,
            already: true
        })
    );
    assert!(table.is_registered(3) && !table.is_registered(5));
}

/// The first slot of a table lies where an event behind the last one of the table
/// before would.
#[test]
fn leaves_the_handlers_of_its_neighbour_alone() {
    let [first, second]: &'static [Table; 2] = leak([crate::table!(), crate::table!()]);
    let entries = entries(vec![
        Entry::sentinel(),
        declared(first),
        declared(second),
        handler(first, 7, || 7),
        handler(second, 0, || 0),
    ]);
    assert_eq!(init(entries, Region::of(first)).unwrap().handlers, 1);
    assert!(first.is_registered(7) && !second.is_registered(0));
    assert_eq!(init(entries, Region::of(second)).unwrap().handlers, 1);
    assert!(second.is_registered(0) && !second.is_registered(7));
}

#[test]
fn loads_only_its_own() {
    let (table, other) = (table(), table());
    let entries = entries(vec![
        Entry::sentinel(),
        declared(other),
        declared(table),
        handler(other, 3, || 1),
        handler(table, 3, || 2),
    ]);
    assert_eq!(
        init(entries, Region::of(table)).map(|loaded| loaded.handlers),
        Ok(1)
    );
    assert_eq!(table.dispatch(3, |h| h()), Some(2));
    assert!(!other.is_registered(3));
}

#[test]
fn a_duplicate_loads_nothing() {
    let table = table();
    let entries = entries(vec![
        Entry::sentinel(),
        declared(table),
        handler(table, 2, || 0),
        handler(table, 4, || 1),
        handler(table, 4, || 2),
    ]);
    let error = init(entries, Region::of(table)).unwrap_err();
    assert!(matches!(error, InitError::Duplicate { first, second, .. }
        if first.index() == 4 && second.index() == 4));
    assert_eq!(
        error.to_string(),
        "event 4 of `kernel::IRQS` (capacity 8) has two static handlers, `kernel::uart` at \
         uart.rs:7 and `kernel::uart` at uart.rs:7: remove one, or give it another index"
    );
    assert_eq!(table.iter().count(), 0);
    // And again: the claim was given back.
    assert_eq!(init(entries, Region::of(table)), Err(error));
}

#[test]
fn an_occupied_slot_loads_nothing() {
    let table = table();
    let entries = entries(vec![
        Entry::sentinel(),
        declared(table),
        handler(table, 2, || 0),
        handler(table, 4, || 1),
    ]);
    table.register(4, || 9).unwrap();
    let error = init(entries, Region::of(table)).unwrap_err();
    assert_eq!(load_all(entries), Err(error));
    assert_eq!(
        error.to_string(),
        "event 4 of `kernel::IRQS` (capacity 8) has a handler that was registered at run time, so \
         there is no room for the static handler `kernel::uart` at uart.rs:7: call `init` before \
         `register`, or unregister that handler first"
    );
    assert_eq!(
        table
            .iter()
            .map(|(index, h)| (index, h()))
            .collect::<Vec<_>>(),
        [(4, 9)]
    );

    table.unregister(4);
    assert_eq!(
        init(entries, Region::of(table)).map(|loaded| loaded.handlers),
        Ok(2)
    );
}

#[test]
fn all_tables_or_none() {
    let (first, second) = (table(), table());
    let entries = entries(vec![
        Entry::sentinel(),
        declared(first),
        declared(second),
        handler(first, 1, || 1),
        handler(second, 1, || 2),
    ]);
    second.register(1, || 9).unwrap();
    assert!(load_all(entries).is_err());
    assert!(!first.is_registered(1));

    second.unregister(1);
    assert_eq!(
        init(entries, Region::of(first)).map(|loaded| loaded.handlers),
        Ok(1)
    );
    // One is loaded already, and does not count.
    let all = load_all(entries);
    assert_eq!(
        all,
        Ok(Loaded {
            handlers: 1,
            already: false
        })
    );
    let again = load_all(entries);
    assert_eq!(
        again,
        Ok(Loaded {
            handlers: 2,
            already: true
        })
    );
}

/// Whether all tables are loaded at once or, because one is loaded already, one
/// after the other.
#[test]
fn an_error_among_many_tables_names_the_right_one() {
    let (first, second) = (table(), table());
    let entries = entries(vec![
        Entry::sentinel(),
        declare(Region::of(first), "kernel::FIRST"),
        handler(second, 1, || 1),
        handler(first, 1, || 2),
        handler(second, 1, || 3),
        declare(Region::of(second), "kernel::SECOND"),
    ]);
    let is_expected = |result| {
        matches!(result, Err(InitError::Duplicate { table: "kernel::SECOND", first, second, .. })
            if first.index() == 1 && second.index() == 1)
    };
    assert!(is_expected(load_all(entries)));
    assert!(!first.is_registered(1) && !second.is_registered(1));

    init(entries, Region::of(first)).unwrap();
    assert!(is_expected(load_all(entries)));
    assert!(first.is_registered(1) && !second.is_registered(1));
}

#[test]
fn a_table_without_the_attribute_is_refused() {
    let (declared_table, undeclared) = (table(), table());
    let entries = entries(vec![Entry::sentinel(), declared(declared_table)]);
    assert_eq!(
        init(entries, Region::of(undeclared)),
        Err(InitError::NotDeclared { capacity: 8 })
    );
}

#[test]
fn a_lost_or_padded_section_is_refused() {
    let table = table();
    for broken in [
        vec![],
        vec![declared(table)],
        vec![Entry::sentinel(), declared(table), Entry::sentinel()],
    ] {
        let entries = entries(broken);
        assert_eq!(entries.survey().err(), Some(InitError::SectionLost));
        assert_eq!(
            init(entries, Region::of(table)),
            Err(InitError::SectionLost)
        );
        assert_eq!(load_all(entries), Err(InitError::SectionLost));
    }
    let whole = entries(vec![declared(table), Entry::sentinel()]);
    assert!(whole.survey().is_ok());
}

/// A handler of a table that nobody declares would be loaded by no `init`.
#[test]
fn a_handler_of_an_undeclared_table_keeps_all_out() {
    let (declared_table, undeclared) = (table(), table());
    let entries = entries(vec![
        declared(declared_table),
        handler(declared_table, 3, || 3),
        Entry::sentinel(),
        handler(undeclared, 4, || 4),
    ]);
    let error = init(entries, Region::of(declared_table)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`kernel::uart` at uart.rs:7 is a static handler of a table without `#[handler_table]`, \
         so nothing would load it: put the attribute on the `static`, or, if another table of \
         that name is meant, write its path in `#[event_handler]`"
    );
    assert_eq!(init(entries, Region::of(undeclared)), Err(error));
    assert_eq!(load_all(entries), Err(error));
    assert!(!declared_table.is_registered(3));
}

/// The section has the version up to the number that makes two incompatible,
/// wherever its name is written.
#[test]
fn the_section_has_the_version_in_its_name() {
    let (major, minor) = (
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
    );
    let version = match major {
        "0" => format!("0_{minor}"),
        _ => major.to_owned(),
    };
    for (text, least) in [
        (include_str!("../lib.rs"), 1),
        (include_str!("../private.rs"), 3),
        (include_str!("entry.rs"), 4),
        (include_str!("error.rs"), 1),
        (include_str!("../../link/handler-table-sections.x"), 8),
        (include_str!("../../docs/bare-metal.md"), 4),
        (include_str!("../../docs/memory.md"), 1),
    ] {
        let names: Vec<&str> = ["HANDLER_TABLE_", "handler_table_"]
            .iter()
            .flat_map(|name| text.split(*name).skip(1))
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            .collect();
        assert!(names.len() >= least, "{} times", names.len());
        for name in names {
            let rest = name.strip_prefix(&*version);
            let rest = rest.and_then(|rest| rest.chars().next());
            let ends = rest.is_some_and(|next| !next.is_ascii_digit());
            assert!(
                ends,
                "`{}` is not of this version",
                &name[..20.min(name.len())]
            );
        }
    }
}

#[test]
fn two_threads_load_once() {
    for _ in 0..200 {
        let table = table();
        let entries = entries(vec![
            Entry::sentinel(),
            declared(table),
            handler(table, 3, || 3),
            handler(table, 7, || 7),
        ]);
        let results: Vec<Loaded> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let loaded = init(entries, Region::of(table)).unwrap();
                        // Whoever loaded, all of it is there.
                        assert!(table.is_registered(3) && table.is_registered(7));
                        loaded
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let loaded = results.iter().filter(|loaded| !loaded.already).count();
        assert_eq!(loaded, 1, "{results:?}");
    }
}

/// Handlers of many tables in turns, in more entries than there are blocks.
fn in_turns(tables: &[&'static Table]) -> Vec<Entry> {
    let mut entries = vec![Entry::sentinel()];
    for index in 0..8 {
        for (number, table) in tables.iter().enumerate() {
            entries.push(handler(table, index, || 1));
            // Before, between and behind their handlers.
            if index == number % 8 {
                entries.push(declared(table));
            }
        }
    }
    entries
}

#[test]
fn each_of_many_tables_loads_all_of_its_own() {
    let tables: Vec<_> = (0..50).map(|_| table()).collect();
    let entries = entries(in_turns(&tables));
    for (number, table) in tables.iter().enumerate() {
        assert!((0..8).all(|index| !table.is_registered(index)));
        assert_eq!(init(entries, Region::of(*table)).unwrap().handlers, 8);
        assert!((0..8).all(|index| table.is_registered(index)));
        if number == 20 {
            break;
        }
    }
    // The others at once.
    assert_eq!(load_all(entries).unwrap().handlers, 29 * 8);
    assert_eq!(load_all(entries).unwrap().handlers, 50 * 8);
    assert!(init(entries, Region::of(tables[49])).unwrap().already);
}

#[test]
fn whatever_is_in_the_way_the_others_are_taken_back() {
    let tables: Vec<_> = (0..10).map(|_| table()).collect();
    let entries = entries(in_turns(&tables));
    init(entries, Region::of(tables[4])).unwrap();
    for table in &tables {
        for index in 0..8 {
            if table.register(index, || 9).is_err() {
                continue;
            }
            let error = load_all(entries).unwrap_err();
            assert!(matches!(error, InitError::Occupied { handler, .. }
                if handler.index() == index));
            let registered = tables
                .iter()
                .map(|table| table.iter().count())
                .sum::<usize>();
            assert_eq!(registered, 8 + 1);
            table.unregister(index);
        }
    }
    assert_eq!(load_all(entries).unwrap().handlers, 9 * 8);
}

#[test]
fn debug_and_display_of_a_handler() {
    let table = table();
    let entries = entries(vec![Entry::sentinel(), handler(table, 3, || 3)]);
    let handler = handlers(entries.entries, Region::of(table), Number::LIST)
        .next()
        .unwrap();
    assert_eq!(handler.to_string(), "`kernel::uart` at uart.rs:7");
    assert_eq!(handler.crate_name(), "kernel");
    assert_eq!(
        format!("{handler:?}"),
        "StaticHandler { index: 3, function: \"kernel::uart\", file: \"uart.rs\", line: 7 }"
    );
}

/// What is said of an index that is out of range; none if it is not.
fn refused<T>(make: impl FnOnce() -> T) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(make)).err()?;
    panic.downcast_ref().cloned()
}

#[test]
fn an_index_out_of_range_is_refused() {
    let table = table();
    let expected = "event index 8 is out of range: `IRQS` has 8 slots, for events 0 to 7";
    for (index, expected) in [(0, None), (7, None), (8, Some(expected))] {
        assert_eq!(refused(|| handler(table, index, || 0)).as_deref(), expected);
        assert_eq!(refused(|| slot(table, index, "IRQS")).as_deref(), expected);
    }
}

mod actions;
