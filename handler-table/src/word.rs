//! Conversion of a function pointer to a word, and back.
//!
//! A word is a `*mut ()`, never an integer: a pointer keeps its provenance in an atomic,
//! and only a pointer can be written in a `const`. Null means empty. Rust represents `None`
//! in an `Option<fn()>` as null, too, so the test for an empty slot costs no extra branch.
//!
//! Four facts make the conversion back sound:
//!
//! * **Size.** `F` and `Option<F>` are as wide as a word. This is asserted for every `F` at
//!   compile time.
//! * **Representation.** `F` is a function pointer. [`HandlerTable::new`] is only for
//!   `fn()`. `table!` makes every other table, and proves that `F` is a function pointer.
//!   [`Erased`], the only other `F`, is a transparent `NonNull`.
//! * **Origin.** A word that is not null was made by [`encode`] from the same `F`. This is
//!   the contract of [`decode`].
//! * **Lifetime.** Functions live as long as the program.
//!
//! [`HandlerTable::new`]: crate::HandlerTable::new

use core::ptr::NonNull;

/// Returns whether `F` fits in a word: it has the same size, and null is not one of its
/// values.
pub(crate) const fn fits_a_word<F>() -> bool {
    size_of::<F>() == size_of::<*mut ()>() && size_of::<Option<F>>() == size_of::<F>()
}

/// One word, with every type that this module reads it as.
union Word<F: Copy> {
    function: F,
    option: Option<F>,
    pointer: *mut (),
    erased: Erased,
}

/// Converts a function pointer to a word, which is never null.
pub(crate) const fn encode<F: Copy>(function: F) -> *mut () {
    const { assert!(fits_a_word::<F>()) }
    // SAFETY: the sizes are equal, as just asserted. `F` is a pointer, so all its bytes are
    // initialized and form a valid `*mut ()`.
    unsafe { Word { function }.pointer }
}

/// Converts a word to a function pointer, or to `None` if the word is null.
///
/// # Safety
///
/// The word must be null, or made by [`encode`] from an `F`.
pub(crate) const unsafe fn decode<F: Copy>(pointer: *mut ()) -> Option<F> {
    const { assert!(fits_a_word::<F>()) }
    // SAFETY: the sizes are equal, as just asserted. The word is null, which is `None`
    // because `F` has a null niche, or it was an `F`: the caller's promise.
    unsafe { Word { pointer }.option }
}

/// Converts a function pointer to another type.
///
/// # Safety
///
/// The result may be called only if the two types are ABI-compatible, as the documentation
/// of `fn` defines it.
pub(crate) const unsafe fn retype<F: Copy, G: Copy>(function: F) -> G {
    union Both<F: Copy, G: Copy> {
        before: F,
        after: G,
    }
    const { assert!(fits_a_word::<F>() && fits_a_word::<G>()) }
    // SAFETY: the sizes are equal, as just asserted. Both are function pointers, and not
    // null.
    unsafe { Both { before: function }.after }
}

/// A function pointer without its type.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Erased(NonNull<()>);

// SAFETY: it is a function pointer, and those are `Send` and `Sync`.
unsafe impl Send for Erased {}
// SAFETY: as above.
unsafe impl Sync for Erased {}

impl Erased {
    pub(crate) const fn new<F: Copy>(function: F) -> Self {
        const { assert!(fits_a_word::<F>()) }
        // SAFETY: the sizes are equal, as just asserted. An `F` is a pointer that is not
        // null.
        unsafe { Word { function }.erased }
    }

    pub(crate) const fn as_ptr(self) -> *mut () {
        self.0.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::fits_a_word;
    use core::num::NonZeroU8;

    #[test]
    fn a_word_is_as_wide_and_never_null() {
        assert!(fits_a_word::<fn()>());
        assert!(fits_a_word::<unsafe extern "C" fn(&u8) -> &u8>());
        assert!(!fits_a_word::<usize>(), "may be null");
        assert!(!fits_a_word::<Option<fn()>>(), "may be null");
        assert!(!fits_a_word::<NonZeroU8>(), "too narrow");
        assert!(!fits_a_word::<&str>(), "too wide");
    }
}
