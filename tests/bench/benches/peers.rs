//! The alternatives to a `HandlerTable`, behind one interface.

use arc_swap::ArcSwapOption;
use dashmap::DashMap;
use handler_table::{HandlerTable, table};
use irq_framework::{
    CpuId, HwIrq, IrqAffinity, IrqContext, IrqDomainId, IrqError, IrqHandle, IrqId, IrqOps,
    IrqOrigin, IrqRequest, IrqReturn, Registry,
};
use seq_macro::seq;
use std::hint::black_box;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, RwLock};

/// A type of handler.
pub(crate) trait Handler: Copy + Send + Sync + 'static {
    /// Two handlers with different effects, for any event.
    fn of(index: usize) -> Self;
    fn call(self, context: &mut u64) -> bool;
    fn into_word(self) -> *mut ();
    /// # Safety
    ///
    /// The word must be a result of `into_word`.
    unsafe fn from_word(word: *mut ()) -> Self;
    fn table<const N: usize>() -> HandlerTable<N, Self>;
    /// The dispatch as a user would write it.
    fn dispatch<const N: usize>(
        table: &HandlerTable<N, Self>,
        index: usize,
        context: &mut u64,
    ) -> bool;
}

#[inline(never)]
pub(crate) fn plain<const I: usize>() {
    black_box(I);
}

#[inline(never)]
pub(crate) fn with_context<const I: usize>(context: &mut u64) -> bool {
    *context += I as u64;
    true
}

