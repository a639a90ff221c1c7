//! A crate whose tests need a driver that depends on it: the test program has this
//! crate twice, once as what is tested and once as what the driver uses. The
//! mistake: to require of the one what the other has.

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
pub static IRQS: HandlerTable<8, fn() -> u32>;

#[event_handler(IRQS, 3)]
fn own() -> u32 {
    1003
}

#[cfg(test)]
mod tests {
    use super::IRQS;

    handler_table::require!(IRQS, 3);
    #[cfg(mistake = "required")]
    handler_table::require!(IRQS, 5);

    #[test]
    fn each_has_its_own_handlers() {
        let other = cycle_driver::table();
        let handlers = [&IRQS, other].map(|table| table.init().map(|loaded| loaded.handlers));
        println!("{handlers:?}");
    }
}
