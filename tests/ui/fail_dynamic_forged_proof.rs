// What `table!` calls cannot be called with a false proof in safe code.

use handler_table::{FunctionPointer, HandlerTable};

fn main() {
    let table: HandlerTable<8, usize> =
        HandlerTable::with_proof(|_| core::ptr::null::<FunctionPointer<usize>>());
    let _ = table;
}
