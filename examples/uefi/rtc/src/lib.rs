//! The driver of the real-time clock, which interrupts a thousand times a second. Nothing
//! refers to the driver.

#![no_std]

use core::sync::atomic::{AtomicUsize, Ordering};
use handler_table::{Event, Verdict, event_handler};
use kernel::IRQS;
use x86_64::instructions::port::Port;

/// The number of interrupts.
pub static TICKS: AtomicUsize = AtomicUsize::new(0);

#[event_handler(IRQS, 8, name = "rtc", context = TICKS)]
fn tick(_: &mut Event<'_>, ticks: &AtomicUsize) -> Verdict {
    // Reading this register acknowledges the interrupt.
    if register(0x0c) & 1 << 6 == 0 {
        return Verdict::Unhandled;
    }
    ticks.fetch_add(1, Ordering::Relaxed);
    Verdict::Handled
}

/// Starts the periodic interrupt. Acknowledges first: afterwards, an interrupt could arrive
/// that has nothing to tell.
pub fn start() {
    register(0x0c);
    let value = register(0x0b);
    write(0x0b, value | 1 << 6);
}

fn register(number: u8) -> u8 {
    // SAFETY: the ports of the clock, which only this driver uses, with interrupts disabled.
    unsafe {
        Port::<u8>::new(0x70).write(number);
        Port::<u8>::new(0x71).read()
    }
}

fn write(number: u8, value: u8) {
    // SAFETY: as above.
    unsafe {
        Port::<u8>::new(0x70).write(number);
        Port::<u8>::new(0x71).write(value);
    }
}
