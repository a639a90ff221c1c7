//! The public macros.

/// Registers a function as the static handler of an event.
///
/// Write `#[event_handler(TABLE, INDEX)]` on a free function, in any crate. The handler is in
/// the table once [`init`](crate::HandlerTable::init) has run.
///
/// A function can have several of these attributes, for other tables or events. Its own
/// attributes, visibility and body do not change, and it can be called as before. A
/// `#[cfg(…)]` on it applies to the registration too.
///
/// # Arguments
///
/// | argument | type | default | example |
/// |---|---|---|---|
/// | `TABLE` | path of a `static` with [`#[handler_table]`](macro@handler_table) | required | `kernel::IRQS` |
/// | `INDEX` | constant expression: a `usize`, or an event of the table's type of [`Events`](crate::Events) | required | `3`, `BASE + 2`, `Irq::Uart` |
/// | `crate = …` | path of this crate, where it is not `handler_table` | `::handler_table` | `crate = kernel::handler_table` |
///
/// For an [`ActionTable`](crate::ActionTable) also:
///
/// | option | type | default | example |
/// |---|---|---|---|
/// | `name = …` | `&'static str`, for errors and listings | the path of the function | `name = "uart0"` |
/// | `context = …` | path of a `static`; not of a `const`, which has no address; the function takes it as its second argument, `&'static C` | no second argument | `context = UART0` |
/// | `shared` | flag: other shared actions can have the same event | exclusive | `shared` |
/// | `priority = …` | `i32` constant; higher runs first | `0` | `priority = -1` |
/// | `counted` | flag: its events are [counted](crate::StaticAction::count) | not counted | `counted` |
/// | `disabled` | flag: not called until it is [`enable`](crate::ActionTable::enable)d | enabled | `disabled` |
/// | `cpus = …` | [`CpuSet`](crate::CpuSet) constant: not called on other CPUs | every CPU | `cpus = CpuSet::of(&[2])` |
/// | `non_reentrant` | flag: never runs twice at once; see [below](#non-reentrant-actions) | reentrant | `non_reentrant` |
/// | `handle = …` | a name, with a visibility before it, for a `static` that is the action's [`StaticAction`](crate::StaticAction) | no name | `handle = pub UART` |
///
/// # Non-reentrant actions
///
/// With `non_reentrant`, the action owns its context, and the function takes it as its second
/// argument, `&mut C`, with `C: Send`. `context = …` is then its first value, a constant
/// expression. Events that arrive while the function runs are pended, as with
/// [`Action::non_reentrant`](crate::Action::non_reentrant). Several of these attributes on one
/// function are several actions, each with a context of its own.
///
/// # Errors
///
/// At compile time: the function does not have the type of the table's handlers, the index
/// is out of range, the event is of another type than the table's, there is no such table,
/// or a slot cannot hold such a function (it has type parameters, `self`, `async`,
/// `impl Trait` or `...`). In an `impl` or a trait there are no free functions: the compiler
/// says that it does not support what the attribute writes there, and to move it to a module.
/// It says `could not find handler_table` where the dependency is missing, or has another name
/// and there is no `crate = …`. For actions also: an option is unknown or has a value of another
/// type, the table tracks none of the `cpus`, or the action is `non_reentrant` and for several
/// `cpus`, of which one could run what another one pended.
///
/// At link time, where the target has labels (see below): two handlers for one event, unless
/// both are `shared` actions. It makes no difference how the two indices are written.
///
/// In `init`: what the linker did not find, as
/// [`InitError::Duplicate`](crate::InitError::Duplicate) or
/// [`InitError::Exclusive`](crate::InitError::Exclusive).
///
/// # Labels
///
/// Each handler defines a symbol whose name has the number of the event and the table, such
/// as `handler_for_event_3_of_kernel::IRQS[8e7f01c2]`. The assembler evaluates the number, so
/// it can be any constant expression. Targets with ELF and stable inline assembly have such
/// labels: x86, Arm, `AArch64`, RISC-V and `LoongArch`. On other targets only an index that
/// is a literal has a symbol; `init` finds the other mistakes.
///
/// # Not guaranteed
///
/// A crate that is not linked into the program brings no handlers. `rustc` links a
/// dependency only if something names it; `use driver as _;` is enough. [`require!`] makes
/// its absence an error.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, event_handler, handler_table};
///
/// const BASE: usize = 8;
///
/// #[handler_table]
/// static IRQS: HandlerTable<16, fn(&mut u64)>;
///
/// #[event_handler(IRQS, 0)]
/// fn tick(ticks: &mut u64) {
///     *ticks += 1;
/// }
///
/// #[event_handler(IRQS, BASE + 1)]
/// #[event_handler(IRQS, 0x0b)]
/// fn uart(_: &mut u64) {}
///
/// assert_eq!(IRQS.init()?.handlers, 3);
/// let mut ticks = 41;
/// IRQS.dispatch(0, |handler| handler(&mut ticks));
/// assert_eq!(ticks, 42);
/// # Ok::<(), handler_table::InitError>(())
/// ```
///
/// An action with a context that the function has for itself, by a name:
///
/// ```
/// use handler_table::{ActionTable, Event, Line, Verdict, event_handler, handler_table};
///
/// #[handler_table]
/// static IRQS: ActionTable<16, u8>;
///
/// #[event_handler(IRQS, 4, non_reentrant, context = Vec::new(), handle = UART, counted)]
/// fn receive(event: &mut Event<'_, u8>, bytes: &mut Vec<u8>) -> Verdict {
///     bytes.push(*event.arg);
///     Verdict::Handled
/// }
///
/// IRQS.init().unwrap();
/// assert_eq!(IRQS.take_line(4), Line::Unmask);
/// IRQS.dispatch(0, 4, &mut b'a').unwrap();
/// IRQS.dispatch(0, 4, &mut b'b').unwrap();
/// assert_eq!(UART.count(), Some(2));
/// assert_eq!(IRQS.disable(UART)?, Line::Mask);
///
/// assert!(IRQS.unregister(UART)?.try_drain());
/// assert_eq!(UART.with_context(|bytes| std::mem::take(bytes))?, b"ab");
/// # Ok::<(), handler_table::ActionError>(())
/// ```
///
/// An action with other options; and a table whose events are the variants of an enum:
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use handler_table::{ActionTable, Counted, Event, Events, Verdict};
/// use handler_table::{event_handler, handler_table};
///
/// #[derive(Events)]
/// enum Irq {
///     Timer,
///     Uart = 4,
/// }
///
/// #[handler_table]
/// static IRQS: ActionTable<{ Irq::CAPACITY }, u32, Counted<1>, Irq>;
///
/// static UART0: AtomicU32 = AtomicU32::new(0);
///
/// #[event_handler(IRQS, Irq::Uart, name = "uart0", context = UART0, shared, priority = 10)]
/// fn receive(event: &mut Event<'_, u32>, uart: &AtomicU32) -> Verdict {
///     uart.fetch_add(*event.arg, Ordering::Relaxed);
///     Verdict::Handled
/// }
///
/// assert_eq!(IRQS.init()?.handlers, 1);
/// assert!(IRQS.dispatch(0, Irq::Uart, &mut 7).unwrap().handled());
/// assert!(IRQS.dispatch(0, Irq::Timer, &mut 7).unwrap().is_spurious());
/// assert_eq!(UART0.load(Ordering::Relaxed), 7);
/// # Ok::<(), handler_table::InitError>(())
/// ```
///
/// ```compile_fail,E0308
/// # use handler_table::{HandlerTable, event_handler, handler_table};
/// # #[handler_table]
/// # static IRQS: HandlerTable<16, fn(&mut u64)>;
/// #[event_handler(IRQS, 3)]
/// fn wrong(_: &mut u32) {}
/// ```
///
/// ```compile_fail,E0080
/// # use handler_table::{HandlerTable, event_handler, handler_table};
/// # #[handler_table]
/// # static IRQS: HandlerTable<16, fn(&mut u64)>;
/// #[event_handler(IRQS, 16)]
/// fn out_of_range(_: &mut u64) {}
/// ```
pub use handler_table_macros::event_handler;
/// Declares a table that static handlers can be linked into.
///
/// Write it on a `static` without a value. Its type is
/// [`HandlerTable<N, F, E>`](crate::HandlerTable) or
/// [`ActionTable<N, A, D, E>`](crate::ActionTable), or an alias of one of them. The `static`
/// can be private or public, in a module or in a function, but not in an `impl` or a trait.
/// Other attributes and the documentation stay on it.
///
/// An alias hides the type of events from the attribute: [`require!`] then takes events, but not
/// `..`. The type of events itself is named as it is declared, not by an alias.
///
/// The attribute also defines a macro with the name of the table, which only
/// [`#[event_handler]`](macro@event_handler) and [`require!`] use. An import of the table, by
/// name, glob or path, imports the macro too. The table has three words more in `.bss`, in which
/// [`init`](crate::HandlerTable::init) notes what it did, and one element in the section of
/// the static handlers.
///
/// # Arguments
///
/// | argument | type | default | example |
/// |---|---|---|---|
/// | `crate = …` | path of this crate, where it is not `handler_table` | `::handler_table` | `crate = kernel::handler_table` |
///
/// # Errors
///
/// Does not compile if it is on anything but a `static` without `mut` and without a value; if
/// the type is not that of a table; if the handlers are not function pointers; if the table
/// has no slots; or if its capacity is not that of its type of events.
///
/// # Examples
///
/// ```
/// use handler_table::event_handler;
///
/// pub mod irq {
///     use handler_table::{HandlerTable, handler_table};
///
///     pub struct Frame {
///         pub pc: usize,
///     }
///
///     /// The interrupts of this machine.
///     #[handler_table]
///     pub static IRQS: HandlerTable<256, fn(&mut Frame) -> bool>;
/// }
///
/// #[event_handler(irq::IRQS, 3)]
/// fn breakpoint(frame: &mut irq::Frame) -> bool {
///     frame.pc += 4;
///     true
/// }
///
/// irq::IRQS.init()?;
/// let mut frame = irq::Frame { pc: 0 };
/// assert_eq!(irq::IRQS.dispatch(3, |handler| handler(&mut frame)), Some(true));
/// # Ok::<(), handler_table::InitError>(())
/// ```
///
/// ```compile_fail
/// # use handler_table::{HandlerTable, handler_table};
/// #[handler_table]
/// static NAMES: HandlerTable<8, &'static str>;
/// ```
pub use handler_table_macros::handler_table;
/// Fails the link if an event has no static handler in the program.
///
/// Write `require!(TABLE, INDEX, …)` where items or statements can be, in any crate of the
/// program. An index is any constant expression that
/// [`#[event_handler]`](macro@event_handler) takes; it need not be written as in the
/// attribute of the handler. `require!(TABLE, ..)` requires every event of the table's type
/// of [`Events`](crate::Events). Works for both kinds of table.
///
/// Expands to a reference to the label of each handler: four bytes of read-only memory, and
/// nothing at run time.
///
/// # Arguments
///
/// | argument | type | default | example |
/// |---|---|---|---|
/// | `TABLE` | path of a `static` with [`#[handler_table]`](macro@handler_table) | required | `kernel::IRQS` |
/// | `INDEX`, any number of them | as in `#[event_handler]`; or `..` for all events of a type | at least one | `1, BASE + 2`, `Irq::Uart`, `..` |
/// | `crate = …` | path of this crate, where it is not `handler_table` | `::handler_table` | `crate = kernel::handler_table` |
///
/// # Errors
///
/// Does not compile if an index is out of range. Does not link if a handler is missing:
/// `undefined symbol: handler_for_event_3_of_kernel::IRQS[…]`.
///
/// # Not guaranteed
///
/// On targets without [labels](macro@event_handler#labels), such as macOS and Windows, the
/// linker looks for handlers of a `HandlerTable` if the index here is a literal, and finds those
/// only whose attribute has a literal, too. So for a handler by `BASE + 2` write that here as
/// well. In all other cases [`init`](crate::ActionTable::init) looks, and returns
/// [`InitError::Missing`](crate::InitError::Missing).
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, event_handler, handler_table, require};
///
/// #[handler_table]
/// static IRQS: HandlerTable<16>;
///
/// #[event_handler(IRQS, 3)]
/// fn uart() {}
///
/// const UART: usize = 3;
/// require!(IRQS, UART);
/// ```
///
/// ```compile_fail
/// # use handler_table::{HandlerTable, handler_table, require};
/// # #[handler_table]
/// # static IRQS: HandlerTable<16>;
/// require!(IRQS, 16);
/// ```
pub use handler_table_macros::require;

