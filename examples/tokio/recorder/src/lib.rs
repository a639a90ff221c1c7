//! A plug-in that is loaded and unloaded while messages arrive. Its memory is then freed.

use bus::{BUS, Kind, Message};
use handler_table::{Action, ActionError, Event, Verdict};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

type History = Mutex<Vec<u64>>;

static RECORDER: Action<Message, History> = Action::new(record, Mutex::new(Vec::new()))
    .name("recorder")
    .shared();

fn record(event: &mut Event<'_, Message>, history: &History) -> Verdict {
    lock(history).push(event.arg.value);
    Verdict::Handled
}

fn lock(history: &History) -> MutexGuard<'_, Vec<u64>> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts to record.
///
/// # Errors
///
/// Those of `register`.
pub fn load() -> Result<(), ActionError> {
    BUS.register(Kind::Reading, &RECORDER)?;
    Ok(())
}

/// Stops, and returns the recorded values. The last call in flight wakes the task.
///
/// # Errors
///
/// Those of `unregister` and of `with_context`.
pub async fn unload() -> Result<Vec<u64>, ActionError> {
    BUS.unregister(&RECORDER)?.drained().await;
    RECORDER.with_context(|history| mem::take(&mut *lock(history)))
}
