// The user's names do not matter to the macros, nor theirs to the user.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, unused_macros)]

mod core {}
mod std {}
mod linkme {}

struct Option;
struct Some;
struct None;
struct Result;
struct Sync;
struct usize;
struct u8;
struct str;

macro_rules! concat {
    ($($anything:tt)*) => {
        ::core::compile_error!("the user's `concat`")
    };
}

macro_rules! module_path {
    ($($anything:tt)*) => {
        ::core::compile_error!("the user's `module_path`")
    };
}

macro_rules! element {
    ($($anything:tt)*) => {
        ::core::compile_error!("the user's `element`")
    };
}

mod label {
    pub const INDEX: ::core::primitive::usize = 5;

    #[::handler_table::handler_table]
    pub static TABLE: ::handler_table::HandlerTable<8>;
}

mod lower {
    // Names that the macros use themselves.
    #[::handler_table::handler_table]
    pub static LOAD: ::handler_table::HandlerTable<8>;
    #[::handler_table::handler_table]
    pub static ENTRY: ::handler_table::HandlerTable<8>;
    #[::handler_table::handler_table]
    pub static UART: ::handler_table::HandlerTable<8>;
    #[::handler_table::handler_table]
    pub static HANDLER: ::handler_table::HandlerTable<8>;
    #[::handler_table::handler_table]
    pub static SYMBOL: ::handler_table::HandlerTable<8>;
    #[::handler_table::handler_table]
    pub static REQUIRED: ::handler_table::HandlerTable<8>;
}

use lower::{ENTRY, HANDLER, LOAD, REQUIRED, SYMBOL, UART};

const UART_: ::core::primitive::usize = 4;

#[::handler_table::event_handler(LOAD, 1)]
#[::handler_table::event_handler(ENTRY, 1)]
#[::handler_table::event_handler(UART, UART_)]
#[::handler_table::event_handler(UART, 3)]
#[::handler_table::event_handler(crate::lower::UART, 2)]
#[::handler_table::event_handler(HANDLER, 3)]
#[::handler_table::event_handler(SYMBOL, 3)]
#[::handler_table::event_handler(REQUIRED, 3)]
#[::handler_table::event_handler(label::TABLE, 3)]
#[::handler_table::event_handler(label::TABLE, label::INDEX)]
fn uart() {}

#[::handler_table::event_handler(LOAD, 2)]
fn r#match() {}

#[::handler_table::event_handler(LOAD, 3)]
#[allow(non_snake_case)]
fn LOAD_() {}

::handler_table::require!(HANDLER, 3);
::handler_table::require!(REQUIRED, 3);
::handler_table::require!(label::TABLE, 3);

static DYNAMIC: ::handler_table::HandlerTable<8, fn(&::core::primitive::u8)> =
    ::handler_table::table!();

#[::handler_table::handler_table]
static ACTIONS: ::handler_table::ActionTable<8, ::core::primitive::u8>;

mod send {
    pub(super) struct Send(pub(super) ::core::primitive::u8);
}
use send::Send;

/// The names of what the attribute writes.
const context: ::core::primitive::u8 = 7;
const ENTRY_OF_ACTION: ::core::primitive::u8 = 1;

#[::handler_table::event_handler(
    ACTIONS,
    3,
    non_reentrant,
    context = Send(context + ENTRY_OF_ACTION),
    handle = ACTION,
    counted
)]
#[::handler_table::event_handler(ACTIONS, 4, non_reentrant, context = Send(ENTRY_OF_ACTION))]
fn action(
    event: &mut ::handler_table::Event<'_, ::core::primitive::u8>,
    Send(number): &mut Send,
) -> ::handler_table::Verdict {
    *event.arg = *number;
    ::handler_table::Verdict::Handled
}

#[allow(clippy::items_after_statements)]
fn main() {
    ::handler_table::init_all().unwrap();
    let mut number = 0;
    ACTIONS.dispatch(0, 3, &mut number).unwrap();
    ::std::assert_eq!((number, ACTION.count()), (8, ::core::option::Option::Some(1)));
    ACTIONS.dispatch(0, 4, &mut number).unwrap();
    ::std::assert_eq!(number, 1);
    ::std::assert!(LOAD.handle(1) && LOAD.handle(2) && LOAD.handle(3));
    ::std::assert!(ENTRY.handle(1));
    ::std::assert!(UART.handle(4) && UART.handle(3) && UART.handle(2));
    ::std::assert!(HANDLER.handle(3) && REQUIRED.handle(3) && SYMBOL.handle(3));
    ::std::assert!(label::TABLE.handle(3) && label::TABLE.handle(5));
    ::std::assert!(DYNAMIC.get(0).is_none());
}
