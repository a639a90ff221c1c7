//! What happens with entries that no linker would bring, or brings rarely.

extern crate std;

use super::{
    Entry, Kind, Load, Loaded, Registration, Scope, check_section, conflict, init, load, require,
};
use crate::error::InitError;
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
    Entry::declared(region, name, leak(Load::idle()))
}

fn handler(table: &'static Table, index: usize, handler: fn() -> u32) -> Entry {
    let registration = Registration {
        of_table: table,
        at_index: index,
        with_handler: handler,
    };
    registration.entry("IRQS", "kernel::uart", "uart.rs", 7)
}

fn entries(entries: Vec<Entry>) -> &'static [Entry] {
    entries.leak()
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
    // It is seen before the others are visible for a moment.
    assert_eq!(super::check(entries, Scope::Program), Err(error));
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
fn a_slot_taken_since_the_check_takes_everything_back() {
    let table = table();
    let entries = entries(vec![
        Entry::sentinel(),
        declared(table),
        handler(table, 2, || 0),
        handler(table, 4, || 1),
        handler(table, 6, || 2),
    ]);
    table.register(6, || 9).unwrap();
    let scopes = core::iter::once(Scope::Program);
    assert!(matches!(
        super::publish(entries, scopes),
        Err(InitError::Occupied { handler, .. }) if handler.index() == 6
    ));
    assert_eq!(
        table
            .iter()
            .map(|(index, h)| (index, h()))
            .collect::<Vec<_>>(),
        [(6, 9)]
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
    assert!(load(entries, Scope::Program).is_err());
    assert!(!first.is_registered(1));

    second.unregister(1);
    assert_eq!(
        init(entries, Region::of(first)).map(|loaded| loaded.handlers),
        Ok(1)
    );
    // One is loaded already, and does not count.
    let all = load(entries, Scope::Program);
    assert_eq!(
        all,
        Ok(Loaded {
            handlers: 1,
            already: false
        })
    );
    let again = load(entries, Scope::Program);
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
    assert!(is_expected(load(entries, Scope::Program)));
    assert!(!first.is_registered(1) && !second.is_registered(1));

    init(entries, Region::of(first)).unwrap();
    assert!(is_expected(load(entries, Scope::Program)));
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
        assert_eq!(check_section(entries), Err(InitError::SectionLost));
        assert_eq!(
            init(entries, Region::of(table)),
            Err(InitError::SectionLost)
        );
        assert_eq!(load(entries, Scope::Program), Err(InitError::SectionLost));
    }
    assert_eq!(
        check_section(entries(vec![declared(table), Entry::sentinel()])),
        Ok(())
    );
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
    assert_eq!(load(entries, Scope::Program), Err(error));
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
        (include_str!("../lib.rs"), 4),
        (include_str!("../registry.rs"), 4),
        (include_str!("../error.rs"), 1),
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

#[test]
fn duplicates_are_found_in_every_window() {
    let far = usize::MAX;
    let none = |indices: &[usize]| conflict(&indices.iter().map(|index| (*index, false)));
    assert_eq!(none(&[]), None);
    assert_eq!(none(&[0]), None);
    assert_eq!(
        none(&[0, 1, 63, 64, 65, 4095, 4096, 4097, far - 1, far]),
        None
    );
    assert_eq!(none(&[3, 3]), Some(3));
    assert_eq!(none(&[far, 0, far]), Some(far));
    assert_eq!(none(&[9000, 4096, 1, 4096]), Some(4096));
    assert_eq!(none(&[4095, 4096, 0, 4095]), Some(4095));
    // The two differ by whole words and windows.
    assert_eq!(none(&[0, 64, 128, 4096, 8192, 12288]), None);
    for at in [0, 1, 63, 64, 4095, 4096, 10_000] {
        let indices: Vec<usize> = (0..20_000).chain([at]).collect();
        assert_eq!(none(&indices), Some(at));
    }
}

#[test]
fn debug_and_display_of_a_handler() {
    let table = table();
    let entries = entries(vec![Entry::sentinel(), handler(table, 3, || 3)]);
    let handler = super::handlers(entries, Region::of(table)).next().unwrap();
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
        assert_eq!(
            refused(|| require(table, index, "IRQS")).as_deref(),
            expected
        );
    }
}

