//! Compares action tables with a model, which is a sorted vector: any sequence of operations
//! must give the same results and the same calls.

use crate::support::leak;
use handler_table::{
    Action, ActionError, ActionTable, Counted, CpuSet, Event, Here, Line, Verdict,
};
use proptest::prelude::*;
use std::collections::HashSet;

const EVENTS: usize = 3;
const ACTIONS: usize = 6;
const CPUS: usize = 2;

type Table = ActionTable<EVENTS, Vec<usize>, Counted<CPUS>>;
type Member = Action<Vec<usize>, (usize, Verdict)>;

fn note(event: &mut Event<'_, Vec<usize>>, (name, verdict): &(usize, Verdict)) -> Verdict {
    event.arg.push(*name);
    *verdict
}

/// The options of an action.
#[derive(Clone, Copy, Debug)]
struct Made {
    shared: bool,
    priority: i32,
    disabled: bool,
    cpu: Option<u8>,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Register(usize, usize),
    Unregister(usize),
    TryUnregister(usize),
    Drain(usize),
    Enable(usize),
    Disable(usize),
    Dispatch(usize, usize),
    Context(usize),
}

fn made() -> impl Strategy<Value = Made> {
    let verdict = prop_oneof![
        Just(Verdict::Unhandled),
        Just(Verdict::Handled),
        Just(Verdict::Wake)
    ];
    (
        prop::bool::weighted(0.8),
        -1..=1,
        any::<bool>(),
        prop::option::weighted(0.3, 0..3_u8),
        verdict,
    )
        .prop_map(|(shared, priority, disabled, cpu, verdict)| Made {
            shared,
            priority,
            disabled,
            cpu,
            verdict,
        })
}

fn operation() -> impl Strategy<Value = Operation> {
    let action = || 0..ACTIONS;
    prop_oneof![
        4 => (0..=EVENTS, action()).prop_map(|(event, action)| Operation::Register(event, action)),
        2 => action().prop_map(Operation::Unregister),
        1 => action().prop_map(Operation::TryUnregister),
        1 => action().prop_map(Operation::Drain),
        1 => action().prop_map(Operation::Enable),
        1 => action().prop_map(Operation::Disable),
        4 => (0..=CPUS, 0..=EVENTS).prop_map(|(cpu, event)| Operation::Dispatch(cpu, event)),
        1 => action().prop_map(Operation::Context),
    ]
}

/// The model of a table: for each event, the actions and whether they are enabled.
#[derive(Default)]
struct Model {
    events: [Vec<(usize, bool)>; EVENTS],
    /// The actions that were unregistered without a check for calls in flight.
    removed: HashSet<usize>,
}

/// The result of an operation. Equal errors also have equal names of both actions.
#[derive(Debug, PartialEq)]
enum Answer {
    Line(Line),
    Free,
    Called(Vec<usize>, bool, bool),
    Refused,
    Error(ActionError),
}

impl Model {
    fn place(&self, action: usize) -> Option<(usize, usize)> {
        self.events.iter().enumerate().find_map(|(event, actions)| {
            let at = actions.iter().position(|(name, _)| *name == action)?;
            Some((event, at))
        })
    }

    fn enabled(&self, event: usize) -> usize {
        self.events[event]
            .iter()
            .filter(|(_, enabled)| *enabled)
            .count()
    }

    /// The `Line` of an event after a change.
    fn line(&mut self, event: usize, change: impl FnOnce(&mut Vec<(usize, bool)>)) -> Answer {
        let before = self.enabled(event);
        change(&mut self.events[event]);
        Answer::Line(match (before, self.enabled(event)) {
            (0, 1) => Line::Unmask,
            (1, 0) => Line::Mask,
            _ => Line::Unchanged,
        })
    }

