//! The driver of the bell, an interrupt that software sends. Nothing refers to the driver.

#![no_std]
#![forbid(unsafe_code)]

use handler_table::event_handler;
use kernel::{IRQS, Trap};

#[cfg_attr(target_arch = "riscv64", event_handler(IRQS, 3))]
#[cfg_attr(target_arch = "aarch64", event_handler(IRQS, 3))]
#[cfg_attr(target_arch = "arm", event_handler(IRQS, 19))]
fn ring(trap: &mut Trap) {
    trap.work = 1;
    kernel::silence_bell();
}
