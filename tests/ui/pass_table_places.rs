// Tables in every place and of every visibility, two of one name, and every
// form of path to them.

#![deny(warnings)]

use handler_table::{HandlerTable, event_handler, handler_table, require};

#[handler_table]
static PRIVATE: HandlerTable<8>;

pub mod outer {
    use super::*;

    /// A table with documentation and attributes.
    #[handler_table]
    #[allow(non_upper_case_globals)]
    #[unsafe(no_mangle)]
    pub static Exported_Table: HandlerTable<8>;

    #[handler_table]
    pub(crate) static OF_CRATE: HandlerTable<8>;

    #[handler_table]
    pub(super) static OF_PARENT: HandlerTable<8>;

    pub mod inner {
        use handler_table::{HandlerTable, event_handler, handler_table, require};

        #[handler_table]
        pub(in crate::outer) static OF_OUTER: HandlerTable<8>;

        // One name in two modules.
        #[handler_table]
        pub static TABLE: HandlerTable<8>;

        #[event_handler(super::OF_CRATE, 1)]
        #[event_handler(self::TABLE, 1)]
        #[event_handler(crate::PRIVATE, 1)]
        pub fn inner() {}

        require!(self::TABLE, 1);
        require!(super::OF_CRATE, 1, 2);
    }

    #[handler_table]
    pub static TABLE: HandlerTable<8>;

    #[event_handler(inner::OF_OUTER, 1)]
    #[event_handler(inner::TABLE, 2)]
    #[event_handler(TABLE, 2)]
    #[event_handler(Exported_Table, 2)]
    #[event_handler(OF_CRATE, 2)]
    #[event_handler(OF_PARENT, 2)]
    pub fn outer() {}

    pub(super) fn outer_count() -> usize {
        inner::OF_OUTER.static_handlers().count()
    }
}

mod imports {
    use super::outer::*;
    use handler_table::event_handler;

    #[event_handler(TABLE, 3)]
    #[event_handler(Exported_Table, 3)]
    #[event_handler(handler_table_tests::PUBLIC, 3)]
    fn by_glob() {}
}

use handler_table_tests as kernel;
use handler_table_tests::PUBLIC as RENAMED;

#[event_handler(kernel::PUBLIC, 4)]
#[event_handler(RENAMED, 5)]
fn of_another_crate() {}

require!(kernel::PUBLIC, 3, 4);
require!(RENAMED, 0x5);

fn main() {
    #[handler_table]
    static LOCAL: HandlerTable<8>;

    #[event_handler(LOCAL, 1)]
    fn local() {}

    require!(LOCAL, 1);

    LOCAL.init().unwrap();
    assert!(LOCAL.handle(1));

    let count = |table: &'static HandlerTable<8>| table.static_handlers().count();
    assert_eq!(count(&PRIVATE), 1);
    assert_eq!(count(&outer::Exported_Table), 2);
    assert_eq!(count(&outer::OF_CRATE), 2);
    assert_eq!(count(&outer::OF_PARENT), 1);
    assert_eq!(outer::outer_count(), 1);
    assert_eq!(count(&outer::TABLE), 2);
    assert_eq!(count(&outer::inner::TABLE), 2);
    assert_eq!(count(&kernel::PUBLIC), 4);
    of_another_crate();
    outer::inner::inner();
    local();
}
