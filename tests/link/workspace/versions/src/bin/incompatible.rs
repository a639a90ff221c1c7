//! Two incompatible versions of `handler-table`, each with a table and a handler for
//! one event.

mod this {
    use handler_table::{HandlerTable, event_handler, handler_table, require};

    #[handler_table]
    pub static IRQS: HandlerTable<8, fn() -> u32>;

    #[event_handler(IRQS, 3)]
    fn uart() -> u32 {
        1003
    }

    require!(IRQS, 3);
}

mod next {
    use next::{HandlerTable, event_handler, handler_table, require};

    #[handler_table(crate = next)]
    pub static IRQS: HandlerTable<8, fn() -> u32>;

    #[event_handler(IRQS, 3, crate = next)]
    fn uart() -> u32 {
        2003
    }

    require!(IRQS, 3, crate = next);
}

fn main() {
    let this = this::IRQS.init().map(|loaded| loaded.handlers);
    let next = next::IRQS.init().map(|loaded| loaded.handlers);
    println!("{this:?} {next:?}");
    println!(
        "{:?} {:?}",
        this::IRQS.dispatch(3, |handler| handler()),
        next::IRQS.dispatch(3, |handler| handler())
    );
}
