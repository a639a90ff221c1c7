//! The macros that the public ones expand to.
//!
//! They are here, not in the user's crate, so that what is `unsafe` in them is ours to
//! answer for: `forbid(unsafe_code)` there does not apply. Anybody can call them as
//! well. So none of them takes text for a symbol, a section or assembly but in
//! identifiers, which hold neither quotes nor line breaks; and none of them has
//! `unsafe` round tokens that it is given.
//!
//! # Names
//!
//! A handler defines the symbol `handler_for_event_3_of_kernel::IRQS[hash]`, and a
//! requirement refers to it. The symbol is a label in assembly, not a static: thin
//! link-time optimization keeps one of two statics of one name, and says nothing, but
//! lets assembly alone. It is not the entry's own name, either: a linker takes an object
//! out of an archive only for a symbol that it still misses, so of two entries of one
//! name the other could be lost without a word. The number is an operand, so that it may
//! be any constant expression.
//!
//! `$table` is the name of a table: `[kernel IRQS hash]`. `$module` is the name of a
//! module that no token of the user's has.

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

/// Where a handler was declared: text for `Source`.
#[doc(hidden)]
#[cfg(not(handler_table_unnamed))]
#[macro_export]
macro_rules! __source {
    ($($text:tt)+) => {
        $($text)+
    };
}

/// As above, in a section that the linker script does not load.
#[doc(hidden)]
#[cfg(handler_table_unnamed)]
#[macro_export]
macro_rules! __source {
    ($($text:tt)+) => {{
        const TEXT: &::core::primitive::str = $($text)+;
        // SAFETY: it is a section for text. No program reads it.
        #[unsafe(link_section = "handler_table_0_1_names")]
        static SOURCE: [::core::primitive::u8; TEXT.len()] = $crate::__private::bytes_of(TEXT);
        $crate::__private::text_of(&SOURCE)
    }};
}

/// An entry, and a pointer to it from a section that GNU ld keeps.
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

