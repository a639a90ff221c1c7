//! The record of one action, which is its first field: what a list knows of it, and how it
//! is called.

pub(crate) mod life;

use super::cpus::CpuSet;
use super::flight::READ;
use super::home::Head;
use super::id::ActionId;
use super::outcome::{Outcome, Verdict};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use core::mem;
use core::ptr::{self, NonNull};

/// A handler that shares its context, by what is the same for all types: an event and a
/// context.
///
/// The documentation of `fn` says that a function may be called by another type than its
/// own if the two are ABI-compatible: the same ABI string, as many arguments, each of them
/// compatible, and the result. References and raw pointers to types of the same metadata
/// are compatible, whatever they point at. An `Event` is `Sized`, also if its argument is
/// not, and so is a context. So this is what a `fn(&mut Event<'_, A>, &C) -> Verdict` is
/// called by, without a function of ours in between.
pub(crate) type Direct = unsafe fn(*mut (), *const ()) -> Verdict;

/// Runs a non-reentrant action, whose record this is, with an event of its type.
pub(crate) type Run = unsafe fn(Pointer, *mut ()) -> Outcome;

/// How an action is called.
#[derive(Clone, Copy)]
union Call {
    /// If it has not the option `NON_REENTRANT`.
    direct: Direct,
    /// If it has.
    run: Run,
}

/// The state of a record is one word: where it is in its life, what a dispatch must
/// know, how many waits know of its removal, and which registration it is.
///
/// While a wait is under way, the number of the **registration** only rises: each one
/// raises it, and one that would need a wider number is refused until the waits are over.
/// So a wait can tell the removal that it is for from a later one, although it runs code of
/// the user's, in which any number of registrations may pass. Without a wait the number
/// means nothing, and starts again at zero.
pub(crate) mod state {
    pub(crate) const LIFE: usize = 0b11;
    pub(crate) const FREE: usize = 0;
    pub(crate) const USED: usize = 1;
    pub(crate) const DRAINING: usize = 2;
    pub(crate) const RETIRED: usize = 3;

    /// This or the next: a dispatch does not call the handler at once.
    pub(crate) const DISABLED: usize = 1 << 2;
    /// It has options that a dispatch must look at.
    pub(crate) const RARE: usize = 1 << 3;
    pub(crate) const FLAGS: usize = DISABLED | RARE;

    /// One wait that knows of a removal.
    pub(crate) const WAIT: usize = 1 << 4;
    /// All of them, up to 63.
    pub(crate) const WAITS: usize = 63 << 4;
    /// One registration.
    pub(crate) const REGISTRATION: usize = 1 << 10;
    /// All of them: 2^22 on 32 bits, 2^54 on 64.
    pub(crate) const REGISTRATIONS: usize = !(REGISTRATION - 1);

    pub(crate) const fn life(word: usize) -> usize {
        word & LIFE
    }

    /// The number of the next registration. None if a wait is under way and there is no
    /// higher number.
    pub(crate) const fn next(word: usize) -> Option<usize> {
        if word & WAITS == 0 {
            return Some(0);
        }
        (word & REGISTRATIONS).checked_add(REGISTRATION)
    }
}

/// What an action is, whatever its state.
mod option {
    pub(super) const SHARED: u8 = 1;
    /// Registered, it is disabled at first.
    pub(super) const DISABLED: u8 = 1 << 1;
    /// For some CPUs only.
    pub(super) const LIMITED: u8 = 1 << 2;
    pub(super) const COUNTED: u8 = 1 << 3;
    pub(super) const NON_REENTRANT: u8 = 1 << 4;
    pub(super) const RARE: u8 = LIMITED | COUNTED | NON_REENTRANT;
}

/// Whether a non-reentrant action is running. Three values, and no number of events that
/// could come round.
mod run {
    pub(super) const IDLE: usize = 0;
    pub(super) const RUNNING: usize = 1;
    /// It is running, or will be, and an event has come since it began.
    pub(super) const PENDED: usize = 2;
}

/// What a list knows of an action.
#[repr(C)]
pub(crate) struct Record {
    /// The list's; see `list`.
    pub(crate) next: AtomicPtr<Record>,
    state: AtomicUsize,
    call: Call,
    /// What a direct call passes. Written by whoever has claimed the record.
    context: AtomicPtr<()>,
    /// Whether a non-reentrant action is running; see `run`.
    running: AtomicUsize,
    count: AtomicUsize,
    /// Where it is registered. Written by whoever has claimed the record.
    index: AtomicUsize,
    home: AtomicPtr<Head>,
    id: ActionId,
    priority: i32,
    options: u8,
    cpus: CpuSet,
}

impl Record {
    /// Of an action whose handler shares its context.
    pub(crate) const fn direct(direct: Direct, id: ActionId) -> Self {
        Record::new(Call { direct }, 0, id)
    }