/// Makes a type of events for an enum of another crate; see [`Events`](crate::Events).
///
/// `events! { pub struct NAME: PATH { VARIANT, … } }`: `NAME` is then what stands for the
/// events in the type of a table, and the events are variants of the enum at `PATH`. The
/// variants in the list have slots and names. A variant that is not in the list is out of
/// range, or has a slot without a name. A variant can have documentation and `#[cfg(…)]`.
///
/// `#[events(crate = path)]` before it is for a crate that knows `handler_table` under
/// another path only.
///
/// # Errors
///
/// Does not compile if the enum has no such variant, or variants with fields; or if a variant
/// is listed twice.
///
/// # Examples
///
/// ```
/// # mod pac {
/// #     #[derive(Clone, Copy)]
/// #     #[repr(u16)]
/// #     pub enum Interrupt { UART0 = 5, TIM = 17, I2C = 1 }
/// # }
/// use handler_table::{Events, HandlerTable, event_handler, events, handler_table};
///
/// events! {
///     /// The interrupts that have handlers.
///     pub struct Pac: pac::Interrupt { UART0, TIM }
/// }
///
/// #[handler_table]
/// static IRQS: HandlerTable<{ Pac::CAPACITY }, fn() -> u32, Pac>;
///
/// #[event_handler(IRQS, pac::Interrupt::UART0)]
/// fn uart() -> u32 {
///     5
/// }
///
/// IRQS.init()?;
/// assert_eq!(IRQS.dispatch(pac::Interrupt::UART0, |handler| handler()), Some(5));
/// assert_eq!(IRQS.dispatch(pac::Interrupt::TIM, |handler| handler()), None);
/// assert!(IRQS.register(pac::Interrupt::I2C, || 1).is_err());
/// # Ok::<(), handler_table::InitError>(())
/// ```
pub use handler_table_macros::events;

