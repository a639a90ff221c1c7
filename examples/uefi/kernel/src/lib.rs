//! A kernel for a PC. It declares the table of the interrupt lines, and knows no driver.

#![no_std]
#![cfg_attr(feature = "nightly", feature(abi_x86_interrupt))]

mod console;
mod entry;
mod lines;

pub use console::print;
pub use lines::{apply, is_unmasked, set_line, start};

use core::sync::atomic::{AtomicUsize, Ordering};
use handler_table::{ActionTable, Counted, handler_table};
use x86_64::instructions::{hlt, port::PortWriteOnly};

/// The 16 interrupt lines of a PC.
#[handler_table]
pub static IRQS: ActionTable<16, (), Counted<1>>;

/// The number of interrupts that no action served.
pub static SPURIOUS: AtomicUsize = AtomicUsize::new(0);

/// Every entry calls this function, with interrupts disabled.
fn trap(line: usize) {
    let outcome = IRQS.dispatch(0, line, &mut ());
    if !outcome.is_ok_and(|outcome| outcome.handled()) {
        // Nothing has served the device, so it would interrupt again at once.
        set_line(line, false);
        SPURIOUS.fetch_add(1, Ordering::Relaxed);
    }
    lines::end_of_interrupt(line);
}

/// Ends QEMU.
pub fn exit(success: bool) -> ! {
    // SAFETY: the port of QEMU's exit device. QEMU exits with twice the value plus 1.
    unsafe { PortWriteOnly::new(0xf4).write(if success { 16_u32 } else { 17 }) }
    loop {
        hlt();
    }
}
