// As `fail_assembly`, in the number of the event.

use handler_table::{HandlerTable, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

fn uart() {}

IRQS! {
    (handler_table) handler
    ["3\"\n.byte 0\n\"" _3 uart board label static SYMBOL: () = ();]
    ENTRY [handler_table::__private::Registration] []
    [{ of_table: &IRQS, at_index: 6, with_handler: uart }.entry("", "", "", 0)]
}

fn main() {}
