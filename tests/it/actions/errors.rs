//! Errors: what they name, and that they change nothing.

use super::{Log, Note, action, dispatched, note};
use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionTable, Counted, CpuSet, DispatchError, Line, Verdict,
};

/// Also if they have no name.
#[test]
fn two_actions_made_in_one_place_are_told_apart() {
    let table = leak(ActionTable::<4>::new());
    let [a, b]: [&'static Action; 2] =
        std::array::from_fn(|_| leak(Action::new(|_, ()| Verdict::Handled, ())) as &_);
    table.register(1, a).unwrap();
    let error = table.register(1, b).unwrap_err();
    assert_ne!(a.id(), b.id());
    assert_eq!(
        error,
        ActionError::Exclusive {
            index: 1,
            capacity: 4,
            action: b.id(),
            other: a.id()
        }
    );
    let (text, [a, b]) = (error.to_string(), [a, b].map(|it| it.id().to_string()));
    assert!(a != b && text.contains(&a) && text.contains(&b), "{text}");
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
        table.unregister(action).map(drop),
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
    assert_eq!(
        wide_enough.register(0, elsewhere).map(|it| it.line),
        Ok(Line::Unmask)
    );
    // It has no name, so the id shows its place.
    assert!(nowhere.id().to_string().starts_with("the action at "));
    assert!(nowhere.id().file().ends_with("errors.rs"));

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
        format!(
            "the action at {}:{} (#{:x})",
            file!(),
            line + 1,
            std::ptr::from_ref(&NAMELESS).addr() & 0xffff_ffff
        ),
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
