//! The example itself.

use handler_table::{Action, ActionError, ActionTable, Counted, Event, Here, Verdict};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::ops::RangeInclusive;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The number of threads that serve connections. Each has a number of its own, so its calls
/// in flight are counted on cache lines of its own.
const WORKERS: usize = 2;
const MESSAGES: i64 = 5_000;

/// The kinds of messages are the events.
const READING: usize = 0;
const ALARM: usize = 1;
const OTHER: usize = 2;

/// A message for the observers, and their replies.
struct Message {
    sensor: String,
    value: i64,
    valid: bool,
    reply: String,
}

static BUS: ActionTable<3, Message, Counted<WORKERS>> = ActionTable::new();

/// Checks a reading before the other observers.
static CHECK: Action<Message, RangeInclusive<i64>> = Action::new(check, 0..=MESSAGES)
    .name("check")
    .shared()
    .priority(10);

fn check(event: &mut Event<'_, Message>, range: &RangeInclusive<i64>) -> Verdict {
    event.arg.valid = range.contains(&event.arg.value);
    Verdict::Unhandled
}

/// Adds up the readings of each sensor.
static TOTALS: Action<Message, Mutex<BTreeMap<String, i64>>> =
    Action::new(add, Mutex::new(BTreeMap::new()))
        .name("totals")
        .shared();

fn add(event: &mut Event<'_, Message>, totals: &Mutex<BTreeMap<String, i64>>) -> Verdict {
    let message = &*event.arg;
    if !message.valid {
        return Verdict::Unhandled;
    }
    let mut totals = totals.lock().expect("no observer panics");
    *totals.entry(message.sensor.clone()).or_default() += message.value;
    Verdict::Handled
}

/// Keeps every reading. Two CPUs may handle messages at once, and each message counts, so
/// this has a lock. `Action::non_reentrant` is for devices: an event only says that there is
/// work.
struct Recorder {
    history: Mutex<Vec<i64>>,
    length: &'static AtomicUsize,
}

fn record(event: &mut Event<'_, Message>, recorder: &Recorder) -> Verdict {
    let mut history = recorder.history.lock().expect("no observer panics");
    history.push(event.arg.value);
    recorder.length.store(history.len(), Ordering::Relaxed);
    Verdict::Handled
}

/// Replies to alarms.
static SIREN: Action<Message, AtomicUsize> = Action::new(wail, AtomicUsize::new(0))
    .name("siren")
    .shared();

fn wail(event: &mut Event<'_, Message>, alarms: &AtomicUsize) -> Verdict {
    alarms.fetch_add(1, Ordering::Relaxed);
    event.arg.reply = format!("{}: evacuate", event.arg.sensor);
    Verdict::Wake
}

/// Serves a connection until the other side has sent everything.
fn serve(worker: usize, connection: &UnixStream) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut writer = connection;
    for line in BufReader::new(connection).lines() {
        let line = line?;
        let mut words = line.split(' ');
        let kind = match words.next() {
            Some("reading") => READING,
            Some("alarm") => ALARM,
            _ => OTHER,
        };
        let mut message = Message {
            sensor: words.next().unwrap_or_default().to_owned(),
            value: words.next().and_then(|word| word.parse().ok()).unwrap_or(0),
            valid: true,
            reply: String::new(),
        };
        let outcome = BUS.dispatch(worker, kind, &mut message)?;
        if outcome.is_spurious() {
            writeln!(writer, "no observer for `{line}`")?;
        } else if outcome.wake() {
            writeln!(writer, "{}", message.reply)?;
        }
    }
    connection.shutdown(Shutdown::Write)?;
    Ok(())
}

/// Sends all lines, and returns the replies.
fn send(sensor: &str, mut connection: &UnixStream) -> io::Result<String> {
    for value in 1..=MESSAGES {
        writeln!(connection, "reading {sensor} {value}")?;
    }
    writeln!(connection, "reading {sensor} -1")?;
    writeln!(connection, "alarm {sensor}")?;
    writeln!(connection, "hello {sensor}")?;
    connection.shutdown(Shutdown::Write)?;
    let mut answers = String::new();
    connection.read_to_string(&mut answers)?;
    Ok(answers)
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    static RECORDED: AtomicUsize = AtomicUsize::new(0);
    // An action that is created at run time is leaked, but its content can be freed.
    let recorder = Recorder {
        history: Mutex::new(Vec::new()),
        length: &RECORDED,
    };
    let recorder: &'static Action<Message, Recorder> = Box::leak(Box::new(
        Action::new(record, recorder).name("recorder").shared(),
    ));
    BUS.register(READING, &TOTALS)?;
    BUS.register(READING, recorder)?;
    BUS.register(READING, &CHECK)?;
    BUS.register(ALARM, &SIREN)?;
    println!("Observers of readings, in order:");
    BUS.for_each(READING, |observer| println!("   {}", observer.id.name()));

    println!("{WORKERS} sensors send {MESSAGES} readings each; the recorder is removed meanwhile:");
    let sensors = ["inside", "outside"];
    let answers = thread::scope(|scope| -> Result<Vec<String>, Box<dyn Error>> {
        let mut clients = Vec::new();
        for (worker, sensor) in sensors.into_iter().enumerate() {
            let (client, server) = UnixStream::pair()?;
            scope.spawn(move || serve(worker, &server).expect("the connection holds"));
            clients.push(scope.spawn(move || send(sensor, &client)));
        }
        while RECORDED.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        // This thread serves no connection, so it is in no observer.
        BUS.unregister_and_drain(recorder, Here::Unknown, thread::yield_now)?;
        let history = recorder.with_context(|recorder| {
            let history = recorder.history.get_mut().expect("no observer panics");
            std::mem::take(history)
        })?;
        println!(
            "   the recorder had {} readings, now freed",
            if history.is_empty() { "no" } else { "some" }
        );
        drop(history);
        let length = RECORDED.load(Ordering::Relaxed);
        let answers = clients
            .into_iter()
            .map(|client| client.join().expect("clients do not panic"))
            .collect::<io::Result<_>>()?;
        println!(
            "   readings recorded since: {}",
            RECORDED.load(Ordering::Relaxed) - length
        );
        Ok(answers)
    })?;

    println!("Replies:");
    for answer in answers.iter().flat_map(|answers| answers.lines()) {
        println!("   {answer}");
    }
    println!("Totals, which include every reading:");
    BUS.unregister_and_drain(&TOTALS, Here::Unknown, thread::yield_now)?;
    let totals = TOTALS.with_context(|totals| std::mem::take(totals.get_mut().unwrap()))?;
    for (sensor, total) in totals {
        println!("   {sensor}: {total}");
    }
    println!("Errors:");
    for error in [
        BUS.unregister(&TOTALS).unwrap_err(),
        BUS.register(7, &TOTALS).unwrap_err(),
        BUS.register(READING, &SIREN).unwrap_err(),
    ] {
        println!("   {}", named(error));
    }
    Ok(())
}

/// Removes the file and line from an error, because they vary.
fn named(error: ActionError) -> String {
    match error {
        ActionError::NotRegistered { action } => format!("{} is not registered", action.name()),
        ActionError::OutOfRange { action, index, .. } => {
            format!("{} for event {index}, which is out of range", action.name())
        }
        ActionError::AlreadyRegistered { action, index } => {
            format!("{} is registered for event {index}", action.name())
        }
        other => other.to_string(),
    }
}
