#![doc = include_str!("../README.md")]
#![no_std]

mod action;
mod action_table;
mod error;
mod handler_table;
mod message;
#[cfg(all(test, loom))]
mod models;
mod registry;
mod slot;
mod static_action;
mod sync;
mod word;

#[doc = include_str!("../docs/bare-metal.md")]
pub mod bare_metal {}
#[doc = include_str!("../docs/memory.md")]
#[doc = include_str!("../docs/unsafe-audit.md")]
pub mod memory {}
#[doc = include_str!("../docs/migration.md")]
pub mod migration {}

#[doc = include_str!("../docs/actions.md")]
pub mod actions {}

#[doc(hidden)]
pub use crate::handler_table::FunctionPointer;
pub use crate::handler_table::{Handler, HandlerTable, Iter, RegisterError};
pub use action::Action;
pub use action::cpus::CpuSet;
pub use action::error::{ActionError, DispatchError};
pub use action::event::Event;
pub use action::flight::{Counted, Here, Tracking, Uncounted};
pub use action::id::ActionId;
pub use action::line::Line;
pub use action::outcome::{Outcome, Verdict};
pub use action::registered::{AsAction, Registered};
pub use action_table::drain::Removal;
pub use action_table::{ActionTable, SpuriousHook};
pub use error::{InitError, StaticHandler};
/// Registers a function as the static handler of an event.
///
/// `#[event_handler(TABLE, INDEX)]` on a function. `TABLE` is the path of a
/// `static` with [`#[handler_table]`](macro@handler_table), in this crate or in
/// any other. `INDEX` is a constant expression of type `usize`, from 0 to the
/// table's capacity less one: a literal in any base, a `const`, `Irq::Uart as
/// usize`, `BASE + 2`. The handler is in the table once
/// [`init`](HandlerTable::init) has run.
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
/// expression, [`init`](HandlerTable::init) returns
/// [`InitError::Duplicate`]. So do two exclusive actions; a shared and an exclusive
/// one are found by [`init`](ActionTable::init), as [`InitError::Exclusive`].
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
/// On a `static` of type [`HandlerTable<N, F>`](HandlerTable), or an alias of
/// it, or of type [`ActionTable<N, A, D>`](ActionTable), by this name, without a
/// value. It may be private or public, in a module or in a
/// function; other attributes and the documentation stay on it.
///
/// Beside the `static` this defines a macro of the same name, for
/// [`#[event_handler]`](macro@event_handler) and [`require!`] alone. Wherever
/// the table is imported, by name, glob or path, the macro comes along. It also
/// adds one byte to `.bss`, in which [`init`](HandlerTable::init) notes what it
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
/// [`static_handlers`](HandlerTable::static_handlers) instead.
///
/// # Actions
///
/// Several actions may share an event, so they cannot share a symbol, and no linker
/// misses one. Of an [`ActionTable`], [`init`](ActionTable::init) looks whether
/// every required event has an action, and returns [`InitError::Missing`] if not.
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
pub use registry::{Loaded, init_all};

/// Makes an empty [`HandlerTable`] of any function pointer type, as
/// [`HandlerTable::new`] does for `fn()`.
///
/// A constant expression. `N` and `F` are those of the place that it stands in:
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
            $crate::HandlerTable::with_proof(|function| {
                function as *const $crate::FunctionPointer<_>
            })
        }
    };
}

/// What the macros expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    #[cfg(not(handler_table_elf))]
    pub use crate::registry::HANDLER_TABLE_0_1;
    pub use crate::registry::{
        ActionWithContext, ActionWithOptions, ActionWithoutOptions, Entry, Registration, idle,
        require,
    };
    pub use crate::slot::Load;
    pub use crate::static_action::StaticAction;
    pub use crate::{__entry as entry, __handler as handler, __required as required};
    #[cfg(not(handler_table_elf))]
    pub use linkme;
}

// These are written here, not in the user's crate, so that what is `unsafe` in
// them is ours to answer for: `forbid(unsafe_code)` there does not apply. Whoever
// reads this can call them as well. So none of them takes text for a symbol, a
// section or assembly but in identifiers, which hold neither quotes nor line
// breaks; and none of them has `unsafe` round tokens that it is given.
//
// `$table` is the name of a table: `[kernel IRQS hash]`.

/// A static in the section of the static handlers.
#[doc(hidden)]
#[cfg(handler_table_elf)]
#[macro_export]
macro_rules! __entry {
    (static $name:ident = $($value:tt)+) => {
        #[used]
        // SAFETY: the section holds entries, and this is one.
        #[unsafe(link_section = "handler_table_0_1")]
        static $name: $crate::__private::Entry = $($value)+
    };
}

#[doc(hidden)]
#[cfg(not(any(handler_table_elf, handler_table_kept)))]
#[macro_export]
macro_rules! __entry {
    (static $name:ident = $($value:tt)+) => {
        #[$crate::__private::linkme::distributed_slice($crate::__private::HANDLER_TABLE_0_1)]
        #[linkme(crate = $crate::__private::linkme)]
        static $name: $crate::__private::Entry = $($value)+
    };
}

/// As above, and a pointer to the entry from a section that GNU ld keeps.
#[doc(hidden)]
#[cfg(handler_table_kept)]
#[macro_export]
macro_rules! __entry {
    (static $name:ident = $($value:tt)+) => {
        #[$crate::__private::linkme::distributed_slice($crate::__private::HANDLER_TABLE_0_1)]
        #[linkme(crate = $crate::__private::linkme)]
        static $name: $crate::__private::Entry = $($value)+
        const _: () = {
            #[used]
            // SAFETY: the section has what others point at. Nobody looks for this.
            #[unsafe(link_section = ".xdata$handler_table")]
            static KEPT: &$crate::__private::Entry = &$name;
        };
    };
}

