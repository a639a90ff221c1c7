//! The kernel of the `drivers` example. It has the table and the way in from
//! the processor, and knows no driver.

#![no_std]
#![forbid(unsafe_code)]

use handler_table::{HandlerTable, handler_table};

/// What the processor saved when the interrupt came, and what a handler may
/// change before the program goes on.
#[derive(Debug)]
pub struct TrapFrame {
    /// Which interrupt it is.
    pub vector: usize,
    /// Where the interrupted program goes on.
    pub pc: usize,
    /// A device register, for want of a device. 0 if the device is idle.
    pub data: u8,
}

/// The drivers' handlers. Each gets the frame, and says whether its device was
/// the cause.
#[handler_table]
pub static IRQS: HandlerTable<32, fn(&mut TrapFrame) -> bool>;

/// What became of an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The handler took care of it.
    Handled,
    /// There is a handler, and its device was not the cause.
    NotMine,
    /// There is no handler.
    Spurious,
}

/// The way in: what the assembly code at the trap vector would call.
pub fn interrupt(frame: &mut TrapFrame) -> Outcome {
    match IRQS.dispatch(frame.vector, |handler| handler(frame)) {
        Some(true) => Outcome::Handled,
        Some(false) => Outcome::NotMine,
        None => Outcome::Spurious,
    }
}
