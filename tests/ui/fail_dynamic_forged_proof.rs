// What `table!` calls cannot be called with a false proof in safe code.

use handler_table::HandlerTable;

fn main() {
    let table: HandlerTable<8, usize> =
        HandlerTable::with_proof(|_| core::ptr::null());
    let _ = table;
}
