//! Dispatches packets, and counts the results.

use crate::{ETHER_TYPES, Handler, PROTOCOLS};
use etherparse::Ethernet2Header;
use handler_table::HandlerTable;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display};

/// The result of a handler if the packet is shorter than its headers, or a header is
/// inconsistent.
pub(crate) struct Malformed;

/// For `?` on the errors of the parser.
impl<E: Error> From<E> for Malformed {
    fn from(_: E) -> Self {
        Malformed
    }
}

/// The result of a packet in one layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Handled,
    Malformed,
    NoHandler,
}

#[derive(Default)]
pub(crate) struct Report {
    frames: u64,
    short: u64,
    ether_types: BTreeMap<(usize, Outcome), u64>,
    protocols: BTreeMap<(usize, Outcome), u64>,
    tallies: BTreeMap<&'static str, u64>,
}

impl Report {
    /// Dispatches a frame, starting with its Ethernet header.
    pub(crate) fn frame(&mut self, frame: &[u8]) {
        self.frames += 1;
        match Ethernet2Header::from_slice(frame) {
            Ok((header, payload)) => self.ether_type(header.ether_type.0, payload),
            Err(_) => self.short += 1,
        }
    }

    fn ether_type(&mut self, number: u16, payload: &[u8]) {
        let number = usize::from(number);
        let outcome = self.dispatch(&ETHER_TYPES, number, payload);
        *self.ether_types.entry((number, outcome)).or_default() += 1;
    }

    /// Dispatches the content of a frame; called by the handlers of the lower layer.
    pub(crate) fn protocol(&mut self, number: u8, payload: &[u8]) {
        let number = usize::from(number);
        let outcome = self.dispatch(&PROTOCOLS, number, payload);
        *self.protocols.entry((number, outcome)).or_default() += 1;
    }

    fn dispatch<const N: usize>(
        &mut self,
        table: &HandlerTable<N, Handler>,
        number: usize,
        payload: &[u8],
    ) -> Outcome {
        match table.dispatch(number, |handler| handler(self, payload)) {
            Some(Ok(())) => Outcome::Handled,
            Some(Err(Malformed)) => Outcome::Malformed,
            None => Outcome::NoHandler,
        }
    }

    /// Counts a fact that a handler reports.
    pub(crate) fn tally(&mut self, what: &'static str) {
        *self.tallies.entry(what).or_default() += 1;
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:>6} packets", self.frames)?;
        if self.short > 0 {
            writeln!(formatter, "{:>6} too short for Ethernet", self.short)?;
        }
        for (&(number, outcome), count) in &self.ether_types {
            let what = describe(&ETHER_TYPES, number, outcome);
            writeln!(formatter, "{count:>6} EtherType {number:#06x}: {what}")?;
        }
        for (&(number, outcome), count) in &self.protocols {
            let what = describe(&PROTOCOLS, number, outcome);
            writeln!(formatter, "{count:>6} IP protocol {number}: {what}")?;
        }
        for (what, count) in &self.tallies {
            writeln!(formatter, "{what}: {count}")?;
        }
        Ok(())
    }
}

/// The name of the handler, or the error.
fn describe<const N: usize>(
    table: &HandlerTable<N, Handler>,
    number: usize,
    outcome: Outcome,
) -> &'static str {
    match outcome {
        Outcome::Handled => table
            .static_handler(number)
            .map_or("handled", |handler| handler.function()),
        Outcome::Malformed => "malformed",
        Outcome::NoHandler => "no handler",
    }
}
