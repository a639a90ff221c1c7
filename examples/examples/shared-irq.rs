//! A network card and a disk share one interrupt line, as on a PCI bus. Two threads play the
//! two CPUs of a machine. The disk is removed while interrupts arrive, and its buffers are
//! freed.
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

/// The data that the entry code of the kernel passes on.
struct Frame {
    /// Whether the interrupt came from user space.
    user: bool,
}

const CPUS: usize = 2;
const LINE: usize = 11;
const INTERRUPTS: usize = 20_000;

#[handler_table]
static IRQS: ActionTable<16, Frame, Counted<CPUS>>;

/// A network card: a register with the reason for its interrupt.
struct Card {
    received: AtomicBool,
    packets: AtomicUsize,
}

static CARD: Card = Card {
    received: AtomicBool::new(false),
    packets: AtomicUsize::new(0),
};

/// A static handler. It declines interrupts of other devices.
#[event_handler(IRQS, LINE, name = "eth0", context = CARD, shared)]
fn receive(event: &mut Event<'_, Frame>, card: &Card) -> Verdict {
    if !card.received.swap(false, Ordering::AcqRel) {
        return Verdict::Unhandled;
    }
    card.packets.fetch_add(1, Ordering::Relaxed);
    if event.arg.user {
        // The interrupted process may be waiting for this packet.
        return Verdict::Wake;
    }
    Verdict::Handled
}

/// A disk: its completed requests, and buffers for them. The handler gets it as a `&mut`,
/// because the action is non-reentrant.
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
    // Handle all completed requests: several interrupts during this run cause only one
    // repeat.
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

/// The state of the line in the controller.
static MASKED: AtomicBool = AtomicBool::new(true);

fn apply(line: Line) {
    println!("   line {LINE}: {line:?}");
    if line != Line::Unchanged {
        // Correct even if another thread changes the actions meanwhile.
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
    apply(IRQS.register(LINE, &DISK)?.line);
    IRQS.for_each(LINE, |action| {
        println!("   {}, priority {}", action.id.name(), action.priority);
    });

    println!("One interrupt each:");
    COMPLETIONS.fetch_add(1, Ordering::AcqRel);
    println!("   disk: {:?}", interrupt(0));
    CARD.received.store(true, Ordering::Release);
    println!("   card: {:?}", interrupt(1));
    println!("   none: {:?}", interrupt(0));

    println!("{INTERRUPTS} interrupts on each CPU; the disk is removed meanwhile:");
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
        // This thread is not one of the two CPUs, so `here` is unknown.
        let line = IRQS.unregister_and_drain(&DISK, Here::Unknown, thread::yield_now)?;
        // Now no handler uses the buffers, so they can be freed.
        let buffers = DISK.with_context(|disk| std::mem::take(&mut disk.buffers))?;
        frees = buffers.len();
        drop(buffers);
        apply(line);
        Ok(())
    })?;
    println!("   {frees} buffers freed");

    println!("The card still works:");
    CARD.received.store(true, Ordering::Release);
    println!("   card: {:?}", interrupt(0));
    COMPLETIONS.store(1, Ordering::Release);
    println!("   disk: {:?}", interrupt(0));
    println!("An exclusive action is rejected:");
    println!("   {}", IRQS.register(LINE, &GREEDY).unwrap_err());
    assert!(CARD.packets.load(Ordering::Relaxed) > 0);
    Ok(())
}
