//! Promises of the documentation of actions that its examples do not test.

// A handler gets its context by reference, even a small one.
#![allow(clippy::trivially_copy_pass_by_ref)]

use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionId, ActionTable, Counted, CpuSet, DispatchError, Event, Here, Line,
    Outcome, Registered, Removal, Uncounted, Verdict,
};
use std::cell::Cell;
use std::error::Error;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;

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
    assert_eq!(elsewhere.unregister(action), Err(not_registered));
    assert_eq!(elsewhere.enable(action), Err(not_registered));
    assert_eq!(elsewhere.disable(action), Err(not_registered));
    assert_eq!(dispatched(table, 1), ["a"]);
}

#[test]
fn an_action_that_was_found_in_a_listing_is_that_action() {
    let (table, elsewhere) = (
        leak(ActionTable::<4, Log>::new()),
        leak(ActionTable::<4, Log>::new()),
    );
    let (a, b) = (shared("a"), shared("b"));
    table.register(1, a).unwrap();
    table.register(1, b).unwrap();
    let mut found = Vec::new();
    table.for_each(1, |action| found.push(action));
    assert_eq!(found[1].id, b.id());

    table.disable(found[1]).unwrap();
    assert_eq!(dispatched(table, 1), ["a"]);
    table.enable(b).unwrap();
    assert_eq!(dispatched(table, 1), ["a", "b"]);
    let not_registered = Err(ActionError::NotRegistered { action: b.id() });
    assert_eq!(elsewhere.disable(found[1]), not_registered);
    assert!(!table.try_unregister(found[1]).unwrap().in_flight);
    assert_eq!(table.enable(found[1]), not_registered);
    assert_eq!(dispatched(table, 1), ["a"]);

    // It names the action, in any table.
    elsewhere.register(2, b).unwrap();
    elsewhere
        .unregister_and_drain(found[1], Here::Unknown, || ())
        .unwrap();
    assert_eq!(dispatched(elsewhere, 2), Log::new());
}

#[test]
fn bad_input_is_named_and_changes_nothing() {
    let table = leak(ActionTable::<4, Log>::new());
    let action = leak(action("uart"));
    for index in [4, usize::MAX] {
        let error = table.register(index, action).unwrap_err();
        assert_eq!(
            error,
            ActionError::OutOfRange {
                index,
                capacity: 4,
                action: action.id()
            }
        );
        assert!(error.to_string().contains("`uart` at "), "{error}");
        assert!(error.to_string().contains("for events 0 to 3"), "{error}");
        assert_eq!(
            table.dispatch(0, index, &mut Log::new()),
            Err(DispatchError::OutOfRange { index, capacity: 4 })
        );
        assert!(!table.is_enabled(index) && !table.is_enabled_on(index, 0));
        table.for_each(index, |_| panic!("there is none"));
    }
    assert_eq!(
        table.unregister(action),
        Err(ActionError::NotRegistered {
            action: action.id()
        })
    );
    let nowhere = leak(Action::new(note, Note("x", Verdict::Handled)).on_cpus(CpuSet::new()));
    assert_eq!(
        table.register(0, nowhere),
        Err(ActionError::NoCpus {
            action: nowhere.id(),
            cpus: 1
        })
    );
    let elsewhere = leak(Action::new(note, Note("x", Verdict::Handled)).on_cpus(CpuSet::of(&[5])));
    let no_cpus = |cpus| ActionError::NoCpus {
        action: elsewhere.id(),
        cpus,
    };
    assert_eq!(table.register(0, elsewhere), Err(no_cpus(1)));
    let wider = leak(ActionTable::<4, Log, Counted<5>>::new());
    assert_eq!(wider.register(0, elsewhere), Err(no_cpus(5)));
    let wide_enough = leak(ActionTable::<4, Log, Counted<6>>::new());
    assert_eq!(wide_enough.register(0, elsewhere), Ok(Line::Unmask));
    // It has no name, so the id shows its place.
    assert!(nowhere.id().to_string().starts_with("the action at "));
    assert!(nowhere.id().file().ends_with("actions.rs"));

    table.register(0, action).unwrap();
    assert_eq!(dispatched(table, 0), ["uart"]);
    assert_eq!(
        format!("{table:?}"),
        format!(
            "ActionTable {{ capacity: 4, registered: {{0: [{}]}}, .. }}",
            action.id()
        )
    );
    let empty = leak(ActionTable::<0, Log>::new());
    assert_eq!((table.capacity(), empty.capacity()), (4, 0));
    let error = empty.register(0, nowhere).unwrap_err();
    assert!(error.to_string().ends_with("the table has no slots"));
}

