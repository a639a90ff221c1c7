//! Where a handler was declared, as the attribute writes it.

/// The path of a function, its file and its line: `kernel::uart`, `src/uart.rs` and `7`,
/// each on a line of its own.
#[derive(Clone, Copy)]
pub(crate) struct Source(&'static str);

impl Source {
    pub(crate) const fn new(text: &'static str) -> Self {
        Source(text)
    }

    /// The path of the function.
    pub(crate) const fn function(self) -> &'static str {
        self.0.split_at(self.after_function()).0
    }

    /// The file, in the format of `file!()`.
    pub(crate) const fn file(self) -> &'static str {
        let (start, end) = (self.after_function(), self.after_file());
        if start >= end {
            return "";
        }
        self.0.split_at(end).0.split_at(start + 1).1
    }

    /// The line, from 1.
    pub(crate) const fn line(self) -> u32 {
        let text = self.0.as_bytes();
        let (mut at, mut line) = (self.after_file() + 1, 0_u32);
        while at < text.len() {
            line = line
                .wrapping_mul(10)
                .wrapping_add(text[at].wrapping_sub(b'0') as u32);
            at += 1;
        }
        line
    }

    const fn after_function(self) -> usize {
        let text = self.0.as_bytes();
        let mut at = 0;
        while at < text.len() && text[at] != b'\n' {
            at += 1;
        }
        at
    }

    const fn after_file(self) -> usize {
        let text = self.0.as_bytes();
        let mut at = text.len();
        while at > 0 {
            at -= 1;
            if text[at] == b'\n' {
                return at;
            }
        }
        text.len()
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
