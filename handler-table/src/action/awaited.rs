//! [`Awaited`]: counts calls in flight, and wakes the task that awaits the last of them.
//!
//! A counter has one bit that is a **mark**: a task awaits that the counter is zero. The task
//! first stores its waker, then marks the counter that it waits for, with a
//! read-modify-write which tells it whether the counter is zero already. The end of a section
//! is a read-modify-write too. One of the two is first:
//!
//! * If the end is first, the task sees it, and does not wait.
//! * If the mark is first, the end of the last section finds it, and the waker.
//!
//! A dispatch with nobody waiting does what it does in a `Counted` table, and compares what
//! the decrement returns.

use super::flight::section::{Guard, Woken};
use super::flight::{Drains, InFlight, Progress, Tracking, sealed};
use super::removal::{Drain, Removal};
use super::waiter::Waiter;
use core::fmt::{self, Debug};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// Counts the calls in flight of a table like [`Counted`](crate::Counted), and wakes a task
/// when a removed action is free. Needs the feature `async`.
///
/// Any executor will do. The last call in flight calls its waker, in the dispatch, so the
/// executor must allow that there: a waker that takes a lock may not be called in an interrupt
/// or signal handler. A dispatch with nobody waiting costs a comparison more than with
/// `Counted`.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionTable, Awaited, Verdict};
///
/// static MESSAGES: ActionTable<16, u32, Awaited<4>> = ActionTable::new();
/// static LOG: Action<u32> = Action::new(|_, ()| Verdict::Handled, ());
///
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(output) => output,
/// #         std::task::Poll::Pending => panic!("a call is in flight"),
/// #     }
/// # }
/// MESSAGES.register(3, &LOG)?;
/// MESSAGES.dispatch(0, 3, &mut 7).unwrap();
/// let mut removal = MESSAGES.unregister(&LOG)?;
/// block_on(async {
///     removal.drained().await;
///     LOG.with_context(|()| ()).unwrap(); // free
/// });
/// # Ok::<(), handler_table::ActionError>(())
/// ```
pub struct Awaited<const CPUS: usize> {
    in_flight: InFlight<CPUS>,
    waiter: Waiter,
}

impl<const CPUS: usize> Tracking for Awaited<CPUS> {}

impl<const CPUS: usize> sealed::Tracking for Awaited<CPUS> {
    type Cpu = usize;
    const IDLE: Self = Awaited {
        in_flight: InFlight::IDLE,
        waiter: Waiter::new(),
    };
    const RECLAIMS: bool = true;
    const CPUS: usize = CPUS;

    type Reader<'a> = Woken<'a>;
    type Writer<'a> = Woken<'a>;

    #[inline]
    fn enter(&self, cpu: usize) -> Option<Guard<Woken<'_>>> {
        self.in_flight.enter_awaited(cpu, &self.waiter)
    }

    fn enter_to_write(&self) -> Guard<Woken<'_>> {
        self.in_flight.enter_to_write_awaited(&self.waiter)
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_idle()
    }
}

impl<const CPUS: usize> Drains for Awaited<CPUS> {}

impl<const CPUS: usize> sealed::Drains for Awaited<CPUS> {
    fn is_dispatching_on(&self, cpu: usize) -> Option<bool> {
        self.in_flight.is_dispatching_on(cpu)
    }

    fn begin(&self) -> Progress {
        self.in_flight.begin()
    }

    fn advance(&self, progress: &mut Progress) -> bool {
        self.in_flight.advance(progress)
    }
}

impl<'a, const CPUS: usize> Removal<'a, Awaited<CPUS>> {
    /// Waits until no call of the action is in flight. Then the action is free. Needs the
    /// feature `async`.
    ///
    /// The wait is that of [`try_drain`](Self::try_drain). The last call that it is for wakes
    /// the task. If another task already awaits a removal from the same table, this one is
    /// polled again and again until it is free or the other task has finished: there is room
    /// for one waker.
    ///
    /// Cancel-safe: if the future is dropped, the removal continues, and can be awaited again.
    ///
    /// Acquire: when it is ready, the effects of the calls are visible.
    ///
    /// # Not guaranteed
    ///
    /// A task that is polled in a handler of the table, and waits for that call, is not woken
    /// before the handler returns.
    ///
    /// # Examples
    ///
    /// See [`Awaited`].
    pub fn drained(&mut self) -> Drained<'_, 'a, CPUS> {
        Drained {
            removal: self,
            is_waiter: false,
        }
    }
}

/// The future of [`Removal::drained`].
///
/// # Examples
///
/// See [`Awaited`].
#[must_use = "futures do nothing unless polled"]
pub struct Drained<'r, 'a, const CPUS: usize> {
    removal: &'r mut Removal<'a, Awaited<CPUS>>,
    is_waiter: bool,
}

impl<const CPUS: usize> Drained<'_, '_, CPUS> {
    fn poll_with(&mut self, waker: &Waker) -> Poll<()> {
        let draining = self.removal.draining();
        if draining.try_drain() {
            return Poll::Ready(());
        }
        let Awaited { waiter, .. } = draining.tracking();
        self.is_waiter = self.is_waiter || waiter.claim();
        let drain = if self.is_waiter {
            // Before the mark: see the head of this file.
            waiter.register(waker);
            draining.drain_by(|tracking, progress| tracking.in_flight.advance_or_mark(progress))
        } else {
            Drain::NoRoom
        };
        match drain {
            Drain::Over => Poll::Ready(()),
            Drain::InFlight => Poll::Pending,
            Drain::NoRoom => {
                // Nobody will wake this task.
                waker.wake_by_ref();
                Poll::Pending
            }
        }
    }
}

#[cfg(all(test, loom))]
impl<const CPUS: usize> Drained<'_, '_, CPUS> {
    /// Polls with the two steps in the wrong order.
    pub(crate) fn mark_and_register(&mut self, waker: &Waker) -> Poll<()> {
        let draining = self.removal.draining();
        let Awaited { waiter, .. } = draining.tracking();
        self.is_waiter = waiter.claim();
        let drain =
            draining.drain_by(|tracking, progress| tracking.in_flight.advance_or_mark(progress));
        waiter.register(waker);
        match drain {
            Drain::Over => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

#[cfg(all(test, loom))]
impl<const CPUS: usize> Awaited<CPUS> {
    /// Creates loom's atomics.
    pub(crate) fn touch(&self) {
        self.waiter.touch();
        // Those of both phases.
        for _ in 0..2 {
            sealed::Drains::wait(self, || unreachable!());
        }
        self.in_flight.unmark();
    }
}

impl<const CPUS: usize> Future for Drained<'_, '_, CPUS> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.poll_with(context.waker())
    }
}

impl<const CPUS: usize> Drop for Drained<'_, '_, CPUS> {
    fn drop(&mut self) {
        if self.is_waiter {
            let Awaited { in_flight, waiter } = self.removal.draining().tracking();
            in_flight.unmark();
            waiter.release();
        }
    }
}

impl<const CPUS: usize> Debug for Drained<'_, '_, CPUS> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Drained").finish_non_exhaustive()
    }
}
