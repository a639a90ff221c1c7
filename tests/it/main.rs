//! The tests at run time that share nothing with each other: one program, so that they
//! are linked once. Tests with static handlers, with signals, or of what is compiled and
//! linked are programs of their own.

mod action_sequences;
mod action_stress;
mod actions;
mod linearizability;
mod observe;
mod reentrancy;
mod sequences;
#[path = "../support.rs"]
mod support;
mod table;
