use handler_table::table;

fn main() {
    let table = table!();
    let _ = table;
}
