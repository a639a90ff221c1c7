#![forbid(unsafe_code)]
#![deny(warnings)]

use handler_table::{
    ActionTable, Counted, Event, HandlerTable, InitError, Uncounted, Verdict, event_handler,
    handler_table, require,
};
use std::sync::Mutex;

mod kernel {
    use handler_table::{ActionTable, Counted, handler_table};

    /// A trap frame.
    pub struct Frame {
        /// Who was called.
        pub log: Vec<&'static str>,
    }

    /// All interrupts.
    #[handler_table]
    pub static IRQS: ActionTable<16, Frame, Counted<4>>;

    #[handler_table(crate = ::handler_table)]
    pub(crate) static PACKETS: handler_table::ActionTable<4, [u8]>;
}

use kernel::{Frame, IRQS};

pub struct Uart(&'static str);
static UART0: Uart = Uart("uart0");
mod devices {
    pub static UART1: super::Uart = super::Uart("uart1");
}

#[event_handler(IRQS, 3, name = "uart0", context = UART0, shared)]
#[event_handler(IRQS, 3, name = "uart1", context = devices::UART1, shared, priority = 1)]
#[event_handler(kernel::IRQS, BASE + 2, context = UART0)]
fn receive(event: &mut Event<'_, Frame>, uart: &Uart) -> Verdict {
    event.arg.log.push(uart.0);
    Verdict::Handled
}

const BASE: usize = 5;
const LOW: i32 = -5;

/// Without a context, alone on its event.
#[event_handler(IRQS, 0x4)]
fn timer(event: &mut Event<'_, Frame>) -> Verdict {
    event.arg.log.push("timer");
    Verdict::Wake
}

#[event_handler(IRQS, 3, shared, priority = LOW + 1)]
fn disk(event: &mut Event<'_, Frame>) -> Verdict {
    event.arg.log.push("disk");
    Verdict::Unhandled
}

static SEEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[event_handler(kernel::PACKETS, 1, context = SEEN, crate = ::handler_table)]
fn packet(event: &mut Event<'_, [u8]>, seen: &Mutex<Vec<u8>>) -> Verdict {
    seen.lock().unwrap().extend_from_slice(event.arg);
    Verdict::Handled
}

// Both kinds of table side by side, and a table in a function.
#[handler_table]
static PLAIN: HandlerTable<16>;

#[event_handler(PLAIN, 3)]
fn plain() {}

#[cfg(not(any()))]
#[event_handler(IRQS, 9)]
fn here(_: &mut Event<'_, Frame>) -> Verdict {
    Verdict::Handled
}

#[cfg(any())]
#[event_handler(IRQS, 10)]
fn not_here(_: &mut Event<'_, Frame>) -> Verdict {
    Verdict::Handled
}

require!(IRQS, 3, 4);
require!(kernel::IRQS, 9);
require!(PLAIN, 3);

fn main() {
    #[handler_table]
    static LOCAL: ActionTable<2, (), Uncounted>;
    #[event_handler(LOCAL, 0)]
    fn local(_: &mut Event<'_>) -> Verdict {
        Verdict::Handled
    }

    let loaded = IRQS.init().unwrap();
    assert_eq!((loaded.handlers, loaded.already), (6, false));
    assert!(IRQS.init().unwrap().already);
    assert_eq!(handler_table::init_all().unwrap().handlers, 3);

    let called = |index| {
        let mut frame = Frame { log: Vec::new() };
        let outcome = IRQS.dispatch(0, index, &mut frame).unwrap();
        assert_eq!(outcome.called(), frame.log.len());
        (frame.log, outcome.handled(), outcome.wake())
    };
    assert_eq!(called(3), (vec!["uart1", "uart0", "disk"], true, false));
    assert_eq!(called(4), (vec!["timer"], true, true));
    assert_eq!(called(7), (vec!["uart0"], true, false));
    assert_eq!(called(5), (vec![], false, false));
    assert!(PLAIN.handle(3));
    assert_eq!(LOCAL.dispatch(77, 0, &mut ()).unwrap().called(), 1);
    kernel::PACKETS.dispatch(0, 1, &mut [1, 2, 3]).unwrap();
    assert_eq!(*SEEN.lock().unwrap(), [1, 2, 3]);

    let mut names = Vec::new();
    IRQS.for_each(3, |action| names.push(action.id.name().to_owned()));
    assert_eq!(names[..2], ["uart1", "uart0"]);
    assert!(names[2].ends_with("::disk"), "{names:?}");
    let files = IRQS.static_handlers();
    assert!(
        files
            .clone()
            .all(|handler| handler.file().ends_with("pass_actions.rs"))
    );
    assert_eq!(files.filter(|handler| handler.index() == 3).count(), 3);

    static ELSEWHERE: ActionTable<2, (), Counted<2>> = ActionTable::new();
    assert_eq!(
        ELSEWHERE.init(),
        Err(InitError::NotDeclared { capacity: 2 })
    );
}