seq!(I in 0..4096 {
    static PLAIN: [fn(); 4096] = [#(plain::<I>,)*];
});
seq!(I in 0..256 {
    static WITH_CONTEXT: [fn(&mut u64) -> bool; 256] = [#(with_context::<I>,)*];
});

impl Handler for fn() {
    fn of(index: usize) -> Self {
        PLAIN[index]
    }

    fn call(self, _: &mut u64) -> bool {
        self();
        true
    }

    fn into_word(self) -> *mut () {
        self as *mut ()
    }

    unsafe fn from_word(word: *mut ()) -> Self {
        // SAFETY: by contract, this is such a function.
        unsafe { std::mem::transmute::<*mut (), fn()>(word) }
    }

    fn table<const N: usize>() -> HandlerTable<N, Self> {
        HandlerTable::new()
    }

    fn dispatch<const N: usize>(table: &HandlerTable<N, Self>, index: usize, _: &mut u64) -> bool {
        table.handle(index)
    }
}

impl Handler for fn(&mut u64) -> bool {
    fn of(index: usize) -> Self {
        WITH_CONTEXT[index]
    }

    fn call(self, context: &mut u64) -> bool {
        self(context)
    }

    fn into_word(self) -> *mut () {
        self as *mut ()
    }

    unsafe fn from_word(word: *mut ()) -> Self {
        // SAFETY: by contract, this is such a function.
        unsafe { std::mem::transmute::<*mut (), fn(&mut u64) -> bool>(word) }
    }

    fn table<const N: usize>() -> HandlerTable<N, Self> {
        table!()
    }

    fn dispatch<const N: usize>(
        table: &HandlerTable<N, Self>,
        index: usize,
        context: &mut u64,
    ) -> bool {
        table
            .dispatch(index, |handler| handler(context))
            .unwrap_or(false)
    }
}

/// A table of `N` slots. At first all slots except the last have a handler.
pub(crate) trait Peer<H>: Sync + Sized {
    const NAME: &'static str;
    fn empty() -> Self;
    fn handle(&self, index: usize, context: &mut u64) -> bool;
    fn register(&self, index: usize, handler: H) -> bool;
    fn unregister(&self, index: usize) -> bool;
}

/// The limit: code written by hand for one program.
pub(crate) struct Array<const N: usize>([AtomicPtr<()>; N]);

impl<const N: usize, H: Handler> Peer<H> for Array<N> {
    const NAME: &'static str = "array by hand";

    fn empty() -> Self {
        Array([const { AtomicPtr::new(null_mut()) }; N])
    }

    #[inline]
    fn handle(&self, index: usize, context: &mut u64) -> bool {
        let Some(slot) = self.0.get(index) else {
            return false;
        };
        let word = slot.load(Ordering::Acquire);
        if word.is_null() {
            return false;
        }
        // SAFETY: `register` put it there.
        unsafe { H::from_word(word) }.call(context)
    }

    fn register(&self, index: usize, handler: H) -> bool {
        let word = handler.into_word();
        self.0[index]
            .compare_exchange(null_mut(), word, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn unregister(&self, index: usize) -> bool {
        !self.0[index].swap(null_mut(), Ordering::AcqRel).is_null()
    }
}

pub(crate) struct Ours<const N: usize, H>(HandlerTable<N, H>);

impl<const N: usize, H: Handler> Peer<H> for Ours<N, H> {
    const NAME: &'static str = "handler-table";

    fn empty() -> Self {
        Ours(H::table())
    }

    #[inline]
    fn handle(&self, index: usize, context: &mut u64) -> bool {
        H::dispatch(&self.0, index, context)
    }

    fn register(&self, index: usize, handler: H) -> bool {
        self.0.register(index, handler).is_ok()
    }

    fn unregister(&self, index: usize) -> bool {
        self.0.unregister(index).is_some()
    }
}

pub(crate) struct Predecessor<const N: usize>(handler_table_0_1::HandlerTable<N>);

impl<const N: usize> Peer<fn()> for Predecessor<N> {
    const NAME: &'static str = "handler_table 0.1";

    fn empty() -> Self {
        Predecessor(handler_table_0_1::HandlerTable::new())
    }

    #[inline]
    fn handle(&self, index: usize, _: &mut u64) -> bool {
        self.0.handle(index)
    }

    fn register(&self, index: usize, handler: fn()) -> bool {
        self.0.register_handler(index, handler)
    }

    fn unregister(&self, index: usize) -> bool {
        self.0.unregister_handler(index).is_some()
    }
}

pub(crate) struct ArcSwaps<const N: usize, H>([ArcSwapOption<H>; N]);

impl<const N: usize, H: Handler> Peer<H> for ArcSwaps<N, H> {
    const NAME: &'static str = "arc-swap";

    fn empty() -> Self {
        ArcSwaps([const { ArcSwapOption::const_empty() }; N])
    }

    #[inline]
    fn handle(&self, index: usize, context: &mut u64) -> bool {
        match self.0.get(index).map(ArcSwapOption::load).as_deref() {
            Some(Some(handler)) => handler.call(context),
            _ => false,
        }
    }

    fn register(&self, index: usize, handler: H) -> bool {
        let new = Some(Arc::new(handler));
        self.0[index]
            .compare_and_swap(&None::<Arc<H>>, new)
            .is_none()
    }

    fn unregister(&self, index: usize) -> bool {
        self.0[index].swap(None).is_some()
    }
}

pub(crate) struct Locked<const N: usize, H>(RwLock<[Option<H>; N]>);

impl<const N: usize, H: Handler> Peer<H> for Locked<N, H> {
    const NAME: &'static str = "RwLock";

    fn empty() -> Self {
        Locked(RwLock::new([None; N]))
    }

    #[inline]
    fn handle(&self, index: usize, context: &mut u64) -> bool {
        let handler = self.0.read().expect("no panic").get(index).copied();
        match handler {
            Some(Some(handler)) => handler.call(context),
            _ => false,
        }
    }

    fn register(&self, index: usize, handler: H) -> bool {
        let slot = &mut self.0.write().expect("no panic")[index];
        let free = slot.is_none();
        *slot = Some(handler);
        free
    }

    fn unregister(&self, index: usize) -> bool {
        self.0.write().expect("no panic")[index].take().is_some()
    }
}

pub(crate) struct Hashed<H>(DashMap<usize, H>);

impl<H: Handler> Peer<H> for Hashed<H> {
    const NAME: &'static str = "dashmap";

    fn empty() -> Self {
        Hashed(DashMap::new())
    }

    #[inline]
    fn handle(&self, index: usize, context: &mut u64) -> bool {
        match self.0.get(&index).map(|handler| *handler) {
            Some(handler) => handler.call(context),
            None => false,
        }
    }

    fn register(&self, index: usize, handler: H) -> bool {
        self.0.insert(index, handler).is_none()
    }

    fn unregister(&self, index: usize) -> bool {
        self.0.remove(&index).is_some()
    }
}

/// Its handlers are boxed closures that take a context of the framework.
pub(crate) struct Framework {
    registry: Registry<Hardware>,
    /// The argument for its `free`.
    requested: Mutex<Vec<(usize, IrqHandle)>>,
}

/// A machine with one core and no interrupt controller.
struct Hardware;

impl IrqOps for Hardware {
    type LocalIrqState = ();

    fn current_cpu(&self) -> CpuId {
        CpuId(0)
    }

    fn cpu_online(&self, _: CpuId) -> bool {
        true
    }

    fn in_irq_context(&self) -> bool {
        false
    }

    fn local_irq_save(&self) {}

    fn local_irq_restore(&self, (): ()) {}

    fn run_on_cpu_sync(
        &self,
        _: CpuId,
        call: unsafe fn(*mut ()),
        argument: *mut (),
    ) -> Result<(), IrqError> {
        // SAFETY: the framework passes the argument that belongs to the call.
        unsafe { call(argument) };
        Ok(())
    }

    fn set_affinity(&self, _: IrqId, _: IrqAffinity) -> Result<(), IrqError> {
        Ok(())
    }

    fn set_enabled(&self, _: IrqId, _: Option<CpuId>, _: bool) -> Result<(), IrqError> {
        Ok(())
    }

    fn is_enabled(&self, _: IrqId, _: Option<CpuId>) -> Result<bool, IrqError> {
        Ok(true)
    }

    fn is_pending(&self, _: IrqId, _: Option<CpuId>) -> Result<bool, IrqError> {
        Ok(false)
    }

    fn is_in_service(&self, _: IrqId, _: Option<CpuId>) -> Result<bool, IrqError> {
        Ok(false)
    }

    fn relax(&self) {
        std::hint::spin_loop();
    }
}

impl Framework {
    fn irq(index: usize) -> IrqId {
        let line = u32::try_from(index).expect("events are few");
        IrqId::new(IrqDomainId(0), HwIrq(line))
    }
}

impl<H: Handler> Peer<H> for Framework {
    const NAME: &'static str = "irq-framework";

    fn empty() -> Self {
        Framework {
            registry: Registry::new(Hardware),
            requested: Mutex::new(Vec::new()),
        }
    }

    #[inline]
    fn handle(&self, index: usize, _: &mut u64) -> bool {
        self.registry
            .dispatch(Self::irq(index), CpuId(0), IrqOrigin::Kernel)
            .handled
    }

    fn register(&self, index: usize, handler: H) -> bool {
        let mut context = 0;
        let call = move |_: IrqContext| {
            handler.call(&mut context);
            IrqReturn::Handled
        };
        let handle = self
            .registry
            .request(Self::irq(index), IrqRequest::new(call));
        let mut requested = self.requested.lock().expect("no panic");
        handle.map(|handle| requested.push((index, handle))).is_ok()
    }

    fn unregister(&self, index: usize) -> bool {
        let mut requested = self.requested.lock().expect("no panic");
        let Some(at) = requested.iter().position(|&(of, _)| of == index) else {
            return false;
        };
        self.registry.free(requested.swap_remove(at).1).is_ok()
    }
}
