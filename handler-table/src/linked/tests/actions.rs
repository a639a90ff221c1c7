//! The same for tables of actions.

use super::super::declare::{ActionRegistration, ContextRegistration, Options};
use super::super::entry::{Kind, Requirement};
use super::super::static_action::{Linked, Shared, Step};
use super::std::string::ToString;
use super::std::vec::Vec;
use super::std::{format, vec};
use super::{
    Entry, InitError, Region, declare, entries, handlers, init, leak, load_all, refused, slot,
};
use crate::events::{Events, Number};
use crate::{Action as Run, ActionTable, Event, Loaded, Uncounted, Verdict};

const NONE: Options = Options {
    with_name: "",
    is_shared: false,
    at_priority: 0,
    is_counted: false,
    is_disabled: false,
    on_cpus: None,
};

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

fn linked(action: Linked) -> Entry {
    Entry::linked(leak(action))
}

fn exclusive(table: &'static Table, index: usize) -> Entry {
    let action = ActionRegistration {
        of_table: table,
        with_handler: handled,
        with_options: NONE,
    };
    linked(action.entry(index, "IRQS", "kernel::disk\ndisk.rs\n5"))
}

fn shared(table: &'static Table, index: usize) -> Entry {
    let action = ActionRegistration {
        of_table: table,
        with_handler: handled,
        with_options: Options {
            with_name: "uart0",
            is_shared: true,
            at_priority: 3,
            ..NONE
        },
    };
    linked(action.entry(index, "IRQS", "kernel::uart\nuart.rs\n7"))
}

static CONTEXT: &str = "context";

fn with_context(table: &'static Table, index: usize) -> Entry {
    let action = ContextRegistration {
        of_table: table,
        // SAFETY: a `static`.
        with_context: unsafe { Shared::new(&CONTEXT) },
        with_handler: |event, context| {
            event.arg.push(context);
            Verdict::Wake
        },
        with_options: Options {
            with_name: "",
            is_shared: true,
            at_priority: -1,
            ..NONE
        },
    };
    linked(action.entry(index, "IRQS", "kernel::net\nnet.rs\n9"))
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
    let first = handlers(entries.entries, region(table), Number::LIST)
        .next()
        .unwrap();
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
        assert_eq!(refused(|| slot(table, index, "IRQS")).as_deref(), expected);
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
        listing.push((
            super::String::from(action.id.name()),
            action.priority,
            action.shared,
        ));
    });
    let expected = [("uart0", 3, true), ("kernel::net", -1, true)];
    assert_eq!(
        listing,
        expected.map(|(name, priority, shared)| (name.into(), priority, shared))
    );
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
    assert_eq!(load_all(entries), Err(error));
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
    assert!(table.unregister(run).unwrap().try_drain());
    assert!(table.unregister(run).is_err());
    table.register(1, run).unwrap();
    assert_eq!(init(entries, region(table)).unwrap().handlers, 2);
    assert_eq!((called(table, 1), called(table, 2)), (2, 1));
}

#[test]
fn what_is_required_must_be_there() {
    let table = table();
    let required = |slots| {
        let requirement = Requirement::new(region(table), slots, "main.rs", 9);
        Entry::required(leak(requirement))
    };
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
        "event 6 of `kernel::IRQS` (capacity 8) has no static handler, and main.rs:9 requires \
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
    let action = ActionRegistration {
        of_table: table,
        with_handler: hook,
        with_options: NONE,
    };
    let entry = linked(action.entry(1, "HOOKS", "kernel::hook\nhook.rs\n5"));
    let Kind::Action { action, .. } = entry.0 else {
        unreachable!()
    };
    let entries = entries(vec![
        Entry::sentinel(),
        entry,
        declare(Region::of_events(table, 8), "kernel::HOOKS"),
    ]);
    action.take_step(Step::Register).unwrap();
    action.take_step(Step::Unregister).unwrap();
    let error = init(entries, Region::of_events(table, 8)).unwrap_err();
    assert!(error.to_string().contains("taken back"), "{error}");
}