#[test]
fn each_error_names_the_action_and_says_what_to_do() {
    static NAMED: Action = Action::new(|_, ()| Verdict::Handled, ()).name("uart0");
    static NAMELESS: Action = Action::new(|_, ()| Verdict::Handled, ());
    let (action, other) = (NAMED.id(), NAMELESS.id());
    let line = action.line();
    assert_eq!((action.name(), other.name()), ("uart0", ""));
    assert_eq!(other.line(), line + 1);
    let (uart0, the_other) = (
        format!("`uart0` at {}:{line}", file!()),
        format!("the action at {}:{}", file!(), line + 1),
    );
    assert_eq!(other.to_string(), the_other);
    for (error, text) in [
        (
            ActionError::OutOfRange {
                index: 16,
                capacity: 16,
                action,
            },
            "{} was not registered: event 16 is out of range: the table has 16 slots, for events \
             0 to 15",
        ),
        (
            ActionError::AlreadyRegistered { index: 3, action },
            "{} is in use, for event 3: unregister it there first; an action can be in only \
             one table, and only once",
        ),
        (
            ActionError::NotRegistered { action },
            "{} is not registered in this table",
        ),
        (
            ActionError::InFlight { index: 3, action },
            "{} was unregistered from event 3, but a call of it may be in flight: wait with \
             `unregister_and_drain`",
        ),
        (
            ActionError::Retired { index: 3, action },
            "{} was registered for event 3 of an `Uncounted` table, which cannot tell whether a \
             call of it is in flight: it cannot be used again",
        ),
        (
            ActionError::NoCpus {
                action,
                cpus: usize::MAX,
            },
            "{} would never be called: the set given to `on_cpus` is empty",
        ),
        (
            ActionError::NoCpus { action, cpus: 2 },
            "{} would never be called: the set given to `on_cpus` contains no CPU of this \
             table, which is `Counted<2>`",
        ),
        (
            ActionError::InHandler { cpu: 2 },
            "CPU 2 is in a handler of this table, and would wait for itself: unregister without \
             waiting, or wait after the handler has returned",
        ),
    ] {
        assert_eq!(error.to_string(), text.replace("{}", &uart0));
    }
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
        let removal = table.try_unregister(a).unwrap();
        assert!(!removal.in_flight);
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

// Enabled and disabled.

#[test]
fn the_first_and_the_last_enabled_action_are_told() {
    let table = leak(ActionTable::<4, Log>::new());
    let (a, b) = (shared("a"), shared("b"));
    let c = leak(action("c").shared().disabled());

    assert_eq!(table.register(1, c), Ok(Line::Unchanged));
    assert!(!table.is_enabled(1));
    assert_eq!(dispatched(table, 1), Log::new());

    assert_eq!(table.register(1, a), Ok(Line::Unmask));
    assert_eq!(table.register(1, b), Ok(Line::Unchanged));
    assert!(table.is_enabled(1) && !table.is_enabled(0));
    assert_eq!(table.enable(c), Ok(Line::Unchanged));
    assert_eq!(dispatched(table, 1), ["c", "a", "b"]);

    assert_eq!(table.disable(a), Ok(Line::Unchanged));
    assert_eq!(table.disable(a), Ok(Line::Unchanged));
    assert_eq!(dispatched(table, 1), ["c", "b"]);
    assert_eq!(table.unregister(b), Ok(Line::Unchanged));
    assert_eq!(table.disable(c), Ok(Line::Mask));
    assert!(!table.is_enabled(1));
    assert_eq!(table.unregister(c), Ok(Line::Unchanged));
    assert_eq!(table.enable(a), Ok(Line::Unmask));
    assert_eq!(table.unregister(a), Ok(Line::Mask));
    assert!(!table.is_enabled(1));

    // A new registration resets the action to its initial state.
    assert_eq!(table.register(1, a), Ok(Line::Unmask));
    assert_eq!(table.register(1, c), Ok(Line::Unchanged));
    assert_eq!(dispatched(table, 1), ["a"]);
}

/// One thread disables the last action while another one enables a second action. The first
/// thread sets the line late, but the line must be unmasked in the end.
#[test]
fn a_stale_disable_does_not_override_a_concurrent_enable() {
    let table = leak(ActionTable::<4, Log>::new());
    let line = leak(AtomicBool::new(true));
    let (first, second) = (shared("first"), leak(action("second").shared().disabled()));
    table.register(1, first).unwrap();
    table.register(1, second).unwrap();
    let (about_to_mask, enabled) = (leak(Barrier::new(2)), leak(Barrier::new(2)));

    let disabler = thread::spawn(move || {
        assert_eq!(table.disable(first), Ok(Line::Mask));
        about_to_mask.wait();
        enabled.wait();
        table.apply_line(1, |on| line.store(on, Ordering::Relaxed));
    });
    about_to_mask.wait();
    assert_eq!(table.enable(second), Ok(Line::Unmask));
    table.apply_line(1, |on| line.store(on, Ordering::Relaxed));
    enabled.wait();
    disabler.join().unwrap();
    assert!(line.load(Ordering::Relaxed));
    assert_eq!(dispatched(table, 1), ["second"]);
}

/// The actions change after `apply_line` has read their state, and before it sets the line.
#[test]
fn a_line_is_set_until_it_is_what_the_actions_want() {
    let table = leak(ActionTable::<4, Log>::new());
    let a = shared("a");
    table.register(1, a).unwrap();
    table.disable(a).unwrap();
    let mut set = Vec::new();
    table.apply_line(1, |on| {
        match set.len() {
            0 => assert_eq!(table.enable(a), Ok(Line::Unmask)),
            1 => assert_eq!(table.unregister(a), Ok(Line::Mask)),
            _ => {}
        }
        set.push(on);
    });
    assert_eq!(set, [false, true, false]);
    table.apply_line(4, |_| panic!("there is no such event"));
}

/// The caller that was told has not set the line.
#[test]
fn a_line_that_was_not_set_is_told_again() {
    let table = leak(ActionTable::<4, Log>::new());
    let a = shared("a");
    assert_eq!(table.register(1, a), Ok(Line::Unmask));
    for (wanted, change) in [(Line::Unmask, None), (Line::Mask, Some(a))] {
        if let Some(action) = change {
            assert_eq!(table.disable(action), Ok(wanted));
        }
        let apply = || table.apply_line(1, |_| panic!("in `set`"));
        catch_unwind(AssertUnwindSafe(apply)).unwrap_err();
        assert_eq!(table.take_line(1), wanted);
        assert_eq!(table.take_line(1), Line::Unchanged);
    }
}

/// One thread takes the change of another thread, before that one asks. So the first thread
/// must set the line, because the second one is told nothing.
#[test]
fn whoever_is_told_of_a_change_sets_the_line_after_it() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let gate_ = Gate::new();
    let (p, q) = (
        leak(Action::new(gate, gate_).shared()),
        leak(Action::new(|_, ()| Verdict::Handled, ()).shared()),
    );
    let mut line = false;
    assert_eq!(table.register(1, p), Ok(Line::Unmask));
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    let mut sets = 0;
    table.apply_line(1, |on| {
        if sets == 0 {
            // A change that is not reported, while the line is being set.
            let wait = || table.unregister_and_drain(p, Here::Cpu(1), || panic!("in `relax`"));
            catch_unwind(AssertUnwindSafe(wait)).unwrap_err();
        } else if sets == 1 {
            assert_eq!(table.register(1, q), Ok(Line::Unmask));
        }
        line = on;
        sets += 1;
    });
    assert!(line && table.is_enabled(1));
    assert_eq!(table.take_line(1), Line::Unchanged);
    gate_.release.wait();
    dispatcher.join().unwrap();
}

