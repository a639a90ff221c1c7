// As `fail_assembly`, in the number of the event.

use handler_table::{HandlerTable, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

fn uart() {}

const _: () = {
    IRQS! {
        (handler_table) handler
        [exclusive label uart board { "3\"\n.byte 0\n\"" _3 static SYMBOL: () = (); }]
        ENTRY
        [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
            .entry(3, "", "")]
        [] []
    }
};

const _: () = {
    IRQS! {
        (handler_table) handler
        [shared label uart board ("3\"\n.byte 0\n\"")]
        ENTRY
        [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
            .entry(4, "", "")]
        [] []
    }
};

fn main() {}