/// Makes an empty [`HandlerTable`](crate::HandlerTable) of any function pointer type, as
/// [`HandlerTable::new`](crate::HandlerTable::new) does for `fn()`.
///
/// A constant expression. `N` and `F` are those of the place where it is used:
/// a `static`, a struct field, a `let` with a type.
///
/// # Errors
///
/// Does not compile if `F` is not a function pointer type, or is not known.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, table};
///
/// struct Bus {
///     devices: HandlerTable<32, fn(&Bus, u8) -> u8>,
/// }
///
/// static BUS: Bus = Bus { devices: table!() };
///
/// BUS.devices.register(4, |_, byte| !byte)?;
/// assert_eq!(BUS.devices.dispatch(4, |device| device(&BUS, 0xf0)), Some(0x0f));
/// # Ok::<(), handler_table::RegisterError>(())
/// ```
///
/// ```compile_fail,E0606
/// # use handler_table::{HandlerTable, table};
/// static NAMES: HandlerTable<32, &'static str> = table!();
/// ```
#[macro_export]
macro_rules! table {
    () => {
        // SAFETY: the cast is the proof that `with_proof` asks for.
        unsafe {
            $crate::HandlerTable::with_proof(|function| function as *const _)
                .with_capacity_of_events()
        }
    };
}
