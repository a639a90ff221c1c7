// An attribute on what is in an `impl` or a trait: one error says where it goes. (That there is
// no `static` there either, the compiler says first.)

use handler_table::{ActionTable, Event, HandlerTable, Verdict, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

#[handler_table]
static LINES: ActionTable<8>;

const EVENT: usize = 2;

struct Uart;

impl Uart {
    #[event_handler(IRQS, 0)]
    fn reset() {}

    #[event_handler(IRQS, EVENT)]
    #[event_handler(IRQS, 3)]
    pub fn receive() {}

    #[event_handler(LINES, 3, handle = pub UART)]
    fn line(_: &mut Event<'_>) -> Verdict {
        Verdict::Handled
    }
}

trait Device {
    fn interrupt();

    #[event_handler(IRQS, 4)]
    fn provided() {}
}

impl Device for Uart {
    #[event_handler(IRQS, 5)]
    fn interrupt() {}
}

impl Uart {
    #[handler_table]
    pub static TABLE: HandlerTable<4>;
}

impl Uart {
    const EVENT: usize = 3;

    #[event_handler(IRQS, Self::EVENT)]
    fn event_by_self() {}
}

fn main() {}
