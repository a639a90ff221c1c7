//! Where a handler was declared, as the attribute writes it.

/// The path of a function, its file and its line: `kernel::uart`, `src/uart.rs` and `7`,
/// each on a line of its own.
#[derive(Clone, Copy)]
pub(crate) struct Source(&'static str);

impl Source {
    /// Nothing, if the text is not in memory.
    pub(crate) const fn new(text: &'static str) -> Self {
        if cfg!(handler_table_unnamed) {
            return Source("");
        }
        Source(text)
    }

    /// The path of the function.
    pub(crate) const fn function(self) -> &'static str {
        self.parts().0
    }

    /// The file, in the format of `file!()`.
    pub(crate) const fn file(self) -> &'static str {
        self.parts().1
    }

    /// The line, from 1.
    pub(crate) const fn line(self) -> u32 {
        self.parts().2
    }

    /// All three. In firmware, once: it does not inline, and has no panic.
    #[cold]
    #[inline(never)]
    const fn parts(self) -> (&'static str, &'static str, u32) {
        let text = self.0.as_bytes();
        // The ends of the function and of the file, and the number behind them.
        let (mut function, mut file, mut line, mut at) = (text.len(), text.len(), 0_u32, 0);
        while at < text.len() {
            if text[at] == b'\n' {
                if function > at {
                    function = at;
                }
                (file, line) = (at, 0);
            } else {
                let digit = text[at].wrapping_sub(b'0') as u32;
                line = line.wrapping_mul(10).wrapping_add(digit);
            }
            at += 1;
        }
        if file == text.len() {
            return (self.0, "", 0);
        }
        let (before, _) = split(self.0, file);
        let (function, _) = split(before, function);
        let (_, file) = split(before, function.len() + 1);
        (function, file, line)
    }
}

const fn split(text: &'static str, at: usize) -> (&'static str, &'static str) {
    match text.split_at_checked(at) {
        Some(parts) => parts,
        None => ("", ""),
    }
}

/// The bytes of a text.
#[cfg(handler_table_unnamed)]
#[must_use]
pub const fn bytes_of<const N: usize>(text: &str) -> [u8; N] {
    let (text, mut bytes, mut at) = (text.as_bytes(), [0; N], 0);
    while at < N && at < text.len() {
        bytes[at] = text[at];
        at += 1;
    }
    bytes
}

/// The text of bytes.
#[cfg(handler_table_unnamed)]
#[must_use]
pub const fn text_of(bytes: &'static [u8]) -> &'static str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn has_three_parts() {
        let parts = |text| {
            let source = Source::new(text);
            (source.function(), source.file(), source.line())
        };
        assert_eq!(
            parts("kernel::uart\nsrc/uart.rs\n4294967295"),
            ("kernel::uart", "src/uart.rs", u32::MAX)
        );
        assert_eq!(parts("f\na\nb\n7"), ("f", "a\nb", 7));
        assert_eq!(parts("f\n\n1"), ("f", "", 1));
        assert_eq!(parts("f"), ("f", "", 0));
        assert_eq!(parts(""), ("", "", 0));
    }
}
