//! [`Record`]: the untyped part of an action, which a list links and calls.

pub(crate) mod life;

use super::cpus::CpuSet;
use super::flight::READ;
use super::home::Head;
use super::id::{ActionId, Label};
use super::outcome::{Outcome, Verdict};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use core::mem;
use core::ptr::{self, NonNull};

/// A reentrant handler without its types: it takes an event and a context.
///
/// A `fn(&mut Event<'_, A>, &C) -> Verdict` is called directly through this type, without a
/// wrapper. The documentation of `fn` allows a call through a different type if the two
/// types are ABI-compatible: they have the same ABI string and the same number of arguments,
/// and all arguments and the result are compatible. References and raw pointers are
/// compatible if their targets have the same pointer metadata. An `Event` is always `Sized`,
/// even if its argument is not, and so is a context.
pub(crate) type Direct = unsafe fn(*mut (), *const ()) -> Verdict;

/// Runs the non-reentrant action of a record, with an event of its type.
pub(crate) type Run = unsafe fn(Pointer, *mut ()) -> Outcome;

/// How to call an action.
#[derive(Clone, Copy)]
union Call {
    /// For an action without the option `NON_REENTRANT`.
    direct: Direct,
    /// For an action with that option.
    run: Run,
}

/// The state of a record. It is one word: the stage of its life, flags for a dispatch, the
/// number of waits for its removal, and the number of its registration.
///
/// Each registration increments the **registration** number, so a handle or a wait can tell
/// its own registration from a later one. While a wait is in progress, the number only grows:
/// a registration that would overflow it fails until the waits have ended. A wait runs user
/// code, during which any number of registrations may happen. Without a wait, the number
/// starts again at zero.
pub(crate) mod state {
    pub(crate) const LIFE: usize = 0b11;
    pub(crate) const FREE: usize = 0;
    pub(crate) const USED: usize = 1;
    pub(crate) const DRAINING: usize = 2;
    pub(crate) const RETIRED: usize = 3;

    /// The action is disabled.
    pub(crate) const DISABLED: usize = 1 << 2;
    /// The action has options that a dispatch must check.
    pub(crate) const RARE: usize = 1 << 3;
    /// If any of these is set, a dispatch does not call the handler directly.
    pub(crate) const FLAGS: usize = DISABLED | RARE;

    /// One wait for a removal.
    pub(crate) const WAIT: usize = 1 << 4;
    /// The field of the waits, up to 63.
    pub(crate) const WAITS: usize = 63 << 4;
    /// One registration.
    pub(crate) const REGISTRATION: usize = 1 << 10;
    /// The field of the registration number: 22 bits of 32, or 54 bits of 64.
    pub(crate) const REGISTRATIONS: usize = !(REGISTRATION - 1);

    pub(crate) const fn life(word: usize) -> usize {
        word & LIFE
    }

    /// The next registration number. `None` if a wait is in progress and the number would
    /// overflow.
    pub(crate) const fn next(word: usize) -> Option<usize> {
        match (word & REGISTRATIONS).checked_add(REGISTRATION) {
            None if word & WAITS == 0 => Some(0),
            next => next,
        }
    }
}

/// The options of an action, which do not change with its state.
mod option {
    pub(super) const SHARED: u8 = 1;
    /// Disabled after each registration.
    pub(super) const DISABLED: u8 = 1 << 1;
    /// Limited to some CPUs.
    pub(super) const LIMITED: u8 = 1 << 2;
    pub(super) const COUNTED: u8 = 1 << 3;
    pub(super) const NON_REENTRANT: u8 = 1 << 4;
    /// Its memory is freed after its only registration.
    pub(super) const BOXED: u8 = 1 << 5;
    pub(super) const RARE: u8 = LIMITED | COUNTED | NON_REENTRANT;
}

/// Whether a non-reentrant action is running. There are only three values, and no count of
/// events, so nothing can overflow.
mod run {
    pub(super) const IDLE: usize = 0;
    pub(super) const RUNNING: usize = 1;
    /// It is running or about to run, and an event has arrived that no run has started for.
    pub(super) const PENDED: usize = 2;
}

/// The untyped part of an action: its first field.
#[repr(C)]
pub(crate) struct Record {
    /// The link to the next record; see `list`.
    pub(crate) next: AtomicPtr<Record>,
    state: AtomicUsize,
    call: Call,
    /// The context that a direct call passes. Only the holder of a claim writes it.
    context: AtomicPtr<()>,
    /// Whether a non-reentrant action is running; see `run`.
    running: AtomicUsize,
    count: AtomicUsize,
    /// The index and the table of the registration. Only the holder of a claim writes them.
    index: AtomicUsize,
    home: AtomicPtr<Head>,
    label: Label,
    priority: i32,
    options: u8,
    cpus: CpuSet,
}

