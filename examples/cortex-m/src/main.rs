//! Interrupts of a Cortex-M, some in ordinary functions and some in a table.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicUsize, Ordering};
use cortex_m::peripheral::NVIC;
use cortex_m_rt::{entry, exception};
use handler_table::{Action, ActionTable, Counted, Event, Events, Here, Line, Verdict};
use handler_table::{event_handler, events, handler_table};
use lm3s6965::{Interrupt, interrupt};
use semihosting::{println, process};

mod devices;
use devices::{Timer, Uart};

events! {
    /// The interrupts that the table has slots for.
    pub struct Irq: Interrupt { UART0, TIMER_1A }
}

/// The table. Its events are the interrupts of the device's crate.
#[handler_table]
pub static IRQS: ActionTable<{ Irq::CAPACITY }, (), Counted<1>, Irq>;

/// Every interrupt without a function of its own.
// SAFETY: it serves no fault; those are escalated to `HardFault`.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    let number = usize::try_from(number).expect("no exception of the core is enabled");
    let outcome = IRQS.dispatch_raw(0, number, &mut ());
    if outcome.is_ok_and(|outcome| outcome.handled()) {
        return;
    }
    // Nothing has served the device, so it would interrupt again at once.
    set_line(number, false);
    SPURIOUS.fetch_add(1, Ordering::Relaxed);
}

/// Unmasks or masks a line of the interrupt controller.
fn set_line(number: usize, on: bool) {
    let (word, bit) = (number / 32, 1 << (number % 32));
    // SAFETY: these registers change only the lines whose bits are set.
    unsafe {
        if on {
            (*NVIC::PTR).iser[word].write(bit);
        } else {
            (*NVIC::PTR).icer[word].write(bit);
        }
    }
    // The write has taken effect when this function returns.
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

/// Does what the table says about the line of an interrupt.
fn apply(interrupt: Interrupt, line: Line) {
    if line != Line::Unchanged {
        IRQS.apply_line(interrupt, |on| set_line(interrupt as usize, on));
    }
}

/// An ordinary interrupt, beside those of the table.
#[interrupt]
fn TIMER_0A() {
    TIMER0.acknowledge();
    TICKS.fetch_add(1, Ordering::Relaxed);
}

/// A static action: its crate is linked, and that is all. It could be in any crate.
#[event_handler(IRQS, Interrupt::UART0, name = "uart0", context = UART)]
fn send_next(_: &mut Event<'_>, uart: &Uart) -> Verdict {
    uart.acknowledge();
    match TEXT.get(SENT.fetch_add(1, Ordering::Relaxed)) {
        Some(byte) => uart.send(*byte),
        None => uart.disable_interrupt(),
    }
    Verdict::Handled
}

/// An action that is registered while interrupts arrive.
static BLINK: Action<(), AtomicUsize> = Action::new(blink, AtomicUsize::new(0)).name("blink");

fn blink(_: &mut Event<'_>, count: &AtomicUsize) -> Verdict {
    TIMER1.acknowledge();
    BLINKS.store(count.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    Verdict::Handled
}

static UART: Uart = Uart;
static TIMER0: Timer = Timer::new(0);
static TIMER1: Timer = Timer::new(1);
static TEXT: &[u8] = b"ent by interrupts\n";

static SENT: AtomicUsize = AtomicUsize::new(0);
static TICKS: AtomicUsize = AtomicUsize::new(0);
static BLINKS: AtomicUsize = AtomicUsize::new(0);
static SPURIOUS: AtomicUsize = AtomicUsize::new(0);

#[entry]
fn main() -> ! {
    match IRQS.init() {
        Ok(loaded) => println!("{} static handlers", loaded.handlers),
        Err(error) => fail(format_args!("init: {error}")),
    }
    // Unmask the lines of the static handlers.
    for (number, line) in IRQS.take_lines() {
        set_line(number, line == Line::Unmask);
    }

    TIMER0.start();
    // SAFETY: `TIMER_0A` is ready.
    unsafe { NVIC::unmask(Interrupt::TIMER_0A) };
    wait("the ordinary interrupt", || count(&TICKS) >= 10);

    UART.enable_interrupt();
    UART.send(b's');
    wait("the text", || count(&SENT) > TEXT.len());

    // The first action of an interrupt unmasks its line.
    TIMER1.start();
    match IRQS.register(Interrupt::TIMER_1A, &BLINK) {
        Ok(registration) => apply(Interrupt::TIMER_1A, registration.line),
        Err(error) => fail(format_args!("register: {error}")),
    }
    wait("the action", || count(&BLINKS) >= 10);

    // The last one masks it, and after the wait nothing calls the action.
    match IRQS.unregister_and_drain(&BLINK, Here::Unknown, cortex_m::asm::nop) {
        Ok(line) => apply(Interrupt::TIMER_1A, line),
        Err(error) => fail(format_args!("unregister: {error}")),
    }
    let (ticks, blinks) = (count(&TICKS), count(&BLINKS));
    wait("time to pass", || count(&TICKS) >= ticks + 10);
    println!(
        "blink: removed {}, line masked {}",
        count(&BLINKS) == blinks,
        !NVIC::is_enabled(Interrupt::TIMER_1A)
    );

    // Without an action, and without a slot in the table.
    for interrupt in [Interrupt::TIMER_1A, Interrupt::GPIOA] {
        let before = count(&SPURIOUS);
        NVIC::pend(interrupt);
        set_line(interrupt as usize, true);
        wait("a spurious interrupt", || count(&SPURIOUS) > before);
        println!("spurious, line masked {}", !NVIC::is_enabled(interrupt));
    }
    println!("all well");
    process::exit(0)
}

fn count(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::Relaxed)
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let start = count(&TICKS);
    while !done() {
        if count(&TICKS) > start + 10_000 {
            fail(format_args!("{what} did not arrive"));
        }
        cortex_m::asm::nop();
    }
}

fn fail(what: core::fmt::Arguments<'_>) -> ! {
    println!("{what}");
    process::exit(1)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    fail(format_args!("{info}"))
}
