//! [`Owned`]: counts calls in flight without an atomic read-modify-write. Only one CPU
//! writes each counter, and a waiter executes a barrier on all CPUs.
//!
//! The names are those of [`flight`](super::flight): `U` unlinks the record, `C` increments
//! the reader's counter, `L` is the reader's load after that, and `W` is the waiter's load of
//! the counter. Here the reader has no fence and no read-modify-write. Instead, between `U`
//! and `W`, the waiter makes every CPU execute a full barrier, at some point `B` of its
//! program:
//!
//! * If `B` is before `L`, then `L` sees `U`, and does not lead to the record.
//! * If `B` is after `L`, then it is after `C`, and `W` sees `C`.
//!
//! So the reader pays nothing, but each wait interrupts all CPUs. The test in
//! `store_buffering` tries every place of `B`, and shows that a wait without it may miss a
//! reader.

use super::flight::section::{Guard, OfThisCpu, Shared};
use super::flight::{Drains, InFlight, Progress, Tracking, sealed};
use core::marker::PhantomData;

/// A barrier on all CPUs: `membarrier(2)`, or an interrupt to each CPU.
///
/// # Safety
///
/// Between the call and the return of `on_all_cpus`, every CPU, or every thread of the
/// program, must execute a full memory barrier. Everything that a CPU did before its barrier
/// must be visible to the caller after the return. Everything that the caller did before the
/// call must be visible to the CPU after its barrier.
///
/// # Examples
///
/// See [`Owned`].
pub unsafe trait Barrier: 'static {
    /// Returns after every CPU has executed a full memory barrier since the call.
    ///
    /// The methods that wait call this. So do the methods that check whether an action is
    /// free: the first `try_drain` of a removal, and `register` and `with_context` of an
    /// action that was unregistered. This may wait, but not for a handler.
    fn on_all_cpus();
}

/// The number of a CPU, and a proof that the caller runs on it.
///
/// # Examples
///
/// See [`Owned`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedCpu {
    number: usize,
    // Neither `Send` nor `Sync`: the token belongs to this CPU or thread.
    of_this_cpu: PhantomData<*const ()>,
}

impl OwnedCpu {
    /// Creates the token of the current CPU or thread.
    ///
    /// # Safety
    ///
    /// While a dispatch with this token is in progress, all other dispatches with tokens of
    /// the same number must be nested in it: in a handler, or in an interrupt or a signal
    /// that ends before the dispatch continues. So a kernel gives each CPU its own number,
    /// and does not migrate a dispatch. A program gives each thread its own number; with the
    /// feature `std`, `thread_number` is one. If a
    /// number moves to another CPU or thread, all dispatches before the move must happen
    /// before those after it.
    ///
    /// # Examples
    ///
    /// See [`Owned`].
    #[must_use]
    pub const unsafe fn new(number: usize) -> Self {
        OwnedCpu {
            number,
            of_this_cpu: PhantomData,
        }
    }

    /// Returns the number.
    ///
    /// # Examples
    ///
    /// See [`Owned`].
    #[inline]
    #[must_use]
    pub const fn number(self) -> usize {
        self.number
    }
}

impl sealed::Cpu for OwnedCpu {
    #[inline]
    fn number(self) -> usize {
        self.number
    }
}

/// Counts the calls in flight of a table like [`Counted`](crate::Counted), but without
/// atomic read-modify-writes: only one CPU writes each counter.
///
/// A dispatch costs two plain writes of a cache line that no other CPU writes. But a wait
/// executes a barrier on all CPUs. Use it if events are frequent and removals are rare.
///
/// # Examples
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use handler_table::{Action, ActionTable, Barrier, Here, Owned, OwnedCpu, Verdict};
///
/// /// `membarrier(2)`. The program registers for it below.
/// struct Membarrier;
///
/// const SYS_MEMBARRIER: i64 = if cfg!(target_arch = "x86_64") { 324 } else { 283 };
/// const PRIVATE_EXPEDITED: i32 = 8;
/// const REGISTER: i32 = 16;
///
/// unsafe extern "C" {
///     fn syscall(number: i64, ...) -> i64;
/// }
///
/// // SAFETY: the kernel makes every thread of the program execute a full barrier.
/// unsafe impl Barrier for Membarrier {
///     fn on_all_cpus() {
///         // SAFETY: the system call changes no memory.
///         let done = unsafe { syscall(SYS_MEMBARRIER, PRIVATE_EXPEDITED, 0, 0) };
///         assert_eq!(done, 0, "the program is not registered");
///     }
/// }
///
/// static MESSAGES: ActionTable<16, u32, Owned<8, Membarrier>> = ActionTable::new();
/// static LOG: Action<u32> = Action::new(|_, ()| Verdict::Handled, ());
///
/// // SAFETY: the system call changes no memory.
/// if unsafe { syscall(SYS_MEMBARRIER, REGISTER, 0, 0) } != 0 {
///     return; // A kernel before Linux 4.14.
/// }
/// MESSAGES.register(3, &LOG).unwrap();
/// // SAFETY: no other thread has this number.
/// let here = unsafe { OwnedCpu::new(0) };
/// assert!(MESSAGES.dispatch(here, 3, &mut 7).unwrap().handled());
/// MESSAGES
///     .unregister_and_drain(&LOG, Here::Cpu(here.number()), std::thread::yield_now)
///     .unwrap();
/// # }
/// ```
pub struct Owned<const CPUS: usize, B> {
    in_flight: InFlight<CPUS>,
    barrier: PhantomData<fn() -> B>,
}

impl<const CPUS: usize, B: Barrier> Tracking for Owned<CPUS, B> {}

impl<const CPUS: usize, B: Barrier> sealed::Tracking for Owned<CPUS, B> {
    type Cpu = OwnedCpu;
    const IDLE: Self = Owned {
        in_flight: InFlight::IDLE,
        barrier: PhantomData,
    };
    const RECLAIMS: bool = true;
    const CPUS: usize = CPUS;

    type Reader<'a> = OfThisCpu<'a>;
    type Writer<'a> = Shared<'a>;

    #[inline]
    fn enter(&self, cpu: OwnedCpu) -> Option<Guard<OfThisCpu<'_>>> {
        self.in_flight.enter_owned(cpu.number)
    }

    fn enter_to_write(&self) -> Guard<Shared<'_>> {
        self.in_flight.enter_to_write()
    }

    fn is_idle(&self) -> bool {
        B::on_all_cpus();
        self.in_flight.is_idle()
    }
}

impl<const CPUS: usize, B: Barrier> Drains for Owned<CPUS, B> {}

impl<const CPUS: usize, B: Barrier> sealed::Drains for Owned<CPUS, B> {
    fn is_dispatching_on(&self, cpu: usize) -> Option<bool> {
        self.in_flight.is_dispatching_on(cpu)
    }

    fn begin(&self) -> Progress {
        B::on_all_cpus();
        self.in_flight.begin()
    }

    fn advance(&self, progress: &mut Progress) -> bool {
        self.in_flight.advance(progress)
    }
}
