//! A kernel: it declares tables, and tells what is in one.

use handler_table::{HandlerTable, handler_table};

/// What a handler is given plus the number of its event is what it returns.
#[handler_table]
pub static IRQS: HandlerTable<64, fn(u32) -> u32>;

pub mod first {
    #[handler_table::handler_table]
    pub static EVENTS: handler_table::HandlerTable<4, fn(u32) -> u32>;
}

pub mod second {
    #[handler_table::handler_table]
    pub static EVENTS: handler_table::HandlerTable<4, fn(u32) -> u32>;
}

/// Loads the static handlers, calls all that the table has, and prints a line
/// about it: the events, each with the result of its handler, or the error.
pub fn print<const N: usize>(name: &str, table: &HandlerTable<N, fn(u32) -> u32>) {
    match table.init() {
        Ok(loaded) => {
            print!("{name}: {} loaded:", loaded.handlers);
            for (event, handler) in table {
                print!(" {event}={}", handler(1000));
            }
            println!();
        }
        Err(error) => println!("{name}: {error}"),
    }
}
