//! A shared library with a static handler.

use handler_table::{HandlerTable, event_handler, handler_table, init_all};

/// The events of the host.
#[handler_table]
static HOOKS: HandlerTable<8, extern "C" fn(u32) -> u32>;

/// A handler that is a symbol of the library as well.
#[event_handler(HOOKS, 2)]
#[unsafe(no_mangle)]
extern "C" fn plugin_hook(number: u32) -> u32 {
    number + 1
}

/// Loads the handlers; how many there are.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_load() -> usize {
    init_all().map_or(0, |loaded| loaded.handlers)
}