/// The macro of a table whose events have a type, with the name of the table and the list
/// of its events. `$d` is a dollar sign.
///
/// In a module of its own, where no glob import brings the exported macro once more.
///
/// A type in error has no events. Then the kind of the table is `unknown`, and nothing that
/// uses it is wrong as well.
#[doc(hidden)]
#[macro_export]
macro_rules! __companion {
    (
        $d:tt $exported:tt $public:tt $visibility:tt
        $module:ident $name:ident $kind:ident $names:tt [$events:ident]
    ) => {
        $crate::__companion! {
            $d $exported $public $visibility $module $name unknown $names [$events _]
        }
    };
    (
        ($d:tt) [$($exported:tt)*] [$($public:tt)+] [$($visibility:tt)*]
        $module:ident $name:ident $kind:ident [$kernel:ident $table:ident $hash:ident]
        $events:tt
    ) => {
        #[doc(hidden)]
        mod $module {
            $($exported)*
            macro_rules! $name {
                (($d($d krate:tt)+) all $d($d rest:tt)*) => {
                    $d($d krate)+::__private::all! {
                        $kind [$kernel $table $hash] $events $d($d rest)*
                    }
                };
                (($d($d krate:tt)+) $d what:ident $d($d rest:tt)*) => {
                    $d($d krate)+::__private::$d what! {
                        $kind [$kernel $table $hash] $d($d rest)*
                    }
                };
            }
            #[allow(unused_imports)]
            $($public)+ use $name as table;
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        $($visibility)* use $module::table as $table;
    };
}

/// A handler: its entry, and its label.
///
/// `$function` is its entry if the table is a `HandlerTable`, `$action` its action if it
/// is an `ActionTable`: which of the two, the table's own macro knows. If the type of the table
/// is an alias, the compiler knows, and with options it is an `ActionTable`. `$error` is what
/// to say if there are options, and the table is none of actions.
#[doc(hidden)]
#[macro_export]
macro_rules! __handler {
    (unknown $($ignored:tt)*) => {};
    (functions $table:tt $label:tt $entry:ident [$($function:tt)+] $action:tt $alias:tt) => {
        $crate::__entry! { static $entry = $($function)+; }
        $crate::__label! { $table $label }
    };
    (
        functions $table:tt
        $label:tt $entry:ident $function:tt $action:tt $alias:tt $($error:tt)+
    ) => {
        $($error)+
    };
    (
        alias $table:tt
        $label:tt $entry:ident $function:tt $action:tt [[$($action_of:tt)+] $($either:tt)+]
    ) => {
        $crate::__entry! {
            static $entry = {
                static $entry: $crate::__private::MaybeAction = $($action_of)+;
                let entry = $($either)+;
                // SAFETY: nothing else can name the action, and it is of the same type.
                unsafe { entry.with(&$entry) }
            };
        }
        $crate::__label! { $table $label }
    };
    (alias $($rest:tt)+) => {
        $crate::__handler! { actions $($rest)+ }
    };
    (
        actions $table:tt
        $label:tt $entry:ident $function:tt [anonymous $context:ty; $($action:tt)+] $alias:tt $($error:tt)*
    ) => {
        $crate::__entry! {
            static $entry = {
                static $entry: $crate::__private::Linked<$context> = $($action)+;
                // SAFETY: nothing else can name the action.
                unsafe { $crate::__private::Entry::action(&$entry) }
            };
        }
        $crate::__label! { $table $label }
    };
    (
        actions $table:tt
        $label:tt $entry:ident $function:tt [named $context:ty; $($action:tt)+] $alias:tt $($error:tt)*
    ) => {
        $crate::__label! { $table $label }
        static $entry: $crate::__private::Linked<$context> = $($action)+;
        const _: () = {
            $crate::__entry! {
                // SAFETY: no other entry can name the action.
                static ENTRY_OF_ACTION = unsafe { $crate::__private::Entry::action(&$entry) };
            }
        };
        $crate::StaticAction::new(&$entry)
    };
}

/// The label of a handler.
///
/// An index that is a literal is `{ NUMBER _NUMBER STATIC }`: the number, once more as an
/// identifier, and a static whose name makes rustc itself report two handlers of one
/// crate, at the function. Any other index is `( EXPRESSION )`.
#[doc(hidden)]
#[macro_export]
macro_rules! __label {
    ($table:tt [
        exclusive $module:ident $function:ident $krate:ident
        { $number:literal $_number:ident $($item:tt)+ }
    ]) => {
        $crate::__symbol! { $table $_number $krate $($item)+ }
        mod $module {
            $crate::__exclusive! { $table $function $krate $number }
        }
    };
    ($table:tt [
        shared $module:ident $function:ident $krate:ident
        { $number:literal $_number:ident $($item:tt)+ }
    ]) => {
        mod $module {
            $crate::__shared! { $table $function $krate $number }
        }
    };
    ($table:tt [exclusive $module:ident $function:ident $krate:ident $index:tt]) => {
        mod $module {
            $crate::__exclusive! { $table $function $krate Event::NUMBER }
            pub(super) enum Event {}
        }
        $crate::__number! { $module $index }
    };
    ($table:tt [shared $module:ident $function:ident $krate:ident $index:tt]) => {
        mod $module {
            $crate::__shared! { $table $function $krate Event::NUMBER }
            pub(super) enum Event {}
        }
        $crate::__number! { $module $index }
    };
}

/// The number of an event whose index is an expression. Assembly does not see the names
/// of the block in which it is written; but it sees a constant that the block adds to a
/// type of the module in which it is.
#[doc(hidden)]
#[macro_export]
macro_rules! __number {
    ($module:ident ($($index:tt)+)) => {
        impl $module::Event {
            #[allow(arithmetic_overflow, unconditional_panic)]
            const NUMBER: ::core::primitive::usize = $($index)+;
        }
    };
}

/// A static whose name is that of the handler and of the crate.
#[doc(hidden)]
#[cfg(handler_table_labels)]
#[macro_export]
macro_rules! __symbol {
    (
        [$kernel:ident $table:ident $hash:ident] $_number:ident $krate:ident $($item:tt)+
    ) => {
        // SAFETY: names that start so are this crate's, and two of them clash only if two
        // handlers do, which is the purpose.
        #[unsafe(export_name = ::core::concat!(
            "handler_for_event", ::core::stringify!($_number),
            "_of_", ::core::stringify!($kernel), "::", ::core::stringify!($table),
            "[", ::core::stringify!($hash), "]_in_", ::core::stringify!($krate),
        ))]
        $($item)+
    };
}

