//! Tests at run time that share no state. They are one program, so they are linked once.
//! Tests of static handlers, of signals, of the compiler and of the linker are programs of
//! their own.

mod action_sequences;
mod action_stress;
mod actions;
mod arrivals;
mod awaited;
mod boxed;
mod executor;
mod linearizability;
mod named_events;
mod observe;
mod options;
mod reentrancy;
mod sequences;
#[path = "../support.rs"]
mod support;
mod table;
mod threads;
