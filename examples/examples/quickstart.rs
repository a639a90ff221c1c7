//! Handlers from two crates in one table: they are linked, loaded, dispatched, replaced and
//! removed. Then every error, and its message.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use handler_table::{HandlerTable, event_handler, handler_table};
use handler_table_examples::IRQS;
use std::error::Error;

/// A handler for the table of another crate. Change the 3 to see the errors before the
/// program runs: with 0 it does not link, because the library has a handler for event 0. With
/// 16 it does not compile, because there is no such slot. It does not compile with an argument
/// after `fn uart(` either.
#[event_handler(IRQS, 3)]
fn uart() {
    println!("   uart: a byte");
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Linked into this program:");
    for event in 0..IRQS.capacity() {
        if let Some(handler) = IRQS.static_handler(event) {
            println!("   event {event}: {handler}");
        }
    }

    println!("Before init, event 0 has no handler:");
    dispatch(0);
    println!("init loads them into their slots, once:");
    for _ in 0..2 {
        let loaded = IRQS.init()?;
        let when = if loaded.already { "before" } else { "now" };
        println!("   {} handlers, loaded {when}", loaded.handlers);
    }

    println!("Events 0 and 3 have handlers, 5 is spurious, 16 is out of range:");
    for event in [0, 3, 5, 16] {
        dispatch(event);
    }

    println!("Register a handler for event 5 at run time:");
    IRQS.register(5, || println!("   button: pressed"))?;
    dispatch(5);
    println!("Replace it, call the new one and then the old one:");
    let old = IRQS.replace(5, || println!("   button: pressed (the new handler)"))?;
    dispatch(5);
    old.ok_or("event 5 had a handler")?();
    println!("Remove it:");
    IRQS.unregister(5);
    dispatch(5);

    refusals()
}

fn dispatch(event: usize) {
    if !IRQS.handle(event) {
        println!("   event {event}: no handler");
    }
}

/// A table without the attribute.
static UNDECLARED: HandlerTable<4> = HandlerTable::new();

#[handler_table]
static LATE: HandlerTable<4>;

#[event_handler(LATE, 1)]
fn linked() {}

#[handler_table]
static TWICE: HandlerTable<4>;

/// Two handlers for one event. With a literal instead of the constant, they would not
/// compile.
const DISK: usize = 2;

#[event_handler(TWICE, DISK)]
fn read() {}

#[event_handler(TWICE, DISK)]
fn write() {}

/// Prints each error with its `Display` text. A call that fails does not change its table.
fn refusals() -> Result<(), Box<dyn Error>> {
    println!("Errors of register:");
    refused(IRQS.register(3, || ()))?;
    refused(IRQS.register(16, || ()))?;

    println!("Errors of init:");
    LATE.register(1, || ())?;
    refused(LATE.init())?;
    refused(TWICE.init())?;
    refused(UNDECLARED.init())?;

    println!("After unregister, as the first error says, init succeeds:");
    LATE.unregister(1);
    println!("   {} handler", LATE.init()?.handlers);
    Ok(())
}

fn refused<T, E: Error>(result: Result<T, E>) -> Result<(), &'static str> {
    let error = result.err().ok_or("this should have been refused")?;
    println!("   {error}");
    Ok(())
}
