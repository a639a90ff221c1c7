//! One interrupt line, as on a PCI bus, that a network card and a disk share. Two
//! threads stand for the two CPUs of a machine. The disk is removed while
//! interrupts come in, and its buffers freed.
//!
//! ```text
//! cargo run --example shared-irq
//! ```

use handler_table::{
    Action, ActionTable, Counted, Event, Here, Line, Verdict, event_handler, handler_table,
};
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// What the entry code of the kernel hands on.
struct Frame {
    /// Whether the interrupt came from user space.
    user: bool,
}

const CPUS: usize = 2;
const LINE: usize = 11;
const INTERRUPTS: usize = 20_000;

#[handler_table]
static IRQS: ActionTable<16, Frame, Counted<CPUS>>;

/// A network card: a register that says why it raised the line.
struct Card {
    received: AtomicBool,
    packets: AtomicUsize,
}

static CARD: Card = Card {
    received: AtomicBool::new(false),
    packets: AtomicUsize::new(0),
};

/// Linked in for as long as the program runs. Declines what is not the card's.
#[event_handler(IRQS, LINE, name = "eth0", context = CARD, shared)]
fn receive(event: &mut Event<'_, Frame>, card: &Card) -> Verdict {
    if !card.received.swap(false, Ordering::AcqRel) {
        return Verdict::Unhandled;
    }
    card.packets.fetch_add(1, Ordering::Relaxed);
    if event.arg.user {
        // A packet that the interrupted process may be waiting for.
        return Verdict::Wake;
    }
    Verdict::Handled
}

/// A disk: requests that it has completed, and buffers for them. The handler has
/// it by `&mut`, for the action never runs twice at once.
struct Disk {
    buffers: Vec<[u8; 512]>,
    completed: usize,
}

static COMPLETIONS: AtomicUsize = AtomicUsize::new(0);

static DISK: Action<Frame, Disk> = Action::non_reentrant(
    complete,
    Disk {
        buffers: Vec::new(),
        completed: 0,
    },
)
.name("disk0")
.shared()
.priority(1);

fn complete(_: &mut Event<'_, Frame>, disk: &mut Disk) -> Verdict {
    // All that there are: an interrupt that came while this ran makes it run once
    // more, however many came.
    let completions = COMPLETIONS.swap(0, Ordering::AcqRel);
    if completions == 0 {
        return Verdict::Unhandled;
    }
    for _ in 0..completions {
        let buffer = disk.completed % disk.buffers.len();
        disk.buffers[buffer].fill(disk.completed.to_le_bytes()[0]);
        disk.completed += 1;
    }
    Verdict::Handled
}

static GREEDY: Action<Frame> = Action::new(|_, ()| Verdict::Handled, ()).name("greedy");

/// The line itself: the controller's mask.
static MASKED: AtomicBool = AtomicBool::new(true);

fn apply(line: Line) {
    println!("   line {LINE}: {line:?}");
    if line != Line::Unchanged {
        // Right also if another thread changes the actions meanwhile.
        IRQS.apply_line(LINE, |on| MASKED.store(!on, Ordering::Relaxed));
    }
}

/// A device raises the line on this CPU.
fn interrupt(cpu: usize) -> handler_table::Outcome {
    assert!(!MASKED.load(Ordering::Relaxed), "the line is masked");
    let mut frame = Frame { user: cpu == 1 };
    IRQS.dispatch(cpu, LINE, &mut frame)
        .expect("the line and the CPU exist")
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Loaded: {} static action", IRQS.init()?.handlers);
    for (_, line) in IRQS.take_lines() {
        apply(line);
    }
    println!("The disk joins the line:");
    DISK.with_context(|disk| disk.buffers = vec![[0; 512]; 4])?;
    apply(IRQS.register(LINE, &DISK)?);
    IRQS.for_each(LINE, |action| {
        println!("   {}, priority {}", action.id.name(), action.priority);
    });

    println!("One interrupt each:");
    COMPLETIONS.fetch_add(1, Ordering::AcqRel);
    println!("   disk: {:?}", interrupt(0));
    CARD.received.store(true, Ordering::Release);
    println!("   card: {:?}", interrupt(1));
    println!("   none: {:?}", interrupt(0));

    println!("{INTERRUPTS} interrupts on each CPU, and the disk removed among them:");
    let mut frees = 0;
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        for cpu in 0..CPUS {
            scope.spawn(move || {
                for _ in 0..INTERRUPTS {
                    COMPLETIONS.fetch_add(1, Ordering::AcqRel);
                    CARD.received.store(true, Ordering::Release);
                    interrupt(cpu);
                }
            });
        }
        while CARD.packets.load(Ordering::Relaxed) < 100 {
            thread::yield_now();
        }
        // This thread is none of the two CPUs, so it says that nobody knows.
        let line = IRQS.unregister_and_drain(&DISK, Here::Unknown, thread::yield_now)?;
        // From here on no handler has the buffers, and they may go.
        let buffers = DISK.with_context(|disk| std::mem::take(&mut disk.buffers))?;
        frees = buffers.len();
        drop(buffers);
        apply(line);
        Ok(())
    })?;
    println!("   {frees} buffers freed");

    println!("The card goes on:");
    CARD.received.store(true, Ordering::Release);
    println!("   card: {:?}", interrupt(0));
    COMPLETIONS.store(1, Ordering::Release);
    println!("   disk: {:?}", interrupt(0));
    println!("An action with the line to itself is refused:");
    println!("   {}", IRQS.register(LINE, &GREEDY).unwrap_err());
    assert!(CARD.packets.load(Ordering::Relaxed) > 0);
    Ok(())
}
