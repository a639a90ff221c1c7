//! The text of a bounds error, made as the user's crate compiles.

/// Enough for the text and for the longest path that anybody writes.
const SIZE: usize = 1024;

/// Fails the build: event `index` is not in `0..capacity`.
#[track_caller]
pub(crate) const fn out_of_range(index: usize, capacity: usize, table: &str) -> ! {
    let mut message = Message {
        bytes: [0; SIZE],
        len: 0,
    };
    message.push("event index ");
    message.push_number(index);
    message.push(" is out of range: `");
    // A longer one might leave no room for what follows.
    if table.len() <= SIZE - 128 {
        message.push(table);
    }
    message.push("` has ");
    message.push_number(capacity);
    if capacity > 0 {
        message.push(" slots, for events 0 to ");
        message.push_number(capacity - 1);
    } else {
        message.push(" slots");
    }
    panic!("{}", message.as_str())
}

/// Fails the build: the type of the events of a table has no event with this number.
#[track_caller]
pub(crate) const fn no_such_event(number: usize, table: &str) -> ! {
    let mut message = Message {
        bytes: [0; SIZE],
        len: 0,
    };
    message.push("event ");
    message.push_number(number);
    message.push(" is not one of the events of `");
    if table.len() <= SIZE - 128 {
        message.push(table);
    }
    message.push("`");
    panic!("{}", message.as_str())
}

/// Fails the build: a table of this many CPUs never calls an action for these.
#[track_caller]
pub(crate) const fn no_cpus(none: bool, cpus: usize) -> ! {
    assert!(
        !none,
        "the action would never be called: this set of CPUs is empty"
    );
    let mut message = Message {
        bytes: [0; SIZE],
        len: 0,
    };
    message.push("the action would never be called: the table is `Counted<");
    message.push_number(cpus);
    message.push(">`, and none of the CPUs 0 to ");
    message.push_number(cpus - 1);
    message.push(" is in this set");
    panic!("{}", message.as_str())
}

struct Message {
    bytes: [u8; SIZE],
    len: usize,
}

impl Message {
    /// Appends the text, for which there must be room.
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
    }

    const fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let digit = number % 10;
        let (_, digits) = "0123456789".split_at(digit);
        let (digit, _) = digits.split_at(1);
        self.push(digit);
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "event index is out of range",
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::out_of_range;
    use std::string::String;

    fn text(index: usize, capacity: usize, table: &str) -> String {
        let panic = std::panic::catch_unwind(|| out_of_range(index, capacity, table)).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    }

    #[test]
    fn names_index_table_and_range() {
        assert_eq!(
            text(300, 256, "kernel::IRQS"),
            "event index 300 is out of range: `kernel::IRQS` has 256 slots, for events 0 to 255"
        );
    }

    #[test]
    fn tells_that_a_table_without_slots_has_no_events() {
        assert_eq!(
            text(usize::MAX, 0, "T"),
            std::format!(
                "event index {} is out of range: `T` has 0 slots",
                usize::MAX
            )
        );
    }

    #[test]
    fn leaves_a_path_out_that_is_too_long_and_nothing_else() {
        let (largest, last) = (usize::MAX, usize::MAX - 1);
        for (length, shown) in [(896, 896), (897, 0), (3000, 0)] {
            assert_eq!(
                text(largest, largest, &"x".repeat(length)),
                std::format!(
                    "event index {largest} is out of range: `{}` has {largest} slots, for events \
                     0 to {last}",
                    "x".repeat(shown)
                )
            );
        }
    }
}
