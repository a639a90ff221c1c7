// No text of a user's gets into assembly or into the name of a symbol or section,
// not even by the private macros, which anybody can call.

#![forbid(unsafe_code)]

use handler_table::{HandlerTable, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

fn uart() {}

// What the attribute writes: the control.
IRQS! {
    (handler_table) handler
    [3u64 _3 uart board label static SYMBOL: () = ();]
    ENTRY [handler_table::__private::Registration] []
    [{ of_table: &IRQS, at_index: 3, with_handler: uart }.entry("", "", "", 0)]
}

// A line break in the name of the function.
const _: () = {
    IRQS! {
        (handler_table) handler
        [4u64 _4 "uart\"\n.byte 0\n\"" board label static SYMBOL: () = ();]
        ENTRY [handler_table::__private::Registration] []
        [{ of_table: &IRQS, at_index: 4, with_handler: uart }.entry("", "", "", 0)]
    }
};

// The same in that of the table.
const _: () = {
    handler_table::__private::handler! {
        functions [kernel IRQS "a]\":\n.byte 0\n\""]
        [5u64 _5 uart board label static SYMBOL: () = ();]
        ENTRY [handler_table::__private::Registration] []
        [{ of_table: &IRQS, at_index: 5, with_handler: uart }.entry("", "", "", 0)]
    }
};

// The same in what is required.
handler_table::__private::required! { functions [kernel IRQS hash] IRQS ["3" 3] }
handler_table::__private::required! { functions [kernel "IRQS" hash] IRQS [_3 3] }

fn main() {}
