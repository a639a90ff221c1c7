//! What errors say about tables whose events are an enum.

use crate::support::leak;
use handler_table::{
    Action, ActionTable, Counted, CpuSet, DispatchError, Events, HandlerTable, RegisterError,
    Verdict, table,
};

/// With slots 0, 1 and 2.
#[derive(Events, Clone, Copy)]
enum Irq {
    Timer = 0,
    Uart = 4,
    Disk = 1000,
}

type Actions = ActionTable<{ Irq::CAPACITY }, (), Counted<1>, Irq>;

fn action() -> &'static Action<()> {
    leak(Action::new(|_, ()| Verdict::Handled, ()).name("uart"))
}

/// Not even if it is that of a slot.
#[test]
fn a_number_that_is_no_event_is_not_said_to_be_out_of_range() {
    let actions: &Actions = leak(ActionTable::new());
    let functions: &HandlerTable<{ Irq::CAPACITY }, fn(), Irq> = leak(table!());
    for number in [2, 7, 1001] {
        let error = actions.dispatch_raw(0, number, &mut ()).unwrap_err();
        assert_eq!(error, DispatchError::NoSuchEvent { number });
        assert_eq!(
            error.to_string(),
            format!("event {number} is not one of the events of this table")
        );
        assert_eq!(functions.dispatch_raw(number, |_| ()), None);
    }
    assert!(actions.dispatch_raw(0, 1000, &mut ()).is_ok());
    // Of numbers, a range is what the table has.
    let numbers: &ActionTable<3> = leak(ActionTable::new());
    let error = numbers.dispatch_raw(0, 3, &mut ()).unwrap_err();
    assert!(error.to_string().ends_with("for events 0 to 2"), "{error}");
}

#[test]
fn every_error_of_registering_names_the_event() {
    let (table, other): (&Actions, &Actions) = (leak(ActionTable::new()), leak(ActionTable::new()));
    let (first, second) = (action(), action());
    let says = |error: String, parts: &[&str]| {
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
    };

    table.register(Irq::Uart, first).unwrap();
    let error = table.register(Irq::Uart, second).unwrap_err();
    says(error.to_string(), &["`Irq::Uart` (event 4)", "`uart`"]);
    // The action is elsewhere: that event is another one, of a table of which nothing is known.
    let error = other.register(Irq::Disk, first).unwrap_err();
    says(
        error.to_string(),
        &[
            "not registered for `Irq::Disk` (event 1000): ",
            "in use, for event 4",
        ],
    );
    let nowhere = leak(Action::new(|_, ()| Verdict::Handled, ()).on_cpus(CpuSet::of(&[5])));
    let error = table.register(Irq::Disk, nowhere).unwrap_err();
    says(
        error.to_string(),
        &["not registered for `Irq::Disk` (event 1000): "],
    );

    let functions: &HandlerTable<{ Irq::CAPACITY }, fn(), Irq> = leak(table!());
    functions.register(Irq::Disk, || ()).unwrap();
    let error = functions.register(Irq::Disk, || ()).unwrap_err();
    assert!(matches!(
        *error,
        RegisterError::Occupied { index: 1000, .. }
    ));
    says(error.to_string(), &["`Irq::Disk` (event 1000)"]);
}
