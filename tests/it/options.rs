//! Options of actions that do not go together, and that do.

use handler_table::HandlerTable;
use handler_table::{
    Action, ActionError, ActionTable, Counted, CpuSet, Event, Verdict, event_handler, handler_table,
};
use std::sync::Barrier;
use std::thread;

type Table = ActionTable<4, (), Counted<4>>;

fn note(event: &mut Event<'_>, cpus: &mut Vec<usize>) -> Verdict {
    cpus.push(event.cpu());
    Verdict::Handled
}

#[test]
fn a_non_reentrant_action_is_for_one_cpu_or_for_all() {
    static TABLE: Table = ActionTable::new();
    static SEVERAL: Action<(), Vec<usize>> = Action::non_reentrant(note, Vec::new())
        .on_cpus(CpuSet::of(&[1, 200]))
        .name("timer");
    static ONE: Action<(), Vec<usize>> =
        Action::non_reentrant(note, Vec::new()).on_cpus(CpuSet::of(&[1]));
    static ALL: Action<(), Vec<usize>> = Action::non_reentrant(note, Vec::new());
    static REENTRANT: Action =
        Action::new(|_, ()| Verdict::Handled, ()).on_cpus(CpuSet::of(&[1, 2]));

    let action = SEVERAL.id();
    let error = TABLE.register(0, &SEVERAL).unwrap_err();
    assert_eq!(error, ActionError::SeveralCpus { action });
    assert!(error.to_string().starts_with("`timer` at"), "{error}");
    assert!(!TABLE.is_enabled(0));
    assert_eq!(SEVERAL.with_context(|cpus| cpus.len()), Ok(0));

    TABLE.register(0, &ONE).unwrap();
    TABLE.register(1, &ALL).unwrap();
    TABLE.register(2, &REENTRANT).unwrap();
    for cpu in 0..4 {
        TABLE.dispatch(cpu, 0, &mut ()).unwrap();
    }
    assert!(TABLE.unregister(&ONE).unwrap().try_drain());
    assert_eq!(ONE.with_context(|cpus| cpus.clone()), Ok(vec![1]));
}

/// Why the two are refused together: the repeat is on the CPU of the runner.
#[test]
fn a_repeat_runs_on_the_cpu_of_the_runner() {
    static TABLE: Table = ActionTable::new();
    static PENDED: Barrier = Barrier::new(2);
    static RUNNING: Barrier = Barrier::new(2);
    static ACTION: Action<(), Vec<usize>> = Action::non_reentrant(
        |event, cpus: &mut Vec<usize>| {
            if !event.is_repeat() {
                RUNNING.wait();
                PENDED.wait();
            }
            note(event, cpus)
        },
        Vec::new(),
    );
    TABLE.register(0, &ACTION).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| TABLE.dispatch(2, 0, &mut ()).unwrap());
        RUNNING.wait();
        assert_eq!(TABLE.dispatch(3, 0, &mut ()).unwrap().pended(), 1);
        PENDED.wait();
    });
    assert!(TABLE.unregister(&ACTION).unwrap().try_drain());
    assert_eq!(ACTION.with_context(|cpus| cpus.clone()), Ok(vec![2, 2]));
}

#[handler_table]
static LINES: ActionTable<4, u32>;

#[event_handler(LINES, 0, non_reentrant, context = Vec::new(), handle = LOG, counted)]
fn log(event: &mut Event<'_, u32>, numbers: &mut Vec<u32>) -> Verdict {
    numbers.push(*event.arg);
    if *event.arg == 1 {
        // Pended: the context is not given out twice.
        let outcome = LINES.dispatch(0, 0, &mut 2).unwrap();
        assert_eq!((outcome.called(), outcome.pended()), (0, 1));
        *event.arg = 3;
    }
    Verdict::Handled
}

#[test]
fn a_static_action_has_its_context_for_itself() {
    assert_eq!(LOG.with_context(|numbers| numbers.push(0)), Ok(()));
    LINES.init().unwrap();
    assert_eq!(LINES.dispatch(0, 0, &mut 1).unwrap().called(), 1);
    let error = LOG.with_context(|_| ()).unwrap_err();
    assert!(matches!(error, ActionError::AlreadyRegistered { .. }));
    assert!(LINES.unregister(LOG).unwrap().try_drain());
    assert_eq!(
        LOG.with_context(|numbers| numbers.clone()),
        Ok(vec![0, 1, 3])
    );
    assert_eq!(LOG.count(), Some(2));
    let action = LOG.id();
    assert_eq!(
        LINES.enable(LOG),
        Err(ActionError::NotRegistered { action })
    );
}

/// Fails if an action may join others, as with `register`: then all get the first event.
#[test]
fn each_thread_gets_a_free_event_of_its_own() {
    const EVENTS: usize = 64;
    static FUNCTIONS: HandlerTable<EVENTS> = HandlerTable::new();
    static ACTIONS: ActionTable<EVENTS> = ActionTable::new();
    static START: Barrier = Barrier::new(4);
    let take = || {
        START.wait();
        let mut taken = Vec::new();
        for _ in 0..EVENTS / 4 {
            let action: &Action =
                Box::leak(Box::new(Action::new(|_, ()| Verdict::Handled, ()).shared()));
            let index = ACTIONS
                .register_any(0..EVENTS, action)
                .unwrap()
                .handle
                .index();
            taken.push((FUNCTIONS.register_any(0..EVENTS, || ()).unwrap(), index));
        }
        taken
    };
    let taken: Vec<(usize, usize)> = thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(take));
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let (mut functions, mut actions): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
    functions.sort_unstable();
    actions.sort_unstable();
    assert!(functions.into_iter().eq(0..EVENTS) && actions.into_iter().eq(0..EVENTS));
    assert_eq!(FUNCTIONS.register_any(0..EVENTS * 2, || ()), None);
}
