//! [`ActionGuard`]: an action in memory of its own, which is freed after the last call.
//!
//! The guard is the only owner of the memory. Everybody else reaches the record through the
//! list only, in a section. A record is freed after these steps:
//!
//! 1. It is removed: by the guard, or by somebody with a handle.
//! 2. The guard finds it draining, with an Acquire load. So it is unlinked.
//! 3. Then a wait begins, and ends. So every section that could reach the record has ended.
//!
//! The record is registered only once. So nothing can be mistaken for a later registration.

use super::Action;
use super::error::ActionError;
use super::flight::{Here, Progress};
use super::handle::{ActionHandle, Target};
use super::id::ActionId;
use super::line::Line;
use super::record::Pointer;
use super::registered::Registration;
use super::typed::Lent;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use alloc::boxed::Box;
use core::fmt::{self, Debug};
use core::ptr::{self, NonNull};

/// The table of boxed actions.
pub(crate) trait Holder: Sync {
    /// Removes an action, without reporting the line. Does nothing if it was removed before.
    fn remove(&self, slot: usize, target: Target);
    /// Reports the line of an event.
    fn tell(&self, slot: usize) -> Line;
    fn check(&self, here: Here) -> Result<(), ActionError>;
    /// Starts a wait for every operation that began before.
    fn begin(&self) -> Progress;
    /// Continues the wait. Returns true if those operations have ended.
    fn advance(&self, progress: &mut Progress) -> bool;
    fn deferred(&self) -> &Deferred;
}

/// An action and what its guard must know.
#[repr(C)]
struct Body<A: ?Sized, C> {
    header: Header,
    action: Action<A, C>,
}

/// The part of a body that does not depend on its type. Only the owner of the body uses it.
struct Header {
    table: &'static dyn Holder,
    slot: usize,
    action: Pointer,
    progress: Option<Progress>,
    /// Drops the body and frees its memory.
    free: unsafe fn(NonNull<Header>),
    /// The next deferred body.
    next: *mut Header,
}

/// The owner of a body.
struct Owner(NonNull<Header>);

// SAFETY: an owner owns a table reference, which is `Sync`, and an action whose context is
// `Send`. Its handlers may run on any thread anyway.
unsafe impl Send for Owner {}
// SAFETY: a shared owner only reads the header and the id.
unsafe impl Sync for Owner {}

impl Owner {
    fn new<A: ?Sized + 'static, C: Send + 'static>(
        table: &'static dyn Holder,
        slot: usize,
        action: Action<A, C>,
    ) -> Self {
        /// # Safety
        ///
        /// The header must be that of a `Body<A, C>` from a box. Nobody else may use the body.
        unsafe fn free<A: ?Sized, C>(header: NonNull<Header>) {
            // SAFETY: the caller's promise.
            drop(unsafe { Box::from_raw(header.cast::<Body<A, C>>().as_ptr()) });
        }
        let body = Box::into_raw(Box::<Body<A, C>>::new_uninit()).cast::<Body<A, C>>();
        // SAFETY: the memory is that of a body, and is initialized here. The action is
        // `repr(C)` with the record first, the pointer is valid for the whole action, and the
        // body is freed only after the last section that can reach the action. The header is
        // the first field.
        unsafe {
            let record = NonNull::new_unchecked(&raw mut (*body).action);
            let header = Header {
                table,
                slot,
                action: Pointer::new(record.cast()),
                progress: None,
                free: free::<A, C>,
                next: ptr::null_mut(),
            };
            body.write(Body { header, action });
            Owner(NonNull::new_unchecked(body).cast())
        }
    }

    fn header(&self) -> &Header {
        // SAFETY: the owner alone uses the header.
        unsafe { self.0.as_ref() }
    }

    fn header_mut(&mut self) -> &mut Header {
        // SAFETY: as above.
        unsafe { self.0.as_mut() }
    }

    /// Removes the action, unless that was done.
    fn remove(&self) {
        let header = self.header();
        if header.action.record().is_used() {
            header
                .table
                .remove(header.slot, Target::Action(header.action));
        }
    }

    /// Continues the wait for the last call. Returns true if nobody else can reach the
    /// action.
    fn is_drained(&mut self) -> bool {
        let header = self.header_mut();
        // Somebody else may be about to remove it.
        if !header.action.record().is_draining() {
            return false;
        }
        let table = header.table;
        table.advance(header.progress.get_or_insert_with(|| table.begin()))
    }

    /// Drops the action and frees its memory.
    ///
    /// # Safety
    ///
    /// It must be drained, or never registered.
    unsafe fn free(self) {
        let free = self.header().free;
        // SAFETY: `new` has stored the function for this body, and the caller promises that
        // nobody else can reach it.
        unsafe { free(self.0) };
    }
}

/// Bodies that were dropped while a call could be in flight.
pub(crate) struct Deferred {
    first: AtomicPtr<Header>,
    registrations: AtomicUsize,
}

