//! Counters that one CPU writes and all may read.
//!
//! To add, a CPU loads, adds and stores: no lock, no compare-and-swap. If two threads use
//! one CPU number by mistake, or an event interrupts the same event between the load and
//! the store, counts are lost, and that is all.

use crate::sync::{AtomicUsize, Ordering};

/// A number of one word, which wraps round.
pub(super) struct Count(AtomicUsize);

impl Count {
    pub(super) const fn new() -> Self {
        Count(AtomicUsize::new(0))
    }

    #[inline]
    pub(super) fn get(&self) -> usize {
        // Ordering: Relaxed here and below. It is a number by itself, and nothing else is
        // read on the strength of it.
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn set(&self, to: usize) {
        self.0.store(to, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn add(&self, more: usize) {
        self.set(self.get().wrapping_add(more));
    }

    /// Makes it one that is not zero, and says whether it was zero. Of several CPUs that
    /// do this at once, one is told so.
    pub(super) fn raise(&self) -> bool {
        // Ordering: Relaxed, it is a flag and guards no other data. That one CPU is told
        // is by the swap.
        self.0.swap(1, Ordering::Relaxed) == 0
    }

    /// Makes it zero, and says whether it was not.
    pub(super) fn lower(&self) -> bool {
        // Ordering: Relaxed, as in `raise`.
        self.0.swap(0, Ordering::Relaxed) != 0
    }
}

/// A number of 64 bits, which wraps round.
#[cfg(target_pointer_width = "64")]
pub(super) type Wide = Whole;
#[cfg(not(target_pointer_width = "64"))]
pub(super) type Wide = Halves<32>;

/// A number of one word of 64 bits.
#[cfg(target_pointer_width = "64")]
pub(super) struct Whole(Count);

// They are as wide as each other.
#[cfg(target_pointer_width = "64")]
#[allow(clippy::cast_possible_truncation)]
impl Whole {
    pub(super) const fn new() -> Self {
        Whole(Count::new())
    }

    #[inline]
    pub(super) fn get(&self) -> u64 {
        self.0.get() as u64
    }

    #[inline]
    pub(super) fn set(&self, to: u64) {
        self.0.set(to as usize);
    }

    #[inline]
    pub(super) fn add(&self, more: u64) {
        self.0.add(more as usize);
    }
}

/// A number of two words, of which the lower has `BITS`, for targets whose words are too
/// short.
///
/// The upper half is there twice. The writer writes one, the lower half, and the other;
/// a reader reads them in the reverse order. If the upper halves that it reads are equal,
/// the lower one belongs to them. If not, the number came past a multiple of 2^`BITS`
/// meanwhile, and that multiple is a value between what it was and what it is. So a reader
/// does not wait, also one that has interrupted the writer.
#[cfg_attr(
    target_pointer_width = "64",
    allow(dead_code, reason = "tested here too")
)]
pub(super) struct Halves<const BITS: u32> {
    first: AtomicUsize,
    low: AtomicUsize,
    last: AtomicUsize,
}

#[cfg_attr(
    target_pointer_width = "64",
    allow(dead_code, reason = "tested here too")
)]
#[allow(clippy::cast_possible_truncation)]
impl<const BITS: u32> Halves<BITS> {
    pub(super) const fn new() -> Self {
        Halves {
            first: AtomicUsize::new(0),
            low: AtomicUsize::new(0),
            last: AtomicUsize::new(0),
        }
    }

    pub(super) fn get(&self) -> u64 {
        // Ordering: Acquire, pairs with the store of `last` in `set`: the lower half that
        // is read next is no older than that.
        let last = self.last.load(Ordering::Acquire) as u64;
        // Ordering: Acquire, pairs with the store of `low` in `set`: the upper half that is
        // read next is no older than that.
        let low = self.low.load(Ordering::Acquire) as u64;
        // Ordering: Relaxed, nothing is read after it.
        let first = self.first.load(Ordering::Relaxed) as u64;
        first << BITS | if first == last { low } else { 0 }
    }

    pub(super) fn set(&self, to: u64) {
        let (high, low) = (to >> BITS, to & ((1 << BITS) - 1));
        // Ordering: Relaxed, the next store orders it.
        self.first.store(high as usize, Ordering::Relaxed);
        // Ordering: Release, pairs with the load of `low` in `get`.
        self.low.store(low as usize, Ordering::Release);
        // Ordering: Release, pairs with the load of `last` in `get`.
        self.last.store(high as usize, Ordering::Release);
    }

    pub(super) fn add(&self, more: u64) {
        self.set(self.get().wrapping_add(more));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Count, Halves};

    #[test]
    fn a_number_of_two_words_counts_as_one_of_one_word() {
        let halves = Halves::<3>::new();
        let mut number = 0;
        for more in [0, 1, 6, 1, 7, 8, 9, 64, 1] {
            number += more;
            halves.add(more);
            assert_eq!(halves.get(), number);
        }
    }

    #[test]
    fn a_count_wraps_round() {
        let count = Count::new();
        count.set(usize::MAX);
        count.add(2);
        assert_eq!(count.get(), 1);
    }

    #[test]
    fn a_flag_is_raised_once() {
        let flag = Count::new();
        assert!(flag.raise() && !flag.raise());
        assert!(flag.lower() && !flag.lower());
        assert!(flag.raise());
    }
}

#[cfg(all(test, loom))]
mod models {
    extern crate std;
    use super::Halves;
    use loom::thread;
    use std::sync::Arc;

    #[test]
    fn a_number_of_two_words_is_read_whole() {
        loom::model(|| {
            let number = Arc::new(Halves::<1>::new());
            number.set(1);
            let writer = {
                let number = Arc::clone(&number);
                thread::spawn(move || number.add(1))
            };
            // Not 0, of the old upper and the new lower half, nor 3.
            assert!(matches!(number.get(), 1 | 2));
            writer.join().expect("it does not panic");
        });
    }
}
