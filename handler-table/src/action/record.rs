//! The life of one action, in the record that is its first field.
//!
//! A record is *free*, *used* (registered, or lent to its owner), *draining* (removed,
//! but a call may be in flight) or *retired* (removed from a table that does not count
//! its calls). Only a free record is claimed. A draining one becomes free when
//! somebody who has waited for the calls in flight says so.

use super::cpus::CpuSet;
use super::error::ActionError;
use super::flight::READ;
use super::home::{Head, Home};
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
/// A wait runs code of the user's, so any number of registrations may pass before it
/// ends. It then frees the record only if the record still drains from the removal that
/// the wait is for. It tells by the **registration**: a number that each registration
/// raises while a wait is under way, and that none may raise beyond its width. Such a
/// registration is refused until the waits are over. Without a wait the number means
/// nothing, and starts again at zero. So it never comes round inside a wait, however
/// narrow a word is.
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
    /// All of them, up to 255.
    pub(crate) const WAITS: usize = 0xff << 4;
    /// One registration.
    pub(crate) const REGISTRATION: usize = 1 << 12;
    /// All of them: 2^20 on 32 bits, 2^52 on 64.
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

/// What a list knows of an action.
#[repr(C)]
pub(crate) struct Record {
    /// The list's; see `list`.
    pub(crate) next: AtomicPtr<Record>,
    state: AtomicUsize,
    call: Call,
    /// What a direct call passes. Written by whoever has claimed the record.
    context: AtomicPtr<()>,
    /// For a non-reentrant action: the events since it last began to run; zero if it is
    /// not running.
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
                self.0.store(0, Ordering::Release);
            }
        }

        // The number saturates, for at zero a second run would begin. So each event is
        // written, also one that changes nothing: its ordering is needed.
        let arrive = |events: usize| Some(events.saturating_add(1));
        // Ordering: Acquire shows whoever begins to run what the last run did to the
        // context. Release shows whoever runs again what was done before the event that
        // makes it. Relaxed, since the exchange looks again.
        let arrived = self
            .running
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, arrive);
        if arrived != Ok(0) {
            return Outcome::pended_once();
        }
        let running = Running(&self.running);
        let mut answer = run(false).answer();
        while self
            .running
            // Ordering: Release hands the context to the next run. Relaxed, since the
            // `swap` looks again.
            .compare_exchange(1, 0, Ordering::Release, Ordering::Relaxed)
            .is_err()
        {
            // Ordering: Acquire pairs with the Release of every event up to here, each a
            // read-modify-write. The next one sees one or more, so nobody else begins to
            // run.
            self.running.swap(1, Ordering::Acquire);
            answer = answer.and(run(true).answer());
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

/// A record that is nobody else's: for one registration, or for its owner.
pub(crate) struct Claim {
    record: &'static Record,
    pub(crate) is_enabled: bool,
}

impl Claim {
    /// Claims a record for the event of a table.
    pub(crate) fn to_register(
        record: &'static Record,
        home: Home,
        index: usize,
        context: *mut (),
    ) -> Result<Self, ActionError> {
        let claim = record.claim(state::next)?;
        // Ordering: Relaxed, published with the record.
        record.home.store(home.as_ptr(), Ordering::Relaxed);
        record.index.store(index, Ordering::Relaxed);
        record.context.store(context, Ordering::Relaxed);
        Ok(claim)
    }

    /// Claims a record for its owner.
    pub(crate) fn for_owner(record: &'static Record) -> Result<Self, ActionError> {
        // No registration, so the number of the last one stays.
        record.claim(|word| Some(word & state::REGISTRATIONS))
    }

    /// The record is in a list now, which ends with its removal.
    pub(crate) fn keep(self) {
        mem::forget(self);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Waits may be counted in the same word.
        // Ordering: Release pairs with the Acquire of the next claim.
        self.record.state.fetch_and(!state::LIFE, Ordering::Release);
    }
}

impl Record {
    fn claim(
        &'static self,
        registration: impl Fn(usize) -> Option<usize>,
    ) -> Result<Claim, ActionError> {
        let in_flight = || ActionError::InFlight {
            index: self.index(),
            action: self.id,
        };
        // Ordering: Relaxed, the exchange looks again.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            let (index, action) = (self.index(), self.id);
            match state::life(word) {
                state::FREE => {}
                state::DRAINING if self.reclaim() => {
                    // Ordering: as above.
                    word = self.state.load(Ordering::Relaxed);
                    continue;
                }
                state::DRAINING => return Err(in_flight()),
                state::RETIRED => return Err(ActionError::Retired { index, action }),
                _ => return Err(ActionError::AlreadyRegistered { index, action }),
            }
            let registration = registration(word).ok_or_else(in_flight)?;
            match self.state.compare_exchange(
                word,
                registration | word & state::WAITS | self.flags() | state::USED,
                // Ordering: Acquire pairs with the Release of whoever made it free: its
                // context is seen, and that it is unlinked.
                Ordering::Acquire,
                // Ordering: Relaxed, the next exchange looks again.
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Ok(Claim {
                        record: self,
                        is_enabled: !self.has(option::DISABLED),
                    });
                }
                Err(now) => word = now,
            }
        }
    }

    /// Frees a draining record, if no call is in flight in its table. False if one may
    /// be.
    fn reclaim(&'static self) -> bool {
        let wait = match self.wait() {
            Ok(wait) => wait,
            Err(NoWait::NotDraining) => return true,
            Err(NoWait::NoRoom) => return false,
        };
        // Ordering: Relaxed, `wait` has shown the home of this registration. If this is
        // a later one, then the wait is for a registration that is over, and frees
        // nothing.
        let home = self.home.load(Ordering::Relaxed);
        let idle = NonNull::new(home).is_some_and(|home| {
            // SAFETY: a record that drains was claimed, which stores a `Home`.
            unsafe { Home::at(home) }.is_idle()
        });
        if idle {
            wait.free();
        }
        idle
    }

    pub(crate) fn is_draining(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        state::life(self.state.load(Ordering::Relaxed)) == state::DRAINING
    }

    /// A removed record, which was unlinked, starts to drain or is retired.
    pub(crate) fn retire(&'static self, reclaims: bool) -> Removed {
        let life = if reclaims {
            state::DRAINING
        } else {
            state::RETIRED
        };
        // Ordering: Relaxed, the exchange looks again.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            let removed = word & !state::LIFE | state::DISABLED | life;
            let waited = if reclaims {
                more_waits(removed).ok_or(NoWait::NoRoom)
            } else {
                Err(NoWait::NotDraining)
            };
            match self.state.compare_exchange(
                word,
                waited.unwrap_or(removed),
                // Ordering: Release shows who finds it draining that it is unlinked, and
                // from which table.
                Ordering::Release,
                // Ordering: Relaxed, it is a number and no more.
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    return Removed {
                        was_enabled: word & state::DISABLED == 0,
                        wait: waited.map(|word| Wait::new(self, word)),
                    };
                }
                Err(now) => word = now,
            }
        }
    }

    /// Knows of the removal of a record from now on, if it drains from this table.
    pub(crate) fn wait_in(&'static self, head: &Head) -> Result<Wait, NoWait> {
        // In this order: `wait` shows the home.
        let wait = self.wait()?;
        if self.belongs_to(head) {
            Ok(wait)
        } else {
            Err(NoWait::NotDraining)
        }
    }

    /// Knows of the removal of a draining record from now on.
    pub(crate) fn wait(&'static self) -> Result<Wait, NoWait> {
        // Ordering: Relaxed, the exchange looks again.
        let mut word = self.state.load(Ordering::Relaxed);
        loop {
            if state::life(word) != state::DRAINING {
                return Err(NoWait::NotDraining);
            }
            let waited = more_waits(word).ok_or(NoWait::NoRoom)?;
            match self.state.compare_exchange(
                word,
                waited,
                // Ordering: Acquire pairs with the Release of `retire`.
                Ordering::Acquire,
                // Ordering: Relaxed, the next exchange looks again.
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(Wait::new(self, waited)),
                Err(now) => word = now,
            }
        }
    }
}

