//! The mistakes: two exclusive actions for one event; an exclusive one beside a
//! shared one; an event that is required and has no action.

use handler_table::{ActionTable, Event, Verdict, event_handler, handler_table, require};

#[handler_table]
static LINES: ActionTable<8, Vec<&'static str>>;

#[event_handler(LINES, 3, shared)]
fn shared(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("shared");
    Verdict::Handled
}

#[event_handler(LINES, 3, shared, priority = 1)]
fn first(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("first");
    Verdict::Handled
}

#[event_handler(LINES, 4)]
#[cfg_attr(mistake = "beside", event_handler(LINES, 3))]
fn alone(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("alone");
    Verdict::Handled
}

#[cfg_attr(not(mistake = "twice"), event_handler(LINES, 5))]
#[cfg_attr(mistake = "twice", event_handler(LINES, 0x4))]
fn other(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("other");
    Verdict::Handled
}

require!(LINES, 3, 4);
#[cfg(mistake = "missing")]
require!(LINES, 7);

fn main() {
    match LINES.init() {
        Ok(loaded) => print!("{} loaded:", loaded.handlers),
        Err(error) => return println!("{error}"),
    }
    for index in 0..8 {
        let mut called = Vec::new();
        LINES.dispatch(0, index, &mut called).unwrap();
        if !called.is_empty() {
            print!(" {index}={}", called.join("+"));
        }
    }
    println!();
}
