//! x
#![no_std]
#![warn(missing_docs)]

mod error;
mod message;
#[cfg(all(test, loom))]
mod models;
mod registry;
mod slot;
mod sync;
mod table;

pub use error::{InitError, StaticHandler};
pub use handler_table_macros::{event_handler, handler_table, require};
pub use registry::{Loaded, init_all};
#[doc(hidden)]
pub use table::FunctionPointer;
pub use table::{Handler, HandlerTable, Iter, RegisterError};

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
            $crate::HandlerTable::with_proof(|function| function as *const $crate::FunctionPointer)
        }
    };
}

/// What the macros expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::registry::{Entry, HANDLER_TABLE_0, Registration, idle, require};
    pub use crate::slot::Load;
    pub use crate::{__element as element, __require as require};
    pub use linkme;
}

// Written here, not in the user's crate, so that what is `unsafe` in it is ours
// to answer for: `forbid(unsafe_code)` there does not apply.
#[doc(hidden)]
#[macro_export]
macro_rules! __element {
    ([$($name:literal)+] $($item:tt)*) => {
        // SAFETY: the name is one that only this crate writes, and two such
        // names clash only if two handlers do, which is the purpose.
        #[unsafe(export_name = ::core::concat!($($name),+))]
        #[$crate::__private::linkme::distributed_slice($crate::__private::HANDLER_TABLE_0)]
        #[linkme(crate = $crate::__private::linkme)]
        $($item)*
    };
    ([] $($item:tt)*) => {
        #[$crate::__private::linkme::distributed_slice($crate::__private::HANDLER_TABLE_0)]
        #[linkme(crate = $crate::__private::linkme)]
        $($item)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __require {
    ($([$($name:literal)+])*) => {
        $(
            const _: () = {
                // SAFETY: if the symbol exists, it is an entry, which is at least a byte long;
                // nothing is read from it.
                unsafe extern "C" {
                    #[link_name = ::core::concat!($($name),+)]
                    static HANDLER: ::core::primitive::u8;
                }
                // SAFETY: as above.
                #[used]
                static REQUIRED: &::core::primitive::u8 = unsafe { &HANDLER };
            };
        )*
    };
}
