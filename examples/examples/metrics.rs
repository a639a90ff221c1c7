//! A service whose events are scraped by Prometheus, and traced.
//!
//! Workers dispatch events of a table. `Statistics` count them and measure their handlers
//! without a lock; `prometheus-client` reads them when it is asked, so nothing is counted
//! twice. `tracing` has a span for each event.
//!
//! ```sh
//! cargo run --example metrics                 # one scrape of itself
//! cargo run --example metrics -- 127.0.0.1:9090  # serves for ever
//! ```

#![allow(
    clippy::cast_precision_loss,
    reason = "Prometheus has floating-point numbers"
)]

use handler_table::{
    Action, ActionTable, Clock, Counted, Event, Line, Observed, Observer, Outcome, Statistics,
    Times, Verdict,
};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::Instant;

const WORKERS: usize = 2;
const READING: usize = 1;
const ALARM: usize = 2;

type Messages = ActionTable<8, u64, Counted<WORKERS>>;
type Measured = Statistics<8, WORKERS, Nanoseconds>;

static MESSAGES: Messages = ActionTable::new();
static STATISTICS: Measured = Statistics::new();
static OBSERVED: Observed<Messages, (&Measured, Spans)> = Observed {
    table: &MESSAGES,
    observer: (&STATISTICS, Spans),
};

struct Nanoseconds;

impl Clock for Nanoseconds {
    fn now() -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A span for each event, which a subscriber sees if there is one.
#[derive(Clone, Copy)]
struct Spans;

impl Observer for Spans {
    type Begun = tracing::span::EnteredSpan;

    fn begin(&self, cpu: usize, event: usize) -> Self::Begun {
        tracing::trace_span!("event", cpu, event).entered()
    }

    fn end(&self, span: Self::Begun, _: usize, event: usize, outcome: Outcome) -> Line {
        if outcome.is_spurious() {
            tracing::warn!(event, "nobody handled it");
        }
        drop(span);
        Line::Unchanged
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "as a handler has its context"
)]
fn sum(event: &mut Event<'_, u64>, (): &()) -> Verdict {
    *event.arg += 1;
    Verdict::Handled
}

static TOTALS: Action<u64> = Action::new(sum, ()).name("totals").shared();
static SIREN: Action<u64> = Action::new(sum, ()).name("siren");

/// Reads the statistics at each scrape.
#[derive(Debug)]
struct Exported;

impl Collector for Exported {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let listing = STATISTICS.listing(&MESSAGES);
        let mut family = encoder.encode_descriptor(
            "events",
            "Events that were dispatched",
            None,
            MetricType::Counter,
        )?;
        for row in listing.rows() {
            for cpu in 0..WORKERS {
                let labels = [
                    ("event", row.event.to_string()),
                    ("handlers", row.names().to_string()),
                    ("cpu", cpu.to_string()),
                ];
                let mut metric = family.encode_family(&labels)?;
                let count = row.on_cpu(cpu).count as u64;
                metric.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        let mut family = encoder.encode_descriptor(
            "events_spurious",
            "Events that nobody handled",
            None,
            MetricType::Counter,
        )?;
        for row in listing.rows() {
            let labels = [("event", row.event.to_string())];
            let mut metric = family.encode_family(&labels)?;
            metric.encode_counter::<NoLabelSet, _, u64>(&(row.total.spurious as u64), None)?;
        }
        let mut family = encoder.encode_descriptor(
            "event_nanoseconds",
            "How long the handlers of an event took",
            None,
            MetricType::Histogram,
        )?;
        for row in listing.rows() {
            let Some(times) = row.total.times else {
                continue;
            };
            let labels = [("event", row.event.to_string())];
            let mut metric = family.encode_family(&labels)?;
            let (sum, count) = (times.total as f64, times.count() as u64);
            metric.encode_histogram::<NoLabelSet>(sum, count, &buckets(&times), None)?;
        }
        Ok(())
    }
}

fn buckets(times: &Times) -> Vec<(f64, u64)> {
    let bound = |bucket| match Times::bound(bucket) {
        u64::MAX => f64::INFINITY,
        bound => bound as f64,
    };
    let counts = times.histogram.iter().enumerate();
    counts
        .map(|(bucket, count)| (bound(bucket), *count as u64))
        .collect()
}

/// Dispatches messages: readings, some alarms, and some that nobody takes.
fn work(worker: usize) {
    let mut handled = 0;
    for message in 0..1_000 {
        let event = match message % 10 {
            0 => ALARM,
            1 => 5,
            _ => READING,
        };
        let (outcome, _) = OBSERVED.dispatch(worker, event, &mut handled);
        debug_assert!(outcome.is_ok());
    }
}

/// Answers one request.
fn answer(registry: &Registry, mut client: TcpStream) -> Result<(), Box<dyn Error>> {
    let mut request = BufReader::new(client.try_clone()?).lines();
    while request
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let mut body = String::new();
    encode(&mut body, registry)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )?;
    Ok(())
}

/// What the service answers.
fn scrape(listener: &TcpListener) -> io::Result<String> {
    let mut server = TcpStream::connect(listener.local_addr()?)?;
    server.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    server.read_to_string(&mut answer)?;
    Ok(answer)
}

fn main() -> Result<(), Box<dyn Error>> {
    MESSAGES.register(READING, &TOTALS)?;
    MESSAGES.register(ALARM, &SIREN)?;
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || work(worker));
        }
    });

    let mut registry = Registry::default();
    registry.register_collector(Box::new(Exported));
    if let Some(address) = std::env::args().nth(1) {
        for client in TcpListener::bind(address)?.incoming() {
            if let Err(error) = answer(&registry, client?) {
                eprintln!("{error}");
            }
        }
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let answered = thread::scope(|scope| {
        let client = scope.spawn(|| scrape(&listener));
        answer(&registry, listener.accept()?.0)?;
        Ok::<_, Box<dyn Error>>(client.join().map_err(|_| "the client panicked")??)
    })?;
    print!("{answered}");
    Ok(())
}
