//! The service. Its plug-ins are the crates that it names.

use bus::{BUS, Kind, Message, TASKS};
#[cfg(not(feature = "unrequired"))]
use handler_table::require;
use handler_table::{Events, Observed, Statistics};
use std::error::Error;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, yield_now};

// A plug-in of which nothing else is named. Without this line it is not linked.
#[cfg(not(feature = "forgotten"))]
use totals as _;

// Without a handler for each of these, the service does not link.
#[cfg(not(feature = "unrequired"))]
require!(BUS, Kind::Reading, Kind::Alarm);

/// Counts the messages, and those that nobody handled.
static COUNTS: Statistics<{ Kind::CAPACITY }, TASKS> = Statistics::new();

/// Dispatches each line of a connection. It is in no handler while it awaits.
async fn serve(task: usize, connection: TcpStream) -> Result<(), Box<dyn Error + Send + Sync>> {
    let messages = Observed {
        table: &BUS,
        observer: &COUNTS,
    };
    let (reader, mut writer) = connection.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let mut words = line.split(' ');
        let kind = match words.next() {
            Some("reading") => Kind::Reading,
            Some("alarm") => Kind::Alarm,
            _ => Kind::Note,
        };
        let mut message = Message {
            sensor: words.next().unwrap_or_default().to_owned(),
            value: words.next().and_then(|it| it.parse().ok()).unwrap_or(0),
        };
        let (outcome, _) = messages.dispatch(task, kind, &mut message);
        if outcome?.is_spurious() {
            let reply = format!("nobody handles a {kind:?} of {}\n", message.sensor);
            writer.write_all(reply.as_bytes()).await?;
        }
    }
    Ok(())
}

/// A client that sends readings, an alarm and a note. Returns the replies.
async fn client(
    sensor: &str,
    mut server: TcpStream,
) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    for value in 1..=READINGS {
        let line = format!("reading {sensor} {value}\n");
        server.write_all(line.as_bytes()).await?;
    }
    let last = format!("alarm {sensor} 99\nnote {sensor}\n");
    server.write_all(last.as_bytes()).await?;
    server.shutdown().await?;
    let mut lines = BufReader::new(server).lines();
    let mut replies = Vec::new();
    while let Some(line) = lines.next_line().await? {
        replies.push(line);
    }
    Ok(replies)
}

const READINGS: u64 = 1_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    println!("{} static handlers", BUS.init()?.handlers);
    recorder::load()?;

    // The asynchronous consumer: it gets the first value, and how many it missed.
    let consumer = tokio::spawn(async {
        let mut alarms = siren::ALARMS.listen().expect("there is no other listener");
        let mut count = 0;
        while count < TASKS {
            count += 1 + alarms.next().await.missed;
        }
        count
    });

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (mut servers, mut clients) = (JoinSet::new(), JoinSet::new());
    for (task, sensor) in ["inside", "outside"].into_iter().enumerate() {
        let (client_side, server_side) =
            tokio::try_join!(TcpStream::connect(address), listener.accept())?;
        servers.spawn(serve(task, server_side.0));
        clients.spawn(client(sensor, client_side));
    }

    // Unload a plug-in while messages arrive. No thread is blocked meanwhile.
    while COUNTS.of(Kind::Reading as usize).count == 0 {
        yield_now().await;
    }
    let history = recorder::unload().await?;
    println!("recorder: unloaded, had recorded: {}", !history.is_empty());
    drop(history);

    let mut replies: Vec<_> = clients
        .join_all()
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    servers
        .join_all()
        .await
        .into_iter()
        .collect::<Result<(), _>>()?;
    println!("alarms: {}", consumer.await?);
    replies.sort();
    for reply in replies {
        println!("{reply}");
    }
    print!("{}", COUNTS.listing(&BUS));
    Ok(())
}
