use handler_table::{Action, ActionTable, Verdict};

static IRQS: ActionTable<8, u32> = ActionTable::new();

fn main() {
    let own = Action::new(|_, ()| Verdict::Handled, ());
    let _ = IRQS.register(3, &own);
}
