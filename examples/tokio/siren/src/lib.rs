//! A plug-in with an asynchronous consumer: a task awaits the alarms.

use bus::{BUS, Kind, Message};
use handler_table::{Arrivals, Event, Verdict, event_handler};

/// The values of the alarms.
pub static ALARMS: Arrivals<u64> = Arrivals::new();

#[event_handler(BUS, Kind::Alarm, name = "siren", context = ALARMS)]
fn wail(event: &mut Event<'_, Message>, alarms: &Arrivals<u64>) -> Verdict {
    alarms.notify(event.arg.value)
}