/// 63 waits for a removal are in progress, so one more must wait for room. Meanwhile the
/// action is registered in another table, called there, and removed. That removal is not for
/// the wait.
#[test]
fn a_wait_without_room_does_not_free_what_another_table_drains() {
    fn nest<C: Sync>(
        table: &'static ActionTable<2>,
        action: &'static Action<(), C>,
        left: usize,
        all: &dyn Fn(),
    ) {
        let mut is_deeper = false;
        let drained = table.unregister_and_drain(action, Here::Unknown, || {
            if !is_deeper {
                is_deeper = true;
                if left == 0 {
                    all();
                } else {
                    nest(table, action, left - 1, all);
                }
            }
            thread::yield_now();
        });
        assert!(drained.is_ok());
    }
    let (here, there) = (leak(ActionTable::<2>::new()), leak(ActionTable::<2>::new()));
    let (first, second) = (Gate::new(), Gate::new());
    // The first call passes one gate, and the second call the other one.
    let gates: &'static [&Gate; 2] = leak([first, second]);
    let calls: &'static AtomicUsize = leak(AtomicUsize::new(0));
    let action = leak(Action::new(
        |_: &mut Event<'_>, (gates, calls): &(&'static [&Gate; 2], &AtomicUsize)| {
            gates[calls.fetch_add(1, Ordering::Relaxed)].pass()
        },
        (gates, calls),
    ));
    here.register(0, action).unwrap();
    let dispatcher = thread::spawn(|| here.dispatch(0, 0, &mut ()).unwrap());
    first.entered.wait();
    let (nested, all_nested) = mpsc::channel();
    let waits = thread::spawn(move || {
        nest(here, action, 62, &|| nested.send(()).unwrap());
    });
    all_nested.recv().unwrap();
    let mut waits = Some((waits, dispatcher));
    let mut elsewhere = None;
    let drained = here.unregister_and_drain(action, Here::Unknown, || {
        if let Some((waits, dispatcher)) = waits.take() {
            first.release.wait();
            dispatcher.join().unwrap();
            waits.join().unwrap();
            there.register(1, action).unwrap();
            elsewhere = Some(thread::spawn(|| there.dispatch(0, 1, &mut ()).unwrap()));
            second.entered.wait();
            there.unregister(action).unwrap();
        }
    });
    // The other waits have drained it here.
    let not_registered = ActionError::NotRegistered {
        action: action.id(),
    };
    assert_eq!(drained, Err(not_registered));
    let in_flight = ActionError::InFlight {
        index: 1,
        action: action.id(),
    };
    assert_eq!(action.with_context(|_| ()), Err(in_flight));
    second.release.wait();
    elsewhere.unwrap().join().unwrap();
    action.with_context(|_| ()).unwrap();
}