    fn register(
        &mut self,
        index: usize,
        action: usize,
        made: &[Made],
        actions: &[&Member],
    ) -> Answer {
        let id = |action: usize| actions[action].id();
        let Made {
            shared,
            priority,
            disabled,
            cpu,
            ..
        } = made[action];
        if index >= EVENTS {
            return Answer::Error(ActionError::OutOfRange {
                index,
                capacity: EVENTS,
                action: id(action),
            });
        }
        if cpu.is_some_and(|cpu| usize::from(cpu) >= CPUS) {
            return Answer::Error(ActionError::NoCpus {
                action: id(action),
                cpus: CPUS,
            });
        }
        if let Some((index, _)) = self.place(action) {
            return Answer::Error(ActionError::AlreadyRegistered {
                index,
                action: id(action),
            });
        }
        self.removed.remove(&action);
        if let Some(&(other, _)) = self.events[index]
            .iter()
            .find(|(other, _)| !(shared && made[*other].shared))
        {
            return Answer::Error(ActionError::Exclusive {
                index,
                capacity: EVENTS,
                action: id(action),
                other: id(other),
            });
        }
        self.line(index, |actions| {
            let at = actions.partition_point(|(other, _)| made[*other].priority >= priority);
            actions.insert(at, (action, !disabled));
        })
    }

    fn apply(&mut self, operation: Operation, made: &[Made], actions: &[&Member]) -> Answer {
        let id = |action: usize| actions[action].id();
        let not_registered =
            |action| Answer::Error(ActionError::NotRegistered { action: id(action) });
        match operation {
            Operation::Register(index, action) => self.register(index, action, made, actions),
            Operation::Unregister(action)
            | Operation::TryUnregister(action)
            | Operation::Drain(action) => match self.place(action) {
                // It was unregistered and not checked since: now it is found free.
                None if operation == Operation::Drain(action) && self.removed.remove(&action) => {
                    Answer::Line(Line::Unchanged)
                }
                None => not_registered(action),
                Some((event, at)) => {
                    if operation == Operation::Unregister(action) {
                        self.removed.insert(action);
                    }
                    self.line(event, |actions| {
                        actions.remove(at);
                    })
                }
            },
            Operation::Enable(action) | Operation::Disable(action) => match self.place(action) {
                None => not_registered(action),
                Some((event, at)) => {
                    let enabled = matches!(operation, Operation::Enable(_));
                    self.line(event, |actions| actions[at].1 = enabled)
                }
            },
            Operation::Dispatch(cpu, index) => {
                if index >= EVENTS || cpu >= CPUS {
                    return Answer::Refused;
                }
                let called: Vec<usize> = self.events[index]
                    .iter()
                    .filter(|(action, enabled)| {
                        *enabled
                            && made[*action]
                                .cpu
                                .is_none_or(|only| usize::from(only) == cpu)
                    })
                    .map(|(action, _)| *action)
                    .collect();
                let any = |verdicts: &[Verdict]| {
                    called
                        .iter()
                        .any(|action| verdicts.contains(&made[*action].verdict))
                };
                let handled = any(&[Verdict::Handled, Verdict::Wake]);
                let wake = any(&[Verdict::Wake]);
                Answer::Called(called, handled, wake)
            }
            Operation::Context(action) => match self.place(action) {
                None => {
                    self.removed.remove(&action);
                    Answer::Free
                }
                Some((index, _)) => Answer::Error(ActionError::AlreadyRegistered {
                    index,
                    action: id(action),
                }),
            },
        }
    }
}

