//! Promises of the documentation of actions that its examples do not test.

// A handler gets its context by reference, even a small one.
#![allow(clippy::trivially_copy_pass_by_ref)]

mod errors;
mod handles;
mod lines;
mod non_reentrant;
mod removal;

use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionId, ActionTable, Counted, CpuSet, DispatchError, Event, Here,
    Outcome, Registered, Removal, Uncounted, Verdict,
};
use std::cell::Cell;
use std::error::Error;
use std::fmt::Write;
use std::process::Command;
use std::rc::Rc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const fn may_be_shared<T: Send + Sync>() {}

const fn is_an_error<T: Error + Copy + Eq + Send + Sync + 'static>() {}

// At compile time: tables can be shared with any type of argument, and non-reentrant actions
// with any `Send` context.
const _: () = {
    may_be_shared::<ActionTable<2, Rc<u8>, Counted<2>>>();
    may_be_shared::<ActionTable<2, dyn FnMut(), Uncounted>>();
    may_be_shared::<Action<Rc<u8>, Cell<u8>>>();
    may_be_shared::<(ActionId, Outcome, Registered, Removal, CpuSet)>();
    is_an_error::<ActionError>();
    is_an_error::<DispatchError>();
};

/// The names of the called actions, in order.
type Log = Vec<&'static str>;

/// The context of a handler that logs a name and returns a verdict.
#[derive(Clone, Copy)]
struct Note(&'static str, Verdict);

fn note(event: &mut Event<'_, Log>, note: &Note) -> Verdict {
    event.arg.push(note.0);
    note.1
}

fn action(name: &'static str) -> Action<Log, Note> {
    Action::new(note, Note(name, Verdict::Handled)).name(name)
}

fn shared(name: &'static str) -> &'static Action<Log, Note> {
    leak(action(name).shared())
}

fn dispatched<const N: usize>(table: &ActionTable<N, Log>, index: usize) -> Log {
    let mut log = Log::new();
    let outcome = table.dispatch(0, index, &mut log).unwrap();
    assert_eq!(outcome.called(), log.len());
    log
}

fn counting(count: &'static AtomicUsize) -> Action<(), &'static AtomicUsize> {
    Action::new(
        |_, count| {
            count.fetch_add(1, Ordering::Relaxed);
            Verdict::Handled
        },
        count,
    )
}

/// The context of a handler that reports its start, and waits until it is released.
struct Gate {
    entered: Barrier,
    release: Barrier,
    calls: AtomicUsize,
    left: AtomicBool,
}

impl Gate {
    fn new() -> &'static Self {
        leak(Gate {
            entered: Barrier::new(2),
            release: Barrier::new(2),
            calls: AtomicUsize::new(0),
            left: AtomicBool::new(false),
        })
    }

    /// Blocks the first call only.
    fn pass(&self) -> Verdict {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 {
            self.entered.wait();
            self.release.wait();
            self.left.store(true, Ordering::Relaxed);
        }
        Verdict::Handled
    }
}

fn gate(_: &mut Event<'_>, gate: &&Gate) -> Verdict {
    gate.pass()
}

// The list.

#[test]
fn actions_have_contexts_of_their_own_types() {
    static TABLE: ActionTable<4, String> = ActionTable::new();
    static TEXT: Action<String, &str> = Action::new(
        |event: &mut Event<'_, String>, text| {
            event.arg.push_str(text);
            Verdict::Handled
        },
        "a",
    )
    .shared();
    static NUMBERS: Action<String, [u8; 3]> = Action::new(
        |event: &mut Event<'_, String>, numbers| {
            write!(event.arg, "{numbers:?}").unwrap();
            Verdict::Handled
        },
        [1, 2, 3],
    )
    .shared();
    TABLE.register(1, &TEXT).unwrap();
    TABLE.register(1, &NUMBERS).unwrap();
    let mut text = String::new();
    TABLE.dispatch(0, 1, &mut text).unwrap();
    assert_eq!(text, "a[1, 2, 3]");
}

