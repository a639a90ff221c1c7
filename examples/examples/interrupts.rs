//! The interrupts of a machine with two CPUs, counted and measured, in the shape of
//! `/proc/interrupts`.
//!
//! The machine is simulated, and so is its clock: a handler takes as many ticks as it says.
//! The README has the output.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "as a handler has its context"
)]

use handler_table::{
    Action, ActionTable, Clock, Counted, Event, Events, Observed, Statistics, Verdict,
};
use std::cell::Cell;
use std::error::Error;
use std::thread;

const CPUS: usize = 2;

#[derive(Events, Clone, Copy)]
enum Irq {
    Timer = 0,
    Uart = 4,
    Spare = 9,
    Pci = 11,
}

const SLOTS: usize = Irq::CAPACITY;

static IRQS: ActionTable<SLOTS, usize, Counted<CPUS>, Irq> = ActionTable::new();
static STATISTICS: Statistics<SLOTS, CPUS, Ticks> = Statistics::new();

thread_local! {
    /// The time of a CPU.
    static NOW: Cell<u64> = const { Cell::new(0) };
}

struct Ticks;

impl Clock for Ticks {
    fn now() -> u64 {
        NOW.get()
    }
}

fn take(ticks: u64) {
    NOW.set(NOW.get() + ticks);
}

static TIMER: Action<usize> = Action::new(tick, ()).name("timer");
static UART: Action<usize> = Action::new(receive, ()).name("uart0").counted();
static DISK: Action<usize> = Action::new(complete, ()).name("disk0").shared().counted();
static CARD: Action<usize> = Action::new(forward, ()).name("eth0").shared().counted();

fn tick(_: &mut Event<'_, usize>, (): &()) -> Verdict {
    take(40);
    Verdict::Handled
}

fn receive(event: &mut Event<'_, usize>, (): &()) -> Verdict {
    // Sometimes there is more to read.
    take(if event.arg.is_multiple_of(200) {
        900
    } else {
        120
    });
    Verdict::Handled
}

fn complete(event: &mut Event<'_, usize>, (): &()) -> Verdict {
    take(25);
    if event.arg.is_multiple_of(3) {
        take(1_400);
        Verdict::Handled
    } else {
        Verdict::Unhandled
    }
}

fn forward(event: &mut Event<'_, usize>, (): &()) -> Verdict {
    take(60);
    match *event.arg % 3 {
        1 => Verdict::Handled,
        _ => Verdict::Unhandled,
    }
}

/// The interrupts of one CPU: of the timer, and of devices between them.
fn run(cpu: usize) {
    let observed = Observed {
        table: &IRQS,
        observer: &STATISTICS,
    };
    for number in 0..10_000 {
        let device = match (cpu, number % 100) {
            (0, 0 | 50) => Some(Irq::Uart),
            (1, 0..10) => Some(Irq::Pci),
            (1, 99) if number > 9_000 => Some(Irq::Spare),
            _ => None,
        };
        for irq in [Some(Irq::Timer), device].into_iter().flatten() {
            let (outcome, _) = observed.dispatch(cpu, irq, &mut { number });
            debug_assert!(outcome.is_ok());
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    IRQS.register(Irq::Timer, &TIMER)?;
    IRQS.register(Irq::Uart, &UART)?;
    IRQS.register(Irq::Pci, &DISK)?;
    IRQS.register(Irq::Pci, &CARD)?;
    thread::scope(|scope| {
        for cpu in 0..CPUS {
            scope.spawn(move || run(cpu));
        }
    });
    print!("{}", STATISTICS.listing(&IRQS).with_counts());
    Ok(())
}
