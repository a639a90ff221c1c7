use handler_table::{Action, ActionTable, HandlerTable, Verdict, table};

static IRQS: ActionTable<8, u32> = ActionTable::new();
static TIMERS: HandlerTable<8, fn(u32)> = table!();
static OTHER: Action<u64> = Action::new(|_, ()| Verdict::Handled, ());

fn main() {
    let _ = IRQS.register(3, &OTHER);
    let _ = IRQS.unregister(&OTHER);
    let _ = IRQS.disable(3);
    for handler in TIMERS.static_handlers() {
        let _ = IRQS.disable(handler);
    }
}