#[test]
fn an_event_says_where_and_what() {
    static TABLE: ActionTable<8, [usize], Counted<3>> = ActionTable::new();
    static ACTION: Action<[usize]> = Action::new(
        |event, ()| {
            event.arg[0] = event.index();
            event.arg[1] = event.cpu();
            event.arg[2] = usize::from(event.is_repeat());
            Verdict::Handled
        },
        (),
    );
    TABLE.register(5, &ACTION).unwrap();
    let mut seen = [9; 3];
    TABLE.dispatch(2, 5, &mut seen).unwrap();
    assert_eq!(seen, [5, 2, 0]);
}

#[test]
fn verdicts_add_up_and_none_ends_the_dispatch() {
    use Verdict::{Handled, Unhandled, Wake};
    for (verdicts, handled, wake) in [
        (vec![Unhandled], false, false),
        (vec![Handled], true, false),
        (vec![Wake], true, true),
        (vec![Unhandled, Handled, Unhandled], true, false),
        (vec![Wake, Unhandled, Handled], true, true),
        (vec![Handled, Handled, Handled], true, false),
    ] {
        let table = leak(ActionTable::<2, Log>::new());
        for &verdict in &verdicts {
            table
                .register(1, leak(Action::new(note, Note("x", verdict)).shared()))
                .unwrap();
        }
        let outcome = table.dispatch(0, 1, &mut Log::new()).unwrap();
        assert_eq!(outcome.called(), verdicts.len(), "{verdicts:?}");
        assert_eq!(
            (outcome.handled(), outcome.wake()),
            (handled, wake),
            "{verdicts:?}"
        );
        assert_eq!(outcome.pended(), 0);
        assert_eq!(table.spurious(), usize::from(!handled));
    }
}

#[test]
fn sixty_four_actions_of_one_event_are_all_called() {
    let table = leak(ActionTable::<4>::new());
    let counts: Vec<&'static AtomicUsize> = (0..64).map(|_| leak(AtomicUsize::new(0))).collect();
    for count in &counts {
        table.register(3, leak(counting(count).shared())).unwrap();
    }
    let outcome = table.dispatch(0, 3, &mut ()).unwrap();
    assert_eq!(
        (outcome.called(), outcome.handled(), outcome.wake()),
        (64, true, false)
    );
    assert!(
        counts
            .iter()
            .all(|count| count.load(Ordering::Relaxed) == 1)
    );
}

#[test]
fn higher_priorities_first_then_earlier_registrations() {
    let table = leak(ActionTable::<4, Log>::new());
    for (name, priority) in [
        ("zero", 0),
        ("low", -7),
        ("high", 7),
        ("zero again", 0),
        ("top", i32::MAX),
        ("high again", 7),
        ("bottom", i32::MIN),
    ] {
        table
            .register(2, leak(action(name).shared().priority(priority)))
            .unwrap();
    }
    assert_eq!(
        dispatched(table, 2),
        [
            "top",
            "high",
            "high again",
            "zero",
            "zero again",
            "low",
            "bottom"
        ]
    );
}

#[test]
fn an_exclusive_action_refuses_company_both_ways() {
    let table = leak(ActionTable::<4, Log>::new());
    let (alone, other, first, second) = (
        leak(action("alone")),
        leak(action("other")),
        shared("first"),
        shared("second"),
    );

    table.register(1, alone).unwrap();
    for refused in [first, other] {
        let error = table.register(1, refused).unwrap_err();
        let expected = ActionError::Exclusive {
            index: 1,
            capacity: 4,
            action: refused.id(),
            other: alone.id(),
        };
        assert_eq!(error, expected);
    }
    assert_eq!(dispatched(table, 1), ["alone"]);

    table.unregister(alone).unwrap();
    table.register(1, first).unwrap();
    table.register(1, second).unwrap();
    let error = table.register(1, other).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "event 1 has {}, so there is no room for {} (the table has 4 slots): only actions \
             that are all `shared` can share an event",
            first.id(),
            other.id()
        )
    );
    assert_eq!(dispatched(table, 1), ["first", "second"]);

    // A refused action is free.
    table.register(2, other).unwrap();
    assert_eq!(dispatched(table, 2), ["other"]);
}