    /// Of an action whose handler has its context for itself.
    pub(crate) const fn non_reentrant(run: Run, id: ActionId) -> Self {
        Record::new(Call { run }, option::NON_REENTRANT, id)
    }

    const fn new(call: Call, options: u8, id: ActionId) -> Self {
        Record {
            next: AtomicPtr::new(ptr::null_mut()),
            state: AtomicUsize::new(0),
            call,
            context: AtomicPtr::new(ptr::null_mut()),
            running: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            index: AtomicUsize::new(0),
            home: AtomicPtr::new(ptr::null_mut()),
            id,
            priority: 0,
            options,
            cpus: CpuSet::new(),
        }
    }

    /// Makes loom's atomics.
    #[cfg(all(test, loom))]
    pub(crate) fn touch(&self) {
        let numbers = [&self.state, &self.running, &self.count, &self.index];
        assert!(
            numbers
                .iter()
                .all(|number| number.load(Ordering::Relaxed) == 0)
        );
        assert!(self.next.load(Ordering::Relaxed).is_null());
        assert!(self.home.load(Ordering::Relaxed).is_null());
        assert!(self.context.load(Ordering::Relaxed).is_null());
    }

    pub(crate) const fn set_id(&mut self, id: ActionId) {
        self.id = id;
    }

    pub(crate) const fn set_priority(&mut self, priority: i32) {
        self.priority = priority;
    }

    pub(crate) const fn set_shared(&mut self) {
        self.options |= option::SHARED;
    }

    pub(crate) const fn set_disabled(&mut self) {
        self.options |= option::DISABLED;
    }

    pub(crate) const fn set_counted(&mut self) {
        self.options |= option::COUNTED;
    }

    pub(crate) const fn set_cpus(&mut self, cpus: CpuSet) {
        self.options |= option::LIMITED;
        self.cpus = cpus;
    }

    const fn has(&self, option: u8) -> bool {
        self.options & option != 0
    }

    pub(crate) const fn id(&self) -> ActionId {
        self.id
    }

    pub(crate) const fn priority(&self) -> i32 {
        self.priority
    }

    pub(crate) const fn is_shared(&self) -> bool {
        self.has(option::SHARED)
    }

    /// Whether it can be called on one of so many CPUs.
    pub(crate) const fn runs_below(&self, cpus: usize) -> bool {
        !self.has(option::LIMITED) || self.cpus.any_below(cpus)
    }

    pub(crate) const fn runs_on(&self, cpu: usize) -> bool {
        !self.has(option::LIMITED) || self.cpus.contains(cpu)
    }

    pub(crate) fn is_enabled(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        let word = self.state.load(Ordering::Relaxed);
        word & (state::LIFE | state::DISABLED) == state::USED
    }

    pub(crate) fn count(&self) -> usize {
        // Ordering: Relaxed, it is a number and no more.
        self.count.load(Ordering::Relaxed)
    }

    /// The index that it was last registered with.
    pub(crate) fn index(&self) -> usize {
        // Ordering: Relaxed. Who learns of the registration, by the list or from the
        // registrant, sees it. With any other value, the list does not have the record.
        self.index.load(Ordering::Relaxed)
    }

    /// Whether this is the table that it was last registered in.
    pub(crate) fn belongs_to(&self, head: &Head) -> bool {
        // Ordering: Relaxed, as `index`.
        ptr::eq(self.home.load(Ordering::Relaxed), head)
    }

    pub(crate) fn is_used(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        state::life(self.state.load(Ordering::Relaxed)) == state::USED
    }

    /// What a claim puts into the state.
    const fn flags(&self) -> usize {
        let disabled = if self.has(option::DISABLED) {
            state::DISABLED
        } else {
            0
        };
        let rare = if self.has(option::RARE) {
            state::RARE
        } else {
            0
        };
        disabled | rare
    }