/// A change that was not reported is reported to the next caller that asks, once.
#[test]
fn a_change_of_a_line_is_told_also_after_a_panic() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_));
    assert_eq!(table.register(1, action), Ok(Line::Unmask));
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    let panics = || panic!("in `relax`");
    let wait = || table.unregister_and_drain(action, Here::Cpu(1), panics);
    catch_unwind(AssertUnwindSafe(wait)).unwrap_err();
    assert!(!table.is_enabled(1));
    assert_eq!(table.take_line(1), Line::Mask);
    assert_eq!(table.take_line(1), Line::Unchanged);
    gate_.release.wait();
    dispatcher.join().unwrap();
    // The wait that panicked does not block others.
    assert_eq!(table.register(1, action), Ok(Line::Unmask));
    assert_eq!(table.take_line(4), Line::Unchanged);
}

#[test]
fn what_was_told_and_undone_before_anybody_asked_is_not_told() {
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_));
    let other = leak(Action::new(|_, ()| Verdict::Handled, ()));
    assert_eq!(table.register(1, action), Ok(Line::Unmask));
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    let mut looks = 0;
    let line = table.unregister_and_drain(action, Here::Cpu(1), || {
        if looks == 0 {
            // The line is unmasked, and stays unmasked.
            assert_eq!(table.register(1, other), Ok(Line::Unchanged));
            gate_.release.wait();
        }
        looks += 1;
        thread::yield_now();
    });
    assert_eq!(line, Ok(Line::Unchanged));
    dispatcher.join().unwrap();
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

// Removal.

/// The wait lasts as long as the call. The waiting thread reports when it has checked the
/// counters. Only then does the call end.
fn waits_for_a_call(
    wait: impl FnOnce(&'static ActionTable<4>, &'static Action<(), &'static Gate>, &mut dyn FnMut())
    + Send,
) {
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_));
    let table = leak(ActionTable::<4>::new());
    table.register(1, action).unwrap();
    let (looked, has_looked) = mpsc::channel();
    thread::scope(|scope| {
        let dispatcher = scope.spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
        gate_.entered.wait();
        let waiter = scope.spawn(move || {
            let mut looks = 0;
            wait(table, action, &mut || {
                looks += 1;
                if looks == 100 {
                    looked.send(()).unwrap();
                }
                thread::yield_now();
            });
            assert!(gate_.left.load(Ordering::Relaxed), "did not wait");
            assert!(looks >= 100);
        });
        let has_looked = has_looked.recv();
        let left = gate_.left.load(Ordering::Relaxed);
        // Also if the waiter has failed. Otherwise this would wait for the dispatcher.
        gate_.release.wait();
        waiter.join().unwrap();
        assert!(has_looked.is_ok() && !left);
        let outcome = dispatcher.join().unwrap();
        assert_eq!((outcome.called(), outcome.handled()), (1, true));
    });
}

