// The README's pictures and links to the chapters. The first definition of a link counts.
#![doc = include_str!("../docs/pictures.md")]
//! [actions]: docs::actions
//! [audit]: docs::audit
//! [bare_metal]: docs::bare_metal
//! [cargo_handlers]: docs::cargo_handlers
//! [cortex_m]: docs::cortex_m
//! [memory]: docs::memory
//! [guide]: docs::guide
//! [migration]: docs::migration
//! [observability]: docs::observability
//! [tokio]: docs::tokio
//! [x86_64]: docs::x86_64
#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

#[macro_use]
mod private;

mod action;
mod action_table;
#[cfg(any(feature = "async", all(test, loom)))]
mod arrivals;
mod events;
mod handler_table;
mod linked;
mod macros;
#[cfg(all(test, loom))]
mod models;
mod observe;
mod slice;
mod slot;
mod sync;
mod word;

/// Chapters and recipes.
///
/// The recipes are whole programs, step by step. Each is in `examples/`, and the checks of this
/// repository build and run it.
pub mod docs {
    #[doc = include_str!("../docs/actions.md")]
    pub mod actions {}
    #[doc = include_str!("../docs/audit.md")]
    pub mod audit {}
    #[doc = include_str!("../docs/bare-metal.md")]
    pub mod bare_metal {}
    #[doc = include_str!("../docs/cargo-handlers.md")]
    pub mod cargo_handlers {}
    #[doc = include_str!("../docs/guide.md")]
    pub mod guide {}
    #[doc = include_str!("../docs/memory.md")]
    pub mod memory {}
    #[doc = include_str!("../docs/migration.md")]
    pub mod migration {}
    #[doc = include_str!("../docs/observability.md")]
    pub mod observability {}

    #[doc = include_str!("../docs/cortex-m.md")]
    pub mod cortex_m {}
    #[doc = include_str!("../docs/tokio.md")]
    pub mod tokio {}
    #[doc = include_str!("../docs/x86_64.md")]
    pub mod x86_64 {}
}

pub use crate::handler_table::listing::Iter;
pub use crate::handler_table::{Handler, HandlerTable, RegisterError};
pub use action::Action;
#[cfg(any(feature = "async", all(test, loom)))]
pub use action::awaited::{Awaited, Drained};
#[cfg(feature = "alloc")]
pub use action::boxed::ActionGuard;
pub use action::cpus::CpuSet;
pub use action::error::{ActionError, DispatchError};
pub use action::event::Event;
pub use action::flight::{Counted, Drains, Here, Tracking, Uncounted};
pub use action::handle::ActionHandle;
pub use action::id::ActionId;
pub use action::line::Line;
pub use action::outcome::{Outcome, Verdict};
pub use action::owned::{Barrier, Owned, OwnedCpu};
pub use action::registered::{AsAction, Registered, Registration};
pub use action::removal::Removal;
#[cfg(feature = "std")]
pub use action_table::threads::thread_number;
pub use action_table::{ActionTable, SpuriousHook};
#[cfg(any(feature = "async", all(test, loom)))]
pub use arrivals::{Arrival, Arrivals, Listener};
pub use events::{Events, Named, Number};
/// Makes an enum without fields a type of events; see the trait [`Events`].
///
/// `#[events(crate = path)]` on the enum is for a crate that knows `handler_table` under
/// another path only.
pub use handler_table_macros::Events;
pub use linked::error::InitError;
pub use linked::handler::StaticHandler;
pub use linked::init_all;
pub use linked::load::Loaded;
pub use linked::static_action::StaticAction;
#[doc(hidden)]
pub use linked::static_action::{Exclusive, Shared};
pub use macros::{event_handler, events, handler_table, require};
pub use observe::Observed;
pub use observe::listing::{Handlers, Listing, Row};
pub use observe::observer::Observer;
pub use observe::statistics::{Clock, Sample, Statistics, Times, Timing};
pub use observe::storms::{Limit, Linux, Storm, StormPolicy, Storms};

/// What the macros expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::events::{Events, List, Named};
    pub use crate::linked::alias::{AliasRegistration, MaybeAction, UnknownKind};
    pub use crate::linked::declare::{
        ActionRegistration, At, ContextRegistration, NonReentrantRegistration, OnCpus, Options,
        Probe, Registration, Unknown, events, number_at, required as requirement, slot, slots,
    };
    #[cfg(not(handler_table_elf))]
    pub use crate::linked::entry::HANDLER_TABLE_0_1;
    pub use crate::linked::entry::{Declaration, Entry, Requirement};
    #[cfg(handler_table_unnamed)]
    pub use crate::linked::source::{bytes_of, text_of};
    pub use crate::linked::state::{Load, idle};
    pub use crate::linked::static_action::{Linked, Value};
    pub use crate::{
        __all as all, __companion as companion, __entry as entry, __handler as handler,
        __required as required, __source as source,
    };
    pub use handler_table_macros::module_level;
    #[cfg(not(handler_table_elf))]
    pub use linkme;
}
