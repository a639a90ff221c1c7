//! Lists of actions.
//!
//! The only home of `unsafe` code for [`ActionTable`](crate::ActionTable), as
//! `slot` is for [`HandlerTable`](crate::HandlerTable), and of its memory
//! orderings, but those of `flight`, which knows when nobody stands on a record
//! any more.
//!
//! # The list
//!
//! An event has a [`Chain`]: a singly linked list of [`Record`]s, sorted by
//! falling priority. A record is the first field of an action that its owner
//! lends for `'static`. The list is Harris': a record is put in by one
//! compare-and-exchange of its predecessor's link, and taken out in two steps.
//! First the lowest bit of its own link is set, the **mark**: from then on it is
//! not in the list, and its link does not change, so nothing can be put in
//! behind it. Then whoever comes by moves its predecessor's link past it, which
//! is **unlinking**. A reader that stands on a record that is taken out finds
//! its way on, for the record still points into the list; it may call an action
//! that is marked, whose removal has then not returned yet.
//!
//! Two facts about it are used below:
//!
//! * **Unmarked is reachable.** A record that was put in and has no mark can be
//!   reached from the head. So a compare-and-exchange on its link, which expects
//!   no mark, is made in the list.
//! * **Once unlinked, never seen again.** Each change of a link makes it point at
//!   what could be reached just before. So a record that cannot be reached stays
//!   so, until its owner registers it again.

use crate::action::{ActionError, ActionId, ActionTable, CpuSet, Event, Verdict};
use crate::flight::{LINK, Section, Tracking};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem;
use core::ptr::{self, NonNull};

/// What a call of an action came to: bits, so that those of several add up.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answer(u8);

impl Answer {
    pub(crate) const HANDLED: Answer = Answer(1);
    pub(crate) const WAKE: Answer = Answer(2);
    /// The action runs already, and will run again.
    pub(crate) const PENDED: Answer = Answer(4);

