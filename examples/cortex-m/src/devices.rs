//! The registers of the devices. A device's crate usually has these too; `lm3s6965` has only
//! the interrupts.

use core::ptr::with_exposed_provenance_mut;

/// Writes a register.
fn write(address: usize, value: u32) {
    // SAFETY: the callers below name registers of this device.
    unsafe { with_exposed_provenance_mut::<u32>(address).write_volatile(value) }
}

/// Starts the clock of timers 0 and 1.
const CLOCKS: usize = 0x400f_e104;

/// A timer that interrupts a thousand times a second.
pub(crate) struct Timer {
    base: usize,
}

impl Timer {
    pub(crate) const fn new(number: usize) -> Self {
        Timer {
            base: 0x4003_0000 + number * 0x1000,
        }
    }

    pub(crate) fn start(&self) {
        write(CLOCKS, 0b11 << 16);
        write(self.base, 0); // 32 bits
        write(self.base + 0x04, 2); // periodic
        write(self.base + 0x28, 12_000); // ticks of 12 MHz
        write(self.base + 0x18, 1); // interrupt at the end
        write(self.base + 0x0c, 1); // on
    }

    pub(crate) fn acknowledge(&self) {
        write(self.base + 0x24, 1);
    }
}

/// The first serial line.
pub(crate) struct Uart;

const UART: usize = 0x4000_c000;
const SENT: u32 = 1 << 5;

impl Uart {
    pub(crate) fn send(&self, byte: u8) {
        write(UART, u32::from(byte));
    }

    pub(crate) fn enable_interrupt(&self) {
        write(UART + 0x38, SENT);
    }

    pub(crate) fn disable_interrupt(&self) {
        write(UART + 0x38, 0);
    }

    pub(crate) fn acknowledge(&self) {
        write(UART + 0x44, SENT);
    }
}
