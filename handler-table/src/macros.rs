//! The public macros.

/// Registers a function as the static handler of an event.
///
/// `#[event_handler(TABLE, INDEX)]` on a function. `TABLE` is the path of a
/// `static` with [`#[handler_table]`](macro@handler_table), in this crate or in
/// any other. `INDEX` is a constant expression of type `usize`, from 0 to the
/// table's capacity less one: a literal in any base, a `const`, `Irq::Uart as
/// usize`, `BASE + 2`. The handler is in the table once
/// [`init`](crate::HandlerTable::init) has run.
///
/// A function may have several of these attributes, for other tables or events.
/// It stays what it was: its attributes, visibility and body are untouched, and
/// it can be called. A `#[cfg(…)]` on it applies to the registration too.
///
/// `#[event_handler(TABLE, INDEX, crate = path)]` is for a crate that knows
/// `handler_table` under another path only, such as `kernel::handler_table`.
///
/// # Errors
///
/// Does not compile if the function is not of the type of the table's handlers
/// (it is rustc that says so, on the function's name), if the index is out of
/// range, if there is no such table, or if a slot cannot hold such a function:
/// with generic parameters, `self`, `async`, `impl Trait` or `...`.
///
/// Does not link if another function in the program has the same event of the
/// same table, and both indices are literals. With an index that is an
/// expression, [`init`](crate::HandlerTable::init) returns
/// [`InitError::Duplicate`](crate::InitError::Duplicate). So do two exclusive actions; a shared and an exclusive
/// one are found by [`init`](crate::ActionTable::init), as [`InitError::Exclusive`](crate::InitError::Exclusive).
///
/// # Not guaranteed
///
/// A crate that is not linked into the program brings no handlers: `rustc` links
/// a dependency only if something names it, for which `use driver as _;` is
/// enough. [`require!`] makes its absence an error.
///
/// # Examples
///
/// ```
/// use handler_table::{HandlerTable, event_handler, handler_table};
///
/// enum Irq {
///     Timer = 0,
///     Uart = 4,
/// }
///
/// #[handler_table]
/// static IRQS: HandlerTable<16, fn(&mut u64)>;
///
/// #[event_handler(IRQS, Irq::Timer as usize)]
/// fn tick(ticks: &mut u64) {
///     *ticks += 1;
/// }
///
/// #[event_handler(IRQS, Irq::Uart as usize)]
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
/// On a `static` of type [`HandlerTable<N, F>`](crate::HandlerTable), or an alias of
/// it, or of type [`ActionTable<N, A, D>`](crate::ActionTable), by this name, without a
/// value. It may be private or public, in a module or in a
/// function; other attributes and the documentation stay on it.
///
/// Beside the `static` this defines a macro of the same name, for
/// [`#[event_handler]`](macro@event_handler) and [`require!`] alone. Wherever
/// the table is imported, by name, glob or path, the macro comes along. It also
/// adds one byte to `.bss`, in which [`init`](crate::HandlerTable::init) notes what it
/// did, and one element to the section of the static handlers.
///
/// `#[handler_table(crate = path)]` is for a crate that knows `handler_table`
/// under another path only.
///
/// # Errors
///
/// Does not compile on anything but a `static` without `mut` and without a
/// value, or if the type is none of a table, or if its handlers are no function
/// pointers, or if it has no slots.
///
/// # Not guaranteed
///
/// That two tables of one name which one `macro_rules!` body writes twice are
/// told apart: the linker then reports handlers of one event in both as
/// duplicates. Give such tables names of their own.
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
/// `require!(TABLE, 1, 3, 7)`, where items or statements may stand, in any
/// crate of the program. The indices are integer literals in the range of the
/// table. Expands to references to the symbols under which
/// [`#[event_handler]`](macro@event_handler) exports handlers; costs a word of
/// read-only memory each, and nothing at run time.
///
/// `require!(TABLE, 1, crate = path)` is for a crate that knows `handler_table`
/// under another path only.
///
/// # Errors
///
/// Does not compile if an index is no literal or out of range. Does not link if
/// a handler is missing: `undefined symbol:
/// handler_for_event_3_of_kernel::IRQS[…]`.
///
/// # Not guaranteed
///
/// A handler whose index is an expression has no such symbol, and does not
/// satisfy a requirement. Look for it in
/// [`static_handlers`](crate::HandlerTable::static_handlers) instead.
///
/// # Actions
///
/// Several actions may share an event, so they cannot share a symbol, and no linker
/// misses one. Of an [`ActionTable`](crate::ActionTable), [`init`](crate::ActionTable::init) looks whether
/// every required event has an action, and returns [`InitError::Missing`](crate::InitError::Missing) if not.
/// That costs one read-only element of the section of the static handlers.
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
/// require!(IRQS, 3);
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
/// range, or has a slot without a name.
///
/// `#[events(crate = path)]` before it is for a crate that knows `handler_table` under
/// another path only.
///
/// # Errors
///
/// Does not compile if the enum has no such variant, or variants with fields.
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