    /// A verdict is an answer, bit by bit, so that this takes no instruction.
    #[inline]
    pub(crate) const fn of(verdict: Verdict) -> Self {
        Answer(verdict as u8)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    #[inline]
    pub(crate) const fn and(self, other: Self) -> Self {
        Answer(self.0 | other.0)
    }

    #[inline]
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Calls an action, whose record this is, with an event of its type.
type Call = unsafe fn(Pointer, *mut ()) -> Answer;

/// The state of a record is one word: where it is in its life, what a dispatch
/// must know, and how often it was registered. The last keeps a state from being
/// taken for an earlier one.
mod state {
    pub(super) const LIFE: usize = 0b11;
    /// Its owner's.
    pub(super) const FREE: usize = 0;
    /// Registered, or being registered. Whether it is in the list, the list says.
    pub(super) const USED: usize = 1;
    /// Unlinked, but a call may be in flight.
    pub(super) const DRAINING: usize = 2;
    /// Unlinked from a table that does not count its calls: never free again.
    pub(super) const RETIRED: usize = 3;

    pub(super) const ENABLED: usize = 1 << 2;
    /// For some CPUs only.
    pub(super) const LIMITED: usize = 1 << 3;
    pub(super) const COUNTED: usize = 1 << 4;
    pub(super) const FLAGS: usize = ENABLED | LIMITED | COUNTED;
    /// May stand beside others. In the flags of an action, not in a state.
    pub(super) const SHARED: usize = 1 << 5;

    pub(super) const GENERATION: usize = 1 << 5;

    pub(super) const fn life(word: usize) -> usize {
        word & LIFE
    }
}

/// What the list knows of an action: its first field.
#[repr(C)]
pub(crate) struct Record {
    next: AtomicPtr<Record>,
    state: AtomicUsize,
    call: Call,
    /// For an action that is not reentrant: the events since it last began to
    /// run; zero if it does not run.
    running: AtomicUsize,
    count: AtomicUsize,
    /// Where it is registered. Written by who claims the record.
    index: AtomicUsize,
    table: AtomicPtr<()>,
    id: ActionId,
    priority: i32,
    flags: usize,
    cpus: CpuSet,
}

impl Record {
    const fn new(call: Call, id: ActionId) -> Self {
        Record {
            next: AtomicPtr::new(ptr::null_mut()),
            state: AtomicUsize::new(0),
            call,
            running: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            index: AtomicUsize::new(0),
            table: AtomicPtr::new(ptr::null_mut()),
            id,
            priority: 0,
            flags: state::ENABLED,
            cpus: CpuSet::new(),
        }
    }

    /// Has loom's atomics made.
    #[cfg(all(test, loom))]
    pub(crate) fn touch(&self) {
        let numbers = [&self.state, &self.running, &self.count, &self.index];
        assert!(
            numbers
                .iter()
                .all(|number| number.load(Ordering::Relaxed) == 0)
        );
        assert!(self.next.load(Ordering::Relaxed).is_null());
        assert!(self.table.load(Ordering::Relaxed).is_null());
    }

    pub(crate) const fn set_id(&mut self, id: ActionId) {
        self.id = id;
    }

    pub(crate) const fn set_priority(&mut self, priority: i32) {
        self.priority = priority;
    }

    pub(crate) const fn set_shared(&mut self) {
        self.flags |= state::SHARED;
    }

    pub(crate) const fn set_disabled(&mut self) {
        self.flags &= !state::ENABLED;
    }

    pub(crate) const fn set_counted(&mut self) {
        self.flags |= state::COUNTED;
    }

    pub(crate) const fn set_cpus(&mut self, cpus: CpuSet) {
        self.flags |= state::LIMITED;
        self.cpus = cpus;
    }

    pub(crate) const fn id(&self) -> ActionId {
        self.id
    }

    pub(crate) const fn priority(&self) -> i32 {
        self.priority
    }

    pub(crate) const fn is_shared(&self) -> bool {
        self.flags & state::SHARED != 0
    }

    /// Whether it could be called on some CPU.
    pub(crate) const fn has_cpus(&self) -> bool {
        self.flags & state::LIMITED == 0 || !self.cpus.is_empty()
    }

    pub(crate) fn is_for(&self, cpu: usize) -> bool {
        self.flags & state::LIMITED == 0 || self.cpus.contains(cpu)
    }

    pub(crate) fn is_enabled(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        self.state.load(Ordering::Relaxed) & state::ENABLED != 0
    }

    pub(crate) fn count(&self) -> usize {
        // Ordering: Relaxed, it is a number and no more.
        self.count.load(Ordering::Relaxed)
    }

    /// The index that it was last registered with.
    pub(crate) fn index(&self) -> usize {
        // Ordering: Relaxed. Who is told of the registration, by the list or by
        // the registrant, sees it; with any other value, `find` fails.
        self.index.load(Ordering::Relaxed)
    }

    pub(crate) fn is_of(&self, table: *const ()) -> bool {
        // Ordering: Relaxed, as `index`.
        ptr::eq(self.table.load(Ordering::Relaxed), table)
    }

    pub(crate) fn is_used(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        state::life(self.state.load(Ordering::Relaxed)) == state::USED
    }

    /// Whether a dispatch on this CPU calls the action; counts it, if it is to be
    /// counted.
    #[inline]
    fn admits(&self, cpu: usize) -> bool {
        // Ordering: Acquire pairs with the Release of `set_enabled`: the handler
        // sees what was set up before its action was enabled.
        let word = self.state.load(Ordering::Acquire);
        word & state::FLAGS == state::ENABLED || self.admits_after_all(word, cpu)
    }

    #[cold]
    fn admits_after_all(&self, word: usize, cpu: usize) -> bool {
        if word & state::ENABLED == 0 {
            return false;
        }
        if word & state::LIMITED != 0 && !self.cpus.contains(cpu) {
            return false;
        }
        if word & state::COUNTED != 0 {
            // Ordering: Relaxed, it is a number and no more.
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        true
    }

    /// Runs what must not run twice at once. If it runs already, then whoever
    /// runs it does so once more; `run` is told when it is that.
    fn alone(&self, mut run: impl FnMut(bool) -> Verdict) -> Answer {
        /// Ends the run, also if it panics; events that came since are dropped.
        struct Running<'a>(&'a AtomicUsize);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                // Ordering: Release, as at the end of `alone`.
                self.0.store(0, Ordering::Release);
            }
        }

        // Ordering: Acquire shows whoever begins to run what the last run did to
        // the context. Release shows whoever runs again what was done before the
        // event that makes it.
        if self.running.fetch_add(1, Ordering::AcqRel) != 0 {
            return Answer::PENDED;
        }
        let running = Running(&self.running);
        let mut answer = Answer::of(run(false));
        while self
            .running
            // Ordering: Release hands the context to the next run. Relaxed, since
            // the `swap` looks again.
            .compare_exchange(1, 0, Ordering::Release, Ordering::Relaxed)
            .is_err()
        {
            // Ordering: Acquire pairs with the Release of every event up to here,
            // each a read-modify-write. The next one's `fetch_add` sees one or
            // more, so nobody else begins to run.
            self.running.swap(1, Ordering::Acquire);
            answer = answer.and(Answer::of(run(true)));
        }
        mem::forget(running);
        answer
    }
}

/// Where an action is in its life that is not its owner's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Used,
    Draining,
    Retired,
}

/// An action of whatever type that lives for ever: a pointer to its record, with
/// leave to use all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Pointer(NonNull<Record>);

// SAFETY: what it points at is an action, which is `Sync`.
unsafe impl Send for Pointer {}
// SAFETY: as above.
unsafe impl Sync for Pointer {}

impl Pointer {
    const fn as_ptr(self) -> *mut Record {
        self.0.as_ptr()
    }

    /// What a link that has no mark points at.
    #[inline]
    fn at(link: *mut Record) -> Option<Self> {
        NonNull::new(link).map(Pointer)
    }

