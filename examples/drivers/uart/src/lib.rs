//! The serial port driver of the `drivers` example. It has no public item: only the attribute
//! connects it to the kernel.

#![forbid(unsafe_code)]

use drivers_kernel::{IRQS, TrapFrame};
use handler_table::event_handler;

/// Takes the received byte, if there is one.
#[event_handler(IRQS, 4)]
fn receive(frame: &mut TrapFrame) -> bool {
    let byte = std::mem::take(&mut frame.data);
    if byte == 0 {
        return false;
    }
    println!("   uart: received {:?}", char::from(byte));
    true
}
