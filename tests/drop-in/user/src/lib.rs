//! A platform of `ArceOS`, written for `handler_table` 0.1. Its interrupts go through a
//! table, and this crate does not know that the table is a different one.

use axplat::impl_interface;
use axplat::irq::{HandlerTable, IpiTarget, IrqHandler, IrqIf};

static IRQS: HandlerTable<32> = HandlerTable::new();

struct Irqs;

#[impl_interface]
impl IrqIf for Irqs {
    fn set_enable(_irq: usize, _enabled: bool) {}

    fn register(irq: usize, handler: IrqHandler) -> bool {
        IRQS.register_handler(irq, handler)
    }

    fn unregister(irq: usize) -> Option<IrqHandler> {
        IRQS.unregister_handler(irq)
    }

    fn handle(irq: usize) {
        assert!(IRQS.handle(irq), "interrupt {irq} is spurious");
    }

    fn send_ipi(_irq_num: usize, _target: IpiTarget) {}
}

/// The table of the platform.
#[must_use]
pub fn irqs() -> &'static HandlerTable<32> {
    &IRQS
}
