// What is no type of events, and tables that have not its capacity.

use handler_table::{ActionTable, Counted, Events, HandlerTable, events, handler_table, table};

#[derive(Events)]
enum Irq {
    Timer = 16,
    Uart = 1000,
}

#[derive(Events)]
struct Struct;

#[derive(Events)]
enum Nothing {}

#[derive(Events)]
enum Fields {
    Plain,
    Tuple(u8),
    Named { number: u8 },
}

#[derive(Events)]
enum Parameters<T> {
    Plain,
    Other(T),
}

enum Other {
    Plain,
}

events! { pub enum Pac: Other { Plain } }
events! { pub struct Pac: Other {} }
events! { pub struct Pac: Other { Plain, 3 } }
events! { pub struct Pac: Other { Plain = 0, Missing = 1 } }
events! { pub struct Pac: Other { Other::Plain, Other::Missing } }
events! { pub struct Twice: Other { Plain, Plain } }
events! { pub struct Foreign: Other { Missing } }
events! { pub struct Conditional: Other { #[cfg(all())] Absent, #[cfg(any())] Ignored } }

#[handler_table]
static CAPACITY: HandlerTable<1001, fn(), Irq>;

#[handler_table]
static ACTIONS: ActionTable<3, (), Counted<1>, Irq>;

static DYNAMIC: HandlerTable<3, fn(), Irq> = table!();
static DYNAMIC_ACTIONS: ActionTable<3, (), Counted<1>, Irq> = ActionTable::new();

fn main() {
    let _ = (Irq::Timer, Irq::Uart, Other::Plain, &DYNAMIC, &DYNAMIC_ACTIONS);
}
