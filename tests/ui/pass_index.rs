// Every way to write an index, and several attributes on one function.

use handler_table::{HandlerTable, event_handler, handler_table};

#[handler_table]
static IRQS: HandlerTable<64, fn() -> usize>;
#[handler_table]
static TRAPS: HandlerTable<64, fn() -> usize>;

#[derive(Clone, Copy)]
enum Irq {
    Uart = 1,
}

trait Line {
    const NUMBER: usize;
}

struct Wire<const A: usize, const B: usize>;

impl<const A: usize, const B: usize> Line for Wire<A, B> {
    const NUMBER: usize = A + B;
}

const BASE: usize = 30;
const FLAG: bool = true;

const fn sum<const A: usize, const B: usize>() -> usize {
    A + B
}

macro_rules! index {
    ($number:literal) => {
        $number + 1
    };
}

macro_rules! handler {
    ($name:ident, $table:path, $literal:literal, $expression:expr) => {
        #[event_handler($table, $literal)]
        #[event_handler($table, $expression)]
        fn $name() -> usize {
            9
        }
    };
}

#[event_handler(IRQS, 0)]
#[event_handler(IRQS, Irq::Uart as usize)]
#[event_handler(IRQS, 0x2)]
#[event_handler(IRQS, 0b11)]
#[event_handler(IRQS, 0o4)]
#[event_handler(IRQS, 5usize)]
#[event_handler(IRQS, 0_6)]
#[event_handler(IRQS, BASE)]
#[event_handler(IRQS, BASE + 1)]
#[event_handler(IRQS, sum::<30, 2>())]
#[event_handler(IRQS, <Wire<30, 3> as Line>::NUMBER)]
#[event_handler(IRQS, { 34 })]
#[event_handler(IRQS, if FLAG && BASE > 3 { 35 } else { 0 })]
#[event_handler(IRQS, [36, 0][0])]
#[event_handler(IRQS, index!(36))]
#[event_handler(IRQS, (BASE < 3) as usize + 38)]
#[event_handler(IRQS, 39,)]
#[event_handler(TRAPS, 1)]
fn many() -> usize {
    7
}

handler!(from_macro, IRQS, 60, 61);
handler!(from_macro_by_path, crate::TRAPS, 60, BASE + 31);

fn main() {
    assert_eq!(IRQS.init().unwrap().handlers, 19);
    assert_eq!(TRAPS.init().unwrap().handlers, 3);
    let indices: Vec<usize> = IRQS.iter().map(|(index, _)| index).collect();
    let expected: Vec<usize> = (0..7).chain(30..40).chain(60..62).collect();
    assert_eq!(indices, expected);
    assert_eq!(IRQS.dispatch(0, |h| h()), Some(7));
    assert_eq!(IRQS.dispatch(60, |h| h()), Some(9));
    assert_eq!(TRAPS.dispatch(61, |h| h()), Some(9));
    // The function is still a function.
    assert_eq!(many(), 7);
}
