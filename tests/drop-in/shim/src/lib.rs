//! The interface of `handler_table` 0.1, with the tables of `handler-table`.

#![no_std]
#![forbid(unsafe_code)]

pub use handler_table_new::{Handler, HandlerTable};
