//! The driver of the timer. Nothing refers to it.

#![no_std]
#![forbid(unsafe_code)]

use handler_table::event_handler;
use kernel::{IRQS, Trap};

#[cfg_attr(target_arch = "riscv64", event_handler(IRQS, 7))]
#[cfg_attr(target_arch = "aarch64", event_handler(IRQS, 30))]
#[cfg_attr(target_arch = "arm", event_handler(IRQS, 15))]
fn tick(trap: &mut Trap) {
    trap.work = 1;
    kernel::rearm_timer();
}

#[cfg(feature = "duplicate")]
#[cfg_attr(target_arch = "riscv64", event_handler(IRQS, 3))]
#[cfg_attr(target_arch = "aarch64", event_handler(IRQS, 3))]
#[cfg_attr(target_arch = "arm", event_handler(IRQS, 19))]
fn ring(_: &mut Trap) {}
