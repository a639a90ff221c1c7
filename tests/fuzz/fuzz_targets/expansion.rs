//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz expansion`
#![no_main]

// Includes the modules of the macros, because a macro crate exports only macros.
#[path = "../../../handler-table-macros/src/any_input.rs"]
mod any_input;
#[path = "../../../handler-table-macros/src/args.rs"]
mod args;
#[path = "../../../handler-table-macros/src/handler.rs"]
mod handler;
#[path = "../../../handler-table-macros/src/item.rs"]
mod item;
#[path = "../../../handler-table-macros/src/names.rs"]
mod names;
#[path = "../../../handler-table-macros/src/require.rs"]
mod require;
#[path = "../../../handler-table-macros/src/table.rs"]
mod table;
#[path = "../../../handler-table-macros/src/tokens.rs"]
mod tokens;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_input::check(bytes);
});
