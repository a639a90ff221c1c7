//! Tables for the tests: the real one, and tables with a mistake, which a test must detect.

#![allow(dead_code, reason = "each test uses its part")]

use handler_table::{HandlerTable, RegisterError};

/// Makes a table or an action `'static`.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A handler that a test identifies by its result.
pub(crate) type Handler = fn() -> usize;

fn answer<const K: usize>() -> usize {
    K
}

/// Eight handlers. Each returns its index here.
pub(crate) const HANDLERS: [Handler; 8] = [
    answer::<0>,
    answer::<1>,
    answer::<2>,
    answer::<3>,
    answer::<4>,
    answer::<5>,
    answer::<6>,
    answer::<7>,
];

/// The operations of a table that the tests use.
pub(crate) trait Table: Sync {
    fn register(&self, index: usize, handler: Handler) -> Result<(), RegisterError>;
    fn replace(&self, index: usize, handler: Handler) -> Result<Option<Handler>, RegisterError>;
    fn unregister(&self, index: usize) -> Option<Handler>;
    fn handle(&self, index: usize) -> Option<usize>;
    fn registered(&self) -> Vec<usize>;
}

impl<const N: usize> Table for HandlerTable<N, Handler> {
    fn register(&self, index: usize, handler: Handler) -> Result<(), RegisterError> {
        self.register(index, handler)
    }

    fn replace(&self, index: usize, handler: Handler) -> Result<Option<Handler>, RegisterError> {
        self.replace(index, handler)
    }

    fn unregister(&self, index: usize) -> Option<Handler> {
        self.unregister(index)
    }

    fn handle(&self, index: usize) -> Option<usize> {
        self.dispatch(index, |handler| handler())
    }

    fn registered(&self) -> Vec<usize> {
        self.iter().map(|(index, _)| index).collect()
    }
}

/// The mistake of a [`Wrong`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// `register` checks that the slot is empty, then fills it.
    RegisterInTwoSteps,
    /// `unregister` reads the slot, then empties it.
    UnregisterInTwoSteps,
    /// `replace` empties the slot, then fills it.
    ReplaceInTwoSteps,
    /// `register` fills a slot that is not empty.
    RegisterOverwrites,
    /// `unregister` leaves the handler in the slot.
    UnregisterLeaves,
    /// An index that is out of range is taken modulo the capacity.
    IndexWraps,
    /// The last slot is out of range.
    LastSlotMissing,
    /// `replace` returns the new handler.
    ReplaceReturnsTheNew,
}

/// A table with a mistake.
pub(crate) struct Wrong<const N: usize> {
    pub(crate) table: HandlerTable<N, Handler>,
    pub(crate) mistake: Mistake,
    /// Runs between two steps that should be one.
    pub(crate) between: fn(),
}

impl<const N: usize> Wrong<N> {
    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }

    fn index(&self, index: usize) -> usize {
        match self.mistake {
            Mistake::IndexWraps if N > 0 => index % N,
            Mistake::LastSlotMissing if N > 0 && index == N - 1 => N,
            _ => index,
        }
    }
}

impl<const N: usize> Table for Wrong<N> {
    fn register(&self, index: usize, handler: Handler) -> Result<(), RegisterError> {
        let index = self.index(index);
        if self.is(Mistake::RegisterInTwoSteps) {
            if index < N && self.table.is_registered(index) {
                return Err(RegisterError::Occupied { index, capacity: N });
            }
            (self.between)();
            self.table.replace(index, handler).map(|_| ())
        } else if self.is(Mistake::RegisterOverwrites) {
            self.table.replace(index, handler).map(|_| ())
        } else {
            self.table.register(index, handler)
        }
    }

    fn replace(&self, index: usize, handler: Handler) -> Result<Option<Handler>, RegisterError> {
        let index = self.index(index);
        if self.is(Mistake::ReplaceInTwoSteps) && index < N {
            let before = self.table.unregister(index);
            (self.between)();
            let _ = self.table.replace(index, handler)?;
            return Ok(before);
        }
        let before = self.table.replace(index, handler)?;
        if self.is(Mistake::ReplaceReturnsTheNew) {
            return Ok(Some(handler));
        }
        Ok(before)
    }

    fn unregister(&self, index: usize) -> Option<Handler> {
        let index = self.index(index);
        match self.mistake {
            Mistake::UnregisterInTwoSteps => {
                let handler = self.table.get(index)?;
                (self.between)();
                let _ = self.table.unregister(index);
                Some(handler)
            }
            Mistake::UnregisterLeaves => self.table.get(index),
            _ => self.table.unregister(index),
        }
    }

    fn handle(&self, index: usize) -> Option<usize> {
        self.table.dispatch(self.index(index), |handler| handler())
    }

    fn registered(&self) -> Vec<usize> {
        Table::registered(&self.table)
    }
}
