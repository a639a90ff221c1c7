//! The entries of the interrupts. The processor does not say which line interrupted, so each
//! line has an entry of its own: a function with the line as a constant parameter.

use crate::trap;
#[cfg(not(feature = "nightly"))]
use core::arch::naked_asm;
#[cfg(not(feature = "nightly"))]
use x86_64::VirtAddr;
use x86_64::structures::idt::InterruptDescriptorTable;
#[cfg(feature = "nightly")]
use x86_64::structures::idt::{HandlerFunc, InterruptStackFrame};

/// The earlier vectors are the exceptions of the processor.
pub(crate) const FIRST_VECTOR: u8 = 32;

#[cfg(feature = "nightly")]
extern "x86-interrupt" fn entry<const LINE: usize>(_: InterruptStackFrame) {
    trap(LINE);
}

/// The same for stable Rust: saves the registers that `trap` may change.
#[cfg(not(feature = "nightly"))]
#[unsafe(naked)]
extern "sysv64" fn entry<const LINE: usize>() {
    extern "sysv64" fn common(line: usize) {
        trap(line);
    }
    naked_asm!(
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "cld",
        "mov edi, {line}",
        // The processor has pushed 5 words, and this function 9: the stack is aligned.
        "call {common}",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "iretq",
        line = const LINE,
        common = sym common,
    )
}

/// Fills in the entries of all lines.
pub(crate) fn fill(table: &mut InterruptDescriptorTable) {
    macro_rules! entries {
        ($($line:literal)+) => {
            $(set(table, $line, entry::<$line>);)+
        };
    }
    entries! { 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 }
}

#[cfg(feature = "nightly")]
fn set(table: &mut InterruptDescriptorTable, line: u8, entry: HandlerFunc) {
    table[FIRST_VECTOR + line].set_handler_fn(entry);
}

#[cfg(not(feature = "nightly"))]
fn set(table: &mut InterruptDescriptorTable, line: u8, entry: extern "sysv64" fn()) {
    let address = VirtAddr::from_ptr(entry as *const ());
    // SAFETY: it is an entry, and returns with `iretq`.
    unsafe { table[FIRST_VECTOR + line].set_handler_addr(address) };
}
