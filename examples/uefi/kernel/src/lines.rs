//! The interrupt controllers of a PC, two 8259.

use crate::IRQS;
use crate::entry::{self, FIRST_VECTOR};
use core::cell::UnsafeCell;
use handler_table::Line;
use pic8259::ChainedPics;
use x86_64::instructions::interrupts;
use x86_64::structures::idt::InterruptDescriptorTable;

fn controllers() -> ChainedPics {
    // SAFETY: both controllers exist, and the vectors are free.
    unsafe { ChainedPics::new(FIRST_VECTOR, FIRST_VECTOR + 8) }
}

/// Unmasks or masks a line. Interrupts are disabled meanwhile, because it changes one bit of
/// a register.
pub fn set_line(line: usize, on: bool) {
    interrupts::without_interrupts(|| {
        let mut controllers = controllers();
        // SAFETY: there is an entry for every line.
        unsafe {
            let masks = u16::from_le_bytes(controllers.read_masks());
            let masks = if on {
                masks & !(1 << line)
            } else {
                masks | 1 << line
            };
            let [first, second] = masks.to_le_bytes();
            controllers.write_masks(first, second);
        }
    });
}

/// Returns whether a line is unmasked.
pub fn is_unmasked(line: usize) -> bool {
    // SAFETY: reading has no effect.
    u16::from_le_bytes(unsafe { controllers().read_masks() }) & 1 << line == 0
}

/// Does what the table says about a line.
pub fn apply(line: usize, change: Line) {
    if change != Line::Unchanged {
        IRQS.apply_line(line, |on| set_line(line, on));
    }
}

/// Tells the controllers that the interrupt of a line has ended.
pub(crate) fn end_of_interrupt(line: usize) {
    let vector = FIRST_VECTOR + u8::try_from(line).unwrap_or_default();
    // SAFETY: the line is the one that interrupted.
    unsafe { controllers().notify_end_of_interrupt(vector) }
}

/// The interrupt descriptor table, filled once.
struct Descriptors(UnsafeCell<InterruptDescriptorTable>);

// SAFETY: `start` runs once, and before anything reads it.
unsafe impl Sync for Descriptors {}

static DESCRIPTORS: Descriptors = Descriptors(UnsafeCell::new(InterruptDescriptorTable::new()));

/// Takes over from the firmware: installs the entries, loads the static handlers, and unmasks
/// their lines. Interrupts stay disabled.
///
/// # Errors
///
/// Those of `init`.
///
/// # Safety
///
/// Call it once, after the firmware has ended its services.
pub unsafe fn start() -> Result<usize, handler_table::InitError> {
    interrupts::disable();
    // SAFETY: this runs once, and before any interrupt.
    unsafe {
        let descriptors = &mut *DESCRIPTORS.0.get();
        entry::fill(descriptors);
        descriptors.load_unsafe();
        let mut controllers = controllers();
        controllers.initialize();
        // All lines are masked, but for line 2, to which the second controller is connected.
        controllers.write_masks(!(1 << 2), 0xff);
    }
    let loaded = IRQS.init()?;
    for (line, change) in IRQS.take_lines() {
        set_line(line, change == Line::Unmask);
    }
    Ok(loaded.handlers)
}
