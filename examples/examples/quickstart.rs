//! Handlers from two crates in one table: linked, loaded, dispatched, replaced
//! and removed; then every way to be refused, and what the error says.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use handler_table::{HandlerTable, event_handler, handler_table};
use handler_table_examples::IRQS;
use std::error::Error;

/// Joins the table of another crate. To see what is refused before the program
/// runs, change the 3: with 0, or a constant that is 0, the program does not link,
/// because the library has a handler for event 0; with 16 it does not compile, for
/// want of a slot. Nor does it with an argument after `fn uart(`.
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
    println!("init puts them into their slots, once:");
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
    let old = IRQS.replace(5, || println!("   button: pressed, says another handler"))?;
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

/// Nobody gave it the attribute.
static UNDECLARED: HandlerTable<4> = HandlerTable::new();

#[handler_table]
static LATE: HandlerTable<4>;

#[event_handler(LATE, 1)]
fn linked() {}

/// Each error is printed as its `Display` has it. A call that is refused leaves
/// its table as it was.
fn refusals() -> Result<(), Box<dyn Error>> {
    println!("Refused by register:");
    refused(IRQS.register(3, || ()))?;
    refused(IRQS.register(16, || ()))?;

    println!("Refused by init:");
    LATE.register(1, || ())?;
    refused(LATE.init())?;
    refused(UNDECLARED.init())?;

    println!("As the first of them says, unregister, and init succeeds:");
    LATE.unregister(1);
    println!("   {} handler", LATE.init()?.handlers);
    Ok(())
}

fn refused<T, E: Error>(result: Result<T, E>) -> Result<(), &'static str> {
    let error = result.err().ok_or("this should have been refused")?;
    println!("   {error}");
    Ok(())
}
