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
/// The interrupts are the numbers of the exceptions: 16 of the core, and those
/// of the first devices.
pub const EVENTS: usize = 32;
/// The number of cores.
pub const CORES: usize = 1;
/// The core's timer, `SysTick`.
pub const TIMER: usize = 15;
/// The first device's interrupt but three, which here only software sends.
pub const BELL: usize = 19;

const UART_DATA: *mut u32 = ptr::with_exposed_provenance_mut(0x4000_c000);

#[derive(Clone, Copy)]
struct Bell;

// SAFETY: its number is always the same, and in range.
unsafe impl InterruptNumber for Bell {
    fn number(self) -> u16 {
        3
    }
}

fn timer(act: impl FnOnce(&mut SYST)) {
    // SAFETY: the timer belongs to this module, and its registers hold no state of ours.
    act(&mut unsafe { Peripherals::steal() }.SYST);
}

/// Nothing to do: the timer comes back by itself.
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

/// Sends the bell's interrupt. There is but one core.
pub fn ring(_: usize) {
    NVIC::pend(Bell);
}

/// Nothing to do: the interrupt is over once it is taken.
pub fn silence_bell() {}

pub(crate) fn mask(event: usize) {
    if event == TIMER {
        timer(SYST::disable_interrupt);
        // It may have come again already.
        SCB::clear_pendst();
    }
}

pub(crate) fn enable_interrupts() {
    // SAFETY: the trap entry is ready for every event.
    unsafe {
        NVIC::unmask(Bell);
        cortex_m::interrupt::enable();
    }
}

pub(crate) fn send(text: &[u8]) {
    for byte in text {
        // SAFETY: the data register of the UART, which QEMU never lets fill up.
        unsafe { ptr::write_volatile(UART_DATA, u32::from(*byte)) }
    }
}

/// Every exception of the vector table that has no function of its own.
// SAFETY: it serves none of the faults, which are escalated to `HardFault`.
#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    super::take(usize::try_from(interrupt + 16).unwrap_or(usize::MAX), 0);
}

#[entry]
fn main() -> ! {
    super::start()
}
