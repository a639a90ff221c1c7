// A macro of the user's that declares a table, its events and a handler, called twice.

#![deny(warnings)]

macro_rules! bus {
    ($bus:ident) => {
        pub mod $bus {
            use handler_table::{Events, HandlerTable, event_handler, handler_table, require};

            #[derive(Events)]
            pub enum Irq {
                Ready = 3,
            }

            #[handler_table]
            pub static TYPED: HandlerTable<{ Irq::CAPACITY }, fn(), Irq>;

            #[handler_table]
            pub static PLAIN: HandlerTable<8>;

            #[event_handler(TYPED, Irq::Ready)]
            #[event_handler(PLAIN, 3)]
            fn ready() {}

            require!(TYPED, ..);
            require!(PLAIN, 3);
        }
    };
}

bus!(first);
bus!(second);

/// `allow` on the handler applies to the attribute.
#[deprecated]
#[handler_table::handler_table]
pub static OLD: handler_table::HandlerTable<4>;

#[allow(deprecated)]
#[handler_table::event_handler(OLD, 1)]
fn still() {}

fn main() {
    assert_eq!(handler_table::init_all().unwrap().handlers, 5);
    assert!(first::TYPED.handle(first::Irq::Ready) && second::PLAIN.handle(3));
}
