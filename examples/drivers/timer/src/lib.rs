//! The timer driver of the `drivers` example. It has no public item: only the attribute
//! connects it to the kernel.

#![forbid(unsafe_code)]

use drivers_kernel::{IRQS, TrapFrame};
use handler_table::event_handler;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The program counters of the two tasks of this system.
const TASKS: [usize; 2] = [0x1000, 0x2000];

static TICKS: AtomicUsize = AtomicUsize::new(0);

/// Switches to the other task at every tick.
#[event_handler(IRQS, 1)]
fn tick(frame: &mut TrapFrame) -> bool {
    let tick = TICKS.fetch_add(1, Ordering::Relaxed) + 1;
    frame.pc = TASKS[tick % TASKS.len()];
    println!("   timer: tick {tick}");
    true
}
