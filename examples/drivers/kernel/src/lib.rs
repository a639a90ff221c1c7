//! The kernel of the `drivers` example. It has the table and the entry point for interrupts,
//! and knows no driver.

#![no_std]
#![forbid(unsafe_code)]

use handler_table::{HandlerTable, handler_table};

/// The state that the processor saved at the interrupt. A handler may change it before the
/// program continues.
#[derive(Debug)]
pub struct TrapFrame {
    /// The number of the interrupt.
    pub vector: usize,
    /// The address at which the interrupted program continues.
    pub pc: usize,
    /// A device register, because there is no device here. 0 if the device is idle.
    pub data: u8,
}

/// The handlers of the drivers. Each gets the frame, and returns whether its device caused
/// the interrupt.
#[handler_table]
pub static IRQS: HandlerTable<32, fn(&mut TrapFrame) -> bool>;

/// The result of an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The handler has handled it.
    Handled,
    /// There is a handler, but its device was not the cause.
    NotMine,
    /// There is no handler.
    Spurious,
}

/// The entry point: the assembly code at the trap vector would call it.
pub fn interrupt(frame: &mut TrapFrame) -> Outcome {
    match IRQS.dispatch(frame.vector, |handler| handler(frame)) {
        Some(true) => Outcome::Handled,
        Some(false) => Outcome::NotMine,
        None => Outcome::Spurious,
    }
}
