use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table};
use std::cell::Cell;

#[handler_table]
static IRQS: ActionTable<8, u32>;

struct Uart;
static UART: Uart = Uart;

#[event_handler(IRQS, 0)]
fn no_event() {}

#[event_handler(IRQS, 1)]
fn other_argument(_: &mut Event<'_, u64>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 2)]
fn no_context(_: &mut Event<'_, u32>, _: &Uart) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 3, context = UART)]
fn other_context(_: &mut Event<'_, u32>, _: &Cell<u8>) -> Verdict {
    Verdict::Handled
}


#[event_handler(IRQS, 5, priority = "high")]
fn priority_is_a_string(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 6, name = 6)]
fn name_is_a_number(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 8)]
fn out_of_range(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 7, context = MISSING)]
fn context_is_missing(_: &mut Event<'_, u32>, _: &Uart) -> Verdict {
    Verdict::Handled
}

fn main() {}