#[test]
fn unregister_and_drain_waits_and_frees() {
    waits_for_a_call(|table, action, relax| {
        assert_eq!(
            table.unregister_and_drain(action, Here::Unknown, relax),
            Ok(Line::Mask)
        );
        assert_eq!(table.dispatch(0, 1, &mut ()).unwrap().called(), 0);
        table.register(2, action).unwrap();
    });
}

#[test]
fn synchronize_waits() {
    waits_for_a_call(|table, _, relax| table.synchronize(Here::Unknown, relax).unwrap());
}

#[test]
fn an_action_that_was_unregistered_can_be_drained_later() {
    waits_for_a_call(|table, action, relax| {
        assert_eq!(table.unregister(action), Ok(Line::Mask));
        let in_flight = ActionError::InFlight {
            index: 1,
            action: action.id(),
        };
        assert_eq!(table.register(1, action), Err(in_flight));
        assert_eq!(action.with_context(|_| ()), Err(in_flight));
        assert_eq!(
            table.unregister_and_drain(action, Here::Unknown, relax),
            Ok(Line::Unchanged)
        );
        table.register(1, action).unwrap();
    });
}

/// Every method can use a free action, after any earlier check.
#[test]
fn an_action_that_no_call_is_in_flight_of_is_free_for_everybody() {
    let (table, elsewhere) = (leak(ActionTable::<4>::new()), leak(ActionTable::<2>::new()));
    let action = leak(Action::new(|_, ()| Verdict::Handled, ()));
    let remove = || {
        table.register(1, action).unwrap();
        table.unregister(action).unwrap();
    };
    remove();
    action.with_context(|()| ()).unwrap();
    remove();
    elsewhere.register(0, action).unwrap();
    elsewhere.unregister(action).unwrap();
    remove();
    let removal = table.try_unregister(action).unwrap();
    assert_eq!((removal.line, removal.in_flight), (Line::Unchanged, false));
    // It is free now, and registered nowhere.
    let not_registered = ActionError::NotRegistered {
        action: action.id(),
    };
    assert_eq!(table.try_unregister(action), Err(not_registered));
    remove();
    assert_eq!(elsewhere.try_unregister(action), Err(not_registered));
    let drain = |table: &ActionTable<4>| {
        table.unregister_and_drain(action, Here::Unknown, || panic!("nothing is in flight"))
    };
    assert_eq!(drain(table), Ok(Line::Unchanged));
    assert_eq!(drain(table), Err(not_registered));
}

/// In a handler, a call is in flight, so the action is not free.
#[test]
fn an_action_that_is_being_called_is_free_for_nobody() {
    struct Inside {
        tables: [&'static ActionTable<4, Vec<ActionError>>; 2],
        me: Mutex<Option<&'static Action<Vec<ActionError>, &'static Inside>>>,
    }
    fn inside(event: &mut Event<'_, Vec<ActionError>>, inside: &&'static Inside) -> Verdict {
        let me = inside.me.lock().unwrap().unwrap();
        let [table, elsewhere] = inside.tables;
        table.unregister(me).unwrap();
        event.arg.extend([
            me.with_context(|_| ()).unwrap_err(),
            table.register(1, me).unwrap_err(),
            elsewhere.register(1, me).unwrap_err(),
            elsewhere
                .unregister_and_drain(me, Here::Unknown, || ())
                .unwrap_err(),
        ]);
        assert!(table.try_unregister(me).unwrap().in_flight);
        Verdict::Handled
    }
    let state: &'static Inside = leak(Inside {
        tables: [leak(ActionTable::new()), leak(ActionTable::new())],
        me: Mutex::new(None),
    });
    let action = leak(Action::new(inside, state));
    *state.me.lock().unwrap() = Some(action);
    state.tables[0].register(3, action).unwrap();
    let mut errors = Vec::new();
    state.tables[0].dispatch(0, 3, &mut errors).unwrap();
    let (index, action_id) = (3, action.id());
    let in_flight = ActionError::InFlight {
        index,
        action: action_id,
    };
    let not_registered = ActionError::NotRegistered { action: action_id };
    assert_eq!(errors, [in_flight, in_flight, in_flight, not_registered]);
    action.with_context(|_| ()).unwrap();
}

