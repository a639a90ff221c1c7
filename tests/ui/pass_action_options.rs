#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]
//! Every option of a static action.

use handler_table::{
    Action, ActionTable, Counted, CpuSet, Event, Here, Line, StaticAction, Verdict, event_handler,
    handler_table,
};

/// All interrupts.
#[handler_table]
pub static IRQS: ActionTable<16, u32, Counted<4>>;

#[event_handler(IRQS, 1, counted, handle = COUNTED)]
#[event_handler(IRQS, 2, handle = pub(crate) DISABLED, disabled)]
fn plain(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

mod driver {
    //! A driver.

    use super::{CpuSet, Event, Verdict, event_handler};

    const CPUS: CpuSet = CpuSet::new().with(2);

    /// A queue. Neither `Sync` nor `Copy`.
    pub(crate) struct Queue<'a> {
        cell: std::cell::Cell<u32>,
        name: &'a str,
    }

    mod context {
        /// What ends in a name of ours.
        pub(crate) const UART_HANDLER: super::Queue<'static> = super::Queue {
            cell: std::cell::Cell::new(10),
            name: "uart",
        };
    }
    use context::UART_HANDLER;

    /// Two actions of one function have a context each.
    #[event_handler(super::IRQS, 3, non_reentrant, context = UART_HANDLER, handle = pub(crate) UART)]
    #[event_handler(super::IRQS, 4, cpus = CPUS, non_reentrant, context = UART_HANDLER, shared)]
    fn uart(event: &mut Event<'_, u32>, Queue { cell, name }: &mut Queue<'_>) -> Verdict {
        cell.set(cell.get() + 1);
        *event.arg = cell.get();
        assert_eq!(*name, "uart");
        Verdict::Handled
    }
}

#[event_handler(IRQS, 5, non_reentrant, context = vec![1, 2], name = "log", priority = 3)]
fn collect(event: &mut Event<'_, u32>, numbers: &'_ mut Vec<u32>) -> Verdict {
    numbers.push(*event.arg);
    *event.arg = numbers.iter().sum();
    Verdict::Handled
}

macro_rules! vec {
    ($($number:expr),*) => {
        Vec::new()
    };
}
use vec;

macro_rules! declare {
    ($index:expr, $name:ident, $context:ty, $value:expr) => {
        #[event_handler(IRQS, $index, non_reentrant, context = $value, handle = $name)]
        fn by_macro(event: &mut Event<'_, u32>, context: &mut $context) -> Verdict {
            *context += 1;
            *event.arg = u32::from(*context);
            Verdict::Handled
        }
    };
}
declare!(7, BY_MACRO, u8, 40 + 1);

#[cfg(any())]
#[event_handler(IRQS, 8, handle = NOT_HERE)]
fn not_here(_: &mut Event<'_, u32>) -> Verdict {
    Verdict::Handled
}

fn main() {
    #[event_handler(IRQS, 9, handle = LOCAL)]
    fn local(_: &mut Event<'_, u32>) -> Verdict {
        Verdict::Wake
    }

    assert_eq!(IRQS.init().unwrap().handlers, 7);
    assert_eq!(IRQS.take_lines().count(), 6);
    let dispatch = |cpu, index| {
        let mut number = 100;
        let outcome = IRQS.dispatch(cpu, index, &mut number).unwrap();
        (outcome.called(), number)
    };

    assert_eq!((dispatch(0, 1), COUNTED.count()), ((1, 100), Some(1)));
    assert_eq!((dispatch(3, 1), COUNTED.count()), ((1, 100), Some(2)));
    assert_eq!(dispatch(0, 2), (0, 100));
    assert_eq!(IRQS.enable(DISABLED), Ok(Line::Unmask));
    assert_eq!((dispatch(0, 2), DISABLED.count()), ((1, 100), None));

    assert_eq!((dispatch(0, 3), dispatch(1, 3)), ((1, 11), (1, 12)));
    assert_eq!((dispatch(1, 4), dispatch(2, 4)), ((0, 100), (1, 11)));
    assert_eq!(dispatch(0, 5), (1, 100));
    assert_eq!(dispatch(0, 7), (1, 42));
    assert_eq!(dispatch(0, 9).0, 1);

    let uart: StaticAction<driver::Queue<'_>> = driver::UART;
    assert!(uart.id().name().ends_with("driver::uart"));
    assert!(uart.with_context(|_| ()).is_err());
    let here = Here::Cpu(0);
    assert_eq!(IRQS.unregister_and_drain(uart, here, || ()), Ok(Line::Mask));
    static OTHER: Action<u32> = Action::new(|_, ()| Verdict::Handled, ());
    IRQS.register(3, &OTHER).unwrap();
    assert!(uart.with_context(|_| ()).is_ok());
    assert!(IRQS.unregister(uart).is_err());
    assert_eq!(IRQS.disable(LOCAL), Ok(Line::Mask));
    assert_eq!(
        BY_MACRO.id().name(),
        DISABLED.id().name().replace("plain", "by_macro")
    );
    assert!(format!("{uart:?}").contains("StaticAction"));
}
