//! How linkers treat static handlers: which programs they reject, with which messages, and
//! that they keep the handlers of the programs that they accept.
//!
//! Each test builds crates of `link/workspace` in several ways, and reads the messages of
//! rustc and the linker, or the output of the program. Every mistake has a twin without it,
//! which is built in the same ways and must run.
//!
//! Without `--ignored`, the tests try some ways; with it, all of them. To see what was built,
//! and the messages:
//!
//! ```text
//! cargo test --test link -- --nocapture
//! ```

// The messages are those of ELF linkers.
#![cfg(target_os = "linux")]

#[path = "link/elf.rs"]
mod elf;

#[path = "link/support.rs"]
mod support;