fn apply(operation: Operation, table: &'static Table, actions: &[&'static Member]) -> Answer {
    let line = |result: Result<Line, ActionError>| match result {
        Ok(line) => Answer::Line(line),
        Err(error) => Answer::Error(error),
    };
    match operation {
        Operation::Register(event, action) => {
            line(table.register(event, actions[action]).map(|it| it.line))
        }
        Operation::Unregister(action) => line(table.unregister(actions[action]).map(|it| it.line)),
        Operation::TryUnregister(action) => {
            line(table.unregister(actions[action]).map(|mut removal| {
                assert!(removal.try_drain());
                removal.line
            }))
        }
        Operation::Drain(action) => line(table.unregister_and_drain(
            actions[action],
            Here::Unknown,
            || panic!("nothing is in flight"),
        )),
        Operation::Enable(action) => line(table.enable(actions[action])),
        Operation::Disable(action) => line(table.disable(actions[action])),
        Operation::Dispatch(cpu, event) => {
            let mut called = Vec::new();
            match table.dispatch(cpu, event, &mut called) {
                Err(_) => Answer::Refused,
                Ok(outcome) => {
                    assert_eq!(outcome.called(), called.len());
                    Answer::Called(called, outcome.handled(), outcome.wake())
                }
            }
        }
        Operation::Context(action) => match actions[action].with_context(|_| ()) {
            Ok(()) => Answer::Free,
            Err(error) => Answer::Error(error),
        },
    }
}

/// Runs the operations on both, and returns the first at which they differ.
fn differ(
    made: &[Made],
    operations: &[Operation],
    model_of: impl Fn(&Made) -> Made,
) -> Option<String> {
    let actions: Vec<&'static Member> = made
        .iter()
        .enumerate()
        .map(|(name, made)| {
            let mut action = Action::new(note, (name, made.verdict)).priority(made.priority);
            if made.shared {
                action = action.shared();
            }
            if made.disabled {
                action = action.disabled();
            }
            if let Some(cpu) = made.cpu {
                action = action.on_cpus(CpuSet::of(&[cpu]));
            }
            leak(action)
        })
        .collect();
    let made: Vec<Made> = made.iter().map(model_of).collect();
    let table: &'static Table = Box::leak(Box::new(Table::new()));
    let mut model = Model::default();
    let mut spurious = 0;
    for (at, &operation) in operations.iter().enumerate() {
        let expected = model.apply(operation, &made, &actions);
        let answer = apply(operation, table, &actions);
        if expected != answer {
            return Some(format!("{at}: {operation:?}: {expected:?}, not {answer:?}"));
        }
        spurious += usize::from(matches!(answer, Answer::Called(_, false, _)));
        for event in 0..EVENTS {
            let mut order = Vec::new();
            table.for_each(event, |found| order.push((found.id, found.enabled)));
            let model = model.events[event]
                .iter()
                .map(|(action, enabled)| (actions[*action].id(), *enabled));
            if !model.eq(order) || table.is_enabled(event) != (self::enabled(table, event) > 0) {
                return Some(format!("{at}: {operation:?}: {table:?}"));
            }
        }
    }
    (table.spurious() != spurious).then(|| "spurious".to_owned())
}

fn enabled(table: &Table, event: usize) -> usize {
    let mut enabled = 0;
    table.for_each(event, |found| enabled += usize::from(found.enabled));
    enabled
}

fn program() -> impl Strategy<Value = (Vec<Made>, Vec<Operation>)> {
    (
        prop::collection::vec(made(), ACTIONS),
        prop::collection::vec(operation(), 1..60),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_does_what_its_model_does((made, operations) in program()) {
        let difference = differ(&made, &operations, |made| *made);
        prop_assert!(difference.is_none(), "{}", difference.unwrap());
    }
}

/// The comparison detects models with one mistake.
#[test]
fn a_wrong_model_is_found_out() {
    type Mistake = (&'static str, fn(&Made) -> Made);
    let mistakes: [Mistake; 4] = [
        ("priority", |made| Made {
            priority: 0,
            ..*made
        }),
        ("sharing", |made| Made {
            shared: true,
            ..*made
        }),
        ("enabling", |made| Made {
            disabled: false,
            ..*made
        }),
        ("CPUs", |made| Made { cpu: None, ..*made }),
    ];
    for (what, mistake) in mistakes {
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 200,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let found = runner.run(&program(), |(made, operations)| {
            prop_assert!(differ(&made, &operations, mistake).is_none());
            Ok(())
        });
        assert!(found.is_err(), "{what}");
        println!("control: a model without {what}");
    }
}