impl Deferred {
    pub(crate) const fn new() -> Self {
        Deferred {
            first: AtomicPtr::new(ptr::null_mut()),
            registrations: AtomicUsize::new(0),
        }
    }

    #[cfg(all(test, loom))]
    pub(crate) fn touch(&self) {
        assert!(self.first.load(Ordering::Relaxed).is_null());
        assert_eq!(self.registrations.load(Ordering::Relaxed), 0);
    }

    fn push(&self, mut owner: Owner) {
        // Ordering: Relaxed, the exchange checks the value.
        let mut first = self.first.load(Ordering::Relaxed);
        loop {
            owner.header_mut().next = first;
            match self.first.compare_exchange(
                first,
                owner.0.as_ptr(),
                // Ordering: Release pairs with the Acquire of `take`, which gets the body.
                Ordering::Release,
                // Ordering: Relaxed, the next exchange checks the value.
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }

    /// Frees those whose last call has ended. Returns whether any is left.
    pub(crate) fn collect(&self) -> bool {
        /// The rest of what was taken. If a drop panics, it is put back.
        struct Rest<'a>(*mut Header, &'a Deferred);
        impl Rest<'_> {
            fn next(&mut self) -> Option<Owner> {
                let owner = Owner(NonNull::new(self.0)?);
                self.0 = owner.header().next;
                Some(owner)
            }
        }
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                while let Some(owner) = self.next() {
                    self.1.push(owner);
                }
            }
        }

        // Ordering: Relaxed, the swap below takes them.
        if self.first.load(Ordering::Relaxed).is_null() {
            return false;
        }
        // Ordering: Acquire pairs with the Release of every `push`: they are one release
        // sequence.
        let mut rest = Rest(self.first.swap(ptr::null_mut(), Ordering::Acquire), self);
        let mut is_left = false;
        while let Some(mut owner) = rest.next() {
            if owner.is_drained() {
                // SAFETY: it is drained.
                unsafe { owner.free() };
            } else {
                is_left = true;
                self.push(owner);
            }
        }
        is_left
    }
}

/// Owns an action that was registered by value, with
/// [`ActionTable::register_boxed`](crate::ActionTable::register_boxed).
///
/// When the guard is dropped, the action is removed, and its context and its memory are
/// dropped. The drop tells nobody to mask the line: see
/// [`take_line`](crate::ActionTable::take_line), or [`unregister`](Self::unregister) first. The
/// drop **does not wait**. If a call may be in flight, for example because a
/// handler drops its own guard, the table keeps the action until the last call has ended. It
/// frees such actions when another guard of the table is dropped, in `register_boxed`, and in
/// [`free_removed`](crate::ActionTable::free_removed). Use [`drain`](Self::drain) to wait, or
/// [`try_drain`](Self::try_drain) to poll. To keep the action for ever, forget the guard.
///
/// The [`handle`](Self::handle) names the action in the methods of the table. It may outlive
/// the guard. If the action is removed by its handle, the guard still owns its memory.
///
/// The context is dropped on the thread that drops the guard, or in one of the methods above.
/// If that panics, the memory is freed nevertheless, and so are the other actions, later.
///
/// # Examples
///
/// ```
/// use handler_table::{Action, ActionError, ActionTable, Event, Verdict};
///
/// static BYTES: ActionTable<4, u8> = ActionTable::new();
///
/// let mut received = Vec::new();
/// let (send, receive) = std::sync::mpsc::channel();
/// let guard = BYTES.register_boxed(
///     2,
///     Action::from_fn_mut(move |event: &mut Event<'_, u8>| {
///         received.push(*event.arg);
///         send.send(received.len()).unwrap();
///         Verdict::Handled
///     })
///     .copied_name(&format!("uart{}", 0)),
/// )?;
/// assert!(BYTES.dispatch(0, 2, &mut b'a').unwrap().handled());
/// assert_eq!(BYTES.status(guard.handle())?.id.name(), "uart0");
///
/// drop(guard);
/// assert!(BYTES.dispatch(0, 2, &mut b'b').unwrap().is_spurious());
/// assert_eq!(receive.iter().collect::<Vec<_>>(), [1]);
/// # Ok::<(), ActionError>(())
/// ```
#[must_use = "the action is removed when the guard is dropped"]
pub struct ActionGuard {
    owner: Option<Owner>,
    registration: Registration,
}

impl ActionGuard {
    /// Registers an action by `register`.
    pub(crate) fn register<A: ?Sized + 'static, C: Send + 'static>(
        table: &'static dyn Holder,
        slot: usize,
        mut action: Action<A, C>,
        register: impl FnOnce(&Lent<A>) -> Result<Registration, ActionError>,
    ) -> Result<Self, ActionError> {
        // Ordering: Relaxed, it is only a number.
        let number = table
            .deferred()
            .registrations
            .fetch_add(1, Ordering::Relaxed);
        action.record.make_boxed(number);
        let owner = Owner::new(table, slot, action);
        let pointer = owner.header().action;
        // SAFETY: it is an `Action<A, C>`, and the context is that of its handler. The owner
        // uses the context only after the last call.
        let lent = unsafe {
            let action = pointer.cast::<Action<A, C>>().as_ref();
            Lent::new(pointer, action.context.get().cast())
        };
        match register(&lent) {
            Ok(registration) => Ok(ActionGuard {
                owner: Some(owner),
                registration,
            }),
            Err(error) => {
                // SAFETY: it was never registered.
                unsafe { owner.free() };
                Err(error)
            }
        }
    }

