//! Handlers in modules of their own, so that they can be in object files of
//! their own, and one whose index is an expression.

const BASE: usize = 16;

mod a {
    #[handler_table::event_handler(kernel::IRQS, 10)]
    fn a(n: u32) -> u32 {
        n + 10
    }
}

mod b {
    #[handler_table::event_handler(kernel::IRQS, 11)]
    fn b(n: u32) -> u32 {
        n + 11
    }

    mod c {
        #[handler_table::event_handler(kernel::IRQS, super::super::BASE + 1)]
        fn c(n: u32) -> u32 {
            n + 17
        }
    }
}
