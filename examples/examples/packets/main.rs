//! Counts the packets of a capture, with a table of handlers for each of two
//! layers: one by `EtherType`, one by IP protocol.
//!
//! ```text
//! cargo run --example packets              # the capture in this directory
//! cargo run --example packets -- FILE      # a file of tcpdump -w or Wireshark
//! ```
//!
//! The handlers are in `network` and `transport`. To count another protocol, add a function
//! with an attribute. Nothing here has to change.
//!
//! `sample.pcap` was recorded with tcpdump between two network namespaces of one Linux
//! machine. It has pings, UDP and TCP echo over both versions of IP, a closed port, a
//! multicast group that is joined and left, and a frame with an experimental `EtherType`.

mod capture;
mod network;
mod report;
mod transport;

use handler_table::{HandlerTable, handler_table};
use report::Report;
use std::env::args_os;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// A handler. It gets the report to add to, and the packet, starting with the header of its
/// own layer.
type Handler = fn(&mut Report, &[u8]) -> Result<(), report::Malformed>;

/// A slot for every value of the field, so no packet is out of range.
#[handler_table]
static ETHER_TYPES: HandlerTable<65536, Handler>;

#[handler_table]
static PROTOCOLS: HandlerTable<256, Handler>;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/packets/sample.pcap");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    handler_table::init_all()?;

    let path = args_os().nth(1).map_or(SAMPLE.into(), PathBuf::from);
    let mut report = Report::default();
    let result = capture::read(&path, |frame| report.frame(frame));
    print!("{report}");
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            Ok(ExitCode::FAILURE)
        }
    }
}
