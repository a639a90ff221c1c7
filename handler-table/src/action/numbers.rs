//! [`Numbers`]: gives each thread a number of its own, which is reused after its end.

use crate::sync::{AtomicUsize, Ordering};

/// The numbers `0..WORDS * usize::BITS`: a bit for each, which is set while it is taken.
pub(crate) struct Numbers<const WORDS: usize>([AtomicUsize; WORDS]);

impl<const WORDS: usize> Numbers<WORDS> {
    pub(crate) const fn new() -> Self {
        Numbers([const { AtomicUsize::new(0) }; WORDS])
    }

    /// Takes the lowest free number. Returns `None` if all are taken. Lock-free.
    pub(crate) fn take(&self) -> Option<usize> {
        let numbers = self.0.iter().zip((0..).step_by(usize::BITS as usize));
        for (word, first) in numbers {
            // Ordering: Relaxed, the number is taken by what follows.
            let mut taken = word.load(Ordering::Relaxed);
            while taken != usize::MAX {
                let at = taken.trailing_ones();
                // Ordering: Acquire pairs with the Release of `give_back`, also if other
                // numbers of the word changed meanwhile: everything that the former owner of
                // the number did happened before.
                taken = word.fetch_or(1 << at, Ordering::Acquire);
                if taken & (1 << at) == 0 {
                    return Some(first + at as usize);
                }
            }
        }
        None
    }

    /// Gives back a number that `take` returned. Its owner does not use it any more.
    pub(crate) fn give_back(&self, number: usize) {
        let bits = usize::BITS as usize;
        if let Some(word) = self.0.get(number / bits) {
            // Ordering: Release pairs with the Acquire of `take`, by the next owner.
            word.fetch_and(!(1 << (number % bits)), Ordering::Release);
        }
    }

    /// Makes all its atomics exist; see `sync::model`.
    #[cfg(all(test, loom))]
    pub(crate) fn touch(&self) {
        for word in &self.0 {
            word.load(Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Numbers;

    #[test]
    fn each_number_is_taken_once_and_the_lowest_first() {
        static NUMBERS: Numbers<2> = Numbers::new();
        let count = 2 * usize::BITS as usize;
        for number in 0..count {
            assert_eq!(NUMBERS.take(), Some(number));
        }
        assert_eq!(NUMBERS.take(), None);
        for number in [count - 1, 5, 0] {
            NUMBERS.give_back(number);
        }
        for number in [0, 5, count - 1] {
            assert_eq!(NUMBERS.take(), Some(number));
        }
        assert_eq!(NUMBERS.take(), None);
    }
}
