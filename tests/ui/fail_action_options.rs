use handler_table::{ActionTable, Event, HandlerTable, Verdict, event_handler, handler_table};

#[handler_table]
static PLAIN: HandlerTable<8>;

#[handler_table]
static IRQS: ActionTable<8>;

struct Uart;
static UART: Uart = Uart;

#[event_handler(PLAIN, 0, shared)]
fn shared_in_a_plain_table() {}

#[event_handler(PLAIN, 1, name = "uart")]
fn named_in_a_plain_table() {}

#[event_handler(PLAIN, 2, context = UART, priority = 4)]
fn context_in_a_plain_table() {}

#[event_handler(IRQS, 3, color = "red")]
fn unknown(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 4, shared = true)]
fn shared_with_a_value(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 5, context = &UART)]
fn context_is_no_path(_: &mut Event<'_>, _: &Uart) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 6, shared, shared)]
fn shared_twice(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 7, share)]
fn other_word(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 7, name: "uart")]
fn colon(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 7, context)]
fn no_value(_: &mut Event<'_>, _: &Uart) -> Verdict {
    Verdict::Handled
}

fn main() {}
