//! The events of a running service, as `top` shows processes.
//!
//! Workers dispatch messages. `Statistics` count them and measure their handlers, and
//! `Storms` find messages that nobody handles: those are then dropped, as a kernel masks a
//! line. The table reads both once a second, and `crossterm` draws it.
//!
//! ```sh
//! cargo run --example top                    # q ends, r accepts dropped messages again
//! cargo run --example top -- --once          # one table, for a pipe
//! cargo run --example top -- --once 20000    # ... after so many messages of each worker
//! ```

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, poll, read};
use crossterm::style::{PrintStyledContent, Stylize};
use crossterm::terminal::{self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, event, execute, queue};
use handler_table::{
    Action, ActionTable, Clock, Counted, Event, Events, Limit, Line, Observed, Statistics,
    StormPolicy, Storms, Verdict,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 2;

#[derive(Events, Clone, Copy)]
enum Message {
    Reading,
    Alarm,
    /// Nobody handles it.
    Unknown,
}

const KINDS: usize = Message::CAPACITY;

type Messages = ActionTable<KINDS, u64, Counted<WORKERS>, Message>;
type Measured = Statistics<KINDS, WORKERS, Nanoseconds>;
type Watched = Storms<KINDS, WORKERS, NinetyOfHundred>;

static MESSAGES: Messages = ActionTable::new();
static STATISTICS: Measured = Statistics::new();
static STORMS: Watched = Storms::new();
static OBSERVED: Observed<Messages, (&Measured, &Watched)> = Observed {
    table: &MESSAGES,
    observer: (&STATISTICS, &STORMS),
};
/// The messages that are dropped.
static MASKED: [AtomicBool; KINDS] = [const { AtomicBool::new(false) }; KINDS];

struct Nanoseconds;

impl Clock for Nanoseconds {
    fn now() -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

struct NinetyOfHundred;

impl StormPolicy for NinetyOfHundred {
    fn limit(_: usize) -> Limit {
        Limit {
            window: 100,
            unhandled: 90,
            ticks: 0,
        }
    }
}

static TOTALS: Action<u64, AtomicU64> = Action::new(add, AtomicU64::new(0)).name("totals").shared();
static CHECKSUM: Action<u64, AtomicU64> = Action::new(hash, AtomicU64::new(0))
    .name("checksum")
    .shared();
static SIREN: Action<u64, AtomicU64> = Action::new(hash, AtomicU64::new(0)).name("siren");

fn add(event: &mut Event<'_, u64>, sum: &AtomicU64) -> Verdict {
    sum.fetch_add(*event.arg, Ordering::Relaxed);
    Verdict::Handled
}

/// Some work, of which some messages need more than others.
fn hash(event: &mut Event<'_, u64>, sum: &AtomicU64) -> Verdict {
    let rounds = 100 << (*event.arg % 8);
    let hash = (0..rounds).fold(*event.arg, |hash, round| {
        black_box(hash ^ round).wrapping_mul(0x0100_0000_01b3)
    });
    sum.fetch_xor(hash, Ordering::Relaxed);
    Verdict::Handled
}

/// Dispatches a message, unless such messages are dropped.
fn receive(worker: usize, message: Message, mut value: u64) {
    let masked = &MASKED[message as usize];
    if masked.load(Ordering::Relaxed) {
        return;
    }
    let (outcome, line) = OBSERVED.dispatch(worker, message, &mut value);
    debug_assert!(outcome.is_ok());
    if line == Line::Mask {
        masked.store(true, Ordering::Relaxed);
    }
}

/// Every tenth message is an alarm, and every tenth of the first worker is unknown.
fn work(worker: usize, numbers: impl Iterator<Item = u64>) {
    for number in numbers {
        let message = match number % 10 {
            0 => Message::Alarm,
            1 if worker == 0 => Message::Unknown,
            _ => Message::Reading,
        };
        receive(worker, message, number);
    }
}

/// The table at one moment, and what is needed for the rates of the next one.
struct Table {
    lines: Vec<String>,
    /// Of each line, whether its event is a storm. The first line is the head.
    storms: Vec<bool>,
    counts: BTreeMap<usize, usize>,
}

impl Table {
    /// The rates are those since `before`, which is as long ago.
    fn new(before: &BTreeMap<usize, usize>, elapsed: Duration) -> Self {
        let mut table = Table {
            lines: vec![format!(
                "{:<18} {:>10} {:>10} {:>9} {:>9} {:>9} {:>9}  {:<5}  handlers",
                "event", "per second", "count", "spurious", "p50 ns", "p99 ns", "max ns", "storm",
            )],
            storms: vec![false],
            counts: BTreeMap::new(),
        };
        for row in STATISTICS.listing(&MESSAGES).rows() {
            let (count, times) = (row.total.count, row.total.times.unwrap_or_default());
            let new = count.wrapping_sub(before.get(&row.event).copied().unwrap_or(0));
            let storm = STORMS.is_tripped(row.event);
            table.counts.insert(row.event, count);
            table.storms.push(storm);
            let line = format!(
                "{:<18} {:>10} {count:>10} {:>9} {:>9} {:>9} {:>9}  {:<5}  {}",
                row.name.unwrap_or("?"),
                per_second(new, elapsed),
                row.total.spurious,
                times.percentile(50),
                times.percentile(99),
                times.max,
                if storm { "yes" } else { "no" },
                row.names(),
            );
            table.lines.push(line.trim_end().to_owned());
        }
        table
    }

    fn draw(&self, to: &mut impl Write) -> io::Result<()> {
        let (columns, _) = terminal::size()?;
        queue!(to, cursor::MoveTo(0, 0))?;
        for (row, (line, storm)) in self.lines.iter().zip(&self.storms).enumerate() {
            let text: String = line.chars().take(columns.into()).collect();
            let text = match (row, storm) {
                (0, _) => text.bold(),
                (_, true) => text.red(),
                (_, false) => text.stylize(),
            };
            queue!(to, PrintStyledContent(text))?;
            queue!(
                to,
                Clear(ClearType::UntilNewLine),
                cursor::MoveToNextLine(1)
            )?;
        }
        queue!(to, Clear(ClearType::FromCursorDown))?;
        to.flush()
    }
}

fn per_second(count: usize, elapsed: Duration) -> u128 {
    let rate = (count as u128 * 1_000_000_000).checked_div(elapsed.as_nanos());
    rate.unwrap_or(0)
}

/// The terminal, which is as it was when this is dropped.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let screen = Screen;
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be done if it fails.
        let _ = execute!(io::stdout(), cursor::Show, LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}

/// Draws until the user ends it.
fn refresh() -> io::Result<()> {
    let _screen = Screen::enter()?;
    let mut out = io::stdout().lock();
    let mut counts = BTreeMap::new();
    let mut drawn = Instant::now();
    let mut pause = Duration::from_millis(100);
    loop {
        while let Some(left) = pause.checked_sub(drawn.elapsed()) {
            if !poll(left)? {
                break;
            }
            match read()? {
                event::Event::Key(key) if ends(&key) => return Ok(()),
                event::Event::Key(key) if key.code == KeyCode::Char('r') => rearm(),
                _ => {}
            }
        }
        let table = Table::new(&counts, drawn.elapsed());
        drawn = Instant::now();
        table.draw(&mut out)?;
        counts = table.counts;
        pause = Duration::from_secs(1);
    }
}

fn ends(key: &KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
        || control && key.code == KeyCode::Char('c')
}

fn rearm() {
    for event in STORMS.tripped() {
        STORMS.rearm(event);
        MASKED[event].store(false, Ordering::Relaxed);
    }
}

/// Prints one table, after each worker has had so many messages.
fn once(messages: u64) -> io::Result<()> {
    let start = Instant::now();
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || work(worker, 0..messages));
        }
    });
    let table = Table::new(&BTreeMap::new(), start.elapsed());
    writeln!(io::stdout(), "{}", table.lines.join("\n"))
}

/// Refreshes the table while the workers work.
fn forever() -> io::Result<()> {
    static STOP: AtomicBool = AtomicBool::new(false);
    let running = |number: &u64| {
        if number.is_multiple_of(100) {
            thread::sleep(Duration::from_millis(10));
        }
        !STOP.load(Ordering::Relaxed)
    };
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || work(worker, (0..).take_while(running)));
        }
        let result = refresh();
        STOP.store(true, Ordering::Relaxed);
        result
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    MESSAGES.register(Message::Reading, &TOTALS)?;
    MESSAGES.register(Message::Reading, &CHECKSUM)?;
    MESSAGES.register(Message::Alarm, &SIREN)?;

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--once"] => once(10_000)?,
        ["--once", messages] => once(messages.parse()?)?,
        [] if io::stdout().is_terminal() => forever()?,
        [] => return Err("no terminal: `--once` prints one table".into()),
        _ => return Err("usage: top [--once [MESSAGES]]".into()),
    }
    Ok(())
}