/// With one wait more, if there is room.
const fn more_waits(word: usize) -> Option<usize> {
    if word & state::WAITS == state::WAITS {
        None
    } else {
        Some(word + state::WAIT)
    }
}

/// What a removal did.
pub(crate) struct Removed {
    pub(crate) was_enabled: bool,
    pub(crate) wait: Result<Wait, NoWait>,
}

/// Why there is no wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWait {
    /// The record does not drain, or from another table.
    NotDraining,
    /// 255 waits know of the removal already.
    NoRoom,
}

/// Knows of one removal of a record: while this lives, no later one passes for it.
pub(crate) struct Wait {
    record: &'static Record,
    registration: usize,
}

impl Wait {
    fn new(record: &'static Record, word: usize) -> Self {
        Wait {
            record,
            registration: word & state::REGISTRATIONS,
        }
    }

    /// Frees the record, after a wait for the calls in flight that began after this was
    /// made. Does nothing if that removal is over, because somebody else has waited.
    pub(crate) fn free(self) {
        let state = &self.record.state;
        // Ordering: Relaxed, the exchange looks again.
        let mut word = state.load(Ordering::Relaxed);
        while state::life(word) == state::DRAINING
            && word & state::REGISTRATIONS == self.registration
        {
            match state.compare_exchange(
                word,
                word & !state::LIFE,
                // Ordering: Release passes on what the wait has seen of the calls.
                Ordering::Release,
                // Ordering: Relaxed, the next exchange looks again.
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // Ordering: Relaxed, it is a number and no more; what `free` has released, this
        // passes on as a read-modify-write.
        self.record.state.fetch_sub(state::WAIT, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
