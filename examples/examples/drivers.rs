//! A kernel and its drivers, each in a crate of its own. The kernel names no driver, and the
//! drivers export nothing. This program links them together.
//!
//! ```text
//! cargo run --example drivers
//! ```

use drivers_kernel::{IRQS, TrapFrame, interrupt};
use handler_table::{StaticHandler, require};
use std::error::Error;

// rustc passes a crate to the linker only if the program names it. Without one of these
// lines, that driver is not in the program...
use drivers_timer as _;
use drivers_uart as _;

// ...and the build fails because of this line: "undefined symbol:
// handler_for_event_4_of_drivers_kernel::IRQS[...]".
require!(IRQS, 1, 4);

fn main() -> Result<(), Box<dyn Error>> {
    println!("Linked into this program:");
    let mut handlers: Vec<StaticHandler> = IRQS.static_handlers().collect();
    handlers.sort_by_key(StaticHandler::index);
    for handler in handlers {
        println!("   interrupt {}: {handler}", handler.index());
    }
    IRQS.init()?;

    println!("Interrupts:");
    let mut pc = 0x1000;
    for (vector, data) in [(1, 0), (4, b'h'), (4, b'i'), (4, 0), (1, 0), (7, 0)] {
        let mut frame = TrapFrame { vector, pc, data };
        let outcome = interrupt(&mut frame);
        pc = frame.pc;
        println!("   interrupt {vector}: {outcome:?}, continue at {pc:#x}");
    }
    Ok(())
}
