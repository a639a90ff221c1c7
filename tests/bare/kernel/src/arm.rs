//! A Stellaris LM3S6965, a Cortex-M3, as on QEMU's `lm3s6965evb`.

use core::ptr;
use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, Peripherals, SCB, SYST};
use cortex_m_rt::{entry, exception};

/// The name of the machine, which also runs code for a Cortex-M0.
pub const MACHINE: &str = if cfg!(target_has_atomic = "ptr") {
    "thumbv7m"
} else {
    "thumbv6m"
};
/// Events are the numbers of the exceptions: 16 of the core, and those of the first devices.
pub const EVENTS: usize = 32;
/// The number of cores.
pub const CORES: usize = 1;
/// The core's timer, `SysTick`.
pub const TIMER: usize = 15;
/// The interrupt of the fourth device, which here only software sends.
pub const BELL: usize = 19;
/// The UART, which is the sixth device.
pub const STUCK: usize = 21;

const UART_DATA: *mut u32 = ptr::with_exposed_provenance_mut(0x4000_c000);
const UART_MASK: *mut u32 = ptr::with_exposed_provenance_mut(0x4000_c038);

/// The number of a device.
#[derive(Clone, Copy)]
struct Device(u16);

const BELL_DEVICE: Device = Device(3);
const UART_DEVICE: Device = Device(5);

// SAFETY: its numbers are constant and in range.
unsafe impl InterruptNumber for Device {
    fn number(self) -> u16 {
        self.0
    }
}

fn timer(act: impl FnOnce(&mut SYST)) {
    // SAFETY: the timer belongs to this module, and its registers hold no state of the program.
    act(&mut unsafe { Peripherals::steal() }.SYST);
}

/// Does nothing: the timer restarts by itself.
pub fn rearm_timer() {
    timer(|timer| {
        if !timer.is_counter_enabled() {
            timer.set_clock_source(SystClkSource::Core);
            timer.set_reload(2_000);
            timer.clear_current();
            timer.enable_counter();
            timer.enable_interrupt();
        }
    });
}

/// Sends the interrupt of the bell. There is only one core.
pub fn ring(_: usize) {
    NVIC::pend(BELL_DEVICE);
}

/// Does nothing: the interrupt ends when the core takes it.
pub fn silence_bell() {}

/// Has the UART hold its line: it can take another byte.
pub fn stick() {
    // SAFETY: the trap entry is ready for the event, and the register has a bit that lets the
    // UART interrupt for this.
    unsafe {
        NVIC::unmask(UART_DEVICE);
        ptr::write_volatile(UART_MASK, 1 << 5);
    }
}

pub(crate) fn mask(event: usize) {
    if event == STUCK {
        NVIC::mask(UART_DEVICE);
    }
    if event == TIMER {
        timer(SYST::disable_interrupt);
        // It may already be pending again.
        SCB::clear_pendst();
    }
}

pub(crate) fn enable_interrupts() {
    // SAFETY: the trap entry is ready for every event.
    unsafe {
        NVIC::unmask(BELL_DEVICE);
        cortex_m::interrupt::enable();
    }
}

pub(crate) fn send(text: &[u8]) {
    for byte in text {
        // SAFETY: the data register of the UART, which QEMU never lets fill up.
        unsafe { ptr::write_volatile(UART_DATA, u32::from(*byte)) }
    }
}

/// Every exception of the vector table without a function of its own.
// SAFETY: it serves none of the faults, which are escalated to `HardFault`.
#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    super::take(usize::try_from(interrupt + 16).unwrap_or(usize::MAX), 0);
}

#[entry]
fn main() -> ! {
    super::start()
}
