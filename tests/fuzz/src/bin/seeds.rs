//! Writes `seeds` from the inputs below, after a change of the words.

use std::fs;
use std::path::Path;

const SEEDS: &[(&str, u8, &str)] = &[
    ("handler", 0, "IRQS , 3 ;; fn uart ( ) { }"),
    (
        "handler-typed",
        0,
        "kernel :: IRQS , 0x3 ;; # [ doc = \"3\" ] pub ( crate ) unsafe extern \"C\" fn uart < 'a > ( frame : & 'a mut Frame , _ : u8 ) -> bool where { true }",
    ),
    (
        "handler-constant",
        0,
        "crate :: IRQS , kernel :: T as usize , crate = kernel :: core ;; # [ cfg ( test ) ] # [ cfg_attr ( test , cfg ( a ) , doc = \"3\" ) ] # [ event_handler ( T , 1 ) ] pub fn r#uart ( ) { }",
    ),
    (
        "handler-expression",
        0,
        "IRQS , { T :: < { 3 } , 1 > :: N } ;; const fn uart ( a : fn ( u8 ) -> bool ) { let _ = a ; }",
    ),
    ("handler-swapped", 0, "3 , IRQS ;; fn uart ( ) { }"),
    (
        "handler-everything",
        0,
        "IRQS , 3u8 , 1 , a = b ;; async fn uart < T , const N : usize > ( & 'a mut self , a : impl F , ... ) -> impl T { }",
    ),
    (
        "handler-method",
        0,
        "IRQS , \"3\" ;; # [ event_handler ( T , 1 ) ] struct uart ;",
    ),
    (
        "handler-grouped",
        0,
        "⟨ IRQS ⟩ , ⟨ 3 ⟩ ;; ⟨ pub ⟩ fn uart ( ) ⟨ { } ⟩",
    ),
    (
        "handler-declaration",
        0,
        "IRQS , - 1 ;; fn uart ( a : u8 ) ;",
    ),
    ("table", 1, ";; static IRQS : HandlerTable < 3 > ;"),
    (
        "table-typed",
        1,
        "crate = kernel ;; # [ cfg ( test ) ] pub static IRQS : kernel :: HandlerTable < { N } , for < 'a > unsafe extern \"C\" fn ( & 'a mut Frame ) -> bool > ;",
    ),
    (
        "table-scoped",
        1,
        ";; pub ( in crate :: kernel ) static LOAD : T ;",
    ),
    (
        "table-wrong",
        1,
        "3 ;; static mut IRQS : HandlerTable < 3 , u8 > = 0 ;",
    ),
    (
        "table-grouped",
        1,
        ";; ⟨ pub ⟩ static IRQS : ⟨ HandlerTable < 3 , ⟨ fn ( ) ⟩ > ⟩ ;",
    ),
    ("table-function", 1, ";; fn uart ( ) { }"),
    ("require", 2, "IRQS , 1 , 0x3 , 3usize , crate = kernel"),
    (
        "require-wrong",
        2,
        "kernel :: IRQS , N , 3.0 , 18446744073709551616",
    ),
    ("require-nothing", 2, ""),
];

fn main() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (name, macro_number, text) in SEEDS {
        let bytes = handler_table_fuzz::encode(*macro_number, text);
        fs::write(directory.join(name), bytes).expect("writable");
    }
}
