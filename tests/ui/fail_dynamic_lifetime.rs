// A table is invariant in the type of its handlers: if this compiled, `keep`
// would be called with a string that is gone.

use handler_table::{HandlerTable, table};

fn lend<'a>(table: &HandlerTable<1, fn(&'a str)>) {
    fn keep(_: &'static str) {}
    let longer: &HandlerTable<1, fn(&'static str)> = table;
    longer.register(0, keep).unwrap();
}

fn borrow<'a>(table: &HandlerTable<1, fn(&'static str)>) {
    let shorter: &HandlerTable<1, fn(&'a str)> = table;
    let _ = shorter;
}

fn main() {
    let table: HandlerTable<1, fn(&'static str)> = table!();
    lend(&table);
    borrow(&table);
}
