//! Slices and text as a pointer and a length, in `repr(C)`: the layout of `&str` is not
//! specified, and a host reads these from the image.

use core::slice::from_raw_parts;

/// A `&'static [T]`.
#[repr(C)]
pub(crate) struct Slice<T: 'static> {
    start: *const T,
    length: usize,
}

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<T> {}

// SAFETY: it is a shared reference.
unsafe impl<T: Sync> Send for Slice<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Slice<T> {}

impl<T> Slice<T> {
    pub(crate) const fn new(slice: &'static [T]) -> Self {
        Slice {
            start: slice.as_ptr(),
            length: slice.len(),
        }
    }

    pub(crate) const fn get(self) -> &'static [T] {
        // SAFETY: `new` had the slice.
        unsafe { from_raw_parts(self.start, self.length) }
    }
}

/// A `&'static str`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Text(Slice<u8>);

impl Text {
    pub(crate) const fn new(text: &'static str) -> Self {
        Text(Slice::new(text.as_bytes()))
    }

    pub(crate) const fn get(self) -> &'static str {
        // SAFETY: `new` had the text.
        unsafe { str::from_utf8_unchecked(self.0.get()) }
    }
}

/// The start of a text whose length is elsewhere, where it needs no word of its own.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Start(*const u8);

// SAFETY: it is a shared reference.
unsafe impl Send for Start {}
// SAFETY: as above.
unsafe impl Sync for Start {}

impl Start {
    /// The start of a text, and its length. Those of an empty one, if it has 64 KiB.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) const fn of(text: &'static str) -> (Start, u16) {
        let text = if text.len() <= u16::MAX as usize {
            text
        } else {
            ""
        };
        (Start(text.as_ptr()), text.len() as u16)
    }

    /// The text.
    ///
    /// # Safety
    ///
    /// [`of`](Start::of) returned the two.
    pub(crate) const unsafe fn text(self, length: u16) -> &'static str {
        // SAFETY: the caller's promise.
        unsafe { str::from_utf8_unchecked(from_raw_parts(self.0, length as usize)) }
    }
}
