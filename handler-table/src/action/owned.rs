//! Calls in flight counted without an atomic read-modify-write: each CPU has its counters
//! for itself, and a waiter brings the barrier.
//!
//! With the names of [`flight`](super::flight): `U` unlinks, `L` is a reader's load, `C`
//! counts the reader before `L`, and `W` is the waiter's look at that counter. Here the
//! reader has no fence and no read-modify-write. Instead the waiter, between `U` and `W`,
//! has every CPU execute a full barrier, at some point `B` of its program:
//!
//! * If `B` is before `L`, then `L` sees `U`, and does not lead to the record.
//! * If `B` is after `L`, then it is after `C`, and `W` sees `C`.
//!
//! So the reader pays nothing, and each wait interrupts all CPUs. The test in
//! `store_buffering` tries every place of `B`, and shows what is missed without.

use super::flight::{Drains, InFlight, Section, Tracking, sealed};
use core::marker::PhantomData;

/// A barrier on all CPUs: `membarrier(2)`, or an interrupt to each CPU.
///
/// # Safety
///
/// After `on_all_cpus` has returned, every CPU, or every thread of the program, has
/// executed a full memory barrier since it was called. What a CPU did before its barrier is
/// visible to the caller. What the caller did before is visible to the CPU after its
/// barrier.
///
/// # Examples
///
/// See [`Owned`].
pub unsafe trait Barrier: 'static {
    /// Returns when every CPU has executed a full memory barrier since it was called.
    ///
    /// The methods that wait call it, and so do those that look whether an action is free:
    /// `try_unregister`, and `register` and `with_context` of an action that was
    /// unregistered. It may wait, but not for a handler.
    fn on_all_cpus();
}

/// The number of a CPU, and the proof that it is the caller's own.
///
/// # Examples
///
/// See [`Owned`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedCpu {
    number: usize,
    // Neither `Send` nor `Sync`: it is of this CPU, or of this thread.
    of_this_cpu: PhantomData<*const ()>,
}

impl OwnedCpu {
    /// The CPU, or the thread, that runs this.
    ///
    /// # Safety
    ///
    /// While a dispatch with this token is under way, all other dispatches with tokens of
    /// the same number are nested in it: by a handler, or by an interrupt or a signal that
    /// ends before the dispatch goes on. So a kernel gives each CPU its own number and does
    /// not migrate a dispatch; a program gives each thread its own. If a number goes to
    /// another CPU or thread, all dispatches with it before happen before those after.
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

    /// The number.
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

/// Counts the calls in flight of a table as [`Counted`](crate::Counted) does, but without
/// an atomic read-modify-write: each CPU has its counters for itself.
///
/// A dispatch costs two plain increments of a cache line of its own. In return, a caller
/// that waits has all CPUs execute a barrier. Take it where events are frequent and
/// removals are rare.
///
/// # Examples
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use handler_table::{Action, ActionTable, Barrier, Here, Owned, OwnedCpu, Verdict};
///
/// /// `membarrier(2)`, for which `main` registers the program.
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
///         // SAFETY: it changes no memory.
///         let done = unsafe { syscall(SYS_MEMBARRIER, PRIVATE_EXPEDITED, 0, 0) };
///         assert_eq!(done, 0, "the program is not registered");
///     }
/// }
///
/// static MESSAGES: ActionTable<16, u32, Owned<8, Membarrier>> = ActionTable::new();
/// static LOG: Action<u32> = Action::new(|_, ()| Verdict::Handled, ());
///
/// // SAFETY: it changes no memory.
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

    #[inline]
    fn enter(&self, cpu: OwnedCpu) -> Option<Section<'_>> {
        self.in_flight.enter_owned(cpu.number)
    }

    fn enter_to_write(&self) -> Section<'_> {
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

    fn wait(&self, relax: impl FnMut()) {
        B::on_all_cpus();
        self.in_flight.wait(relax);
    }
}