mod actions {
    use super::super::{
        ActionWithContext, ActionWithOptions, ActionWithoutOptions, Scope, check, handlers,
    };
    use super::std::string::ToString;
    use super::std::vec::Vec;
    use super::std::{format, vec};
    use super::{Entry, InitError, Kind, Region, declare, entries, init, leak, refused, require};
    use crate::{Action as Run, ActionTable, Event, Loaded, Uncounted, Verdict};

    type Table = ActionTable<8, Vec<&'static str>>;

    fn table() -> &'static Table {
        leak(ActionTable::new())
    }

    fn declared(table: &'static Table) -> Entry {
        declare(region(table), "kernel::IRQS")
    }

    fn region(table: &'static Table) -> Region {
        Region::of_events(table, 8)
    }

    fn handled(_: &mut Event<'_, Vec<&'static str>>) -> Verdict {
        Verdict::Handled
    }

    fn exclusive(table: &'static Table, index: usize) -> Entry {
        let action = ActionWithoutOptions {
            of_table: table,
            at_index: index,
            with_handler: handled,
        };
        Entry(Kind::Action(leak(action.entry(
            "IRQS",
            "kernel::disk",
            "disk.rs",
            5,
        ))))
    }

    fn shared(table: &'static Table, index: usize) -> Entry {
        let action = ActionWithOptions {
            of_table: table,
            at_index: index,
            with_handler: handled,
            with_name: "uart0",
            is_shared: true,
            at_priority: 3,
        };
        Entry(Kind::Action(leak(action.entry(
            "IRQS",
            "kernel::uart",
            "uart.rs",
            7,
        ))))
    }

    fn with_context(table: &'static Table, index: usize) -> Entry {
        let action = ActionWithContext {
            of_table: table,
            at_index: index,
            with_context: &"context",
            with_handler: |event, context| {
                event.arg.push(context);
                Verdict::Wake
            },
            with_name: "",
            is_shared: true,
            at_priority: -1,
        };
        Entry(Kind::Action(leak(action.entry(
            "IRQS",
            "kernel::net",
            "net.rs",
            9,
        ))))
    }

    fn called(table: &Table, index: usize) -> usize {
        table.dispatch(0, index, &mut vec![]).unwrap().called()
    }

    #[test]
    fn loads_once_and_only_its_own() {
        let (table, other) = (table(), table());
        let entries = entries(vec![
            shared(table, 3),
            Entry::sentinel(),
            shared(other, 3),
            shared(table, 3),
            exclusive(table, 4),
            declared(table),
            declared(other),
        ]);
        let loaded = |already| {
            Ok(Loaded {
                handlers: 3,
                already,
            })
        };
        assert_eq!(init(entries, region(table)), loaded(false));
        assert_eq!(init(entries, region(table)), loaded(true));
        assert_eq!((called(table, 3), called(table, 4)), (2, 1));
        assert_eq!(called(other, 3), 0);
        let first = handlers(entries, region(table)).next().unwrap();
        assert_eq!(first.to_string(), "`kernel::uart` at uart.rs:7");
        let mut ids = vec![];
        table.for_each(3, |action| {
            ids.push((action.id.to_string(), action.priority));
        });
        assert_eq!(ids[0], ("`uart0` at uart.rs:7".to_string(), 3));
        table.for_each(4, |action| {
            ids.push((action.id.to_string(), action.priority));
        });
        assert_eq!(ids[2], ("`kernel::disk` at disk.rs:5".to_string(), 0));
    }

    #[test]
    fn an_index_out_of_range_is_refused() {
        let table = table();
        let expected = "event index 8 is out of range: `IRQS` has 8 slots, for events 0 to 7";
        for (index, expected) in [(0, None), (7, None), (8, Some(expected))] {
            for make in [exclusive, shared, with_context] {
                assert_eq!(refused(|| make(table, index)).as_deref(), expected);
            }
            assert_eq!(
                refused(|| require(table, index, "IRQS")).as_deref(),
                expected
            );
        }
    }

    #[test]
    fn a_context_comes_with_the_event() {
        let table = table();
        let entries = entries(vec![
            Entry::sentinel(),
            with_context(table, 1),
            shared(table, 1),
            declared(table),
        ]);
        assert_eq!(init(entries, region(table)).unwrap().handlers, 2);
        let mut arg = vec![];
        let outcome = table.dispatch(0, 1, &mut arg).unwrap();
        assert_eq!(
            (outcome.called(), outcome.handled(), outcome.wake()),
            (2, true, true)
        );
        assert_eq!(arg, ["context"]);
        let mut listing = vec![];
        table.for_each(1, |action| {
            listing.push((action.id.name(), action.priority, action.shared));
        });
        assert_eq!(listing, [("uart0", 3, true), ("kernel::net", -1, true)]);
    }

    #[test]
    fn an_exclusive_one_is_alone() {
        for pair in [
            [exclusive, shared],
            [shared, exclusive],
            [exclusive, exclusive],
        ] {
            let table = table();
            let entries = entries(vec![
                shared(table, 1),
                pair[0](table, 2),
                Entry::sentinel(),
                shared(table, 1),
                pair[1](table, 2),
                declared(table),
            ]);
            let error = init(entries, region(table)).unwrap_err();
            assert!(
                error.to_string().starts_with(
                    "event 2 of `kernel::IRQS` (capacity 8) has two static actions, \
                     `kernel::disk` at disk.rs:5 and `kernel::"
                ),
                "{error}"
            );
            assert_eq!(called(table, 1), 0);
        }
    }

    #[test]
    fn one_that_was_registered_before_keeps_all_out() {
        let table = table();
        let entries = entries(vec![
            Entry::sentinel(),
            shared(table, 1),
            exclusive(table, 2),
            declared(table),
        ]);
        let run: &'static Run<Vec<&'static str>> =
            leak(Run::new(|_, ()| Verdict::Handled, ()).name("run").shared());
        table.register(2, run).unwrap();
        let error = init(entries, region(table)).unwrap_err();
        assert_eq!(check(entries, Scope::Program), Err(error));
        assert_eq!(
            error.to_string(),
            format!(
                "event 2 of `kernel::IRQS` (capacity 8) has {}, which was registered at run time, \
                 so there is no room for the static action `kernel::disk` at disk.rs:5: only \
                 actions that are all `shared` can share an event",
                run.id()
            )
        );
        assert_eq!((called(table, 1), called(table, 2)), (0, 1));
        // A shared one is in nobody's way.
        table.unregister(run).unwrap();
        assert!(!table.try_unregister(run).unwrap().in_flight);
        assert!(table.try_unregister(run).is_err());
        table.register(1, run).unwrap();
        assert_eq!(init(entries, region(table)).unwrap().handlers, 2);
        assert_eq!((called(table, 1), called(table, 2)), (2, 1));
    }

    #[test]
    fn what_is_required_must_be_there() {
        let table = table();
        let required = |indices| Entry::required(table, indices, "main.rs", 9);
        let entries = entries(vec![
            Entry::sentinel(),
            shared(table, 1),
            required(&[1]),
            required(&[1, 6]),
            declared(table),
        ]);
        let error = init(entries, region(table)).unwrap_err();
        assert!(matches!(
            error,
            InitError::Missing {
                index: 6,
                line: 9,
                ..
            }
        ));
        assert_eq!(
            error.to_string(),
            "event 6 of `kernel::IRQS` (capacity 8) has no static action, and main.rs:9 requires \
             one: link the crate that has it, for which `use driver as _;` is enough"
        );
        assert_eq!(called(table, 1), 0);
    }

    #[test]
    fn what_was_taken_back_from_an_uncounted_table_is_lost() {
        type Hooks = ActionTable<8, (), Uncounted>;
        fn hook(_: &mut Event<'_>) -> Verdict {
            Verdict::Handled
        }
        let table: &'static Hooks = leak(ActionTable::new());
        let action: &'static crate::static_action::StaticAction = leak(
            ActionWithoutOptions {
                of_table: table,
                at_index: 1,
                with_handler: hook,
            }
            .entry("HOOKS", "kernel::hook", "hook.rs", 5),
        );
        let entries = entries(vec![
            Entry::sentinel(),
            Entry(Kind::Action(action)),
            declare(Region::of_events(table, 8), "kernel::HOOKS"),
        ]);
        action
            .take_step(crate::static_action::Step::Register)
            .unwrap();
        action
            .take_step(crate::static_action::Step::Unregister)
            .unwrap();
        let error = init(entries, Region::of_events(table, 8)).unwrap_err();
        assert!(error.to_string().contains("taken back"), "{error}");
    }
}
