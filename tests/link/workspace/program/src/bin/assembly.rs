//! The mistake: text from safe code in assembly, by the private macros, in ways that
//! are all tried. Without it, a macro that takes text where ours take identifiers
//! shows that the text would have run.

#![cfg_attr(mistake, forbid(unsafe_code))]

use handler_table::{HandlerTable, handler_table};
#[cfg(not(mistake))]
use std::sync::atomic::{AtomicU8, Ordering};

#[handler_table]
static IRQS: HandlerTable<8>;

fn uart() {}

/// What a macro of ours has once been.
#[cfg(not(mistake))]
macro_rules! symbol {
    ($index:literal $table:literal $krate:literal $function:literal) => {
        mod text {
            ::core::arch::global_asm!(
                concat!(".pushsection \".rodata.", $function, " of ", $krate, "\", \"a\""),
                concat!(".globl \"handler_for_event_", $index, $table, "\""),
                concat!("\"handler_for_event_", $index, $table, "\":"),
                ".popsection",
            );
        }
    };
}

#[cfg(not(mistake))]
symbol! {
    "3" "_of_kernel::IRQS[8e7f01c2]" "program"
    "uart\", \"a\"\n.popsection\n.pushsection .init_array, \"aw\"\n.quad text_that_runs\n#"
}

#[cfg(not(mistake))]
static RAN: AtomicU8 = AtomicU8::new(0);

#[cfg(not(mistake))]
#[unsafe(no_mangle)]
extern "C" fn text_that_runs() {
    RAN.store(1, Ordering::Relaxed);
}

#[cfg(mistake = "function")]
IRQS! {
    (handler_table) handler
    [exclusive label
        "uart\", \"a\"\n.popsection\n.pushsection .init_array, \"aw\"\n.quad main\n#" program
        { 3u64 _3 static SYMBOL: () = (); }]
    ENTRY
    [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
        .entry(3, "", "")]
    [] []
}

#[cfg(mistake = "table")]
handler_table::__private::handler! {
    functions [kernel "IRQS[8e7f01c2]\":\n.popsection\n#" hash]
    [exclusive label uart program { 3u64 _3 static SYMBOL: () = (); }]
    ENTRY
    [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
        .entry(3, "", "")]
    [] []
}

#[cfg(mistake = "index")]
handler_table::__private::handler! {
    functions [kernel IRQS hash]
    [exclusive label uart program { "3_of_\":\n.popsection\n#" _3 static SYMBOL: () = (); }]
    ENTRY
    [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
        .entry(3, "", "")]
    [] []
}

// The control: what the attribute writes.
#[cfg(not(mistake))]
IRQS! {
    (handler_table) handler
    [exclusive label uart program { 3u64 _3 static SYMBOL: () = (); }]
    ENTRY
    [handler_table::__private::Registration { of_table: &IRQS, with_handler: uart }
        .entry(3, "", "")]
    [] []
}

fn main() {
    #[cfg(not(mistake))]
    println!("text ran: {}", RAN.load(Ordering::Relaxed));
    println!("{:?} {:?}", IRQS.init().map(|loaded| loaded.handlers), uart());
}