impl Record {
    /// Creates the record of a reentrant action.
    pub(crate) const fn direct(direct: Direct, label: Label) -> Self {
        Record::new(Call { direct }, 0, label)
    }

    /// Creates the record of a non-reentrant action.
    pub(crate) const fn non_reentrant(run: Run, label: Label) -> Self {
        Record::new(Call { run }, option::NON_REENTRANT, label)
    }

    const fn new(call: Call, options: u8, label: Label) -> Self {
        Record {
            next: AtomicPtr::new(ptr::null_mut()),
            state: AtomicUsize::new(0),
            call,
            context: AtomicPtr::new(ptr::null_mut()),
            running: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            index: AtomicUsize::new(0),
            home: AtomicPtr::new(ptr::null_mut()),
            label,
            priority: 0,
            options,
            cpus: CpuSet::new(),
        }
    }

    /// Creates loom's atomics.
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

    pub(crate) const fn set_name(&mut self, name: &'static str) {
        self.label = self.label.named(name);
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

    #[cfg(feature = "alloc")]
    pub(crate) fn set_copied_name(&mut self, name: &str) {
        self.label = self.label.copied(name);
    }

    /// Marks the record of a boxed action that was just made, and sets the number of its
    /// registration: a later record at the same address has another one.
    #[cfg(feature = "alloc")]
    pub(crate) fn make_boxed(&mut self, number: usize) {
        self.options |= option::BOXED;
        let word = number << state::REGISTRATION.trailing_zeros();
        // Ordering: Relaxed, published with the record.
        self.state.store(word, Ordering::Relaxed);
    }

    const fn has(&self, option: u8) -> bool {
        self.options & option != 0
    }

    pub(crate) fn id(&self) -> ActionId {
        self.label.at(ptr::from_ref(self).addr())
    }

    /// The number of the last registration.
    pub(crate) fn registration(&self) -> usize {
        // Ordering: Relaxed. A reader that found the record in a list sees the number of that
        // registration, which was published with the record and does not change meanwhile.
        self.state.load(Ordering::Relaxed) & state::REGISTRATIONS
    }

    pub(crate) const fn priority(&self) -> i32 {
        self.priority
    }

    pub(crate) const fn is_shared(&self) -> bool {
        self.has(option::SHARED)
    }

    /// Returns whether the action is for any of the CPUs `0..cpus`.
    pub(crate) const fn runs_below(&self, cpus: usize) -> bool {
        !self.has(option::LIMITED) || self.cpus.any_below(cpus)
    }

    pub(crate) const fn runs_on(&self, cpu: usize) -> bool {
        !self.has(option::LIMITED) || self.cpus.contains(cpu)
    }

    /// Returns whether an event that one CPU of its set pends could run on another one.
    pub(crate) const fn moves_between_cpus(&self) -> bool {
        self.has(option::LIMITED) && self.has(option::NON_REENTRANT) && self.cpus.has_several()
    }

    pub(crate) fn is_enabled(&self) -> bool {
        // Ordering: Relaxed, no other read depends on it.
        let word = self.state.load(Ordering::Relaxed);
        word & (state::LIFE | state::DISABLED) == state::USED
    }

    pub(crate) fn count(&self) -> Option<usize> {
        // Ordering: Relaxed, it is only a number.
        self.has(option::COUNTED)
            .then(|| self.count.load(Ordering::Relaxed))
    }

    /// The index of the last registration.
    pub(crate) fn index(&self) -> usize {
        // Ordering: Relaxed. A thread that knows of the registration, from the list or from
        // the registrant, sees its index. With any other value, the search in that list does
        // not find the record.
        self.index.load(Ordering::Relaxed)
    }

    /// Returns whether this is the table of the last registration.
    pub(crate) fn belongs_to(&self, head: &Head) -> bool {
        // Ordering: Relaxed, as `index`.
        ptr::eq(self.home.load(Ordering::Relaxed), head)
    }

    pub(crate) fn is_used(&self) -> bool {
        // Ordering: Relaxed, no other read depends on it.
        state::life(self.state.load(Ordering::Relaxed)) == state::USED
    }

    /// The flags that a claim stores in the state.
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
        /// Ends the run if it panics. Events that were pended during the run are lost.
        struct Running<'a>(&'a AtomicUsize);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                // Ordering: Release, as at the end of `run_non_reentrant`.
                self.0.store(run::IDLE, Ordering::Release);
            }
        }

        // Ordering: Release pairs with the Acquire below, of the current runner: the repeat
        // sees what was written before this event.
        if self.running.swap(run::PENDED, Ordering::Release) != run::IDLE {
            return Outcome::pended_once();
        }
        let running = Running(&self.running);
        let mut answer = Verdict::Unhandled.answer();
        let mut repeat = false;
        loop {
            // Ordering: Acquire pairs with the Release of every earlier event, and with the
            // Release at the end of the last run, whose writes to the context this run sees.
            // Each event is a read-modify-write, so the value read here continues the release
            // sequences of all of them.
            self.running.swap(run::RUNNING, Ordering::Acquire);
            answer = answer.and(run(repeat).answer());
            repeat = true;
            // Ordering: Release pairs with the Acquire of the next run, which gets the
            // context. Relaxed on failure, because the `swap` above follows.
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

    /// Enables or disables an action that is in a list. Returns whether that changed its
    /// state, or `None` if the action was removed.
    pub(crate) fn set_enabled(&self, enabled: bool) -> Option<bool> {
        // Ordering: Relaxed, the exchange checks the value.
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
                // Ordering: Relaxed, it is only a number.
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(true),
                Err(now) => word = now,
            }
        }
    }
}

