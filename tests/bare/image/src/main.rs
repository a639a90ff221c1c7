//! The image: links the drivers, and checks what the interrupts do.

#![no_std]
#![no_main]

// Nothing else refers to the drivers.
use bell as _;
use clock as _;

use core::cell::UnsafeCell;
use core::hint::spin_loop;
use handler_table::event_handler;
use kernel::{BELL, CORES, IRQS, STUCK, TIMER, Trap, println};
use portable_atomic::{AtomicUsize, Ordering};

kernel::main!(checks);

/// The work of [`replacement`] for one interrupt. The work of [`clock`] is 1.
const MUCH: usize = 1_000_000;

fn checks() -> Result<(), &'static str> {
    list();
    timer()?;
    software()?;
    storm()?;
    replace()?;
    unregister()?;
    if CORES > 1 {
        across_cores()?;
    }
    Ok(())
}

fn list() {
    println!("{} static handlers", IRQS.static_handlers().count());
    for handler in IRQS.static_handlers() {
        println!("event {}: {handler}", handler.index());
    }
}

fn timer() -> Result<(), &'static str> {
    kernel::rearm_timer();
    wait(|| kernel::work(TIMER) >= 100).ok_or("the timer's handler was not called 100 times")?;
    println!("timer: {} interrupts", kernel::work(TIMER));
    Ok(())
}

fn software() -> Result<(), &'static str> {
    for count in 1..=10 {
        kernel::ring(0);
        wait(|| kernel::work(BELL) == count).ok_or("the bell's handler was not called")?;
    }
    println!("bell: {} interrupts", kernel::work(BELL));
    Ok(())
}

static IGNORED: AtomicUsize = AtomicUsize::new(0);

/// The driver of a device that it does not serve: the device holds its line.
#[event_handler(IRQS, STUCK)]
fn ignore(_: &mut Trap) {
    let ignored = IGNORED.fetch_add(1, Ordering::Relaxed);
    assert!(ignored < 10_000, "the stuck line was not masked");
}

/// The kernel masks the line, and the machine goes on.
fn storm() -> Result<(), &'static str> {
    kernel::stick();
    wait(|| kernel::is_storm(STUCK)).ok_or("the stuck line was not found")?;
    let before = kernel::work(TIMER);
    wait(|| kernel::work(TIMER) >= before + 10).ok_or("the timer did not go on")?;
    println!("ignored: {} interrupts", IGNORED.load(Ordering::Relaxed));
    Ok(())
}

fn replacement(trap: &mut Trap) {
    trap.work = MUCH;
    kernel::rearm_timer();
}

fn replace() -> Result<(), &'static str> {
    let before = kernel::work(TIMER);
    let old = IRQS.replace(TIMER, replacement).ok().flatten();
    wait(|| kernel::work(TIMER) >= 10 * MUCH).ok_or("the replacement was not called")?;
    println!("replaced event {TIMER} after {before} interrupts");
    old.map(drop).ok_or("the static handler was not there")
}

fn unregister() -> Result<(), &'static str> {
    if kernel::spurious(TIMER) > 0 {
        return Err("an interrupt was lost before its handler was unregistered");
    }
    IRQS.unregister(TIMER)
        .ok_or("the replacement was not there")?;
    let before = kernel::work(TIMER);
    wait(|| kernel::spurious(TIMER) > 0).ok_or("the spurious interrupt was not reported")?;
    if kernel::work(TIMER) != before {
        return Err("a handler was called after it was unregistered");
    }
    println!("unregistered event {TIMER}");
    Ok(())
}

/// The data that one core writes before it registers, and that another core reads in the
/// handler. It is not atomic: only the table makes it visible.
struct Letter(UnsafeCell<[usize; 4]>);

// SAFETY: it is written only while no handler that reads it is registered.
unsafe impl Sync for Letter {}

static LETTER: Letter = Letter(UnsafeCell::new([0; 4]));
static REPLY: AtomicUsize = AtomicUsize::new(0);

fn read_letter(trap: &mut Trap) {
    kernel::silence_bell();
    // SAFETY: it was written before this function was registered.
    let [round, words @ ..] = unsafe { *LETTER.0.get() };
    let whole = words.iter().all(|word| *word == round);
    if whole && trap.core == 1 {
        trap.work = 1;
        REPLY.store(round, Ordering::Release);
    }
}

/// One core writes new data and registers a handler. The other core handles the event.
fn across_cores() -> Result<(), &'static str> {
    const ROUNDS: usize = 1_000;
    IRQS.unregister(BELL)
        .ok_or("the bell's handler was not there")?;
    let before = kernel::work(BELL);
    for round in 1..=ROUNDS {
        // SAFETY: the handler is not registered, and its last call has replied.
        unsafe { *LETTER.0.get() = [round; 4] };
        IRQS.register(BELL, read_letter)
            .map_err(|_| "the bell's slot was taken")?;
        kernel::ring(1);
        wait(|| REPLY.load(Ordering::Acquire) == round)
            .ok_or("the other core did not see what was written before `register`")?;
        IRQS.unregister(BELL);
    }
    wait(|| kernel::work(BELL) == before + ROUNDS).ok_or("the other core called too little")?;
    println!("two cores: {ROUNDS} rounds");
    Ok(())
}

/// Waits for a condition that interrupts make true. Returns `None` if they do not.
fn wait(done: impl Fn() -> bool) -> Option<()> {
    for _ in 0..200_000_000 {
        if done() {
            return Some(());
        }
        spin_loop();
    }
    None
}
