//! [`Arrivals`]: await the events of an action.

use crate::action::Action;
use crate::action::event::Event;
use crate::action::outcome::Verdict;
use crate::sync::{AtomicU8, AtomicUsize, AtomicWaker, Ordering, Witness};
use core::cell::UnsafeCell;
use core::fmt::{self, Debug};
use core::future::poll_fn;
use core::mem::MaybeUninit;
use core::task::{Context, Poll};

/// The events of an action, for a task that awaits them. Needs the feature `async`.
///
/// It holds one value of type `T`, without allocation, and wakes the task. Any executor
/// will do. [`action`](Self::action) makes an action that stores the argument of its event;
/// other handlers call [`notify`](Self::notify).
///
/// Each call of `notify` is either an [`Arrival`] or counted in [`Arrival::missed`] of one,
/// and none is lost: a listener that is waiting is woken, one that is not finds the value
/// the next time. Everything that was written before `notify` is visible to the task that
/// gets this arrival.
///
/// # Context
///
/// `notify` is lock-free, does not allocate and does not wait, but it calls the waker of the
/// executor, in the dispatch. The executor must allow that there: a waker that takes a lock
/// may not be called in an interrupt or signal handler.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Arrivals};
///
/// static KEYS: Arrivals<char> = Arrivals::new();
/// static KEYBOARD: Action<char, &Arrivals<char>> = KEYS.action().name("keyboard");
/// static IRQS: ActionTable<16, char> = ActionTable::new();
///
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(output) => output,
/// #         std::task::Poll::Pending => panic!("nothing arrived"),
/// #     }
/// # }
/// IRQS.register(1, &KEYBOARD)?;
/// let mut keys = KEYS.listen().unwrap();
///
/// IRQS.dispatch(0, 1, &mut 'a').unwrap();
/// IRQS.dispatch(0, 1, &mut 'b').unwrap();
/// block_on(async {
///     let arrival = keys.next().await;
///     assert_eq!((arrival.value, arrival.missed), ('a', 1));
/// });
/// # Ok::<(), handler_table::ActionError>(())
/// ```
pub struct Arrivals<T> {
    /// A state in the two lowest bits, and how many events were missed in the others.
    word: AtomicUsize,
    listens: AtomicU8,
    waker: AtomicWaker,
    value: UnsafeCell<MaybeUninit<T>>,
    witness: Witness,
}

// There is no value, and nobody accesses the cell.
const EMPTY: usize = 0;
// One call of `notify` writes the value.
const WRITING: usize = 1;
// There is a value, and nobody accesses the cell.
const FULL: usize = 2;
// The listener reads the value.
const READING: usize = 3;
const STATE: usize = 3;
const ONE_MISSED: usize = 4;

// SAFETY: the value moves from the thread that stores it to the one that takes it, which
// `T: Send` allows. The state admits one of them to the cell at a time; see `notify` and
// `try_next`. The other fields are `Sync`.
unsafe impl<T: Send> Sync for Arrivals<T> {}

/// An event that arrived, and how many did after it until it was taken.
///
/// # Examples
///
/// See [`Arrivals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrival<T> {
    /// The value of the first event.
    pub value: T,
    /// The number of later events, whose values are not kept. It stops at `usize::MAX / 4`.
    pub missed: usize,
}

impl<T> Arrivals<T> {
    /// Creates it without a value.
    ///
    /// # Examples
    ///
    /// See [`Arrivals`].
    #[must_use]
    pub const fn new() -> Self {
        Arrivals {
            word: AtomicUsize::new(EMPTY),
            listens: AtomicU8::new(0),
            waker: AtomicWaker::new(),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            witness: Witness::new(),
        }
    }

    /// Becomes the listener. Returns `None` if there is one.
    ///
    /// There is only one, because there is room for one waker. When it is dropped, another
    /// can follow it. A value that it has not taken stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::Arrivals;
    ///
    /// static TICKS: Arrivals<()> = Arrivals::new();
    /// let ticks = TICKS.listen().unwrap();
    /// assert!(TICKS.listen().is_none());
    /// drop(ticks);
    /// assert!(TICKS.listen().is_some());
    /// ```
    #[must_use]
    pub fn listen(&self) -> Option<Listener<'_, T>> {
        // Ordering: Acquire pairs with the Release of `Listener::drop`: this listener goes on
        // where the previous one ended.
        (self.listens.swap(1, Ordering::Acquire) == 0).then_some(Listener(self))
    }
}