#[test]
fn a_listing_does_not_show_what_was_removed_while_it_ran() {
    let table = leak(ActionTable::<4, Log>::new());
    let (a, b, c) = (shared("a"), shared("b"), shared("c"));
    for action in [a, b, c] {
        table.register(1, action).unwrap();
    }
    let mut seen = Vec::new();
    table.for_each(1, |action| {
        seen.push(action.id.name());
        let _ = table.unregister(b);
    });
    assert_eq!(seen, ["a", "c"]);
}

#[test]
fn try_unregister_tells_whether_a_call_is_in_flight() {
    let gate_ = Gate::new();
    let action = leak(Action::new(gate, gate_).shared());
    let other = leak(Action::new(|_, ()| Verdict::Handled, ()).shared());
    let table = leak(ActionTable::<4, (), Counted<2>>::new());
    table.register(1, action).unwrap();
    table.register(2, other).unwrap();
    let dispatcher = thread::spawn(|| table.dispatch(0, 1, &mut ()).unwrap());
    gate_.entered.wait();
    assert!(table.try_unregister(action).unwrap().in_flight);
    // Calls are counted for each CPU, not for each action.
    assert!(table.try_unregister(other).unwrap().in_flight);
    let elsewhere = leak(ActionTable::<4>::new());
    assert!(matches!(
        elsewhere.register(0, action),
        Err(ActionError::InFlight { index: 1, .. })
    ));
    // A table that did not have the action does not drain it.
    assert!(matches!(
        elsewhere.unregister_and_drain(action, Here::Unknown, || ()),
        Err(ActionError::NotRegistered { .. })
    ));
    gate_.release.wait();
    dispatcher.join().unwrap();

    // Now the table that had the action finds no call in flight.
    table.register(1, action).unwrap();
    assert!(!table.try_unregister(action).unwrap().in_flight);
    elsewhere.register(0, action).unwrap();
}

#[test]
fn an_action_may_unregister_itself_and_its_neighbours_while_they_are_called() {
    struct Once {
        table: ActionTable<2, Log>,
        removes: Mutex<Vec<&'static Action<Log, &'static Once>>>,
    }
    fn remove(event: &mut Event<'_, Log>, once: &&'static Once) -> Verdict {
        event.arg.push("remove");
        for action in once.removes.lock().unwrap().drain(..) {
            once.table.unregister(action).unwrap();
        }
        Verdict::Handled
    }
    let once = leak(Once {
        table: ActionTable::new(),
        removes: Mutex::new(Vec::new()),
    });
    let actions: Vec<_> = (0..4)
        .map(|_| leak(Action::new(remove, &*once).shared()))
        .collect();
    for action in &actions {
        once.table.register(0, action).unwrap();
    }
    // The second one removes itself, the previous one and the next one.
    let mut log = Log::new();
    once.table.dispatch(0, 0, &mut log).unwrap();
    assert_eq!(log.len(), 4);
    *once.removes.lock().unwrap() = vec![actions[0], actions[1]];
    assert_eq!(
        dispatched(&once.table, 0).len(),
        3,
        "the first removed itself and the next"
    );
    assert_eq!(dispatched(&once.table, 0).len(), 2);
    once.table.synchronize(Here::Cpu(0), || ()).unwrap();
    once.table.register(0, actions[0]).unwrap();
    assert_eq!(dispatched(&once.table, 0).len(), 3);
}

#[test]
fn waiting_in_a_handler_is_an_error() {
    static TABLE: ActionTable<4, (), Counted<8>> = ActionTable::new();
    static WAITS: Action = Action::new(waits, ());
    fn waits(event: &mut Event<'_>, (): &()) -> Verdict {
        let here = Here::Cpu(event.cpu());
        let cpu = event.cpu();
        let expected = Err(ActionError::InHandler { cpu });
        assert_eq!(TABLE.synchronize(here, || panic!("waits")), expected);
        let line = TABLE.unregister_and_drain(&WAITS, here, || panic!("waits"));
        assert_eq!(line, Err(ActionError::InHandler { cpu }));
        // Nothing has changed.
        assert!(TABLE.is_enabled(1));
        Verdict::Handled
    }
    TABLE.register(1, &WAITS).unwrap();
    for cpu in [0, 5] {
        assert!(TABLE.dispatch(cpu, 1, &mut ()).unwrap().handled());
    }
    TABLE
        .synchronize(Here::Cpu(5), || panic!("nothing to wait for"))
        .unwrap();
    TABLE
        .unregister_and_drain(&WAITS, Here::Cpu(0), || panic!("nothing to wait for"))
        .unwrap();
}

