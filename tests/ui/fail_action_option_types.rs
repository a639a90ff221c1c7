// What is wrong with the types.

use handler_table::{ActionTable, Counted, CpuSet, Event, Verdict, event_handler, handler_table};
use std::rc::Rc;

#[handler_table]
static IRQS: ActionTable<8, u32, Counted<4>>;

#[event_handler(IRQS, 0, non_reentrant, context = 5)]
fn other_context(_: &mut Event<'_, u32>, _: &mut Vec<u8>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 1, non_reentrant, context = None)]
fn context_is_not_send(_: &mut Event<'_, u32>, _: &mut Option<Rc<u8>>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 2, non_reentrant, context = 5, handle = HANDLE)]
fn other_argument(_: &mut Event<'_, u64>, _: &mut u8) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 3, cpus = 3)]
fn cpus_is_a_number(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 4, cpus = CpuSet::new())]
fn no_cpus(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 5, cpus = CpuSet::of(&[4, 64]), handle = TOO_HIGH)]
fn only_cpus_that_the_table_lacks(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 6, cpus = CpuSet::of(&[0, 1]), non_reentrant, context = 0)]
fn non_reentrant_on_several(_: &mut Event<'_, u32>, _: &mut u8) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 8, handle = OUT_OF_RANGE)]
fn out_of_range(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

fn main() {}
