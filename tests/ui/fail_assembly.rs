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
    [exclusive label uart board { 3u64 _3 static SYMBOL: () = (); }]
    ENTRY
    [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
        .entry(3, "", "")]
    [] []
}

// A line break in the name of the function.
const _: () = {
    IRQS! {
        (handler_table) handler
        [exclusive label "uart\"\n.byte 0\n\"" board { 4u64 _4 static SYMBOL: () = (); }]
        ENTRY
        [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
            .entry(4, "", "")]
        [] []
    }
};

// The same in that of the table.
const _: () = {
    handler_table::__private::handler! {
        functions [kernel IRQS "a]\":\n.byte 0\n\""]
        [exclusive label uart board { 5u64 _5 static SYMBOL: () = (); }]
        ENTRY
        [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
            .entry(5, "", "")]
        [] []
    }
};

// The same in what is required: its crate, its table and its event.
handler_table::__private::required! {
    functions [kernel IRQS hash] [IRQS] module "board\"\n.byte 0\n\"" [] {} (3)
}
handler_table::__private::required! {
    functions [kernel "IRQS" hash] [IRQS] module board [] {} (3)
}
handler_table::__private::required! {
    functions [kernel IRQS hash] [IRQS] module board ["Irq"] {} (3)
}

fn main() {}
