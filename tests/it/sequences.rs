//! Compares tables with a vector of options: any sequence of operations, also with invalid
//! indices, must have the same effect on both.

use crate::support::{HANDLERS, Handler, Mistake, Table, Wrong};
use handler_table::{HandlerTable, RegisterError, table};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(Clone, Copy, Debug)]
enum Operation {
    Register(usize, usize),
    Replace(usize, usize),
    Unregister(usize),
    Handle(usize),
    Registered,
}

fn operations(capacity: usize) -> impl Strategy<Value = Vec<Operation>> {
    let index = || {
        prop_oneof![
            8 => 0..capacity + 2,
            1 => Just(capacity.wrapping_sub(1)),
            1 => Just(capacity),
            1 => Just(usize::MAX),
            // Its offset in bytes overflows.
            1 => Just(usize::MAX / size_of::<usize>() + 1),
        ]
    };
    let handler = || 0..HANDLERS.len();
    let operation = prop_oneof![
        3 => (index(), handler()).prop_map(|(index, new)| Operation::Register(index, new)),
        2 => (index(), handler()).prop_map(|(index, new)| Operation::Replace(index, new)),
        2 => index().prop_map(Operation::Unregister),
        2 => index().prop_map(Operation::Handle),
        1 => Just(Operation::Registered),
    ];
    proptest::collection::vec(operation, 0..40)
}

/// Applies the operation to both, and compares the results.
fn step(
    table: &impl Table,
    model: &mut [Option<usize>],
    operation: Operation,
) -> Result<(), TestCaseError> {
    let capacity = model.len();
    let out_of_range = |index| RegisterError::OutOfRange { index, capacity };
    match operation {
        Operation::Register(index, new) => {
            let expected = match model.get_mut(index) {
                None => Err(out_of_range(index)),
                Some(Some(_)) => Err(RegisterError::Occupied { index, capacity }),
                Some(slot) => {
                    *slot = Some(new);
                    Ok(())
                }
            };
            prop_assert_eq!(table.register(index, HANDLERS[new]), expected);
        }
        Operation::Replace(index, new) => {
            let expected = match model.get_mut(index) {
                None => Err(out_of_range(index)),
                Some(slot) => Ok(slot.replace(new)),
            };
            let before = table.replace(index, HANDLERS[new]);
            prop_assert_eq!(before.map(|before| before.map(|old| old())), expected);
        }
        Operation::Unregister(index) => {
            let expected = model.get_mut(index).and_then(Option::take);
            prop_assert_eq!(table.unregister(index).map(|old| old()), expected);
        }
        Operation::Handle(index) => {
            let expected = model.get(index).copied().flatten();
            prop_assert_eq!(table.handle(index), expected);
        }
        Operation::Registered => {
            let expected: Vec<usize> = (0..capacity).filter(|&at| model[at].is_some()).collect();
            prop_assert_eq!(table.registered(), expected);
        }
    }
    Ok(())
}

fn check<const N: usize, T: Table>(make: impl Fn() -> T) -> Result<(), String> {
    let config = Config {
        cases: 512,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
    .run(&operations(N), |operations| {
        let (table, mut model) = (make(), vec![None; N]);
        for operation in operations {
            step(&table, &mut model, operation)?;
        }
        step(&table, &mut model, Operation::Registered)?;
        for index in 0..=N {
            step(&table, &mut model, Operation::Handle(index))?;
        }
        Ok(())
    })
    .map_err(|error| error.to_string())
}

fn ours<const N: usize>() -> Result<(), String> {
    check::<N, _>(|| -> HandlerTable<N, Handler> { table!() })
}

#[test]
fn a_table_is_a_vector_of_options() {
    ours::<0>().unwrap();
    ours::<1>().unwrap();
    ours::<2>().unwrap();
    ours::<7>().unwrap();
    ours::<64>().unwrap();
}

#[test]
fn mistakes_are_found() {
    for mistake in [
        Mistake::RegisterOverwrites,
        Mistake::UnregisterLeaves,
        Mistake::IndexWraps,
        Mistake::LastSlotMissing,
        Mistake::ReplaceReturnsTheNew,
    ] {
        let wrong = |()| Wrong::<7> {
            table: table!(),
            mistake,
            between: || (),
        };
        let error = check::<7, _>(|| wrong(())).expect_err("a wrong table passed");
        // A comparison must find the mistake, not a panic of the wrong table.
        assert!(
            error.contains("assertion failed: `(left == right)`"),
            "{error}"
        );
        println!("control: {mistake:?}: {}", error.lines().next().unwrap());
    }
}

/// The new and the old names do the same.
#[test]
fn every_way_to_ask_gives_one_answer() {
    let table: HandlerTable<2, Handler> = table!();
    for index in [0, 1, 2, usize::MAX] {
        let valid = index < 2;
        assert_eq!(table.register_handler(index, HANDLERS[3]), valid);
        assert!(!table.register_handler(index, HANDLERS[4]));
        assert_eq!(table.is_registered(index), valid);
        assert_eq!(
            table.get(index).map(|handler| handler()),
            valid.then_some(3)
        );
        assert_eq!(
            table.dispatch(index, |handler| handler()),
            valid.then_some(3)
        );
        let before = table.unregister_handler(index).map(|handler| handler());
        assert_eq!(before, valid.then_some(3));
        assert!(table.unregister_handler(index).is_none());
    }
    let pairs = |table: &HandlerTable<2, Handler>| -> Vec<(usize, usize)> {
        table
            .into_iter()
            .map(|(at, handler)| (at, handler()))
            .collect()
    };
    assert!(pairs(&table).is_empty());
    table.register(1, HANDLERS[5]).unwrap();
    assert_eq!(pairs(&table), [(1, 5)]);
    assert_eq!(table.capacity(), 2);
}