#[test]
fn an_action_is_in_one_table_once() {
    let (table, elsewhere) = (
        leak(ActionTable::<4, Log>::new()),
        leak(ActionTable::<4, Log>::new()),
    );
    let action = shared("a");
    table.register(1, action).unwrap();
    let expected = ActionError::AlreadyRegistered {
        index: 1,
        action: action.id(),
    };
    assert_eq!(table.register(1, action), Err(expected));
    assert_eq!(table.register(2, action), Err(expected));
    assert_eq!(elsewhere.register(2, action), Err(expected));
    assert_eq!(dispatched(table, 1), ["a"]);
    assert_eq!(dispatched(table, 2), Log::new());

    let not_registered = ActionError::NotRegistered {
        action: action.id(),
    };
    assert_eq!(elsewhere.unregister(action).map(drop), Err(not_registered));
    assert_eq!(elsewhere.enable(action), Err(not_registered));
    assert_eq!(elsewhere.disable(action), Err(not_registered));
    assert_eq!(dispatched(table, 1), ["a"]);
}

#[test]
fn what_debug_shows() {
    let mut arg = 7;
    let event = Event::new(1, 3, &mut arg);
    assert_eq!(
        format!("{event:?}"),
        "Event { cpu: 1, index: 3, repeat: false, arg: 7 }"
    );
    let action = action("uart").priority(7).shared().disabled();
    assert_eq!(
        format!("{action:?}"),
        format!(
            "Action {{ id: {:?}, priority: 7, shared: true, enabled: false, .. }}",
            action.id()
        )
    );
}

#[test]
fn an_action_comes_and_goes_as_often_as_one_likes() {
    let table = leak(ActionTable::<4, Log>::new());
    let (a, b) = (shared("a"), shared("b"));
    table.register(0, b).unwrap();
    for round in 0..1000 {
        let index = round % 4;
        table.register(index, a).unwrap();
        assert!(dispatched(table, index).contains(&"a"));
        assert!(table.unregister(a).unwrap().try_drain());
        assert!(!dispatched(table, index).contains(&"a"));
    }
    assert_eq!(dispatched(table, 0), ["b"]);
}

#[test]
fn a_table_is_in_bss_and_as_large_as_is_said() {
    static ACTIONS_IN_BSS: ActionTable<64, (), Counted<4>> = ActionTable::new();
    const _: () = {
        // Two words for each event, and one for the head. On cache lines of their own: the
        // phase, the writers, the CPUs and the spurious events.
        let words = ((64 * 2 + 1) * size_of::<usize>()).next_multiple_of(128);
        assert!(size_of::<ActionTable<64, (), Counted<4>>>() == words + (1 + 1 + 4 + 1) * 128);
        assert!(size_of::<ActionTable<64, (), Uncounted>>() == words + 128);
    };
    assert!(ACTIONS_IN_BSS.dispatch(0, 0, &mut ()).is_ok());

    // Not `current_exe`, which is the loader if the loader was started explicitly.
    let program = std::env::args_os().next().unwrap();
    let symbols = Command::new("nm").arg(program).output().expect("nm runs");
    let symbols = String::from_utf8_lossy(&symbols.stdout).into_owned();
    let symbol = symbols.lines().find(|line| line.contains("ACTIONS_IN_BSS"));
    assert!(symbol.expect("it is used").contains(" b "), "{symbol:?}");
}

// CPUs.

