//! Reads the static handlers of `handler-table` from an ELF file. The program is
//! `cargo handlers`; see its `--help`.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "for the program and its tests only"
)]

pub mod check;
pub mod diff;
pub mod error;
pub mod format;
pub mod image;
pub mod report;
