//! A plug-in that adds up the readings. Nothing refers to it.

use bus::{BUS, Kind, Message};
use handler_table::{Event, Verdict, event_handler};
use std::sync::atomic::{AtomicU64, Ordering};

static TOTAL: AtomicU64 = AtomicU64::new(0);

#[event_handler(BUS, Kind::Reading, name = "totals", context = TOTAL, shared)]
fn add(event: &mut Event<'_, Message>, total: &AtomicU64) -> Verdict {
    total.fetch_add(event.arg.value, Ordering::Relaxed);
    Verdict::Handled
}
