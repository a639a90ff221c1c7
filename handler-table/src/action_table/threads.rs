//! Dispatch under a number of the calling thread.

extern crate std;

use super::ActionTable;
use crate::action::error::DispatchError;
use crate::action::flight::Tracking;
use crate::action::numbers::Numbers;
use crate::action::outcome::Outcome;
use crate::events::Events;
use core::cell::Cell;
use std::thread_local;

const WORDS: usize = THREADS / usize::BITS as usize;

/// How many threads can have a number at a time.
const THREADS: usize = 1024;

static NUMBERS: Numbers<WORDS> = Numbers::new();

/// The number of a thread, once it has one. Gives it back at the end of the thread.
struct Own(Cell<Option<usize>>);

impl Own {
    #[inline]
    fn number(&self) -> Option<usize> {
        self.0.get().or_else(|| self.take())
    }

    #[cold]
    fn take(&self) -> Option<usize> {
        self.0.set(NUMBERS.take());
        self.0.get()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(number) = self.0.take() {
            NUMBERS.give_back(number);
        }
    }
}

thread_local! {
    static OWN: Own = const { Own(Cell::new(None)) };
}

/// Returns the number of the calling thread, under which
/// [`ActionTable::dispatch_here`] dispatches. Needs the feature `std`.
///
/// The first call of a thread takes the lowest number that is free. The thread keeps the
/// number until it ends, also if it dispatches no more. The numbers are those of the
/// process, for all tables: at no time do two threads have the same one.
///
/// Returns `None` if 1024 other threads have a number, or if the thread is ending and has
/// already given back its number: in the destructor of another thread-local value.
///
/// Acquire and release: what a thread did before it gave back the number is visible to the
/// next thread that has it.
///
/// Use it where a number is asked for: in [`Here::Cpu`](crate::Here::Cpu), in
/// [`Observed::dispatch`](crate::Observed::dispatch), or for an
/// [`OwnedCpu`](crate::OwnedCpu). An [`Owned`](crate::Owned) table has no `dispatch_here`:
/// the promise of [`OwnedCpu::new`](crate::OwnedCpu::new) is about all dispatches under a
/// number, and a safe method could break that of other code. A program that creates tokens
/// only from this number, and uses each before its thread runs destructors of thread-local
/// values, keeps the promise.
///
/// # Context
///
/// As for [`dispatch_here`](ActionTable::dispatch_here).
///
/// # Examples
///
/// ```
/// use handler_table::thread_number;
///
/// let mine = thread_number().unwrap();
/// assert_eq!(thread_number(), Some(mine));
/// let other = std::thread::spawn(thread_number).join().unwrap().unwrap();
/// assert_ne!(other, mine);
/// // The other thread has ended. The next one gets its number.
/// assert_eq!(std::thread::spawn(thread_number).join().unwrap(), Some(other));
/// ```
#[inline]
#[must_use]
pub fn thread_number() -> Option<usize> {
    OWN.try_with(Own::number).ok().flatten()
}

impl<const N: usize, A: ?Sized, D: Tracking<Cpu = usize>, E: Events> ActionTable<N, A, D, E> {
    /// As [`dispatch`](Self::dispatch), under the number of the calling thread:
    /// [`thread_number`]. Needs the feature `std`.
    ///
    /// Threads may come and go: a number is free again when its thread has ended. But a
    /// thread that has dispatched once, in any table, keeps its number until then. So a table
    /// with [`Counted<8>`](crate::Counted) is for a process in which at most eight threads
    /// dispatch by this method, in this table or in others. A larger number costs memory, 128
    /// bytes for each, and time in a wait, but none in a dispatch.
    ///
    /// **Do not mix** this with `dispatch` under numbers of your own, in one table. A number
    /// of your own may be that of another thread. The table still works correctly, but the
    /// two threads write one cache line, a wait with [`Here::Cpu`](crate::Here::Cpu) may
    /// return [`InHandler`](crate::ActionError::InHandler) without need, and an action that
    /// is limited [`on_cpus`](crate::Action::on_cpus) is called on threads that you did not
    /// mean. `dispatch` under `thread_number` is the same as this.
    ///
    /// # Errors
    ///
    /// * [`OutOfRange`](DispatchError::OutOfRange) if `index` is not in `0..N`.
    /// * [`TooManyCpus`](DispatchError::TooManyCpus) if the table is `Counted<CPUS>` and the
    ///   number of the thread is not in `0..CPUS`, because too many threads have one.
    /// * [`NoThreadNumber`](DispatchError::NoThreadNumber) if the thread has no number; see
    ///   [`thread_number`].
    ///
    /// # Context
    ///
    /// The first call of a thread registers a destructor, which may allocate. Do not let that
    /// be in a signal handler, nor in the allocator: call [`thread_number`] in the thread
    /// before. Later calls are as `dispatch`, and may be nested in handlers, or in a signal
    /// handler. They have the same number.
    ///
    /// # Cost
    ///
    /// That of `dispatch`, and a load and a test of a thread-local value. The first call of a
    /// thread also takes a number: an atomic operation, and a load for each 64 numbers that
    /// are taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionError, ActionTable, Counted, Here, Verdict};
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use std::thread;
    ///
    /// // At most eight threads dispatch at a time.
    /// static MESSAGES: ActionTable<16, str, Counted<8>> = ActionTable::new();
    /// static BYTES: Action<str, AtomicUsize> = Action::new(
    ///     |event, bytes| {
    ///         bytes.fetch_add(event.arg.len(), Ordering::Relaxed);
    ///         Verdict::Handled
    ///     },
    ///     AtomicUsize::new(0),
    /// );
    ///
    /// fn serve() {
    ///     let mut message = String::from("hello");
    ///     assert!(MESSAGES.dispatch_here(3, &mut message).unwrap().handled());
    /// }
    ///
    /// MESSAGES.register(3, &BYTES)?;
    /// for _ in 0..10 {
    ///     let threads = [thread::spawn(serve), thread::spawn(serve)];
    ///     threads.map(|thread| thread.join().unwrap());
    /// }
    /// MESSAGES.unregister_and_drain(&BYTES, Here::Unknown, thread::yield_now)?;
    /// assert_eq!(BYTES.with_context(|bytes| *bytes.get_mut())?, 100);
    /// # Ok::<(), ActionError>(())
    /// ```
    #[inline]
    pub fn dispatch_here(&self, event: E::Event, arg: &mut A) -> Result<Outcome, DispatchError> {
        match thread_number() {
            Some(number) => self.dispatch(number, event, arg),
            None => Err(DispatchError::NoThreadNumber { threads: THREADS }),
        }
    }
}