#[test]
fn an_action_is_called_on_its_cpus_only() {
    let table = leak(ActionTable::<4, (), Counted<256>>::new());
    let count = leak(AtomicUsize::new(0));
    let set = CpuSet::of(&[2, 64, 255]);
    let action = leak(counting(count).on_cpus(set));
    table.register(1, action).unwrap();
    let everywhere = Action::new(|_, ()| Verdict::Handled, ());
    table.register(2, leak(everywhere)).unwrap();
    for cpu in 0..256 {
        let called = table.dispatch(cpu, 1, &mut ()).unwrap().called();
        assert_eq!(called == 1, [2, 64, 255].contains(&cpu), "{cpu}");
        assert_eq!(table.is_enabled_on(1, cpu), called == 1);
        assert!(table.is_enabled_on(2, cpu) && !table.is_enabled_on(3, cpu));
    }
    assert_eq!(count.load(Ordering::Relaxed), 3);
    assert_eq!(action.count(), None, "nobody asked for it to be counted");
}

#[test]
fn a_set_of_cpus_is_what_was_put_in() {
    let sets: [&[u8]; 6] = [
        &[],
        &[0],
        &[63],
        &[64],
        &[255, 255],
        &[0, 1, 63, 64, 127, 128, 255],
    ];
    for cpus in sets {
        let set = CpuSet::of(cpus);
        for cpu in (0..300).chain([usize::MAX]) {
            let expected = u8::try_from(cpu).is_ok_and(|cpu| cpus.contains(&cpu));
            assert_eq!(set.contains(cpu), expected, "{cpu} in {cpus:?}");
        }
        assert_eq!(set.is_empty(), cpus.is_empty());
        let one_by_one = cpus.iter().fold(CpuSet::new(), |set, &cpu| set.with(cpu));
        assert_eq!(set, one_by_one);
    }
}

#[test]
fn a_cpu_too_many_calls_nothing_and_says_so() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let count = leak(AtomicUsize::new(0));
    table.register(1, leak(counting(count))).unwrap();
    let expected = DispatchError::TooManyCpus { cpu: 2, cpus: 2 };
    assert_eq!(table.dispatch(2, 1, &mut ()), Err(expected));
    assert_eq!(
        expected.to_string(),
        "CPU 2 is out of range: the table is `Counted<2>`, which tracks 2 CPUs from CPU 0; give it \
         a larger number"
    );
    assert_eq!(
        table.synchronize(Here::Cpu(2), || ()),
        Err(ActionError::TooManyCpus { cpu: 2, cpus: 2 })
    );
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert_eq!(table.spurious(), 0);
}

// Spurious events.

#[test]
fn spurious_events_are_counted_and_handed_on() {
    let table = leak(ActionTable::<4, Log>::new());
    table.dispatch(0, 1, &mut Log::new()).unwrap();
    assert_eq!(table.spurious(), 1);

    assert!(
        table
            .set_spurious_hook(|event, outcome| {
                assert_eq!((event.index(), outcome.called()), (1, 1));
                event.arg.push("hook");
            })
            .is_none()
    );
    let declines = leak(Action::new(note, Note("declines", Verdict::Unhandled)).shared());
    table.register(1, declines).unwrap();
    let mut log = Log::new();
    let outcome = table.dispatch(0, 1, &mut log).unwrap();
    assert!(outcome.is_spurious());
    assert_eq!(log, ["declines", "hook"]);
    assert_eq!(table.spurious(), 2);

    // Not spurious if another action handles it.
    table.register(1, shared("handles")).unwrap();
    let mut log = Log::new();
    assert!(!table.dispatch(0, 1, &mut log).unwrap().is_spurious());
    assert_eq!(log, ["declines", "handles"]);
    assert_eq!(table.spurious(), 2);

    assert!(table.take_spurious_hook().is_some());
    let mut log = Log::new();
    table.dispatch(0, 2, &mut log).unwrap();
    assert_eq!((log.len(), table.spurious()), (0, 3));
}
