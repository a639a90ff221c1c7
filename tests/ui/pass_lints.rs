//! Table and handler in one crate that forbids what can be forbidden.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused, clippy::pedantic)]
#![deny(
    missing_debug_implementations,
    single_use_lifetimes,
    unused_qualifications
)]

use handler_table::{HandlerTable, event_handler, handler_table, require, table};

/// Interrupts.
#[handler_table]
pub static IRQS: HandlerTable<8, fn(&mut u32) -> bool>;

#[handler_table]
static UNUSED: HandlerTable<8>;

/// Not static.
pub static DYNAMIC: HandlerTable<8, fn(&mut u32) -> bool> = table!();

#[event_handler(IRQS, 3)]
fn uart(count: &mut u32) -> bool {
    *count += 1;
    true
}

/// A handler that is public.
#[event_handler(IRQS, 4)]
#[inline]
#[must_use]
pub fn timer(count: &mut u32) -> bool {
    *count += 2;
    true
}

// Names that stand in what the macros write, too.
#[event_handler(IRQS, index)]
const fn handler(count: &mut u32) -> bool {
    *count += 4;
    true
}

#[allow(non_upper_case_globals)]
const index: usize = 5;

require!(IRQS, 3, 4);

fn main() {
    IRQS.init().unwrap();
    let mut count = 0;
    IRQS.dispatch(3, |handler| handler(&mut count)).unwrap();
    IRQS.dispatch(4, |handler| handler(&mut count)).unwrap();
    IRQS.dispatch(5, |handler| handler(&mut count)).unwrap();
    assert_eq!(count, 7);
    assert_eq!(UNUSED.static_handlers().count(), 0);
}
