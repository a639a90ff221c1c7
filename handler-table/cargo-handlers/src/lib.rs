//! Reads the static handlers of `handler-table` from an ELF file. The program is
//! `cargo handlers`; see its `--help`.

#![allow(missing_docs, reason = "for the program and its tests only")]

pub mod check;
pub mod diff;
pub mod error;
pub mod format;
pub mod image;
pub mod report;
