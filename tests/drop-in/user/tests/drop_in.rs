//! Code written for `handler_table` 0.1 behaves the same with `handler-table`.

use core::sync::atomic::{AtomicUsize, Ordering};
use handler_table::{Handler, HandlerTable};

/// Detects the table of 0.1, if Cargo has ignored the patch.
#[test]
fn the_table_is_ours() {
    let _: &handler_table_new::HandlerTable<32> = drop_in::irqs();
}

/// The example on the front page of 0.1.
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

/// Other statements in the documentation of 0.1.
#[test]
fn refuses_what_is_occupied_or_out_of_range() {
    let events = HandlerTable::<4>::default();
    assert!(events.register_handler(3, || ()));
    assert!(!events.register_handler(3, || ()));
    assert!(!events.register_handler(4, || ()));
    assert!(!events.handle(4));
    assert!(events.unregister_handler(4).is_none());
}

/// `axplat` from the registry, unchanged, on a platform with the new table.
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
