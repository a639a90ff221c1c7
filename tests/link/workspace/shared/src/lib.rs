//! A Rust dynamic library with a table and a handler.

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
pub static SHARED: HandlerTable<8, fn(u32) -> u32>;

#[event_handler(SHARED, 1)]
fn inside(n: u32) -> u32 {
    n + 1
}

pub fn print() {
    let loaded = SHARED.init().expect("there is nothing in the way");
    print!("shared: {} loaded:", loaded.handlers);
    for (event, handler) in &SHARED {
        print!(" {event}={}", handler(1000));
    }
    println!();
}
