//! [`HandlerTable`]: an array of slots, one for each event.

pub(crate) mod listing;

use crate::events::{Events, Named, Number, Shown, Speaks};
use crate::slot::Slot;
use crate::word::fits_a_word;
use core::error::Error;
use core::fmt::{self, Debug, Display};
use core::marker::PhantomData;

/// The default type of handler: no arguments, no result.
///
/// # Examples
///
/// ```
/// use handler_table::{Handler, HandlerTable};
///
/// static TABLE: HandlerTable<8> = HandlerTable::new();
/// let tick: Handler = || println!("tick");
/// assert!(TABLE.register_handler(0, tick));
/// ```
pub type Handler = fn();

/// A table of `N` slots. Each slot is empty or has one handler of type `F`.
///
/// An *event* is an index in `0..N`. Its handler is a function pointer of any type
/// `fn(…) -> …`. The type may have references and named lifetimes, and may be `unsafe` or
/// `extern "C"`. A table is `N` words of static memory, all zero at first, so it is in
/// `.bss`; see [`memory`](crate::docs::memory).
///
/// How to create a table:
///
/// | | for | static handlers |
/// |---|---|---|
/// | [`HandlerTable::new()`](HandlerTable::new) | `fn()` | no |
/// | [`table!()`](crate::table) | every `F` | no |
/// | [`#[handler_table]`](macro@crate::handler_table) on a `static` | every `F` | yes |
///
/// # Context
///
/// Every method except [`init`](HandlerTable::init) is lock-free, does not allocate, does
/// not block and does not panic. So it may be called from interrupt and signal handlers,
/// and from a handler of the same table. [`dispatch`](HandlerTable::dispatch) and
/// [`handle`](HandlerTable::handle) also run the handler, which may do anything.
///
/// # Memory ordering
///
/// A `handle` sees a registration that happens before it. The handler then sees everything
/// that the registering thread wrote before. Removal hands the slot over: the next
/// registrant sees everything that was written before the slot was emptied.
/// [`memory`](crate::docs::memory) has the ordering of each operation.
///
/// # Not guaranteed
///
/// * A call may be in flight when `unregister` or `replace` returns: the removed handler
///   may be running, or about to run, on another core. Do not free data that it uses until
///   you know that it is not.
/// * Operations on two different slots by different threads have no common order.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, RegisterError, table};
///
/// static KEYS: HandlerTable<128, fn(&mut String) -> bool> = table!();
///
/// fn enter(line: &mut String) -> bool {
///     line.push('\n');
///     true
/// }
///
/// KEYS.register(13, enter)?;
///
/// let mut line = String::from("hello");
/// assert_eq!(KEYS.dispatch(13, |key| key(&mut line)), Some(true));
/// assert_eq!(line, "hello\n");
///
/// // Empty slot, index out of range, slot occupied:
/// assert_eq!(KEYS.dispatch(14, |key| key(&mut line)), None);
/// assert_eq!(KEYS.dispatch(128, |key| key(&mut line)), None);
/// assert_eq!(
///     KEYS.register(13, enter),
///     Err(RegisterError::Occupied { index: 13, capacity: 128 }),
/// );
/// # Ok::<(), RegisterError>(())
/// ```
pub struct HandlerTable<const N: usize, F = Handler, E = Number> {
    pub(crate) slots: [Slot<F>; N],
    events: PhantomData<fn(E) -> E>,
}

// The memory chapter promises this; see also the tests that read the ELF file.
const _: () = assert!(
    size_of::<HandlerTable<256, fn(&mut u64) -> bool>>() == 256 * size_of::<usize>()
        && align_of::<HandlerTable<256, fn(&mut u64) -> bool>>() == align_of::<usize>()
);

impl<const N: usize> HandlerTable<N> {
    /// Creates an empty table of `fn()` handlers.
    ///
    /// For every other type of handler, use [`table!`](crate::table).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TICKS: HandlerTable<4> = HandlerTable::new();
    /// assert!(!TICKS.handle(0));
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        HandlerTable::empty()
    }
}

impl<const N: usize, E: Events> HandlerTable<N, Handler, E> {
    /// the slot is empty, or `index` is not in `0..N`.
    ///
    /// Costs one bounds check, one acquire load, one test for null and one call.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// TABLE.register(1, || println!("event 1"))?;
    ///
    /// assert!(TABLE.handle(1)); // prints "event 1"
    /// assert!(!TABLE.handle(2)); // spurious
    /// assert!(!TABLE.handle(8)); // out of range
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[inline]
    pub fn handle(&self, event: E::Event) -> bool {
        self.dispatch(event, |handler| handler()).is_some()
    }

