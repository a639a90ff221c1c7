// A `cfg` on a function or a static applies to all that is made for it.

#![deny(warnings)]

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[handler_table]
#[cfg(any())]
static ABSENT: NoSuchType;

#[event_handler(IRQS, 0)]
#[cfg(any())]
fn absent() -> NoSuchType {}

#[cfg(any())]
#[event_handler(IRQS, 0)]
fn absent_too() -> NoSuchType {}

#[event_handler(IRQS, 1)]
#[cfg(all())]
fn present() {}

#[event_handler(IRQS, 0)]
#[cfg_attr(all(), cfg(any()), inline)]
fn absent_by_attribute() -> NoSuchType {}

#[event_handler(IRQS, 2)]
#[cfg_attr(all(), inline, cfg(all()), doc = "present, with other attributes")]
fn present_by_attribute() {}

#[cfg_attr(all(), event_handler(IRQS, 3))]
#[cfg_attr(any(), event_handler(IRQS, 4))]
fn attribute_by_attribute() {}

fn main() {
    let mut indices: Vec<usize> = IRQS.static_handlers().map(|h| h.index()).collect();
    indices.sort_unstable();
    assert_eq!(indices, [1, 2, 3]);
}