impl<T: Copy + Send> Arrivals<T> {
    /// Stores the value, if there is none, or else counts it as missed. Wakes the listener,
    /// and returns [`Verdict::Handled`].
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{ActionTable, Arrivals, Event, Verdict, event_handler, handler_table};
    ///
    /// struct Frame {
    ///     pc: usize,
    /// }
    ///
    /// static FAULTS: Arrivals<usize> = Arrivals::new();
    ///
    /// #[handler_table]
    /// static TRAPS: ActionTable<16, Frame>;
    ///
    /// #[event_handler(TRAPS, 14, context = FAULTS)]
    /// fn fault(event: &mut Event<'_, Frame>, faults: &Arrivals<usize>) -> Verdict {
    ///     faults.notify(event.arg.pc)
    /// }
    ///
    /// TRAPS.init().unwrap();
    /// TRAPS.dispatch(0, 14, &mut Frame { pc: 0x1000 }).unwrap();
    /// let mut faults = FAULTS.listen().unwrap();
    /// assert_eq!(faults.try_next().unwrap().value, 0x1000);
    /// assert!(faults.try_next().is_none());
    /// ```
    pub fn notify(&self, value: T) -> Verdict {
        // Ordering: Release passes on what was written before this event, also if it is
        // missed: it pairs with the Acquire of both changes of `try_next`. Acquire pairs with
        // the Release of the last change there: the value has been read.
        let add = |word: usize| match word & STATE {
            EMPTY => Some(word | WRITING),
            _ => Some(word.checked_add(ONE_MISSED).unwrap_or(word)),
        };
        let before = self.change(add);
        if before & STATE == EMPTY {
            self.witness.write();
            // SAFETY: only the call that has changed the state from `EMPTY` to `WRITING` gets
            // here, and until it changes it, nobody else accesses the cell.
            unsafe { (*self.value.get()).write(value) };
            // Ordering: Release pairs with the Acquire of `try_next`, which reads the value.
            self.word.fetch_add(FULL - WRITING, Ordering::Release);
        }
        self.waker.wake();
        Verdict::Handled
    }

    /// Creates an action that stores the argument of its event.
    ///
    /// # Examples
    ///
    /// See [`Arrivals`].
    #[must_use]
    #[track_caller]
    pub const fn action(&'static self) -> Action<T, &'static Self> {
        Action::new(
            |event: &mut Event<'_, T>, this| this.notify(*event.arg),
            self,
        )
    }

    /// Changes the word, and returns what it was.
    fn change(&self, to: impl Fn(usize) -> Option<usize>) -> usize {
        // Ordering: AcqRel as the callers say; Relaxed for the load, because the exchange
        // checks its value.
        let changed = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, to);
        match changed {
            Ok(word) | Err(word) => word,
        }
    }
}

/// The end of an [`Arrivals`] that takes the events.
///
/// # Examples
///
/// See [`Arrivals`].
#[must_use]
pub struct Listener<'a, T>(&'a Arrivals<T>);

impl<T: Copy + Send> Listener<'_, T> {
    /// Waits for an event.
    ///
    /// Cancel-safe: a future that is dropped before it is ready has taken nothing.
    ///
    /// # Examples
    ///
    /// See [`Arrivals`].
    pub async fn next(&mut self) -> Arrival<T> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// As [`next`](Self::next), for a future or a stream of one's own.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::Arrivals;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// static TICKS: Arrivals<u32> = Arrivals::new();
    /// let mut ticks = TICKS.listen().unwrap();
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(ticks.poll_next(&mut context).is_pending());
    /// TICKS.notify(7);
    /// assert!(matches!(ticks.poll_next(&mut context), Poll::Ready(tick) if tick.value == 7));
    /// ```
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Arrival<T>> {
        if let Some(arrival) = self.try_next() {
            return Poll::Ready(arrival);
        }
        self.0.waker.register(context.waker());
        // Again: an event that arrived before the waker was there has woken nobody.
        match self.try_next() {
            Some(arrival) => Poll::Ready(arrival),
            None => Poll::Pending,
        }
    }

    /// Takes an event that has arrived. Does not wait.
    ///
    /// # Examples
    ///
    /// See [`Arrivals::notify`].
    pub fn try_next(&mut self) -> Option<Arrival<T>> {
        // Ordering: Acquire pairs with the Release of `notify`, which wrote the value, and of
        // those that were missed.
        let take = |word| (word & STATE == FULL).then_some(READING);
        let before = self.0.change(take);
        if before & STATE != FULL {
            return None;
        }
        self.0.witness.read();
        // SAFETY: the value was written before the state was `FULL`. There is one listener,
        // borrowed mutably, and nobody else accesses the cell while the state is `READING`.
        let value = unsafe { (*self.0.value.get()).assume_init_read() };
        // Ordering: Release pairs with the Acquire of `notify`, which overwrites the value.
        // Acquire pairs with the Release of the events that were missed meanwhile.
        let during = self.0.word.swap(EMPTY, Ordering::AcqRel);
        let missed = (before / ONE_MISSED).saturating_add(during / ONE_MISSED);
        let missed = missed.min(usize::MAX / ONE_MISSED);
        Some(Arrival { value, missed })
    }
}

impl<T> Drop for Listener<'_, T> {
    fn drop(&mut self) {
        // Ordering: Release pairs with the Acquire of `listen`.
        self.0.listens.store(0, Ordering::Release);
    }
}

#[cfg(all(test, loom))]
impl<T> Listener<'_, T> {
    /// Leaves a waker, without looking again.
    pub(crate) fn leave(&self, waker: &core::task::Waker) {
        self.0.waker.register(waker);
    }
}

#[cfg(all(test, loom))]
impl<T> Arrivals<T> {
    /// Makes loom's atomics.
    pub(crate) fn touch(&self) {
        let _ = (&*self.word, &*self.listens);
        self.witness.touch();
        self.waker.touch();
    }
}

/// The same as [`Arrivals::new`].
///
/// # Examples
///
/// ```
/// let ticks = handler_table::Arrivals::<()>::default();
/// assert!(ticks.listen().unwrap().try_next().is_none());
/// ```
impl<T> Default for Arrivals<T> {
    fn default() -> Self {
        Arrivals::new()
    }
}

impl<T> Debug for Arrivals<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Arrivals").finish_non_exhaustive()
    }
}

impl<T> Debug for Listener<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Listener").finish_non_exhaustive()
    }
}
