// A context is a `static`: a `const` has no address, and a `static` is `Sync`.

use core::cell::Cell;
use core::sync::atomic::AtomicU8;
use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table};

#[handler_table]
static IRQS: ActionTable<8>;

const POINTER: *const u8 = core::ptr::null();
const NUMBER: u8 = 3;
#[allow(clippy::declare_interior_mutable_const)]
const ATOMIC: AtomicU8 = AtomicU8::new(3);
static CELL: Cell<u8> = Cell::new(3);
static mut MUTABLE: u8 = 3;

#[event_handler(IRQS, 0, context = POINTER)]
fn pointer(_: &mut Event<'_>, _: &*const u8) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 1, context = NUMBER)]
fn number(_: &mut Event<'_>, _: &u8) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 2, context = ATOMIC)]
fn atomic(_: &mut Event<'_>, _: &AtomicU8) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 3, context = CELL)]
fn cell(_: &mut Event<'_>, _: &Cell<u8>) -> Verdict {
    Verdict::Handled
}

#[event_handler(IRQS, 4, context = MUTABLE)]
fn mutable(_: &mut Event<'_>, _: &u8) -> Verdict {
    Verdict::Handled
}

fn main() {}