    #[inline]
    pub(crate) fn record(self) -> &'static Record {
        // SAFETY: a pointer is made from an action that is borrowed for
        // `'static`, or read from a link, into which only such ones go. Of a
        // record, nothing but its atomics changes while it is shared.
        unsafe { self.0.as_ref() }
    }

    /// Claims a record that nobody uses, for one registration or for its owner.
    /// Returns its state from now on. What is free, `may_take` must take.
    fn claim(self, may_take: impl Fn(usize) -> bool) -> Result<usize, Life> {
        let record = self.record();
        // Ordering: Acquire pairs with the Release of whoever made it free, or
        // draining: its context, its table, and that it is unlinked, are seen.
        let mut word = record.state.load(Ordering::Acquire);
        loop {
            if !may_take(word) {
                return Err(match state::life(word) {
                    state::DRAINING => Life::Draining,
                    state::RETIRED => Life::Retired,
                    _ => Life::Used,
                });
            }
            let generation = (word / state::GENERATION).wrapping_add(1) * state::GENERATION;
            let claimed = generation | record.flags & state::FLAGS | state::USED;
            match record.state.compare_exchange(
                word,
                claimed,
                // Ordering: Relaxed. It reads what was loaded before with Acquire, and
                // not a later store of the same, since a record is made free or
                // draining once for each generation.
                Ordering::Relaxed,
                // Ordering: Acquire, as the load above.
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(claimed),
                Err(now) => word = now,
            }
        }
    }

    /// Gives a claim back.
    fn release(self, claimed: usize) {
        let free = claimed & !(state::LIFE | state::ENABLED);
        // Ordering: Release pairs with the Acquire of the next claim. Nobody else
        // writes the state of a record that is claimed and in no list.
        self.record().state.store(free, Ordering::Release);
    }

    /// The state of a record that was unlinked from this table and is draining.
    pub(crate) fn draining(self, table: *const ()) -> Option<Draining> {
        // Ordering: Acquire shows that it is unlinked, and its table.
        let word = self.record().state.load(Ordering::Acquire);
        (state::life(word) == state::DRAINING && self.record().is_of(table))
            .then_some(Draining(word))
    }

    /// Gives a record to its owner, after a wait for the calls in flight that
    /// began after it was found in this state.
    pub(crate) fn free(self, draining: Draining) {
        let free = draining.0 & !state::LIFE;
        // If it is in another state by now, somebody else has waited too.
        let _ = self.record().state.compare_exchange(
            draining.0,
            free,
            // Ordering: Release passes on what the wait has seen of the calls.
            Ordering::Release,
            // Ordering: the other state is not looked at.
            Ordering::Relaxed,
        );
    }
}

/// The state of a record that is unlinked: which of its removals it is.
#[derive(Clone, Copy)]
pub(crate) struct Draining(usize);

fn is_marked(link: *mut Record) -> bool {
    link.addr() & 1 != 0
}

fn marked(link: *mut Record) -> *mut Record {
    link.map_addr(|address| address | 1)
}

#[inline]
fn unmarked(link: *mut Record) -> *mut Record {
    link.map_addr(|address| address & !1)
}

// There is room for the mark.
const _: () = assert!(align_of::<Record>() > 1);

/// How the number of enabled actions of an event changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    First,
    Last,
    None,
}

/// Why a record was not put in.
pub(crate) enum Refusal {
    Life(Life),
    Exclusive(ActionId),
}

/// The actions of one event.
pub(crate) struct Chain {
    head: AtomicPtr<Record>,
    /// How many are enabled. For a moment this may be one less than none, when an
    /// action is disabled by one before it was added up by another.
    enabled: AtomicUsize,
}

