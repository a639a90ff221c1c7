// A reference to an array can be cast to a pointer to its elements. If the compiler
// could choose which elements, the proof that `table!` gives would be none.

use handler_table::{HandlerTable, table};

fn main() {
    let array: HandlerTable<8, &'static [_; 0]> = table!();
    let _ = array;
}
