//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz expansion`
#![no_main]

// The macros' own modules: a crate of macros exports nothing else.
#[path = "../../../handler-table-macros/src/any_input.rs"]
mod any_input;
#[path = "../../../handler-table-macros/src/args.rs"]
mod args;
#[path = "../../../handler-table-macros/src/expand.rs"]
mod expand;
#[path = "../../../handler-table-macros/src/item.rs"]
mod item;
#[path = "../../../handler-table-macros/src/tokens.rs"]
mod tokens;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_input::check(bytes);
});