#[test]
fn a_panicking_handler_does_not_wedge_the_waiters() {
    let table = leak(ActionTable::<4>::new());
    let action: &'static Action<(), AtomicBool> = leak(Action::new(
        |_, panics| {
            assert!(!panics.load(Ordering::Relaxed), "as it should");
            Verdict::Handled
        },
        AtomicBool::new(true),
    ));
    table.register(1, action).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| table.dispatch(0, 1, &mut ())));
    assert!(panic.is_err());
    table
        .unregister_and_drain(action, Here::Cpu(0), || panic!("nothing to wait for"))
        .unwrap();
    action
        .with_context(|panics| *panics.get_mut() = false)
        .unwrap();
    table.register(1, action).unwrap();
    assert!(table.dispatch(0, 1, &mut ()).unwrap().handled());
}

#[test]
fn a_context_is_taken_out_and_dropped_while_the_action_is_free() {
    let table = leak(ActionTable::<4>::new());
    let state = std::sync::Arc::new(());
    let action = leak(Action::new(
        |_, _: &Mutex<Option<std::sync::Arc<()>>>| Verdict::Handled,
        Mutex::new(Some(state.clone())),
    ));
    table.register(1, action).unwrap();
    assert_eq!(
        action.with_context(|_| ()),
        Err(ActionError::AlreadyRegistered {
            index: 1,
            action: action.id()
        })
    );
    assert!(!table.try_unregister(action).unwrap().in_flight);
    action
        .with_context(|context| {
            // The context is not available meanwhile.
            assert!(matches!(
                table.register(1, action),
                Err(ActionError::AlreadyRegistered { .. })
            ));
            assert!(table.unregister(action).is_err());
            context.get_mut().unwrap().take()
        })
        .unwrap();
    assert_eq!(std::sync::Arc::strong_count(&state), 1);
    // If the closure panics, the context is available again.
    let panic = catch_unwind(AssertUnwindSafe(|| action.with_context(|_| panic!())));
    assert!(panic.is_err());
    table.register(1, action).unwrap();
}

#[test]
fn an_action_of_an_uncounted_table_is_retired() {
    let table = leak(ActionTable::<4, Log, Uncounted>::new());
    let counted = leak(ActionTable::<4, Log>::new());
    let (a, b) = (shared("a"), shared("b"));
    let alone = leak(action("alone"));
    table.register(1, a).unwrap();
    table.register(1, b).unwrap();
    assert!(table.register(1, alone).is_err());
    assert_eq!(table.unregister(a), Ok(Line::Unchanged));
    let mut log = Log::new();
    table.dispatch(usize::MAX, 1, &mut log).unwrap();
    assert_eq!(log, ["b"]);
    let retired = ActionError::Retired {
        index: 1,
        action: a.id(),
    };
    assert_eq!(table.register(1, a), Err(retired));
    assert_eq!(counted.register(1, a), Err(retired));
    assert_eq!(a.with_context(|_| ()), Err(retired));
    assert!(
        counted
            .unregister_and_drain(a, Here::Unknown, || ())
            .is_err()
    );
    // An action that was never registered is not retired.
    counted.register(1, alone).unwrap();
}

// Non-reentrant actions.

#[test]
fn an_event_that_comes_while_the_handler_runs_is_pended_and_not_lost() {
    struct State {
        gate: &'static Gate,
        runs: Vec<(usize, bool)>,
    }
    let gate_ = Gate::new();
    let action = leak(Action::non_reentrant(
        |event: &mut Event<'_, usize>, state: &mut State| {
            state.runs.push((*event.arg, event.is_repeat()));
            state.gate.pass()
        },
        State {
            gate: gate_,
            runs: Vec::new(),
        },
    ));
    let table = leak(ActionTable::<4, usize, Counted<2>>::new());
    table.register(1, action).unwrap();
    thread::scope(|scope| {
        let dispatcher = scope.spawn(|| table.dispatch(0, 1, &mut 10).unwrap());
        gate_.entered.wait();
        for argument in [11, 12, 13] {
            let outcome = table.dispatch(1, 1, &mut { argument }).unwrap();
            assert_eq!((outcome.called(), outcome.pended()), (0, 1));
            assert!(!outcome.handled() && !outcome.is_spurious());
        }
        gate_.release.wait();
        let outcome = dispatcher.join().unwrap();
        assert_eq!(
            (outcome.called(), outcome.pended(), outcome.handled()),
            (1, 0, true)
        );
    });
    assert_eq!(table.spurious(), 0);
    // Again, without nested events.
    table.dispatch(1, 1, &mut 14).unwrap();
    table
        .unregister_and_drain(action, Here::Unknown, thread::yield_now)
        .unwrap();
    let runs = action.with_context(|state| state.runs.clone()).unwrap();
    assert_eq!(runs, [(10, false), (10, true), (14, false)]);
}

