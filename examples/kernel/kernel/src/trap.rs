//! The path of an interrupt, from the processor to its handler.

use crate::{IRQS, println};
use core::arch::global_asm;
use core::arch::x86_64::_rdtsc;
use core::cell::UnsafeCell;
use handler_table::{Clock, Observed, Sample, Statistics};
use pic8259::ChainedPics;
use x86_64::VirtAddr;
use x86_64::structures::idt::InterruptDescriptorTable;

/// The state of the interrupted code, which every handler gets. If a handler changes it, the
/// interrupted code continues with the new state.
#[repr(C)]
#[expect(missing_docs, reason = "they are the registers of those names")]
pub struct Frame {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub rbp: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rbx: u64,
    pub rax: u64,
    /// The line that interrupted.
    pub line: usize,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

global_asm!(include_str!("trap.s"));

/// All entries of `trap.s` call this function.
// SAFETY: nothing else has this name.
#[unsafe(no_mangle)]
extern "C" fn trap(frame: &mut Frame) {
    let line = frame.line;
    let observed = Observed {
        table: &IRQS,
        observer: &INTERRUPTS,
    };
    let (handled, _) = observed.dispatch(0, line, |handler| handler(frame));
    if handled.is_none() {
        // No handler serves the device, so it would interrupt again at once.
        mask(line);
        println!("spurious event {line}");
    }
    // SAFETY: the line is the one that interrupted.
    unsafe { controllers().notify_end_of_interrupt(FIRST_VECTOR + frame.line as u8) }
}

/// The counts of all interrupts, and the times of their handlers.
pub static INTERRUPTS: Statistics<16, 1, Cycles> = Statistics::new();

/// The time stamp counter of the processor.
pub struct Cycles;

impl Clock for Cycles {
    fn now() -> u64 {
        // SAFETY: every x86_64 has the counter, and any code may read it.
        unsafe { _rdtsc() }
    }
}

/// The number of calls of a handler for an event.
pub fn handled(event: usize) -> usize {
    let Sample {
        count, spurious, ..
    } = INTERRUPTS.of(event);
    count.saturating_sub(spurious)
}

/// The number of interrupts without a handler.
pub fn spurious(event: usize) -> usize {
    INTERRUPTS.of(event).spurious
}

/// The earlier vectors are the exceptions of the processor.
const FIRST_VECTOR: u8 = 32;

fn controllers() -> ChainedPics {
    // SAFETY: both controllers exist, and the vectors are free.
    unsafe { ChainedPics::new(FIRST_VECTOR, FIRST_VECTOR + 8) }
}

/// Masks a line.
pub fn mask(line: usize) {
    change_masks(|masks| masks | 1 << line);
}

/// Unmasks a line.
pub fn unmask(line: usize) {
    change_masks(|masks| masks & !(1 << line));
}

fn change_masks(change: impl FnOnce(u16) -> u16) {
    let mut controllers = controllers();
    // SAFETY: there is a trap entry for every line.
    unsafe {
        let [first, second] = controllers.read_masks();
        let [first, second] = change(u16::from_le_bytes([first, second])).to_le_bytes();
        controllers.write_masks(first, second);
    }
}

/// The interrupt descriptor table, filled once.
struct Descriptors(UnsafeCell<InterruptDescriptorTable>);

// SAFETY: `start` runs once, and before anything reads it.
unsafe impl Sync for Descriptors {}

static DESCRIPTORS: Descriptors = Descriptors(UnsafeCell::new(InterruptDescriptorTable::new()));

/// Installs the trap entries, and starts the interrupt controllers with every line masked.
pub(crate) fn start() {
    unsafe extern "C" {
        static trap_entries: [[u8; 16]; 16];
    }
    // SAFETY: this runs once, and before any interrupt.
    unsafe {
        let descriptors = &mut *DESCRIPTORS.0.get();
        for line in 0..16_u8 {
            let entry = &raw const trap_entries[usize::from(line)];
            descriptors[FIRST_VECTOR + line].set_handler_addr(VirtAddr::from_ptr(entry));
        }
        descriptors.load_unsafe();
        let mut controllers = controllers();
        controllers.initialize();
        // The second controller is connected to line 2 of the first.
        controllers.write_masks(!(1 << 2), 0xff);
    }
}
