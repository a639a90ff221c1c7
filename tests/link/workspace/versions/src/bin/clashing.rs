//! The control: a version that is incompatible, and has the section of this one.

mod this {
    use handler_table::{HandlerTable, handler_table};

    #[handler_table]
    pub static IRQS: HandlerTable<8>;
}

mod clashing {
    use clashing::{HandlerTable, handler_table};

    #[handler_table(crate = clashing)]
    pub static IRQS: HandlerTable<8>;
}

fn main() {
    println!("{:?} {:?}", this::IRQS.init(), clashing::IRQS.init());
}
