//! QEMU's `virt` machine with a `GICv3`, two cores at EL1.

use aarch64_cpu::registers::{
    CNTP_CTL_EL0, CNTP_TVAL_EL0, MPIDR_EL1, ReadWriteable, Readable, Writeable,
};
use aarch64_rt::{
    ExceptionHandlers, InitialPagetable, RegisterStateRef, Stack, entry, exception_handlers,
    initial_pagetable, start_core,
};
use arm_gic::gicv3::registers::{Gicd, GicrSgi};
use arm_gic::gicv3::{GicCpuInterface, GicV3, SgiTarget, SgiTargetGroup};
use arm_gic::{IntId, InterruptGroup, UniqueMmioPointer, irq_enable, wfi};
use arm_pl011_uart::{Interrupts, PL011Registers, Uart};
use core::ptr::{NonNull, with_exposed_provenance_mut};
use smccc::Hvc;

/// The name of the machine.
pub const MACHINE: &str = "aarch64";
/// Events are the numbers of the interrupt controller: 16 that software sends, 16 of the
/// core's own devices, and those of the first other devices.
pub const EVENTS: usize = 64;
/// The number of cores.
pub const CORES: usize = 2;
/// The core's physical timer.
pub const TIMER: usize = 30;
/// An interrupt that a core sends to itself or another one.
pub const BELL: usize = 3;
/// The UART.
pub const STUCK: usize = 33;

const UART: *mut PL011Registers = with_exposed_provenance_mut(0x0900_0000);
const GICD: *mut Gicd = with_exposed_provenance_mut(0x0800_0000);
const GICR: *mut GicrSgi = with_exposed_provenance_mut(0x080a_0000);

/// A block of device memory: accessed, not executable, attribute 0.
const DEVICE: usize = 1 << 0 | 1 << 10 | 1 << 54;
/// A block of memory: accessed, inner shareable, attribute 1.
const MEMORY: usize = 1 << 0 | 1 << 10 | 3 << 8 | 1 << 2;

initial_pagetable!({
    let mut blocks = [0; 512];
    blocks[0] = DEVICE;
    blocks[1] = MEMORY | 0x4000_0000;
    InitialPagetable(blocks)
});

/// Schedules the next timer interrupt on this core.
pub fn rearm_timer() {
    CNTP_TVAL_EL0.set(5_000);
    CNTP_CTL_EL0.write(CNTP_CTL_EL0::ENABLE::SET);
}

/// Sends the interrupt of the bell to a core.
pub fn ring(core: usize) {
    let target = SgiTarget::List {
        affinity3: 0,
        affinity2: 0,
        affinity1: 0,
        target_list: 1 << core,
    };
    // The number is one that software may send.
    let _ = GicCpuInterface::send_sgi(IntId::sgi(3), target, SgiTargetGroup::CurrentGroup1);
}

/// Does nothing: the interrupt ends when it is acknowledged.
pub fn silence_bell() {}

/// Has the UART hold its line: it can take another byte.
pub fn stick() {
    enable_uart_interrupt(true);
    uart().set_interrupt_masks(Interrupts::TXI);
}

pub(crate) fn mask(event: usize) {
    match event {
        TIMER => CNTP_CTL_EL0.modify(CNTP_CTL_EL0::IMASK::SET),
        STUCK => enable_uart_interrupt(false),
        _ => {}
    }
}

fn enable_uart_interrupt(enable: bool) {
    let (mut gic, interrupt) = (gic(), IntId::spi(1));
    gic.set_interrupt_priority(interrupt, None, 0x80)
        .and_then(|()| gic.enable_interrupt(interrupt, None, enable))
        .expect("the machine has the interrupt");
}

fn gic() -> GicV3<'static> {
    // SAFETY: the registers of the interrupt controller, which only core 0 uses, and not while
    // an interrupt does.
    let gic = unsafe {
        let distributor = UniqueMmioPointer::new(NonNull::new_unchecked(GICD));
        GicV3::new(distributor, NonNull::new_unchecked(GICR), CORES)
    };
    gic.expect("the machine has a GICv3")
}

fn core() -> usize {
    usize::try_from(MPIDR_EL1.get() & 0xff).unwrap_or_default()
}

pub(crate) fn enable_interrupts() {
    let mut gic = gic();
    gic.setup(0);
    for core in 0..CORES {
        let _ = gic.redistributor_mark_core_awake(core);
        for interrupt in [IntId::sgi(3), IntId::ppi(14)] {
            gic.set_interrupt_priority(interrupt, Some(core), 0x80)
                .expect("every core has the interrupt");
            gic.enable_interrupt(interrupt, Some(core), true)
                .expect("every core has the interrupt");
        }
    }
    GicCpuInterface::set_priority_mask(0xff);
    irq_enable();

    static mut STACK: Stack<16> = Stack::new();
    // SAFETY: the stack is used only here, and this function runs once.
    unsafe { start_core::<Hvc, _, 16>(1, &raw mut STACK, second_core) }
        .expect("the machine has a second core");
}

fn second_core() {
    GicCpuInterface::enable_system_register_el1();
    GicCpuInterface::enable_group1(true);
    GicCpuInterface::set_priority_mask(0xff);
    irq_enable();
    loop {
        wfi();
    }
}

fn uart() -> Uart<'static> {
    // SAFETY: the registers of a UART, which only core 0 uses.
    Uart::new(unsafe { UniqueMmioPointer::new(NonNull::new_unchecked(UART)) })
}

pub(crate) fn send(text: &[u8]) {
    let mut uart = uart();
    for byte in text {
        while uart.is_tx_fifo_full() {}
        uart.write_word(*byte);
    }
}

struct Exceptions;

impl ExceptionHandlers for Exceptions {
    extern "C" fn irq_current(_: RegisterStateRef<'_>) {
        GicCpuInterface::handle_interrupt(InterruptGroup::Group1, |interrupt| {
            super::take(interrupt.raw_value() as usize, core());
        });
    }
}

exception_handlers!(Exceptions);

entry!(main, 16);
fn main(_: u64, _: u64, _: u64, _: u64) -> ! {
    super::start()
}
