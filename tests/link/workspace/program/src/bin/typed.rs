//! The mistakes: an event of a type without a handler, and one with two.

use board::{Irq, TYPED};
use handler_table::{event_handler, require};

#[cfg_attr(not(mistake = "uart"), event_handler(TYPED, Irq::Uart))]
#[cfg_attr(mistake = "uart", allow(dead_code))]
fn uart(n: u32) -> u32 {
    n + 1000
}

#[cfg_attr(not(mistake = "disk"), event_handler(board::TYPED, Irq::Disk))]
#[cfg_attr(mistake = "twice", event_handler(TYPED, Irq::Uart))]
#[cfg_attr(mistake = "disk", allow(dead_code))]
fn disk(n: u32) -> u32 {
    n + 17
}

require!(board::TYPED, Irq::Timer);
require!(TYPED, ..);

fn main() {
    TYPED.init().expect("nothing is in the way");
    let called = [Irq::Timer, Irq::Uart, Irq::Disk]
        .map(|irq| format!("{irq:?}={}", TYPED.dispatch(irq, |handler| handler(1000)).unwrap()));
    println!("{}", called.join(" "));
}
