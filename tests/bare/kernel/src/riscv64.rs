//! QEMU's `virt` machine, two harts in machine mode.

use core::arch::asm;
use core::hint::spin_loop;
use core::ptr::{self, NonNull, with_exposed_provenance_mut};
use core::sync::atomic::{AtomicBool, Ordering};
use riscv::register::{mhartid, mie, mstatus};
use uart_16550::Uart16550;
use uart_16550::backend::MmioBackend;
use uart_16550::spec::registers::IER;

/// The name of the machine.
pub const MACHINE: &str = "riscv64";
/// Events are the codes of `mcause`.
pub const EVENTS: usize = 16;
/// The number of harts.
pub const CORES: usize = 2;
/// The machine's timer.
pub const TIMER: usize = 7;
/// An interrupt that a hart sends to itself or another one.
pub const BELL: usize = 3;
/// The interrupt of the platform's controller, which holds it until its device is claimed.
pub const STUCK: usize = 11;

const CLINT: usize = 0x0200_0000;
const MTIME: *mut u64 = with_exposed_provenance_mut(CLINT + 0xbff8);
const PLIC: usize = 0x0c00_0000;
/// The number of the UART there.
const UART_SOURCE: usize = 10;
const UART: *mut u8 = with_exposed_provenance_mut(0x1000_0000);

fn mtimecmp(hart: usize) -> *mut u64 {
    with_exposed_provenance_mut(CLINT + 0x4000 + 8 * hart)
}

fn msip(hart: usize) -> *mut u32 {
    with_exposed_provenance_mut(CLINT + 4 * hart)
}

/// Schedules the next timer interrupt on this hart, in a tenth of a millisecond.
pub fn rearm_timer() {
    // SAFETY: `MTIME` and `mtimecmp` are registers of the CLINT.
    unsafe {
        let now = ptr::read_volatile(MTIME);
        ptr::write_volatile(mtimecmp(mhartid::read()), now + 1_000);
    }
}

/// Sends the interrupt of the bell to a hart.
pub fn ring(hart: usize) {
    // SAFETY: `msip` is a register of the CLINT.
    unsafe { ptr::write_volatile(msip(hart), 1) }
}

/// Clears the interrupt of the bell, on the hart that has it.
pub fn silence_bell() {
    // SAFETY: as in `ring`.
    unsafe { ptr::write_volatile(msip(mhartid::read()), 0) }
}

/// Has the UART interrupt through the platform's controller: it can take another byte.
pub fn stick() {
    let priority = with_exposed_provenance_mut::<u32>(PLIC + 4 * UART_SOURCE);
    let enabled = with_exposed_provenance_mut::<u32>(PLIC + 0x2000);
    // SAFETY: the registers of the PLIC, and the trap entry is ready for the event.
    unsafe {
        ptr::write_volatile(priority, 1);
        ptr::write_volatile(enabled, 1 << UART_SOURCE);
        mie::set_mext();
    }
    if let Some(mut uart) = uart() {
        uart.enable_interrupts(IER::THR_EMPTY);
    }
}

pub(crate) fn mask(event: usize) {
    // SAFETY: `mie` has a bit for each interrupt, and a masked interrupt does not arrive.
    unsafe { asm!("csrc mie, {}", in(reg) 1_usize << event, options(nomem, nostack)) }
}

pub(crate) fn enable_interrupts() {
    // SAFETY: the trap entry is ready for every event.
    unsafe {
        mie::set_msoft();
        mie::set_mtimer();
        mstatus::set_mie();
    }
}

fn uart() -> Option<Uart16550<MmioBackend>> {
    // SAFETY: the registers of a UART, which only hart 0 uses.
    unsafe { Uart16550::new_mmio(NonNull::new_unchecked(UART), 1) }.ok()
}

pub(crate) fn send(text: &[u8]) {
    if let Some(mut uart) = uart() {
        uart.send_bytes_exact(text);
    }
}

/// `riscv-rt` calls this for an interrupt, after it has saved the registers.
// SAFETY: its declaration there is the same.
#[unsafe(no_mangle)]
extern "C" fn _dispatch_core_interrupt(code: usize) {
    super::take(code, mhartid::read());
}

/// Not in `.bss`: hart 1 reads it before hart 0 has cleared `.bss`.
// SAFETY: the machine starts with zeroed memory, and false is zero.
#[unsafe(link_section = ".uninit.started")]
static STARTED: AtomicBool = AtomicBool::new(false);

/// `riscv-rt` calls this to find out whether this hart sets up memory.
// SAFETY: its declaration there is the same.
#[unsafe(no_mangle)]
extern "C" fn _mp_hook(hart: usize) -> bool {
    while hart > 0 && !STARTED.load(Ordering::Acquire) {
        spin_loop();
    }
    hart == 0
}

#[riscv_rt::entry]
fn main(hart: usize) -> ! {
    if hart == 0 {
        STARTED.store(true, Ordering::Release);
        super::start()
    }
    // SAFETY: the trap entry is ready for it.
    unsafe {
        mie::set_msoft();
        mstatus::set_mie();
    }
    loop {
        riscv::asm::wfi();
    }
}
