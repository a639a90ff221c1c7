//! The image: UEFI starts it, and it takes over the machine. No linker script.

#![no_std]
#![no_main]

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};
use handler_table::{Action, ActionError, Event, Here, Verdict};
use kernel::{IRQS, apply, exit, is_unmasked, println, set_line};
use uefi::{Status, entry};
use x86_64::instructions::{interrupts, port::PortWriteOnly};

#[entry]
fn main() -> Status {
    // SAFETY: nothing of the firmware is used later.
    let loaded = unsafe {
        let _ = uefi::boot::exit_boot_services(None);
        kernel::start()
    };
    match loaded {
        Ok(handlers) => println!("{handlers} static handlers"),
        Err(error) => {
            println!("init failed: {error}");
            exit(false);
        }
    }
    rtc::start();
    interrupts::enable();
    wait(&rtc::TICKS, 100);
    println!("rtc: 100 interrupts");
    match run_time() {
        Ok(()) => println!("all well"),
        Err(error) => println!("{error}"),
    }
    exit(true)
}

const TIMER: usize = 0;

/// An action that is registered while interrupts arrive.
static COUNTER: Action<(), &AtomicUsize> = Action::new(count, &COUNT).name("timer");
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn count(_: &mut Event<'_>, count: &&AtomicUsize) -> Verdict {
    count.fetch_add(1, Ordering::Relaxed);
    Verdict::Handled
}

fn run_time() -> Result<(), ActionError> {
    start_timer();
    apply(TIMER, IRQS.register(TIMER, &COUNTER)?.line);
    wait(&COUNT, 100);
    apply(
        TIMER,
        IRQS.unregister_and_drain(&COUNTER, Here::Unknown, core::hint::spin_loop)?,
    );
    println!(
        "timer: 100 interrupts, then masked: {}",
        !is_unmasked(TIMER)
    );

    // Without an action, the next interrupt is spurious.
    set_line(TIMER, true);
    wait(&kernel::SPURIOUS, 1);
    println!("spurious, then masked: {}", !is_unmasked(TIMER));
    Ok(())
}

/// A thousand interrupts a second. The timer needs no acknowledgement.
fn start_timer() {
    let [low, high] = 1193_u16.to_le_bytes();
    // SAFETY: the ports of the timer.
    unsafe {
        PortWriteOnly::<u8>::new(0x43).write(0x34);
        PortWriteOnly::<u8>::new(0x40).write(low);
        PortWriteOnly::<u8>::new(0x40).write(high);
    }
}

/// Sleeps until interrupts have counted so far.
fn wait(counter: &AtomicUsize, count: usize) {
    interrupts::disable();
    while counter.load(Ordering::Relaxed) < count {
        // Enables interrupts and sleeps in one step, so that no interrupt is missed.
        interrupts::enable_and_hlt();
        interrupts::disable();
    }
    interrupts::enable();
}

#[cfg(feature = "duplicate")]
#[handler_table::event_handler(IRQS, 8)]
fn other(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(false)
}