    /// As [`handle`](Self::handle), for an event by its number, as hardware gives it.
    ///
    /// # Examples
    ///
    /// See [`dispatch_raw`](Self::dispatch_raw).
    #[inline]
    pub fn handle_raw(&self, number: usize) -> bool {
        self.dispatch_raw(number, |handler| handler()).is_some()
    }
}

impl<const N: usize, F, E> HandlerTable<N, F, E> {
    const fn empty() -> Self {
        HandlerTable {
            slots: [const { Slot::empty() }; N],
            events: PhantomData,
        }
    }

    /// The number of slots, `N`: events are `0..N`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// assert_eq!(HandlerTable::<8>::new().capacity(), 8);
    /// ```
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<const N: usize, F, E> HandlerTable<N, F, E> {
    /// What `table!` and `#[handler_table]` expand to.
    ///
    /// # Safety
    ///
    /// `F` must be a function pointer type. A body that does nothing but cast its
    /// argument is the proof: only function pointers, raw pointers and integers pass
    /// the cast, and of these only function pointers the assertion here. A reference, and
    /// one to an array, can be cast to a pointer to what it refers to; but an `F` that
    /// refers to an `[F; 1]` would contain itself: there is no such type.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const unsafe fn with_proof(_: fn(F) -> *const [F; 1]) -> Self {
        assert!(
            fits_a_word::<F>(),
            "the handlers of a `HandlerTable` are function pointers, such as `fn(&mut Frame) -> bool`"
        );
        HandlerTable::empty()
    }

    /// The table, if it has a slot for each of its events.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn with_capacity_of_events(self) -> Self
    where
        E: Events,
    {
        E::LIST.check_capacity(N);
        self
    }
}

impl<const N: usize, F: Copy, E: Events> HandlerTable<N, F, E> {
    /// Registers a handler for an event that has none.
    ///
    /// Release and acquire: everything that was written before is visible to the handler on
    /// every core. Everything that was written before the previous handler was unregistered
    /// is visible to the caller.
    ///
    /// # Errors
    ///
    /// * [`OutOfRange`](RegisterError::OutOfRange) if `index` is not in `0..N`.
    /// * [`Occupied`](RegisterError::Occupied) if the event has a handler. Everything that
    ///   its registrant wrote before is visible to the caller.
    ///
    /// The table is unchanged then.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, RegisterError};
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// assert_eq!(TABLE.register(3, || ()), Ok(()));
    /// assert_eq!(
    ///     TABLE.register(3, || ()),
    ///     Err(RegisterError::Occupied { index: 3, capacity: 8 }),
    /// );
    /// assert_eq!(
    ///     TABLE.register(8, || ()),
    ///     Err(RegisterError::OutOfRange { index: 8, capacity: 8 }),
    /// );
    /// ```
    pub fn register(&self, event: E::Event, handler: F) -> Result<(), E::Error<RegisterError>> {
        let index = E::number(event);
        if self.slot(index)?.put(handler) {
            Ok(())
        } else {
            let error = RegisterError::Occupied { index, capacity: N };
            Err(E::error(error, index))
        }
    }

    /// Registers a handler for the first of these events that has none, and returns its number.
    /// Returns `None` if each of them has a handler, or is out of range.
    ///
    /// The event is found and taken in one step: if several threads look for a free event, each
    /// gets one of its own. Publishes as [`register`](Self::register).
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static VECTORS: HandlerTable<256> = HandlerTable::new();
    /// assert_eq!(VECTORS.register_any(48..50, || ()), Some(48));
    /// assert_eq!(VECTORS.register_any(48..50, || ()), Some(49));
    /// assert_eq!(VECTORS.register_any(48..50, || ()), None);
    /// VECTORS.unregister(48);
    /// assert_eq!(VECTORS.register_any(48..50, || ()), Some(48));
    /// ```
    pub fn register_any(
        &self,
        events: impl IntoIterator<Item = E::Event>,
        handler: F,
    ) -> Option<usize> {
        let mut numbers = events.into_iter().map(E::number);
        numbers.find(|&number| self.slot(number).is_ok_and(|slot| slot.put(handler)))
    }

