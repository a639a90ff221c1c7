//! What linkers make of static handlers: which programs they refuse, in which
//! words, and that they keep the handlers of those that they accept.
//!
//! Each test builds crates of `link/workspace` in several ways, and reads what
//! rustc and the linker say or what the program prints. Every mistake has a twin
//! without it, which is built in the same ways and has to run.
//!
//! Without `--ignored` the ways are some, with it they are all. To see what was
//! built and what was said:
//!
//! ```text
//! cargo test --test link -- --nocapture
//! ```

// The words are those of linkers for ELF.
#![cfg(target_os = "linux")]

#[path = "link/elf.rs"]
mod elf;

#[path = "link/support.rs"]
mod support;
