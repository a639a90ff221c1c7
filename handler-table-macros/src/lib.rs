//! The attributes of `handler-table`, which re-exports and documents them.
//!
//! This file only dispatches. `args` reads the arguments of an attribute, `item` the
//! item below it; `handler`, `table` and `require` write the result, with names from
//! `names`. All are functions on `proc_macro2` tokens: they
//! do not panic, and they keep the user's item whatever is wrong with it.

#[cfg(test)]
mod any_input;
mod args;
mod events;
mod handler;
mod item;
mod names;
mod require;
mod table;
mod tokens;

use proc_macro::TokenStream;
use proc_macro2::Span;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// See `handler_table::handler_table`.
#[proc_macro_attribute]
pub fn handler_table(args: TokenStream, item: TokenStream) -> TokenStream {
    table::handler_table(args.into(), &item.into(), &Compiler).into()
}

/// See `handler_table::event_handler`.
#[proc_macro_attribute]
pub fn event_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    handler::event_handler(args.into(), &item.into(), &Compiler).into()
}

/// See `handler_table::require`.
#[proc_macro]
pub fn require(args: TokenStream) -> TokenStream {
    require::require(args.into(), &Compiler).into()
}

/// See `handler_table::Events`.
#[proc_macro_derive(Events, attributes(events))]
pub fn derive_events(item: TokenStream) -> TokenStream {
    events::derive(item.into(), &Compiler).into()
}

/// See `handler_table::events`.
#[proc_macro]
pub fn events(args: TokenStream) -> TokenStream {
    events::events(args.into(), &Compiler).into()
}

/// What an attribute writes beside a function, or for a table; on an item that the compiler
/// refuses in an `impl` or a `trait`, with all that is here. See `names::module_level`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn module_level(items: TokenStream, _: TokenStream) -> TokenStream {
    items
}

/// What only the compiler knows.
struct Compiler;

impl names::Environment for Compiler {
    fn file(&self, span: Span) -> String {
        span.unwrap().file()
    }

    fn line(&self, span: Span) -> usize {
        span.unwrap().line()
    }

    fn column(&self, span: Span) -> usize {
        span.unwrap().column()
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn repeated(&self, identity: u64) -> u64 {
        static SEEN: Mutex<BTreeMap<u64, u64>> = Mutex::new(BTreeMap::new());
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.entry(identity).or_default();
        *times += 1;
        *times - 1
    }
}