/// A `'static` action of any type: a pointer to its record that is valid for the whole
/// action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Pointer(NonNull<Record>);

// SAFETY: it points to an action, which is `Sync`.
unsafe impl Send for Pointer {}
// SAFETY: as above.
unsafe impl Sync for Pointer {}

impl Pointer {
    /// # Safety
    ///
    /// The record must be the first field of an action that is `repr(C)` and borrowed for
    /// `'static`, and the pointer must be valid for the whole action.
    pub(crate) const unsafe fn new(record: NonNull<Record>) -> Self {
        Pointer(record)
    }

    pub(crate) const fn as_ptr(self) -> *mut Record {
        self.0.as_ptr()
    }

    /// The pointer as one to the action, of the type that the caller gives.
    pub(crate) const fn cast<T>(self) -> NonNull<T> {
        self.0.cast()
    }

    pub(crate) fn addr(self) -> usize {
        self.0.addr().get()
    }

    #[inline]
    pub(crate) fn record(self) -> &'static Record {
        // SAFETY: by the contract of `new`, the record is borrowed for `'static`. Only its
        // atomics change while it is shared.
        unsafe { self.0.as_ref() }
    }
}

impl Pointer {
    /// Calls the action if it is enabled and for this CPU, and adds the result to the
    /// outcome so far.
    ///
    /// # Safety
    ///
    /// The event must have the type that the action expects, and no other code may use it
    /// meanwhile.
    #[inline]
    pub(crate) unsafe fn call(self, cpu: usize, event: *mut (), so_far: Outcome) -> Outcome {
        let record = self.record();
        // Ordering: as every load of a reader; see `flight`. A caller that disables the
        // action and then waits must not miss a dispatch that still reads it as enabled.
        // `READ` includes Acquire, which pairs with the Release of `set_enabled`: the handler
        // sees what was written before its action was enabled.
        let word = record.state.load(READ);
        if word & state::FLAGS == 0 {
            // SAFETY: the action is reentrant, because a non-reentrant one has the flag
            // `RARE`; the rest is the caller's promise.
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
            // Ordering: Relaxed, it is only a number.
            record.count.fetch_add(1, Ordering::Relaxed);
        }
        if record.has(option::NON_REENTRANT) {
            // SAFETY: an action with this option has this function; the rest is the
            // caller's promise.
            unsafe { (record.call.run)(self, event) }
        } else {
            // SAFETY: the action is reentrant; the rest is the caller's promise.
            unsafe { record.call_direct(event) }
        }
    }
}

impl Record {
    /// # Safety
    ///
    /// The action must be reentrant. The event must have the type that the action expects,
    /// and no other code may use it meanwhile.
    #[inline]
    unsafe fn call_direct(&self, event: *mut ()) -> Outcome {
        // SAFETY: a reentrant action has this function.
        let direct = unsafe { self.call.direct };
        // Ordering: Relaxed, published with the record.
        let context = self.context.load(Ordering::Relaxed);
        // SAFETY: the types match: that of the event by the caller's promise, that of the
        // context by the contract of `Lent::new`. The owner has the context by `&mut` only
        // while the record is claimed, and a claim succeeds only after every call has ended.
        let verdict = unsafe { direct(event, context) };
        Outcome::called_with(verdict.answer())
    }
}
