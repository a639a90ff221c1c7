//! What is written for `handler_table` 0.1 does the same with ours.

use core::sync::atomic::{AtomicUsize, Ordering};
use handler_table::{Handler, HandlerTable};

/// Not the table of 0.1 after all, if Cargo ignored the patch.
#[test]
fn the_table_is_ours() {
    let _: &handler_table_new::HandlerTable<32> = drop_in::irqs();
}

/// What the front page of 0.1 shows.
#[test]
fn registers_handles_and_unregisters() {
    static FIRST: AtomicUsize = AtomicUsize::new(0);
    static SECOND: AtomicUsize = AtomicUsize::new(0);
    static EVENTS: HandlerTable<8> = HandlerTable::new();

    assert!(EVENTS.register_handler(0, || {
        FIRST.fetch_add(1, Ordering::Relaxed);
    }));
    assert!(EVENTS.register_handler(1, || {
        SECOND.fetch_add(1, Ordering::Relaxed);
    }));
    assert!(EVENTS.handle(0));
    assert_eq!(FIRST.load(Ordering::Relaxed), 1);
    assert!(!EVENTS.handle(2));

    assert!(EVENTS.unregister_handler(2).is_none());
    let second: Handler = EVENTS.unregister_handler(1).unwrap();
    second();
    assert_eq!(SECOND.load(Ordering::Relaxed), 1);
    assert!(!EVENTS.handle(1));
}

/// What the documentation of 0.1 says besides.
#[test]
fn refuses_what_is_occupied_or_out_of_range() {
    let events = HandlerTable::<4>::default();
    assert!(events.register_handler(3, || ()));
    assert!(!events.register_handler(3, || ()));
    assert!(!events.register_handler(4, || ()));
    assert!(!events.handle(4));
    assert!(events.unregister_handler(4).is_none());
}

/// `axplat` from the registry, unchanged, on a platform that has our table.
#[test]
fn a_platform_takes_its_interrupts_through_it() {
    static TICKS: AtomicUsize = AtomicUsize::new(0);
    fn tick() {
        TICKS.fetch_add(1, Ordering::Relaxed);
    }

    assert!(axplat::irq::register(7, tick));
    assert!(!axplat::irq::register(7, tick));
    axplat::irq::handle(7);
    axplat::irq::handle(7);
    assert_eq!(TICKS.load(Ordering::Relaxed), 2);
    assert!(axplat::irq::unregister(7).is_some());
    assert!(std::panic::catch_unwind(|| axplat::irq::handle(7)).is_err());
}
