//! Models of [`Numbers`]: no two threads have one number, and the next owner of a number sees
//! what the former one did.

use super::{explore, leak, plain};
use crate::action::numbers::Numbers;
use loom::thread;

#[test]
fn a_number_has_one_owner_at_a_time_who_sees_what_the_former_one_did() {
    // Each of two threads takes a number, and counts itself in plain memory of that number.
    let outcomes = [
        [(0, 0), (0, 1)],
        [(0, 1), (0, 0)],
        [(0, 0), (1, 0)],
        [(1, 0), (0, 0)],
    ];
    explore(4, outcomes, || {
        let numbers: &'static Numbers<1> = leak(Numbers::new());
        numbers.touch();
        let plain = plain();
        let count = move || {
            let number = numbers.take().unwrap();
            let before = plain.read(number);
            plain.write(number, before + 1);
            numbers.give_back(number);
            (number, before)
        };
        let other = thread::spawn(count);
        [count(), other.join().unwrap()]
    });
}
