//! The example itself.

use handler_table::{HandlerTable, event_handler, handler_table};
use nix::errno::Errno;
use nix::libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::unistd::Pid;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const SIGNALS: usize = 10_000;

/// A slot for every signal number of Linux, which starts at 1.
#[handler_table]
static HANDLERS: HandlerTable<65>;

// Relaxed is enough for all of these: they are only incremented, and `run` reads them after
// all signals have been handled.
static USR1: AtomicUsize = AtomicUsize::new(0);
static USR2: AtomicUsize = AtomicUsize::new(0);
static SPURIOUS: AtomicUsize = AtomicUsize::new(0);
static ALL: AtomicUsize = AtomicUsize::new(0);

/// A handler that stays in the table.
#[event_handler(HANDLERS, Signal::SIGUSR1 as usize)]
fn usr1() {
    USR1.fetch_add(1, Ordering::Relaxed);
}

/// A handler that is registered and unregistered repeatedly.
#[event_handler(HANDLERS, Signal::SIGUSR2 as usize)]
fn usr2() {
    USR2.fetch_add(1, Ordering::Relaxed);
}

/// The signal handler. The operating system calls it between any two instructions of a
/// thread, also inside `register` and `unregister`.
extern "C" fn on_signal(signal: c_int) {
    let handled = usize::try_from(signal).is_ok_and(|event| HANDLERS.handle(event));
    if !handled {
        SPURIOUS.fetch_add(1, Ordering::Relaxed);
    }
    ALL.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    HANDLERS.init()?;
    let action = SigAction::new(
        SigHandler::Handler(on_signal),
        SaFlags::SA_RESTART,
        SigSet::empty(),
    );
    for signal in [Signal::SIGUSR1, Signal::SIGUSR2] {
        // SAFETY: `on_signal` may be called at any time. It does not lock, allocate or panic,
        // and does not change `errno`: `handle` guarantees that, and the handlers above only
        // increment atomics.
        unsafe { sigaction(signal, &action)? };
    }

    let sender = thread::spawn(send);
    let mut changes = 0;
    while !sender.is_finished() {
        let handler = HANDLERS.unregister(Signal::SIGUSR2 as usize);
        HANDLERS.register(Signal::SIGUSR2 as usize, handler.ok_or("it was there")?)?;
        changes += 1;
    }
    sender.join().map_err(|_| "the sender panicked")??;

    let [usr1, usr2, spurious] = [&USR1, &USR2, &SPURIOUS].map(|n| n.load(Ordering::Relaxed));
    println!("{SIGNALS} signals sent");
    println!("{usr1} handled by usr1");
    println!("{usr2} handled by usr2");
    println!("{spurious} spurious, while usr2 was unregistered");
    println!("{} in total", usr1 + usr2 + spurious);
    println!("usr2 was unregistered and registered {changes} times");
    Ok(())
}

/// Sends this process both signals in turns. Each is delivered before the next is sent,
/// because the system may merge two pending signals.
fn send() -> Result<(), Errno> {
    for sent in 1..=SIGNALS {
        let signal = if sent % 2 == 1 {
            Signal::SIGUSR1
        } else {
            Signal::SIGUSR2
        };
        kill(Pid::this(), signal)?;
        while ALL.load(Ordering::Relaxed) < sent {
            thread::sleep(Duration::from_micros(1));
        }
    }
    Ok(())
}