#[test]
fn a_handler_that_raises_its_own_event_runs_once_more() {
    static TABLE: ActionTable<4, u32> = ActionTable::new();
    static ACTION: Action<u32, Vec<(u32, bool)>> = Action::non_reentrant(
        |event, runs| {
            runs.push((*event.arg, event.is_repeat()));
            if *event.arg < 3 {
                *event.arg += 1;
                let outcome = TABLE.dispatch(0, 1, &mut 100).unwrap();
                assert_eq!((outcome.called(), outcome.pended()), (0, 1));
            }
            Verdict::Unhandled
        },
        Vec::new(),
    );
    TABLE.register(1, &ACTION).unwrap();
    let mut argument = 0;
    assert!(TABLE.dispatch(0, 1, &mut argument).unwrap().is_spurious());
    assert!(!TABLE.try_unregister(&ACTION).unwrap().in_flight);
    assert_eq!(
        ACTION.with_context(|runs| runs.clone()).unwrap(),
        [(0, false), (1, true), (2, true), (3, true)]
    );
}

#[test]
fn what_a_repeat_says_counts() {
    static TABLE: ActionTable<4> = ActionTable::new();
    static ACTION: Action<(), ()> = Action::non_reentrant(
        |event, ()| {
            if event.is_repeat() {
                return Verdict::Wake;
            }
            TABLE.dispatch(0, 1, &mut ()).unwrap();
            Verdict::Unhandled
        },
        (),
    )
    .counted();
    TABLE.register(1, &ACTION).unwrap();
    let outcome = TABLE.dispatch(0, 1, &mut ()).unwrap();
    assert_eq!(
        (outcome.called(), outcome.handled(), outcome.wake()),
        (1, true, true)
    );
    assert_eq!(ACTION.count(), Some(2));
}

#[test]
fn a_non_reentrant_handler_that_panics_runs_again() {
    let table = leak(ActionTable::<4>::new());
    let action = leak(Action::non_reentrant(
        |_: &mut Event<'_>, calls: &mut usize| {
            *calls += 1;
            assert!(*calls != 1, "as it should");
            Verdict::Handled
        },
        0,
    ));
    table.register(1, action).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| table.dispatch(0, 1, &mut ()))).is_err());
    assert!(table.dispatch(0, 1, &mut ()).unwrap().handled());
    assert!(!table.try_unregister(action).unwrap().in_flight);
    assert_eq!(action.with_context(|calls| *calls), Ok(2));
}

#[test]
fn actions_of_one_event_may_run_side_by_side_or_not_each_as_it_is() {
    let table = leak(ActionTable::<4, (), Counted<3>>::new());
    let inside: &'static Barrier = leak(Barrier::new(2));
    let concurrent: &'static Action<(), &'static Barrier> = leak(
        Action::new(
            |_, inside: &&'static Barrier| {
                // Passes only if two calls are here at once.
                inside.wait();
                Verdict::Handled
            },
            inside,
        )
        .shared()
        .on_cpus(CpuSet::of(&[1, 2])),
    );
    let alone = leak(
        Action::non_reentrant(
            |_: &mut Event<'_>, calls: &mut usize| {
                *calls += 1;
                Verdict::Handled
            },
            0,
        )
        .shared(),
    );
    table.register(1, concurrent).unwrap();
    table.register(1, alone).unwrap();
    let called: usize = thread::scope(|scope| {
        let threads: Vec<_> = [1, 2]
            .map(|cpu| {
                scope.spawn(move || {
                    let outcome = table.dispatch(cpu, 1, &mut ()).unwrap();
                    outcome.called() + outcome.pended()
                })
            })
            .into();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(called, 4);
}