/// Without labels, this is the symbol.
#[doc(hidden)]
#[cfg(not(handler_table_labels))]
#[macro_export]
macro_rules! __symbol {
    (
        [$kernel:ident $table:ident $hash:ident] $_number:ident $krate:ident $($item:tt)+
    ) => {
        // SAFETY: names that start so are this crate's, and two of them clash only if two
        // handlers do, which is the purpose.
        #[unsafe(export_name = ::core::concat!(
            "handler_for_event", ::core::stringify!($_number),
            "_of_", ::core::stringify!($kernel), "::", ::core::stringify!($table),
            "[", ::core::stringify!($hash), "]",
        ))]
        $($item)+
    };
}

/// The label of a handler that does not share its event. The name of its section tells
/// which function it is. Two of one unit are told here: the assembler would not name them.
#[doc(hidden)]
#[cfg(handler_table_labels)]
#[macro_export]
macro_rules! __exclusive {
    (
        [$kernel:ident $table:ident $hash:ident] $function:ident $krate:ident $($number:tt)+
    ) => {
        ::core::arch::global_asm!(
            ::core::concat!(
                ".ifdef \"handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\"",
            ),
            ::core::concat!(
                ".error \"event {number} of `",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "` has two handlers: handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "] is already defined, and `",
                ::core::stringify!($function), "` of `", ::core::stringify!($krate),
                "` defines it again\"",
            ),
            ".else",
            ::core::concat!(
                ".pushsection \".rodata.", ::core::stringify!($function),
                " of ", ::core::stringify!($krate), "\", \"aR\"",
            ),
            ::core::concat!(
                ".globl \"handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\"",
            ),
            ::core::concat!(
                "\"handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\":",
            ),
            ".popsection",
            ".endif",
            number = const $($number)+,
        );
    };
}

/// The label of an action that shares its event: the same name, but in a group, of which
/// the linker keeps one. So any number of them link, and none links beside an exclusive
/// one. Within one unit, the assembler knows no groups: there the first one counts.
#[doc(hidden)]
#[cfg(handler_table_labels)]
#[macro_export]
macro_rules! __shared {
    (
        [$kernel:ident $table:ident $hash:ident] $function:ident $krate:ident $($number:tt)+
    ) => {
        ::core::arch::global_asm!(
            ::core::concat!(
                ".ifndef \".Lshared_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\"",
            ),
            ::core::concat!(
                ".set \".Lshared_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\", 1",
            ),
            ::core::concat!(
                ".ifdef \"handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\"",
            ),
            ::core::concat!(
                ".error \"event {number} of `",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "` has two handlers that do not share it: handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "] is already defined, and `",
                ::core::stringify!($function), "` of `", ::core::stringify!($krate),
                "` defines it again\"",
            ),
            ".else",
            ::core::concat!(
                ".pushsection \".rodata.", ::core::stringify!($function),
                " of ", ::core::stringify!($krate), "\", \"aGR\", %progbits, \"shared_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\", comdat",
            ),
            ::core::concat!(
                ".globl \"handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\"",
            ),
            ::core::concat!(
                "\"handler_for_event_{number}_of_",
                ::core::stringify!($kernel), "::", ::core::stringify!($table),
                "[", ::core::stringify!($hash), "]\":",
            ),
            ".popsection",
            ".endif",
            ".endif",
            number = const $($number)+,
        );
    };
}

/// `init` finds what a linker without labels cannot.
#[doc(hidden)]
#[cfg(not(handler_table_labels))]
#[macro_export]
macro_rules! __exclusive {
    ($($nothing:tt)*) => {};
}

#[doc(hidden)]
#[cfg(not(handler_table_labels))]
#[macro_export]
macro_rules! __shared {
    ($($nothing:tt)*) => {};
}

