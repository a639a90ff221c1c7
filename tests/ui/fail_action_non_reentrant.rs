// What is wrong with the tokens.

use handler_table::{ActionTable, Event, HandlerTable, Verdict, event_handler, handler_table};

#[handler_table]
static IRQS: ActionTable<8, u32>;

#[handler_table]
static PLAIN: HandlerTable<8>;

struct Uart;
static UART: Uart = Uart;

#[event_handler(IRQS, 0, context = UART)]
fn exclusive_context(_: &mut Event<'_, u32>, _: &mut Uart) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 1, non_reentrant)]
fn no_context(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 2, non_reentrant, context = Uart)]
fn no_second_argument(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 3, non_reentrant, context = Uart)]
fn shared_reference(_: &mut Event<'_, u32>, _: &Uart) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 4, non_reentrant = true, context = Uart)]
fn flag_with_a_value(_: &mut Event<'_, u32>, _: &Uart) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 5, handle = "uart")]
fn handle_is_a_string(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 5, handle = A, handle = B)]
fn handle_twice(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 5, cpus)]
fn cpus_without_a_value(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 5, counted, disabled, counted)]
fn counted_twice(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(PLAIN, 0, handle = HANDLE)]
fn handle_in_a_plain_table() {}

#[event_handler(PLAIN, 1, non_reentrant, context = Uart)]
fn non_reentrant_in_a_plain_table(_: &mut Uart) {}

fn main() {}