/// A handler: its entry, and the symbol that is its name.
///
/// The name is not the entry's own. A linker takes an object out of an archive
/// only for a name that it still misses, so of two entries of one name the other
/// could be lost without a word.
///
/// Of a `HandlerTable`, the registration that the attribute writes is the entry. If
/// there are options, the attribute knows that it should be an action, and what to
/// say if it is none. Of an `ActionTable`, the registration is an action, which the
/// entry points at.
#[doc(hidden)]
#[macro_export]
macro_rules! __handler {
    (
        functions $table:tt
        $symbol:tt $entry:ident [$($function:tt)*] $action:tt [$($fields_and_call:tt)*]
    ) => {
        $crate::__entry! { static $entry = $($function)* $($fields_and_call)*; }
        $crate::__symbol! { $table $symbol }
    };
    (
        functions $table:tt
        $symbol:tt $entry:ident $function:tt $action:tt $fields_and_call:tt $($error:tt)+
    ) => {
        $($error)+
    };
    (
        actions $table:tt
        $symbol:tt $entry:ident $function:tt [$($action:tt)*] [$($fields_and_call:tt)*]
        $($error:tt)*
    ) => {
        $crate::__entry! {
            static $entry = {
                static $entry: $crate::__private::StaticAction =
                    $($action)* $($fields_and_call)*;
                // SAFETY: nothing else can name the action.
                unsafe { $crate::__private::Entry::action(&$entry) }
            };
        }
        $crate::__symbol! { $table $symbol }
    };
}

/// The name of a handler, twice. As a static whose name has that of the crate as
/// well, for two in one crate: rustc reports them, at the function. And as a
/// label in assembly, for two in two crates: thin link-time optimization keeps
/// one of two statics of one name, and says nothing, but lets assembly alone. The
/// name of the label's section tells which function it is.
///
/// Nothing if the attribute gives none.
#[doc(hidden)]
#[cfg(handler_table_labels)]
#[macro_export]
macro_rules! __symbol {
    (
        [$kernel:ident $table:ident $hash:ident]
        [$index:literal $_index:ident $function:ident $krate:ident $label:ident $($item:tt)+]
    ) => {
        // SAFETY: names that start so are this crate's, and two of them clash only if two
        // handlers do, which is the purpose.
        #[unsafe(export_name = ::core::concat!(
            "handler_for_event", ::core::stringify!($_index),
            "_of_", ::core::stringify!($kernel), "::", ::core::stringify!($table),
            "[", ::core::stringify!($hash), "]_in_", ::core::stringify!($krate),
        ))]
        $($item)+
        mod $label {
            ::core::arch::global_asm!(
                ::core::concat!(
                    ".pushsection \".rodata.", ::core::stringify!($function),
                    " of ", ::core::stringify!($krate), "\", \"a\"",
                ),
                ::core::concat!(
                    ".globl \"handler_for_event_{index}_of_",
                    ::core::stringify!($kernel), "::", ::core::stringify!($table),
                    "[", ::core::stringify!($hash), "]\"",
                ),
                ::core::concat!(
                    "\"handler_for_event_{index}_of_",
                    ::core::stringify!($kernel), "::", ::core::stringify!($table),
                    "[", ::core::stringify!($hash), "]\":",
                ),
                ".popsection",
                index = const $index,
            );
        }
    };
    ($table:tt []) => {};
}

/// The name of a handler: a symbol.
#[doc(hidden)]
#[cfg(not(handler_table_labels))]
#[macro_export]
macro_rules! __symbol {
    (
        [$kernel:ident $table:ident $hash:ident]
        [$index:literal $_index:ident $function:ident $krate:ident $label:ident $($item:tt)+]
    ) => {
        // SAFETY: names that start so are this crate's, and two of them clash only if two
        // handlers do, which is the purpose.
        #[unsafe(export_name = ::core::concat!(
            "handler_for_event", ::core::stringify!($_index),
            "_of_", ::core::stringify!($kernel), "::", ::core::stringify!($table),
            "[", ::core::stringify!($hash), "]",
        ))]
        $($item)+
    };
    ($table:tt []) => {};
}

/// What `require!` asks for: of a `HandlerTable`, that the linker finds the symbols
/// of these handlers; of an `ActionTable`, that `init` looks for such actions.
#[doc(hidden)]
#[macro_export]
macro_rules! __required {
    (functions $table:tt $static:ident $([$_index:ident $index:tt])*) => {
        $( $crate::__require_symbol! { $table $_index } )*
    };
    (actions $table:tt $static:ident $([$_index:ident $index:tt])*) => {
        $crate::__entry! {
            static HANDLER_TABLE_REQUIREMENT = $crate::__private::Entry::required(
                &$static,
                &[$($index),*],
                ::core::file!(),
                ::core::line!(),
            );
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __require_symbol {
    ([$kernel:ident $table:ident $hash:ident] $_index:ident) => {
        const _: () = {
            // SAFETY: if the symbol exists, it has an address, and there is nothing at it.
            unsafe extern "Rust" {
                #[link_name = ::core::concat!(
                            "handler_for_event", ::core::stringify!($_index),
                            "_of_", ::core::stringify!($kernel), "::", ::core::stringify!($table),
                            "[", ::core::stringify!($hash), "]",
                        )]
                static HANDLER: ();
            }
            // SAFETY: as above.
            #[used]
            static REQUIRED: &() = unsafe { &HANDLER };
        };
    };
}
