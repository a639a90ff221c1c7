//! The macros that the public ones expand to.
//!
//! They are here, not in the user's crate, so that what is `unsafe` in them is ours to
//! answer for: `forbid(unsafe_code)` there does not apply. Anybody can call them as
//! well. So none of them takes text for a symbol, a section or assembly but in
//! identifiers, which hold neither quotes nor line breaks; and none of them has
//! `unsafe` round tokens that it is given.
//!
//! `$table` is the name of a table: `[kernel IRQS hash]`.

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
                $crate::__private::events(&$static),
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