    /// Removes the handler of an event and returns it. Returns `None` if there is no
    /// handler, or `index` is not in `0..N`.
    ///
    /// If several threads unregister one event, exactly one gets the handler. Release and
    /// acquire. **Does not wait**: a call of the handler may be in flight on another core
    /// when this returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// TABLE.register(3, || println!("event 3"))?;
    ///
    /// let handler = TABLE.unregister(3).unwrap();
    /// handler(); // prints "event 3"
    /// assert!(TABLE.unregister(3).is_none());
    /// assert!(TABLE.unregister(8).is_none());
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    pub fn unregister(&self, event: E::Event) -> Option<F> {
        self.slots.get(E::slot_of(E::number(event)))?.take()
    }

    /// Registers a handler for an event, and returns the previous one, if there was one.
    ///
    /// The event has a handler at every moment. Release and acquire. **Does not wait**, like
    /// [`unregister`](Self::unregister).
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](RegisterError::OutOfRange) if `index` is not in `0..N`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, RegisterError, table};
    ///
    /// static TABLE: HandlerTable<8, fn() -> u32> = table!();
    /// assert!(TABLE.replace(3, || 1)?.is_none());
    /// let first = TABLE.replace(3, || 2)?.unwrap();
    /// assert_eq!(first(), 1);
    /// assert_eq!(
    ///     TABLE.replace(9, || 3),
    ///     Err(RegisterError::OutOfRange { index: 9, capacity: 8 }),
    /// );
    /// # Ok::<(), RegisterError>(())
    /// ```
    pub fn replace(
        &self,
        event: E::Event,
        handler: F,
    ) -> Result<Option<F>, E::Error<RegisterError>> {
        Ok(self.slot(E::number(event))?.swap(handler))
    }

    /// Returns the handler of an event, or `None` if there is no handler or `index` is not
    /// in `0..N`.
    ///
    /// Acquire. Another thread may unregister the returned handler before the caller calls
    /// it.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, table};
    ///
    /// static TABLE: HandlerTable<8, fn(u32) -> u32> = table!();
    /// TABLE.register(3, |n| n + 1)?;
    ///
    /// let handler = TABLE.get(3).unwrap();
    /// assert_eq!(handler(1), 2);
    /// assert!(TABLE.get(4).is_none());
    /// assert!(TABLE.get(8).is_none());
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self, event: E::Event) -> Option<F> {
        self.get_raw(E::number(event))
    }

    /// As [`get`](Self::get), for an event by its number, as hardware gives it.
    ///
    /// # Examples
    ///
    /// See [`dispatch_raw`](Self::dispatch_raw).
    #[inline]
    #[must_use]
    pub fn get_raw(&self, number: usize) -> Option<F> {
        self.slots.get(E::slot_of(number))?.get()
    }

    /// Passes the handler of an event to `call` and returns the result. Returns `None` if
    /// there is no handler, or `index` is not in `0..N`.
    ///
    /// The same as [`get`](Self::get) and a call. Costs one bounds check, one acquire load
    /// and one test for null. If the handler panics, the table does not change.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{HandlerTable, table};
    ///
    /// struct Frame {
    ///     pc: usize,
    /// }
    ///
    /// static TRAPS: HandlerTable<16, fn(&mut Frame) -> bool> = table!();
    /// TRAPS.register(3, |frame| {
    ///     frame.pc += 4;
    ///     true
    /// })?;
    ///
    /// let mut frame = Frame { pc: 0x1000 };
    /// assert_eq!(TRAPS.dispatch(3, |handler| handler(&mut frame)), Some(true));
    /// assert_eq!(frame.pc, 0x1004);
    /// assert_eq!(TRAPS.dispatch(4, |handler| handler(&mut frame)), None);
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[inline]
    pub fn dispatch<R>(&self, event: E::Event, call: impl FnOnce(F) -> R) -> Option<R> {
        self.get(event).map(call)
    }

    /// As [`dispatch`](Self::dispatch), for an event by its number, as hardware gives it.
    /// `None` also if no event has this number.
    ///
    /// For a table whose events are numbers this is `dispatch`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Events, HandlerTable, table};
    ///
    /// #[derive(Events)]
    /// enum Irq {
    ///     Uart = 16,
    ///     Timer = 1000,
    /// }
    ///
    /// static IRQS: HandlerTable<{ Irq::CAPACITY }, fn(), Irq> = table!();
    /// IRQS.register(Irq::Timer, || println!("tick")).unwrap();
    ///
    /// assert!(IRQS.handle_raw(1000)); // prints "tick"
    /// assert!(IRQS.get_raw(1000).is_some());
    /// for number in [0, 1, 16, 17, 999, 1001, usize::MAX] {
    ///     assert_eq!(IRQS.dispatch_raw(number, |handler| handler()), None);
    /// }
    /// ```
    #[inline]
    pub fn dispatch_raw<R>(&self, number: usize, call: impl FnOnce(F) -> R) -> Option<R> {
        self.get_raw(number).map(call)
    }

    /// Returns whether the event has a handler. Returns false if `index` is not in `0..N`.
    ///
    /// Acquire.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// TABLE.register(3, || ())?;
    /// assert!(TABLE.is_registered(3));
    /// assert!(!TABLE.is_registered(4));
    /// assert!(!TABLE.is_registered(8));
    /// # Ok::<(), handler_table::RegisterError>(())
    /// ```
    #[must_use]
    pub fn is_registered(&self, event: E::Event) -> bool {
        self.get(event).is_some()
    }

    fn slot(&self, number: usize) -> Result<&Slot<F>, E::Error<RegisterError>> {
        self.slots.get(E::slot_of(number)).ok_or_else(|| {
            let error = RegisterError::OutOfRange {
                index: number,
                capacity: N,
            };
            E::error(error, number)
        })
    }
}

