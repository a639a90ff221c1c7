//! The driver of the timer. Nothing in the kernel refers to it.

#![no_std]

use handler_table::event_handler;
use kernel::{Frame, IRQS, STARTUP};
use x86_64::instructions::port::PortWriteOnly;

#[event_handler(STARTUP, 0)]
fn start() {
    // A thousand interrupts a second. The clock has 1,193,182 ticks a second.
    let [low, high] = 1193_u16.to_le_bytes();
    // SAFETY: the ports of the timer.
    unsafe {
        PortWriteOnly::<u8>::new(0x43).write(0x34);
        PortWriteOnly::<u8>::new(0x40).write(low);
        PortWriteOnly::<u8>::new(0x40).write(high);
    }
    kernel::unmask(0);
}

// The timer needs no acknowledgement, and the kernel counts the interrupts.
#[event_handler(IRQS, 0)]
fn tick(_: &mut Frame) {}
