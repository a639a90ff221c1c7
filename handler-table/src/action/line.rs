//! [`Line`]: whether the interrupt line of an event should be unmasked.
//!
//! The state of a line is one word: the number of enabled actions of the event, and the
//! state that was last reported to a caller. An operation changes the number. Then it, or
//! the next caller that asks, gets the difference. So a change that could not be reported,
//! such as one by `init`, is not lost: the next caller that asks gets it.

use crate::sync::{AtomicUsize, Ordering, fence};
use core::mem;

/// What to do with the interrupt line of an event.
///
/// A line should be unmasked while the event has an enabled action. Each change is reported
/// to one caller: the caller that made it, or the next caller that changes the actions of
/// the event or calls [`take_line`](crate::ActionTable::take_line).
///
/// # Examples
///
/// See [`ActionTable::apply_line`](crate::ActionTable::apply_line).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The event has an enabled action, and had none before: unmask the line.
    Unmask,
    /// The event no longer has an enabled action: mask the line.
    Mask,
    /// Leave the line as it is.
    Unchanged,
}

/// The number of enabled actions of an event, and the state that was last reported.
pub(crate) struct Enabled(AtomicUsize);

/// Set if the last report was to unmask the line.
const UNMASKED: usize = 1;
/// One enabled action.
const ACTION: usize = 2;

impl Enabled {
    pub(crate) const fn none() -> Self {
        Enabled(AtomicUsize::new(0))
    }

    /// Adds one enabled action.
    pub(crate) fn add(&self) {
        // Ordering: Relaxed here and below. It is only a number. `apply` orders the writes
        // to an interrupt controller that depend on it.
        self.0.fetch_add(ACTION, Ordering::Relaxed);
    }

    /// Subtracts one enabled action. The number may be negative for a moment, if one caller
    /// disables an action before another caller has added it.
    pub(crate) fn subtract(&self) {
        self.0.fetch_sub(ACTION, Ordering::Relaxed);
    }

    pub(crate) fn any(&self) -> bool {
        is_any(self.0.load(Ordering::Relaxed))
    }

    /// Reports the change since the last report.
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

    /// Sets the line repeatedly, until it matches the last report and every change is
    /// reported.
    ///
    /// The line follows the bit `UNMASKED`. A caller that changes the bit sets the line
    /// after that. Let `F` be the last change of the bit, and let `X` be another caller that
    /// read the bit before `F`. If `X` is the last to set the line, it must see `F` when it
    /// checks the bit again. Each side writes one place and then reads or writes the other
    /// one. Acquire and release do not order that, but a fence on both sides does.
    pub(crate) fn apply(&self, mut set: impl FnMut(bool)) {
        /// If `set` panics, the line was not set, so the report is taken back.
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
                // Ordering: Relaxed, it is only a number.
                let _ = self
                    .0
                    .0
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, untold);
            }
        }

        // A change that was not reported yet is handled here.
        let _ = self.tell();
        loop {
            barrier();
            let told = self.is_told_unmasked();
            let untold = Untold(self);
            set(told);
            mem::forget(untold);
            barrier();
            // A change that is reported here is handled by the next round.
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

/// Orders all earlier reads and writes, of memory and of devices, before all later ones.
fn barrier() {
    // Ordering: SeqCst pairs with the same fence of every other caller of `apply`. It
    // orders a line that is a place in memory. On x86 it is `mfence`, which orders devices
    // too.
    fence(Ordering::SeqCst);
    // On the other targets, the fence of the language does not order devices.
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier changes no register and no memory.
    unsafe {
        core::arch::asm!("dsb sy", options(nostack, preserves_flags));
    }
    #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("fence iorw, iorw", options(nostack, preserves_flags));
    }
}