impl Chain {
    pub(crate) const fn new() -> Self {
        Chain {
            head: AtomicPtr::new(ptr::null_mut()),
            enabled: AtomicUsize::new(0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        // Ordering: Relaxed, nothing is read on the strength of it.
        self.head.load(Ordering::Relaxed).is_null()
    }

    pub(crate) fn has_enabled(&self) -> bool {
        // Ordering: Relaxed here and below. It is a number; what is done to an
        // interrupt controller on the strength of it, its user orders.
        self.enabled.load(Ordering::Relaxed).cast_signed() > 0
    }

    fn more_enabled(&self) -> Edge {
        match self.enabled.fetch_add(1, Ordering::Relaxed) {
            0 => Edge::First,
            _ => Edge::None,
        }
    }

    fn fewer_enabled(&self) -> Edge {
        match self.enabled.fetch_sub(1, Ordering::Relaxed) {
            1 => Edge::Last,
            _ => Edge::None,
        }
    }

    /// Calls the enabled actions of this CPU, each with the event; returns what
    /// they came to, how many ran, and how many pended.
    ///
    /// # Safety
    ///
    /// The event is of the type of every action in this list.
    #[inline]
    pub(crate) unsafe fn call(
        &self,
        _: &Section<'_>,
        cpu: usize,
        event: *mut (),
    ) -> (Answer, usize, usize) {
        let (mut answers, mut called, mut pended) = (Answer::default(), 0, 0);
        // Ordering: as every load of a link by a reader; see `flight`.
        let mut link = self.head.load(LINK);
        while let Some(action) = Pointer::at(link) {
            let record = action.record();
            // Ordering: as above.
            let next = record.next.load(LINK);
            if record.admits(cpu) {
                // SAFETY: `call` belongs to the action of this record, and the
                // caller has promised that the event is of its type.
                let answer = unsafe { (record.call)(action, event) };
                if answer.has(Answer::PENDED) {
                    pended += 1;
                } else {
                    called += 1;
                    answers = answers.and(answer);
                }
            }
            link = unmarked(next);
        }
        (answers, called, pended)
    }

    /// Every action that is registered, by falling priority.
    pub(crate) fn each(&self, _: &Section<'_>, mut visit: impl FnMut(Pointer)) {
        // Ordering: as every load of a link by a reader; see `flight`.
        let mut link = self.head.load(LINK);
        while let Some(action) = Pointer::at(link) {
            let record = action.record();
            // Ordering: as above.
            let next = record.next.load(LINK);
            visit(action);
            link = unmarked(next);
        }
    }

    /// Whether the record is in the list, or was when the section began.
    fn finds(&self, _: &Section<'_>, action: Pointer) -> bool {
        // Ordering: as every load of a link by a reader; see `flight`.
        let mut link = self.head.load(LINK);
        while let Some(here) = Pointer::at(link) {
            if here == action {
                return true;
            }
            // Ordering: as above.
            link = unmarked(here.record().next.load(LINK));
        }
        false
    }

    /// Goes along the list up to the first record that `stop`s, unlinking all that
    /// are marked on the way. Returns the link that leads on, and where to.
    fn seek<E>(
        &self,
        _: &Section<'_>,
        stop: impl Fn(&Record) -> Result<bool, E>,
    ) -> Result<(&AtomicPtr<Record>, *mut Record), E> {
        'again: loop {
            let mut link = &self.head;
            // Ordering: as every load of a link by a reader; see `flight`.
            let mut here = link.load(LINK);
            while let Some(action) = Pointer::at(here) {
                let record = action.record();
                // Ordering: as above.
                let next = record.next.load(LINK);
                if is_marked(next) {
                    let unlinked = link.compare_exchange(
                        here,
                        unmarked(next),
                        // Ordering: Release passes on the records behind, and what
                        // was done before the mark was set.
                        Ordering::Release,
                        // Ordering: it begins again, and loads what it needs.
                        Ordering::Relaxed,
                    );
                    if unlinked.is_err() {
                        continue 'again;
                    }
                    here = unmarked(next);
                } else if stop(record)? {
                    break;
                } else {
                    link = &record.next;
                    here = next;
                }
            }
            return Ok((link, here));
        }
    }

    /// Puts an action in, of the type of this table's.
    fn register(
        &self,
        tracking: &impl Tracking,
        action: Pointer,
        table: *const (),
        index: usize,
    ) -> Result<Edge, Refusal> {
        let record = action.record();
        let claimed = action
            .claim(|word| match state::life(word) {
                state::FREE => true,
                state::DRAINING => record.is_of(table) && tracking.is_idle(),
                _ => false,
            })
            .map_err(Refusal::Life)?;
        // Ordering: Relaxed, published with the record.
        record.table.store(table.cast_mut(), Ordering::Relaxed);
        record.index.store(index, Ordering::Relaxed);

        let section = tracking.enter_to_write();
        loop {
            // An exclusive action is alone: it is put in where the whole list was
            // empty, by the exchange of a null head. No record is put in beside
            // it, for whoever does so looks at the first of the list, and any
            // change of that fails the exchange.
            let place = self.seek(&section, |other| {
                if record.is_shared() && other.is_shared() {
                    Ok(other.priority < record.priority)
                } else {
                    Err(other.id)
                }
            });
            let (link, next) = match place {
                Ok(place) => place,
                Err(other) => {
                    action.release(claimed);
                    return Err(Refusal::Exclusive(other));
                }
            };
            // Ordering: Relaxed, published with the record.
            record.next.store(next, Ordering::Relaxed);
            let put = link.compare_exchange(
                next,
                action.as_ptr(),
                // Ordering: Release publishes the record, and all that the
                // registrant wrote before. Acquire shows the registrant what was
                // done before the last action here was taken out.
                Ordering::AcqRel,
                // Ordering: it begins again, and loads what it needs.
                Ordering::Relaxed,
            );
            if put.is_ok() {
                break;
            }
        }
        drop(section);
        if claimed & state::ENABLED != 0 {
            Ok(self.more_enabled())
        } else {
            Ok(Edge::None)
        }
    }

    /// The action that would keep this one from being put in.
    pub(crate) fn refuses(&self, section: &Section<'_>, record: &Record) -> Option<ActionId> {
        let mut other = None;
        self.each(section, |here| {
            let here = here.record();
            if !(here.is_shared() && record.is_shared()) {
                other = Some(here.id());
            }
        });
        other
    }

    /// Takes an action out: from here on it is not called by who begins to look.
    /// None if it is not in this list.
    pub(crate) fn unregister<T: Tracking>(
        &self,
        tracking: &T,
        action: Pointer,
    ) -> Option<(Edge, Draining)> {
        let record = action.record();
        let section = tracking.enter_to_write();
        if !self.finds(&section, action) {
            return None;
        }
        // Ordering: Relaxed, the exchange looks again.
        let mut next = record.next.load(Ordering::Relaxed);
        loop {
            if is_marked(next) {
                return None;
            }
            match record.next.compare_exchange(
                next,
                marked(next),
                // Ordering: Release passes on what the caller did before to whoever
                // unlinks the record and takes its place.
                Ordering::Release,
                // Ordering: Relaxed, what it points at is not looked at.
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => next = now,
            }
        }
        // Once along the whole list: then the record is unlinked, whoever did it.
        let all: Result<_, core::convert::Infallible> = self.seek(&section, |_| Ok(false));
        let Ok(_) = all;

        let life = if T::RECLAIMS {
            state::DRAINING
        } else {
            state::RETIRED
        };
        // Ordering: Relaxed, the exchange looks again.
        let mut word = record.state.load(Ordering::Relaxed);
        let draining = loop {
            let draining = word & !(state::LIFE | state::ENABLED) | life;
            match record.state.compare_exchange(
                word,
                draining,
                // Ordering: Release shows who finds it draining that it is
                // unlinked.
                Ordering::Release,
                // Ordering: Relaxed, it is a number and no more.
                Ordering::Relaxed,
            ) {
                Ok(_) => break draining,
                Err(now) => word = now,
            }
        };
        drop(section);
        let edge = if word & state::ENABLED != 0 {
            self.fewer_enabled()
        } else {
            Edge::None
        };
        Some((edge, Draining(draining)))
    }

    /// Enables or disables an action. None if it is not in this list.
    pub(crate) fn set_enabled(
        &self,
        tracking: &impl Tracking,
        action: Pointer,
        enabled: bool,
    ) -> Option<Edge> {
        let state = &action.record().state;
        let section = tracking.enter_to_write();
        if !self.finds(&section, action) {
            return None;
        }
        // Ordering: Relaxed, the exchange looks again.
        let mut word = state.load(Ordering::Relaxed);
        loop {
            if state::life(word) != state::USED {
                return None;
            }
            if (word & state::ENABLED != 0) == enabled {
                return Some(Edge::None);
            }
            match state.compare_exchange(
                word,
                word ^ state::ENABLED,
                // Ordering: Release pairs with the Acquire of `admits`.
                Ordering::Release,
                // Ordering: Relaxed, it is a number and no more.
                Ordering::Relaxed,
            ) {
                Ok(_) if enabled => return Some(self.more_enabled()),
                Ok(_) => return Some(self.fewer_enabled()),
                Err(now) => word = now,
            }
        }
    }
}

/// A handler and the kind of access to its context that it has.
enum Handler<A: ?Sized, C> {
    Concurrent(fn(&mut Event<'_, A>, &C) -> Verdict),
    NonReentrant(fn(&mut Event<'_, A>, &mut C) -> Verdict),
}

/// What is registered for an event: a handler, its context, and how to call it.
///
/// A record that its owner lends to a table for as long as the program runs: a
/// `static`, or one that was leaked. It is in at most one table at a time, for one
/// event. `A` is the type of argument of the table's events, `C` is any type of
/// context; the actions of one table may have contexts of different types.
///
/// # Examples
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use handler_table::{Action, ActionTable, Event, Verdict};
///
/// struct Frame {
///     pc: usize,
/// }
///
/// struct Uart {
///     status: AtomicU32,
/// }
///
/// fn receive(event: &mut Event<'_, Frame>, uart: &Uart) -> Verdict {
///     match uart.status.swap(0, Ordering::Relaxed) {
///         0 => Verdict::Unhandled,
///         _ => Verdict::Handled,
///     }
/// }
///
/// static UART0: Action<Frame, Uart> =
///     Action::new(receive, Uart { status: AtomicU32::new(1) }).name("uart0").shared();
/// static UART1: Action<Frame, Uart> =
///     Action::new(receive, Uart { status: AtomicU32::new(0) }).name("uart1").shared();
///
/// static IRQS: ActionTable<16, Frame> = ActionTable::new();
/// IRQS.register(4, &UART0)?;
/// IRQS.register(4, &UART1)?;
///
/// let mut frame = Frame { pc: 0x1000 };
/// let outcome = IRQS.dispatch(0, 4, &mut frame).unwrap();
/// assert_eq!((outcome.called, outcome.handled), (2, true));
/// # Ok::<(), handler_table::ActionError>(())
/// ```
#[repr(C)]
pub struct Action<A: ?Sized = (), C = ()> {
    record: Record,
    handler: Handler<A, C>,
    context: UnsafeCell<C>,
}

// SAFETY: the context is given out in three ways. To calls of a handler that take
// it by `&C`, at once on several threads: `new` asks for `C: Sync`. To one call at
// a time by `&mut C`, on any thread: `non_reentrant` asks for `C: Send`. To one
// thread by `&mut C` while no handler has it: `with_context` asks for `C: Send`.
// All else is `Sync` by itself.
unsafe impl<A: ?Sized, C> Sync for Action<A, C> {}

impl<A: ?Sized, C> Action<A, C> {
    pub(crate) const fn concurrent(
        handler: fn(&mut Event<'_, A>, &C) -> Verdict,
        context: C,
        id: ActionId,
    ) -> Self
    where
        C: Sync,
    {
        Action {
            record: Record::new(Self::call, id),
            handler: Handler::Concurrent(handler),
            context: UnsafeCell::new(context),
        }
    }

    pub(crate) const fn alone(
        handler: fn(&mut Event<'_, A>, &mut C) -> Verdict,
        context: C,
        id: ActionId,
    ) -> Self
    where
        C: Send,
    {
        Action {
            record: Record::new(Self::call_alone, id),
            handler: Handler::NonReentrant(handler),
            context: UnsafeCell::new(context),
        }
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) const fn record_mut(&mut self) -> &mut Record {
        &mut self.record
    }

    pub(crate) const fn pointer(&'static self) -> Pointer {
        // SAFETY: a reference is not null.
        Pointer(unsafe { NonNull::new_unchecked(ptr::from_ref(self).cast_mut().cast()) })
    }

    pub(crate) const fn lent(&'static self) -> Lent<A> {
        Lent::new(self.pointer())
    }

    /// The [`Call`] of an action whose handler has its context by `&C`. By itself, so
    /// that it is short.
    ///
    /// # Safety
    ///
    /// The pointer is that of an `Action<A, C>`, and the event an
    /// `Event<'_, A>` that nobody else uses.
    unsafe fn call(action: Pointer, event: *mut ()) -> Answer {
        // SAFETY: the caller's promise; a pointer is made from a reference to the
        // whole action, whose first field is the record.
        let action = unsafe { action.0.cast::<Self>().as_ref() };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        let Handler::Concurrent(handler) = action.handler else {
            // `alone` stores the other one.
            return Answer::default();
        };
        // SAFETY: handlers of this action have it by `&C` only, and the owner, who
        // may have it by `&mut C`, does so only while the record is claimed after
        // every call has ended.
        let context = unsafe { &*action.context.get() };
        Answer::of(handler(event, context))
    }

    /// The [`Call`] of an action whose handler has its context by `&mut C`.
    ///
    /// # Safety
    ///
    /// As `call`.
    unsafe fn call_alone(action: Pointer, event: *mut ()) -> Answer {
        // SAFETY: as in `call`.
        let action = unsafe { action.0.cast::<Self>().as_ref() };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        let Handler::NonReentrant(handler) = action.handler else {
            // `concurrent` stores the other one.
            return Answer::default();
        };
        action.record.alone(|repeat| {
            event.repeat = repeat;
            // SAFETY: `alone` runs one at a time; for the owner, see `call`.
            let context = unsafe { &mut *action.context.get() };
            let verdict = handler(event, context);
            event.repeat = false;
            verdict
        })
    }

    /// The context by `&mut`, if the action is its owner's.
    pub(crate) fn context<R>(&'static self, with: impl FnOnce(&mut C) -> R) -> Result<R, Life>
    where
        C: Send,
    {
        struct Claim(Pointer, usize);
        impl Drop for Claim {
            fn drop(&mut self) {
                self.0.release(self.1);
            }
        }

        let pointer = self.pointer();
        let claimed = pointer.claim(|word| state::life(word) == state::FREE)?;
        let _claim = Claim(pointer, claimed);
        // SAFETY: the record is free, so no table has it and no call is in flight,
        // and while it is claimed, it cannot be registered.
        Ok(with(unsafe { &mut *self.context.get() }))
    }
}

/// An action for events with an `A`, whatever its context.
pub(crate) struct Lent<A: ?Sized> {
    pointer: Pointer,
    // Invariant in `A`, as its table is.
    argument: PhantomData<fn(&mut A)>,
}

impl<A: ?Sized> Lent<A> {
    const fn new(pointer: Pointer) -> Self {
        Lent {
            pointer,
            argument: PhantomData,
        }
    }

    pub(crate) fn record(&self) -> &'static Record {
        self.pointer.record()
    }
}

/// What is done to a static action, whose table no longer has a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Tells whether it would be refused.
    Check,
    Register,
    Unregister,
}

/// An action that `#[event_handler]` writes. It is of no type, since the attribute
/// knows none.
#[repr(C)]
pub struct StaticAction {
    record: Record,
    handler: *const (),
    context: *const (),
    table: *const (),
    index: usize,
    step: fn(&'static StaticAction, Step) -> Result<(), Option<ActionId>>,
    function: &'static str,
}

// SAFETY: the pointers are a function, a context that is `Sync`, and a table, which
// is. All else is `Sync` by itself.
unsafe impl Sync for StaticAction {}

/// A function pointer and the same as a word.
union Word<F: Copy> {
    function: F,
    pointer: *const (),
}

const fn word<F: Copy>(function: F) -> *const () {
    const { assert!(crate::slot::fits_a_word::<F>()) }
    // SAFETY: the sizes are equal, as just asserted, and both callers pass a
    // function pointer, whose bytes make a valid `*const ()`.
    unsafe { Word { function }.pointer }
}

/// What an attribute says of an action, and where it stands.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) shared: bool,
    pub(crate) priority: i32,
    pub(crate) function: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

type Plain<A> = fn(&mut Event<'_, A>) -> Verdict;
type WithContext<A, C> = fn(&mut Event<'_, A>, &'static C) -> Verdict;

impl StaticAction {
    pub(crate) const fn plain<const N: usize, A: ?Sized, D: Tracking>(
        table: &'static ActionTable<N, A, D>,
        index: usize,
        handler: Plain<A>,
        declared: &Declared,
    ) -> Self {
        StaticAction {
            record: declared.record(Self::call_plain::<A>),
            handler: word(handler),
            context: ptr::null(),
            table: ptr::from_ref(table).cast(),
            index,
            step: Self::step::<N, A, D>,
            function: declared.function,
        }
    }

    pub(crate) const fn with_context<const N: usize, A: ?Sized, D: Tracking, C: Sync>(
        table: &'static ActionTable<N, A, D>,
        index: usize,
        handler: WithContext<A, C>,
        context: &'static C,
        declared: &Declared,
    ) -> Self {
        StaticAction {
            record: declared.record(Self::call_with_context::<A, C>),
            handler: word(handler),
            context: ptr::from_ref(context).cast(),
            table: ptr::from_ref(table).cast(),
            index,
            step: Self::step::<N, A, D>,
            function: declared.function,
        }
    }

    /// The [`Call`] of a `plain` one.
    ///
    /// # Safety
    ///
    /// The pointer is that of a `StaticAction` that was made so with this `A`, and
    /// the event an `Event<'_, A>` that nobody else uses.
    unsafe fn call_plain<A: ?Sized>(action: Pointer, event: *mut ()) -> Answer {
        // SAFETY: the caller's promise.
        let action = unsafe { action.0.cast::<Self>().as_ref() };
        // SAFETY: `plain` stored a function of this type.
        let handler = unsafe {
            Word::<Plain<A>> {
                pointer: action.handler,
            }
            .function
        };
        // SAFETY: the caller's promise.
        Answer::of(handler(unsafe { &mut *event.cast::<Event<'_, A>>() }))
    }

    /// The [`Call`] of one `with_context`.
    ///
    /// # Safety
    ///
    /// As `call_plain`, and with this `C`.
    unsafe fn call_with_context<A: ?Sized, C: 'static>(action: Pointer, event: *mut ()) -> Answer {
        // SAFETY: the caller's promise.
        let action = unsafe { action.0.cast::<Self>().as_ref() };
        // SAFETY: `with_context` stored a function of this type.
        let handler = unsafe {
            Word::<WithContext<A, C>> {
                pointer: action.handler,
            }
            .function
        };
        // SAFETY: `with_context` stored a `&'static C`, which is shared by all calls;
        // `C` is `Sync`.
        let context = unsafe { &*action.context.cast::<C>() };
        // SAFETY: the caller's promise.
        let event = unsafe { &mut *event.cast::<Event<'_, A>>() };
        Answer::of(handler(event, context))
    }

    fn step<const N: usize, A: ?Sized, D: Tracking>(
        &'static self,
        step: Step,
    ) -> Result<(), Option<ActionId>> {
        // SAFETY: this function was stored together with a table of this type.
        let table = unsafe { &*self.table.cast::<ActionTable<N, A, D>>() };
        // SAFETY: a reference is not null.
        let pointer = Pointer(unsafe {
            NonNull::new_unchecked(ptr::from_ref(self).cast_mut().cast::<Record>())
        });
        let done = match step {
            Step::Check => table.check(self.index, pointer.record()),
            Step::Register => table
                .register_lent(self.index, &Lent::new(pointer))
                .map(|_| ()),
            Step::Unregister => table.unregister_pointer(pointer).map(|_| ()),
        };
        done.map_err(|error| match error {
            ActionError::Exclusive { other, .. } => Some(other),
            _ => None,
        })
    }

    /// Does it; or names the action that is in the way, if one is.
    pub(crate) fn take_step(&'static self, step: Step) -> Result<(), Option<ActionId>> {
        (self.step)(self, step)
    }

    pub(crate) fn is_of(&self, table: *const ()) -> bool {
        ptr::eq(self.table, table)
    }

    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// A number for its event, which no event of another table has: a table is larger
    /// than a word for each event.
    pub(crate) fn position(&self) -> usize {
        self.table.addr() / size_of::<usize>() + self.index
    }

    pub(crate) const fn function(&self) -> &'static str {
        self.function
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }
}

impl Declared {
    const fn record(&self, call: Call) -> Record {
        let name = if self.name.is_empty() {
            self.function
        } else {
            self.name
        };
        let mut record = Record::new(call, ActionId::new(name, self.file, self.line));
        record.priority = self.priority;
        if self.shared {
            record.set_shared();
        }
        record
    }
}

/// What makes an [`ActionTable`](crate::ActionTable) one of events with an `A`.
pub(crate) struct Chains<const N: usize, A: ?Sized> {
    chains: [Chain; N],
    // Invariant in `A`: what is put in takes a `&mut A`.
    argument: PhantomData<fn(&mut A)>,
}

impl<const N: usize, A: ?Sized> Chains<N, A> {
    pub(crate) const fn new() -> Self {
        Chains {
            chains: [const { Chain::new() }; N],
            argument: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Typed<'_, A>> {
        let chain = self.chains.get(index)?;
        Some(Typed {
            chain,
            argument: PhantomData,
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Chain> {
        self.chains.iter()
    }
}

/// A list of actions for events with an `A`, and no others.
pub(crate) struct Typed<'a, A: ?Sized> {
    chain: &'a Chain,
    argument: PhantomData<fn(&mut A)>,
}

impl<'a, A: ?Sized> Typed<'a, A> {
    /// The list, for all that does not depend on the type.
    pub(crate) fn chain(&self) -> &'a Chain {
        self.chain
    }

    /// As [`Chain::call`].
    #[inline]
    pub(crate) fn call(
        &self,
        section: &Section<'_>,
        event: &mut Event<'_, A>,
    ) -> (Answer, usize, usize) {
        let cpu = event.cpu();
        // SAFETY: only `register` below puts actions in, all of this `A`.
        unsafe { self.chain.call(section, cpu, ptr::from_mut(event).cast()) }
    }

    /// As [`Chain::register`].
    pub(crate) fn register(
        &self,
        tracking: &impl Tracking,
        action: &Lent<A>,
        table: *const (),
        index: usize,
    ) -> Result<Edge, Refusal> {
        self.chain.register(tracking, action.pointer, table, index)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Action, Declared, StaticAction};
    use crate::{ActionError, ActionTable, Uncounted, Verdict};
    use core::ptr;
    use std::boxed::Box;

    fn leak<T>(value: T) -> &'static T {
        Box::leak(Box::new(value))
    }

    /// Two may wait for one removal. When the second is through, the action may be
    /// registered and taken out once more already.
    #[test]
    fn a_wait_for_one_removal_frees_no_later_one() {
        let table = leak(ActionTable::<2>::new());
        let address = ptr::from_ref(table).cast();
        let action: &'static Action = leak(Action::new(|_, ()| Verdict::Handled, ()));
        let pointer = action.pointer();
        let take_out = || {
            table.register(1, action).unwrap();
            table.unregister(action).unwrap();
            pointer.draining(address).unwrap()
        };
        let in_flight = Err(ActionError::InFlight {
            index: 1,
            action: action.id(),
        });

        for _ in 0..100 {
            let (first, second) = (take_out(), take_out());
            pointer.free(first);
            assert_eq!(action.with_context(|()| ()), in_flight);
            pointer.free(second);
            assert_eq!(action.with_context(|()| ()), Ok(()));
            let third = take_out();
            for earlier in [first, second] {
                pointer.free(earlier);
                assert_eq!(action.with_context(|()| ()), in_flight);
            }
            pointer.free(third);
            // And if it is free already, it stays so.
            pointer.free(third);
            assert!(pointer.draining(address).is_none());
        }
    }

    /// Or a search for two actions of one event would find some in two tables, or go
    /// through the gaps.
    #[test]
    fn tables_side_by_side_have_positions_side_by_side() {
        type Small = ActionTable<1, (), Uncounted>;
        type Large = ActionTable<100, (), Uncounted>;
        fn position<const N: usize>(
            table: &'static ActionTable<N, (), Uncounted>,
            index: usize,
        ) -> usize {
            let declared = Declared {
                name: "",
                shared: false,
                priority: 0,
                function: "kernel::uart",
                file: "uart.rs",
                line: 7,
            };
            StaticAction::plain(table, index, |_| Verdict::Handled, &declared).position()
        }

        let (small, large): &'static (Small, Large) = leak(Default::default());
        let between = ptr::from_ref(large)
            .addr()
            .abs_diff(ptr::from_ref(small).addr());
        let (of_small, of_large) = (position(small, 0), position(large, 0));
        assert_eq!(of_small.abs_diff(of_large), between / size_of::<usize>());
        for index in 0..100 {
            assert_eq!(position(large, index), of_large + index);
            assert_ne!(position(large, index), of_small);
        }
    }
}
