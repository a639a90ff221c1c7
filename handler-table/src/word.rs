//! A function pointer as a word, and the way back.
//!
//! A word is a `*mut ()`, never an integer: a pointer keeps its provenance through an
//! atomic, and only a pointer can be written in a `const`. Null means empty. That is
//! also how Rust represents `None` in an `Option<fn()>`, so the test for empty costs
//! no branch of its own.
//!
//! What makes the way back sound:
//!
//! * **Size.** `F` and `Option<F>` are as wide as a word. This is asserted for every
//!   `F` as it compiles.
//! * **Representation.** `F` is a function pointer. [`HandlerTable::new`] is for
//!   `fn()` alone; every other table is made by `table!`, which proves it.
//!   [`Erased`], the only other `F`, is a transparent `NonNull`.
//! * **Origin.** A word that is not null was made by [`encode`] from the same `F`.
//!   That is the contract of [`decode`].
//! * **Lifetime.** Functions live as long as the program.
//!
//! [`HandlerTable::new`]: crate::HandlerTable::new

use core::ptr::NonNull;

/// Whether `F` can be a word: it is as wide as one, and null is not one of its values.
pub(crate) const fn fits_a_word<F>() -> bool {
    size_of::<F>() == size_of::<*mut ()>() && size_of::<Option<F>>() == size_of::<F>()
}

/// One word, in each of the ways that this module reads it.
union Word<F: Copy> {
    function: F,
    option: Option<F>,
    pointer: *mut (),
    erased: Erased,
}

/// The word of a function pointer; never null.
pub(crate) const fn encode<F: Copy>(function: F) -> *mut () {
    const { assert!(fits_a_word::<F>()) }
    // SAFETY: the sizes are equal, as just asserted, and `F` is a pointer, so all its
    // bytes are initialized and make a valid `*mut ()`.
    unsafe { Word { function }.pointer }
}

/// The function pointer of a word, or `None` if the word is null.
///
/// # Safety
///
/// The word is null, or [`encode`] made it from an `F`.
pub(crate) const unsafe fn decode<F: Copy>(pointer: *mut ()) -> Option<F> {
    const { assert!(fits_a_word::<F>()) }
    // SAFETY: the sizes are equal, as just asserted. The word is null, which is `None`
    // because `F` has a null niche, or it was an `F`: the caller's promise.
    unsafe { Word { pointer }.option }
}

/// A function pointer as one of another type.
///
/// # Safety
///
/// Whoever calls the result keeps to what the documentation of `fn` says of calls by
/// another type: the two are ABI-compatible.
pub(crate) const unsafe fn retype<F: Copy, G: Copy>(function: F) -> G {
    union Both<F: Copy, G: Copy> {
        before: F,
        after: G,
    }
    const { assert!(fits_a_word::<F>() && fits_a_word::<G>()) }
    // SAFETY: the sizes are equal, as just asserted; both are function pointers, not null.
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
        // SAFETY: the sizes are equal, as just asserted, and an `F` is a pointer that
        // is not null.
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
