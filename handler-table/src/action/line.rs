//! The interrupt line of an event: whether it should be unmasked, and who was told.
//!
//! The state of a line is one word: how many actions of the event are enabled, and what
//! a caller was last told of that. An operation changes the number; then it, or whoever
//! asks next, is told the difference. So a change that nobody could be told of, such as
//! one by `init`, is not lost: the next one to ask is told.

use crate::sync::{AtomicUsize, Ordering, fence};
use core::mem;

/// What to do with the interrupt line of an event.
///
/// A line should be unmasked while the event has an enabled action. Each change of that
/// is told to one caller: the one that made it, or the next one that changes the
/// actions of the event or calls [`take_line`](crate::ActionTable::take_line).
///
/// # Examples
///
/// See [`ActionTable::apply_line`](crate::ActionTable::apply_line).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The event has an enabled action, and had none before: unmask the line.
    Unmask,
    /// The event has no enabled action any more: mask the line.
    Mask,
    /// Leave it as it is.
    Unchanged,
}

/// How many actions of an event are enabled, and what was told of it.
pub(crate) struct Enabled(AtomicUsize);

/// Whether callers were told to unmask the line.
const UNMASKED: usize = 1;
/// One enabled action.
const ACTION: usize = 2;

impl Enabled {
    pub(crate) const fn none() -> Self {
        Enabled(AtomicUsize::new(0))
    }

    /// One more is enabled.
    pub(crate) fn add(&self) {
        // Ordering: Relaxed here and below. It is a number; `apply` orders what is done
        // to an interrupt controller on the strength of it.
        self.0.fetch_add(ACTION, Ordering::Relaxed);
    }

    /// One less is enabled. For a moment there may be one less than none, when an
    /// action is disabled by one caller before another has added it.
    pub(crate) fn subtract(&self) {
        self.0.fetch_sub(ACTION, Ordering::Relaxed);
    }

    pub(crate) fn any(&self) -> bool {
        is_any(self.0.load(Ordering::Relaxed))
    }

    /// Tells what changed since somebody was last told.
    pub(crate) fn tell(&self) -> Line {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let any = is_any(word);
            if any == (word & UNMASKED != 0) {
                return Line::Unchanged;
            }
            match self.0.compare_exchange(
                word,
                word ^ UNMASKED,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) if any => return Line::Unmask,
                Ok(_) => return Line::Mask,
                Err(now) => word = now,
            }
        }
    }

    /// Sets the line, until what was set last is what was told last, and nothing is
    /// untold.
    ///
    /// The line follows the bit that says what was told. Whoever changes the bit sets the
    /// line after that. Let `F` be the last change of the bit, and `X` another caller that
    /// read the bit before `F`. If `X` sets the line last of all, it must see `F` when it
    /// looks again. Each of the two writes one place and then uses the other: acquire and
    /// release do not order that, but a fence on both sides does.
    pub(crate) fn apply(&self, mut set: impl FnMut(bool)) {
        /// If `set` panics, nobody has done what was told.
        struct Untold<'a>(&'a Enabled);
        impl Drop for Untold<'_> {
            fn drop(&mut self) {
                let untold = |word| {
                    Some(if is_any(word) {
                        word & !UNMASKED
                    } else {
                        word | UNMASKED
                    })
                };
                // Ordering: Relaxed, it is a number and no more.
                let _ = self
                    .0
                    .0
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, untold);
            }
        }

        // What nobody was told yet is done here.
        let _ = self.tell();
        loop {
            barrier();
            let told = self.is_told_unmasked();
            let untold = Untold(self);
            set(told);
            mem::forget(untold);
            barrier();
            // What is told here is done here.
            if self.tell() == Line::Unchanged && self.is_told_unmasked() == told {
                break;
            }
        }
    }

    fn is_told_unmasked(&self) -> bool {
        self.0.load(Ordering::Relaxed) & UNMASKED != 0
    }
}

const fn is_any(word: usize) -> bool {
    word.cast_signed() >= ACTION.cast_signed()
}

/// Orders all that was read and written before, in memory and in devices, before all
/// that is read and written after.
fn barrier() {
    // Ordering: SeqCst pairs with the same fence of every other caller of `apply`. It is
    // for a line that is a place in memory, and on x86 for devices too: it is `mfence`.
    fence(Ordering::SeqCst);
    // The fence of the language is not one for devices here.
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier, which changes no register and no memory.
    unsafe {
        core::arch::asm!("dsb sy", options(nostack, preserves_flags));
    }
    #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("fence iorw, iorw", options(nostack, preserves_flags));
    }
}
