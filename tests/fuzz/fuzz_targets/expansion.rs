//! `cargo +nightly fuzz run --fuzz-dir tests/fuzz --features libfuzzer expansion`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    handler_table_fuzz::check(bytes);
});
