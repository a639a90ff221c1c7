// Types of events: local, foreign, sparse, in modules and functions, in both kinds of
// table, and next to tables of numbers.

#![deny(warnings)]
#![forbid(unsafe_code)]

use handler_table::{
    Action, ActionTable, Counted, Event, Events, HandlerTable, Number, Uncounted, Verdict,
    event_handler, events, handler_table, require, table,
};

pub mod kernel {
    pub use super::*;

    /// Interrupts. See [`IRQS`].
    #[derive(Events, Clone, Copy, Debug, PartialEq)]
    pub enum Irq {
        Timer,
        Uart = 4,
        #[cfg(any())]
        Absent = 7,
        Disk,
    }

    /// The table of [`Irq`].
    #[handler_table]
    pub static IRQS: HandlerTable<{ Irq::CAPACITY }, fn(u32) -> u32, Irq>;
}

pub mod pac {
    /// As a crate for a microcontroller has it.
    #[derive(Clone, Copy)]
    #[repr(u16)]
    pub enum Interrupt {
        UART0 = 5,
        TIM1 = 1000,
        I2C = 1001,
    }
}

events! {
    /// The interrupts that have handlers.
    pub struct Pac: pac::Interrupt { UART0, TIM1 }
}

#[handler_table]
static LINES: ActionTable<{ Pac::CAPACITY }, u32, Counted<2>, Pac>;

// Not `Copy`, and with one variant.
#[derive(Events)]
enum One {
    Only = 77,
}

#[handler_table]
static ONE: HandlerTable<1, fn(), One>;

#[handler_table]
static NUMBERS: HandlerTable<8, fn(), Number>;

const WHICH: kernel::Irq = kernel::Irq::Disk;

#[event_handler(kernel::IRQS, kernel::Irq::Timer)]
#[event_handler(kernel::IRQS, WHICH)]
fn add(n: u32) -> u32 {
    n + 1
}

mod driver {
    use super::kernel::{IRQS, Irq::Uart};
    use handler_table::{event_handler, require};

    #[event_handler(IRQS, Uart)]
    fn double(n: u32) -> u32 {
        n * 2
    }

    require!(IRQS, Uart);
}

require!(kernel::IRQS, kernel::Irq::Timer, WHICH);
require!(kernel::IRQS, ..);

#[event_handler(LINES, pac::Interrupt::UART0, shared)]
fn first(event: &mut Event<'_, u32>) -> Verdict {
    *event.arg += 1;
    Verdict::Handled
}

#[event_handler(LINES, pac::Interrupt::UART0, shared, priority = -1)]
#[event_handler(LINES, pac::Interrupt::TIM1)]
fn second(event: &mut Event<'_, u32>) -> Verdict {
    *event.arg += 10;
    assert!([5, 1000].contains(&event.index()));
    Verdict::Handled
}

require!(LINES, ..);

#[event_handler(ONE, One::Only)]
#[event_handler(NUMBERS, 3)]
fn nothing() {}

fn main() {
    use kernel::{IRQS, Irq};

    assert_eq!((Irq::CAPACITY, Pac::CAPACITY, One::CAPACITY), (6, 2, 1));
    assert_eq!(IRQS.init().unwrap().handlers, 3);
    assert_eq!(LINES.init().unwrap().handlers, 3);
    assert_eq!(ONE.init().unwrap().handlers, 1);
    assert_eq!(NUMBERS.init().unwrap().handlers, 1);

    assert_eq!(IRQS.dispatch(Irq::Uart, |h| h(21)), Some(42));
    assert_eq!(IRQS.dispatch_raw(4, |h| h(21)), Some(42));
    assert_eq!(IRQS.dispatch_raw(5, |h| h(21)), Some(22));
    assert!(IRQS.get_raw(3).is_none());
    assert!(IRQS.get_raw(6).is_none());
    assert!(ONE.handle(One::Only) && ONE.handle_raw(77) && !ONE.handle_raw(0));
    assert!(NUMBERS.handle(3) && NUMBERS.handle_raw(3));

    let mut n = 0;
    let outcome = LINES.dispatch(1, pac::Interrupt::UART0, &mut n).unwrap();
    assert_eq!((outcome.called(), n), (2, 11));
    assert!(LINES.dispatch_raw(0, 1000, &mut n).unwrap().handled());
    assert!(LINES.dispatch(0, pac::Interrupt::I2C, &mut n).is_err());
    assert!(LINES.dispatch_raw(0, 5000, &mut n).is_err());

    // By their names.
    assert_eq!(
        format!("{IRQS:?}"),
        "HandlerTable { capacity: 6, registered: [Irq::Timer (0), Irq::Uart (4), Irq::Disk (5)] }"
    );
    let uart = IRQS.static_handler(Irq::Uart).unwrap();
    assert_eq!((uart.index(), uart.event()), (4, Some("Irq::Uart")));
    let error = IRQS.register(Irq::Uart, |n| n).unwrap_err();
    assert_eq!(error.event(), "Irq::Uart");
    assert!(error.to_string().starts_with("`Irq::Uart` (event 4) already has"));
    static ACTION: Action<u32> = Action::new(|_, ()| Verdict::Handled, ()).name("late");
    let error = LINES.register(pac::Interrupt::TIM1, &ACTION).unwrap_err();
    assert!(error.to_string().starts_with("`Interrupt::TIM1` (event 1000) has `"));
    let error = LINES.register(pac::Interrupt::I2C, &ACTION).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} was not registered: event 1001 is not one of the events of this table",
            ACTION.id()
        )
    );

    // Dynamic, in a function, and with a name that it had before.
    #[derive(Events)]
    enum Local {
        A,
        B,
    }
    #[handler_table]
    static LOCAL: HandlerTable<{ Local::CAPACITY }, fn(), Local>;
    #[event_handler(LOCAL, Local::B)]
    fn b() {}
    require!(LOCAL, Local::B);
    static DYNAMIC: ActionTable<2, (), Uncounted, Local> = ActionTable::new();
    let table: HandlerTable<{ Local::CAPACITY }, fn(), Local> = table!();
    table.register(Local::A, b).unwrap();
    assert!(table.handle(Local::A) && !LOCAL.handle(Local::B) && DYNAMIC.spurious() == 0);

    // What a table of numbers infers, it infers still.
    let narrow: u8 = 3;
    assert!(NUMBERS.handle(narrow.into()) && NUMBERS.is_registered("3".parse().unwrap()));
    let handle: fn(&HandlerTable<8>, usize) -> bool = HandlerTable::handle;
    assert!(handle(&NUMBERS, 3));
}
