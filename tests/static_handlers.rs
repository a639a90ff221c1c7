//! Static handlers that the attributes define: their names and places, and their tables.

use handler_table::{
    Action, ActionTable, Event, HandlerTable, InitError, Line, Verdict, event_handler,
    handler_table, require,
};
use std::sync::atomic::{AtomicU32, Ordering};

#[handler_table]
static IRQS: HandlerTable<8, fn() -> u32>;

#[handler_table]
static TRAPS: HandlerTable<8, fn() -> u32>;

const LINE_OF_UART: u32 = line!() + 5;

#[event_handler(IRQS, 2)]
#[event_handler(IRQS, 7)]
#[event_handler(TRAPS, 2)]
fn uart() -> u32 {
    16550
}

#[test]
fn a_handler_says_which_function_it_is_and_where() {
    let handler = IRQS.static_handler(2).unwrap();
    assert_eq!(handler.index(), 2);
    assert_eq!(handler.function(), "static_handlers::uart");
    assert_eq!(handler.crate_name(), "static_handlers");
    assert_eq!(handler.file(), file!());
    assert_eq!(handler.line(), LINE_OF_UART);
}

#[test]
fn a_handler_is_found_by_its_event() {
    let found = |index| IRQS.static_handler(index).map(|handler| handler.index());
    assert_eq!(found(2), Some(2));
    assert_eq!(found(7), Some(7));
    for index in [0, 1, 3, 6, 8, usize::MAX] {
        assert_eq!(found(index), None);
    }
    assert_eq!(IRQS.static_handlers().count(), 2);
}

/// One function for three events is three handlers.
#[test]
fn handlers_are_equal_if_event_and_declaration_are() {
    let handler = IRQS.static_handler(2).unwrap();
    assert_eq!(Some(handler), IRQS.static_handler(2));
    assert_ne!(Some(handler), IRQS.static_handler(7));
    assert_ne!(Some(handler), TRAPS.static_handler(2));
}

#[test]
fn init_loads_the_handlers_of_one_table() {
    assert_eq!(TRAPS.init().unwrap().handlers, 1);
    assert_eq!(TRAPS.dispatch(2, |handler| handler()), Some(16550));
    assert!(!TRAPS.is_registered(7));
}

#[handler_table]
static CLASH: HandlerTable<8>;

const TIMER: usize = 3;

#[event_handler(CLASH, TIMER)]
fn tick() {}

/// The path of a table starts with the name of the declaring crate, in every build.
#[test]
fn an_error_names_table_and_handler() {
    CLASH.register(TIMER, || ()).unwrap();
    let text = CLASH.init().unwrap_err().to_string();
    assert!(
        text.starts_with(
            "event 3 of `static_handlers::CLASH` (capacity 8) has a handler that was registered \
             at run time"
        ) && text.contains("`static_handlers::tick`"),
        "{text}"
    );
}

// Two tables with the same name, on one line, with handlers for the same event. Only their
// columns differ.
#[rustfmt::skip]
mod twins {
    use handler_table::{HandlerTable, event_handler, handler_table};

    pub(super) mod a { #[super::handler_table] pub(crate) static TWIN: super::HandlerTable<4>; } pub(super) mod b { #[super::handler_table] pub(crate) static TWIN: super::HandlerTable<4>; }

    #[event_handler(a::TWIN, 1)]
    #[event_handler(b::TWIN, 1)]
    fn either() {}
}

#[test]
fn two_tables_of_one_name_and_line_are_two() {
    assert_eq!(twins::a::TWIN.static_handlers().count(), 1);
    assert_eq!(twins::a::TWIN.init().unwrap().handlers, 1);
    assert!(twins::a::TWIN.handle(1) && !twins::b::TWIN.handle(1));
}

#[handler_table]
static DEVICES: ActionTable<8, u32>;

static UART0: AtomicU32 = AtomicU32::new(100);

#[event_handler(DEVICES, 3, name = "uart0", context = UART0, shared)]
fn serial(event: &mut Event<'_, u32>, data: &AtomicU32) -> Verdict {
    *event.arg += data.load(Ordering::Relaxed);
    Verdict::Wake
}

#[event_handler(DEVICES, 3, shared, priority = 1)]
fn doubler(event: &mut Event<'_, u32>) -> Verdict {
    *event.arg *= 2;
    Verdict::Unhandled
}

#[event_handler(DEVICES, 4)]
fn disk(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

require!(DEVICES, 3, 4);

#[test]
fn static_actions_have_what_their_attributes_say() {
    assert_eq!(DEVICES.init().unwrap().handlers, 3);
    let mut number = 1;
    let outcome = DEVICES.dispatch(0, 3, &mut number).unwrap();
    assert_eq!(
        (outcome.called(), outcome.handled(), outcome.wake()),
        (2, true, true)
    );
    assert_eq!(number, 102);
    let mut names = Vec::new();
    DEVICES.for_each(3, |action| {
        names.push((action.id.name().to_owned(), action.shared));
    });
    let expected = [("static_handlers::doubler", true), ("uart0", true)];
    assert_eq!(
        names,
        expected.map(|(name, shared)| (name.to_owned(), shared))
    );
    DEVICES.for_each(4, |action| {
        names.push((action.id.name().to_owned(), action.shared));
    });
    assert_eq!(names[2], ("static_handlers::disk".to_owned(), false));

    // A given name does not hide the function.
    let mut functions: Vec<_> = DEVICES
        .static_handlers()
        .map(|handler| (handler.index(), handler.function()))
        .collect();
    functions.sort_unstable();
    assert_eq!(
        functions,
        [
            (3, "static_handlers::doubler"),
            (3, "static_handlers::serial"),
            (4, "static_handlers::disk")
        ]
    );
}

#[handler_table]
static TAKEN: ActionTable<8>;

#[event_handler(TAKEN, 1)]
fn late(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[test]
fn a_static_action_that_is_refused_is_named_with_what_is_in_the_way() {
    static FIRST: Action = Action::new(|_, ()| Verdict::Handled, ()).name("first");
    TAKEN.register(1, &FIRST).unwrap();
    let InitError::Refused { handler, other, .. } = TAKEN.init().unwrap_err() else {
        panic!("another error")
    };
    assert_eq!(handler.function(), "static_handlers::late");
    assert_eq!(other, FIRST.id());
    // `init` need not report what it has taken back.
    assert_eq!(TAKEN.take_lines().count(), 0);
    assert_eq!(TAKEN.unregister(&FIRST).map(|it| it.line), Ok(Line::Mask));
    assert_eq!(TAKEN.init().unwrap().handlers, 1);
    assert_eq!(TAKEN.take_lines().collect::<Vec<_>>(), [(1, Line::Unmask)]);
    assert!(TAKEN.init().unwrap().already);
    assert_eq!(TAKEN.take_lines().count(), 0);
}