    /// Returns the handle of the registration.
    ///
    /// # Examples
    ///
    /// See [`ActionGuard`].
    #[must_use]
    pub fn handle(&self) -> ActionHandle {
        self.registration.handle
    }

    /// Returns what to do with the line after the registration.
    ///
    /// # Examples
    ///
    /// See [`try_drain`](Self::try_drain).
    #[must_use]
    pub fn line(&self) -> Line {
        self.registration.line
    }

    /// Returns the name of the action and its place in the source.
    ///
    /// # Examples
    ///
    /// See [`try_drain`](Self::try_drain).
    #[must_use]
    pub fn id(&self) -> Option<ActionId> {
        let owner = self.owner.as_ref()?;
        Some(owner.header().action.record().id())
    }

    /// Removes the action, if it is registered, and returns what to do with the line. Does
    /// not wait, and frees nothing.
    ///
    /// # Examples
    ///
    /// See [`try_drain`](Self::try_drain).
    pub fn unregister(&mut self) -> Line {
        let Some(owner) = &self.owner else {
            return Line::Unchanged;
        };
        owner.remove();
        owner.header().table.tell(owner.header().slot)
    }

    /// Removes the action, if it is registered. If no call is in flight any more, frees it,
    /// and returns true. After that, returns true.
    ///
    /// As [`Removal::try_drain`](crate::Removal::try_drain), but it frees memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionGuard, ActionTable, Line, Verdict};
    /// use std::sync::Mutex;
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// static GUARD: Mutex<Option<ActionGuard>> = Mutex::new(None);
    ///
    /// let once = Action::from_fn(|_| {
    ///     let mut guard = GUARD.lock().unwrap();
    ///     let guard = guard.as_mut().unwrap();
    ///     assert_eq!(guard.unregister(), Line::Mask);
    ///     assert!(!guard.try_drain(), "this call is in flight");
    ///     Verdict::Handled
    /// });
    /// let guard = IRQS.register_boxed(4, once.copied_name("once"))?;
    /// assert_eq!(guard.line(), Line::Unmask);
    /// *GUARD.lock().unwrap() = Some(guard);
    /// IRQS.dispatch(0, 4, &mut ()).unwrap();
    ///
    /// let mut guard = GUARD.lock().unwrap().take().unwrap();
    /// assert_eq!(guard.id().unwrap().name(), "once");
    /// assert!(guard.try_drain());
    /// assert_eq!(guard.id(), None);
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    #[must_use]
    pub fn try_drain(&mut self) -> bool {
        let Some(owner) = &mut self.owner else {
            return true;
        };
        owner.remove();
        if !owner.is_drained() {
            return false;
        }
        if let Some(owner) = self.owner.take() {
            // SAFETY: it is drained.
            unsafe { owner.free() };
        }
        true
    }

    /// Removes the action, if it is registered, waits for the last call, and frees it.
    ///
    /// # Errors
    ///
    /// * [`InHandler`](ActionError::InHandler) if `here` is a [`Here::Cpu`], and that CPU
    ///   is in a handler of this table. Nothing changes.
    /// * [`TooManyCpus`](ActionError::TooManyCpus) if the table does not track that CPU.
    ///
    /// # Not guaranteed
    ///
    /// The limits of [`unregister_and_drain`](crate::ActionTable::unregister_and_drain) apply.
    ///
    /// # Examples
    ///
    /// ```
    /// use handler_table::{Action, ActionTable, Here, Verdict};
    ///
    /// static IRQS: ActionTable<16> = ActionTable::new();
    /// let mut guard = IRQS.register_boxed(4, Action::from_fn(|_| Verdict::Handled))?;
    /// guard.drain(Here::Unknown, std::thread::yield_now)?;
    /// # Ok::<(), handler_table::ActionError>(())
    /// ```
    pub fn drain(&mut self, here: Here, mut relax: impl FnMut()) -> Result<(), ActionError> {
        if let Some(owner) = &self.owner {
            owner.header().table.check(here)?;
        }
        while !self.try_drain() {
            relax();
        }
        Ok(())
    }
}

impl Drop for ActionGuard {
    fn drop(&mut self) {
        let Some(mut owner) = self.owner.take() else {
            return;
        };
        let table = owner.header().table;
        owner.remove();
        if owner.is_drained() {
            // SAFETY: it is drained.
            unsafe { owner.free() };
        } else {
            table.deferred().push(owner);
        }
        table.deferred().collect();
    }
}

impl Debug for ActionGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ActionGuard")
            .field("id", &self.id())
            .field("handle", &self.handle())
            .finish_non_exhaustive()
    }
}