impl<const N: usize, F: Copy> HandlerTable<N, F> {
    /// [`register`](Self::register) with the signature of `handler_table` 0.1. Returns false
    /// if the event has a handler, or `idx` is not in `0..N`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// assert!(TABLE.register_handler(0, || ()));
    /// assert!(!TABLE.register_handler(0, || ()));
    /// assert!(!TABLE.register_handler(8, || ()));
    /// ```
    pub fn register_handler(&self, idx: usize, handler: F) -> bool {
        self.register(idx, handler).is_ok()
    }

    /// [`unregister`](Self::unregister) with the name of `handler_table` 0.1.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::HandlerTable;
    ///
    /// static TABLE: HandlerTable<8> = HandlerTable::new();
    /// assert!(TABLE.register_handler(0, || ()));
    /// assert!(TABLE.unregister_handler(0).is_some());
    /// assert!(TABLE.unregister_handler(0).is_none());
    /// ```
    pub fn unregister_handler(&self, idx: usize) -> Option<F> {
        self.unregister(idx)
    }
}

/// The same as [`HandlerTable::new`].
///
/// # Examples
///
/// ```
/// use handler_table::HandlerTable;
///
/// let table: HandlerTable<4> = HandlerTable::default();
/// assert_eq!(table.iter().count(), 0);
/// ```
impl<const N: usize> Default for HandlerTable<N> {
    fn default() -> Self {
        HandlerTable::new()
    }
}

/// The error of a registration at run time. The table is unchanged.
///
/// # Examples
///
/// ```
/// use handler_table::HandlerTable;
///
/// static TABLE: HandlerTable<8> = HandlerTable::new();
/// let error = TABLE.register(9, || ()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "event 9 is out of range: the table has 8 slots, for events 0 to 7",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The index is out of range.
    OutOfRange {
        /// The requested index.
        index: usize,
        /// The number of slots; valid indices are smaller.
        capacity: usize,
    },
    /// The event already has a handler.
    Occupied {
        /// The requested index.
        index: usize,
        /// The number of slots.
        capacity: usize,
    },
}

impl Speaks for RegisterError {
    fn say(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        event: Option<(usize, &'static str)>,
    ) -> fmt::Result {
        match *self {
            RegisterError::OutOfRange { index, .. } if event.is_some() => write!(
                formatter,
                "event {index} is not one of the events of this table"
            ),
            RegisterError::OutOfRange { index, capacity: 0 } => write!(
                formatter,
                "event {index} is out of range: the table has no slots"
            ),
            RegisterError::OutOfRange { index, capacity } => write!(
                formatter,
                "event {index} is out of range: the table has {capacity} slots, for events 0 to {}",
                capacity - 1
            ),
            RegisterError::Occupied { index, capacity } => write!(
                formatter,
                "{} already has a handler (the table has {capacity} slots): unregister it first, \
                 or use `replace`",
                Shown::new(index, event)
            ),
        }
    }
}

impl Display for RegisterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(formatter, None)
    }
}

impl Error for RegisterError {}

/// The error without the name of the event.
impl From<Named<RegisterError>> for RegisterError {
    fn from(error: Named<RegisterError>) -> Self {
        error.into_inner()
    }
}
