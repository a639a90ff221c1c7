//! A table in a Rust dynamic library, and a handler outside of it.

use handler_table::event_handler;

#[event_handler(shared::SHARED, 2)]
fn outside(n: u32) -> u32 {
    n + 2
}

fn main() {
    shared::print();
}
