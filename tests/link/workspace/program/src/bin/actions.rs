//! The mistakes: two exclusive actions for one event; an exclusive one beside shared
//! ones, in this crate or in another; an event that is required and has no action.

use board::LINES;
use handler_table::{Event, Verdict, event_handler, require};

const FOUR: usize = 4;

#[event_handler(LINES, 3, shared)]
fn shared(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("shared");
    Verdict::Handled
}

#[event_handler(LINES, FOUR - 1, shared, priority = 1)]
#[cfg_attr(mistake = "far beside", cfg(any()))]
fn first(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("first");
    Verdict::Handled
}

#[event_handler(LINES, 4)]
#[cfg_attr(any(mistake = "beside", mistake = "far beside"), event_handler(LINES, 3))]
#[cfg_attr(mistake = "shared beside", event_handler(LINES, FOUR, shared))]
fn alone(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("alone");
    Verdict::Handled
}

#[cfg_attr(
    not(any(mistake = "twice", mistake = "twice by a constant")),
    event_handler(LINES, 5)
)]
#[cfg_attr(mistake = "twice", event_handler(LINES, 0x4))]
#[cfg_attr(mistake = "twice by a constant", event_handler(LINES, FOUR))]
fn other(event: &mut Event<'_, Vec<&'static str>>) -> Verdict {
    event.arg.push("other");
    Verdict::Handled
}

require!(LINES, 3, FOUR);
#[cfg(mistake = "missing")]
require!(LINES, 7);
#[cfg(mistake = "missing by a constant")]
require!(LINES, FOUR + 3);

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
