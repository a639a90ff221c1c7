//! The driver of the second serial line. It sends one byte for each interrupt. Nothing in the
//! kernel refers to it.

#![no_std]

use core::sync::atomic::{AtomicUsize, Ordering};
use handler_table::event_handler;
use kernel::{Frame, IRQS, STARTUP};
use uart_16550::backend::PioBackend;
use uart_16550::spec::registers::IER;
use uart_16550::{Config, Uart16550};

const TEXT: &[u8] = b"sent by interrupts\n";

/// The number of bytes of the text that are sent.
static SENT: AtomicUsize = AtomicUsize::new(0);

fn line() -> Uart16550<PioBackend> {
    // SAFETY: the ports of the second serial line, which only this driver uses.
    unsafe { Uart16550::new_port(0x2f8) }.expect("the address is a port")
}

#[event_handler(STARTUP, 1)]
fn start() {
    let mut line = line();
    let _ = line.init(Config::default());
    kernel::unmask(3);
    line.enable_interrupts(IER::THR_EMPTY);
}

#[event_handler(IRQS, 3)]
fn send_next(_: &mut Frame) {
    let mut line = line();
    // Reading the identification register acknowledges the interrupt.
    let _ = line.isr();
    match TEXT.get(SENT.load(Ordering::Relaxed)) {
        Some(byte) if line.try_send_byte(*byte).is_ok() => {
            SENT.fetch_add(1, Ordering::Relaxed);
        }
        Some(_) => {}
        None => line.disable_interrupts(IER::THR_EMPTY),
    }
}

#[cfg(feature = "duplicate")]
#[event_handler(IRQS, 0)]
fn tick(_: &mut Frame) {}