    /// Runs a non-reentrant handler. If it is already running, the current runner
    /// repeats it; `run` is told when it is a repeat.
    pub(crate) fn run_non_reentrant(&self, mut run: impl FnMut(bool) -> Verdict) -> Outcome {
        /// Ends the run, also if it panics; events that came since are dropped.
        struct Running<'a>(&'a AtomicUsize);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                // Ordering: Release, as at the end of `run_non_reentrant`.
                self.0.store(run::IDLE, Ordering::Release);
            }
        }

        // Ordering: Acquire shows whoever begins to run what the last run did to the
        // context. Release shows whoever runs next what was done before the event.
        if self.running.swap(run::PENDED, Ordering::AcqRel) != run::IDLE {
            return Outcome::pended_once();
        }
        let running = Running(&self.running);
        let mut answer = Verdict::Unhandled.answer();
        let mut repeat = false;
        loop {
            // Ordering: Acquire pairs with the Release of every event up to here: each is a
            // read-modify-write, so the one that is read passes on those before it.
            self.running.swap(run::RUNNING, Ordering::Acquire);
            answer = answer.and(run(repeat).answer());
            repeat = true;
            // Ordering: Release hands the context to the next run. Relaxed, since the
            // `swap` looks again.
            let ended = self.running.compare_exchange(
                run::RUNNING,
                run::IDLE,
                Ordering::Release,
                Ordering::Relaxed,
            );
            if ended.is_ok() {
                break;
            }
        }
        mem::forget(running);
        Outcome::called_with(answer)
    }

    /// Enables or disables an action that is in a list, and tells whether it was the
    /// other way before. None if it is removed.
    pub(crate) fn set_enabled(&self, enabled: bool) -> Option<bool> {
        // Ordering: Relaxed, the exchange looks again.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            if state::life(word) != state::USED {
                return None;
            }
            if (word & state::DISABLED == 0) == enabled {
                return Some(false);
            }
            match self.state.compare_exchange(
                word,
                word ^ state::DISABLED,
                // Ordering: Release pairs with the Acquire of `call`.
                Ordering::Release,
                // Ordering: Relaxed, it is a number and no more.
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(true),
                Err(now) => word = now,
            }
        }
    }
}

/// An action of whatever type that lives for ever: a pointer to its record, with leave
/// to use all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Pointer(NonNull<Record>);

// SAFETY: what it points at is an action, which is `Sync`.
unsafe impl Send for Pointer {}
// SAFETY: as above.
unsafe impl Sync for Pointer {}

impl Pointer {
    /// # Safety
    ///
    /// The record is the first field of an action, `repr(C)`, that is borrowed for
    /// `'static`, and the pointer may be used for all of the action.
    pub(crate) const unsafe fn new(record: NonNull<Record>) -> Self {
        Pointer(record)
    }

    pub(crate) const fn as_ptr(self) -> *mut Record {
        self.0.as_ptr()
    }

    /// The action, to which the caller knows the type.
    pub(crate) const fn cast<T>(self) -> NonNull<T> {
        self.0.cast()
    }

    #[inline]
    pub(crate) fn record(self) -> &'static Record {
        // SAFETY: by the contract of `new`, it is borrowed for `'static`. Nothing but
        // the atomics of a record changes while it is shared.
        unsafe { self.0.as_ref() }
    }
}

impl Pointer {
    /// Calls the action, if it is enabled and for this CPU. Returns the outcome so far and
    /// what this adds to it.
    ///
    /// # Safety
    ///
    /// The event is of the type of this action, and nobody else uses it.
    #[inline]
    pub(crate) unsafe fn call(self, cpu: usize, event: *mut (), so_far: Outcome) -> Outcome {
        let record = self.record();
        // Ordering: as every load of a reader; see `flight`. Who disables the action and
        // then waits must not miss a dispatch that still reads it enabled. Acquire is part
        // of it, and pairs with the Release of `set_enabled`: the handler sees what was
        // set up before its action was enabled.
        let word = record.state.load(READ);
        if word & state::FLAGS == 0 {
            // SAFETY: it is not non-reentrant, which is rare; the rest is the caller's
            // promise.
            so_far.and(unsafe { record.call_direct(event) })
        } else if word & state::DISABLED == 0 {
            // SAFETY: the caller's promise.
            so_far.and(unsafe { self.call_rare(cpu, event) })
        } else {
            so_far
        }
    }

    /// # Safety
    ///
    /// As `call`.
    #[cold]
    unsafe fn call_rare(self, cpu: usize, event: *mut ()) -> Outcome {
        let record = self.record();
        if !record.runs_on(cpu) {
            return Outcome::default();
        }
        if record.has(option::COUNTED) {
            // Ordering: Relaxed, it is a number and no more.
            record.count.fetch_add(1, Ordering::Relaxed);
        }
        if record.has(option::NON_REENTRANT) {
            // SAFETY: an action of this option has this function; the rest is the
            // caller's promise.
            unsafe { (record.call.run)(self, event) }
        } else {
            // SAFETY: it is not non-reentrant; the rest is the caller's promise.
            unsafe { record.call_direct(event) }
        }
    }
}

impl Record {
    /// # Safety
    ///
    /// The action is not non-reentrant, and the event is of its type and used by nobody
    /// else.
    #[inline]
    unsafe fn call_direct(&self, event: *mut ()) -> Outcome {
        // SAFETY: an action without that option has this function.
        let direct = unsafe { self.call.direct };
        // Ordering: Relaxed, published with the record.
        let context = self.context.load(Ordering::Relaxed);
        // SAFETY: the types fit: the event is the caller's promise, and the context is what
        // `Lent::new` promised. The owner, who may have the context by `&mut`, has it only
        // while the record is claimed, which is after every call has ended.
        let verdict = unsafe { direct(event, context) };
        Outcome::called_with(verdict.answer())
    }
}
