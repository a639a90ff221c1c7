// All that is wrong with one function, each on its own token; and once, though
// two attributes stand on it.

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<8>;

struct Uart;

impl Uart {
    #[event_handler(IRQS, 3u8, color = "red")]
    #[event_handler(IRQS, 4)]
    async fn handle<T>(&self, _: impl Copy, _: T) -> impl Copy {}
}

fn main() {}