/// A requirement of every event of a type: `[Irq [0 Timer] [1 Uart]]`.
#[doc(hidden)]
#[macro_export]
macro_rules! __all {
    (unknown $($ignored:tt)*) => {};
    (
        $kind:ident $table:tt []
        $static:tt $module:ident $krate:ident { $($error:tt)+ }
    ) => {
        $($error)+
    };
    (
        $kind:ident $table:tt [$events:ident $([$at:literal $event:ident])+]
        $static:tt $module:ident $krate:ident $error:tt
    ) => {
        $(
            const _: () = {
                $crate::__required! {
                    $kind $table
                    $static $module $krate [$events $event] {}
                    ($crate::__number_at!($static $at))
                }
            };
        )+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __number_at {
    ([$($static:tt)+] $at:literal) => {
        $crate::__private::number_at(&$($static)+, $at)
    };
}

/// A requirement: a reference to the label, from a section that is kept and that tells
/// which event it is and who requires it. Relative, so that it is read-only in every
/// program. And a line of text for `cargo handlers`, in a section that is not loaded.
///
/// `KEPT` takes the object with the assembly out of its archive: the compiler makes the linker
/// look for what is `#[used]`. Assembly cannot be marked so, and a crate may have nothing
/// else. (A label needs no such static: its entry is in the same object.)
#[doc(hidden)]
#[cfg(handler_table_labels)]
#[macro_export]
macro_rules! __required {
    (unknown $($ignored:tt)*) => {};
    (
        $kind:ident [$kernel:ident $table:ident $hash:ident]
        $static:tt $module:ident $krate:ident
        [$($first:ident $($rest:ident)*)?] $literal:tt ($($index:tt)+) $($check:item)?
    ) => {
        $($check)?
        mod $module {
            #[used]
            static KEPT: () = ();
            ::core::arch::global_asm!(
                ::core::concat!(
                    ".pushsection \".rodata.event {number}",
                    $(
                        " (", ::core::stringify!($first),
                        $("::", ::core::stringify!($rest),)*
                        ")",
                    )?
                    " required by ", ::core::stringify!($krate), "\", \"aR\"",
                ),
                ::core::concat!(
                    ".4byte \"handler_for_event_{number}_of_",
                    ::core::stringify!($kernel), "::", ::core::stringify!($table),
                    "[", ::core::stringify!($hash), "]\" - .",
                ),
                ".popsection",
                ".pushsection \".handler_table_0_1_required\", \"\"",
                ::core::concat!(
                    ".asciz \"{number} ", ::core::stringify!($kernel), "::",
                    ::core::stringify!($table), " ", ::core::stringify!($krate), "\"",
                ),
                ".popsection",
                number = const Event::NUMBER,
            );
            pub(super) enum Event {}
        }
        $crate::__number! { $module ($($index)+) }
    };
}

/// Without labels, a reference to the symbol of a handler of a `HandlerTable` whose index
/// is a literal; for all others, `init` looks.
#[doc(hidden)]
#[cfg(not(handler_table_labels))]
#[macro_export]
macro_rules! __required {
    (unknown $($ignored:tt)*) => {};
    (
        functions [$kernel:ident $table:ident $hash:ident]
        $static:tt $module:ident $krate:ident $name:tt {$_number:ident} ($($index:tt)+)
        $($check:item)?
    ) => {
        $($check)?
        mod $module {
            pub(super) enum Event {}
        }
        $crate::__number! { $module ($($index)+) }
        const _: () = {
            // SAFETY: if the symbol exists, it has an address, and there is nothing at it.
            unsafe extern "Rust" {
                #[link_name = ::core::concat!(
                    "handler_for_event", ::core::stringify!($_number),
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
    (
        $kind:ident $table:tt
        [$($static:tt)+] $module:ident $krate:ident $name:tt $literal:tt ($($index:tt)+)
        $($check:item)?
    ) => {
        $($check)?
        mod $module {
            pub(super) enum Event {}
        }
        $crate::__number! { $module ($($index)+) }
        $crate::__entry! {
            static HANDLER_TABLE_REQUIREMENT = {
                static REQUIREMENT: $crate::__private::Requirement =
                    $crate::__private::requirement(
                        &$($static)+,
                        {
                            const SLOTS: &[::core::primitive::usize] = &[
                                $crate::__private::slot(&$($static)+, $module::Event::NUMBER, ""),
                            ];
                            SLOTS
                        },
                        ::core::file!(),
                        ::core::line!(),
                    );
                $crate::__private::Entry::required(&REQUIREMENT)
            };
        }
    };
}
