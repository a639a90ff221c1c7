//! The handlers for the content of an Ethernet frame, by `EtherType`.

use crate::ETHER_TYPES;
use crate::report::{Malformed, Report};
use etherparse::{ArpOperation, ArpPacketSlice, Ipv4Header, Ipv6Header};
use handler_table::event_handler;

#[event_handler(ETHER_TYPES, 0x0800)]
fn ipv4(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    let (header, payload) = Ipv4Header::from_slice(packet)?;
    if header.fragment_offset.value() > 0 {
        // The header of the next layer was in an earlier fragment.
        report.tally("later fragments");
    } else {
        report.protocol(header.protocol.0, payload);
    }
    Ok(())
}

#[event_handler(ETHER_TYPES, 0x0806)]
fn arp(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    if ArpPacketSlice::from_slice(packet)?.operation() == ArpOperation::REQUEST {
        report.tally("ARP requests");
    }
    Ok(())
}

#[event_handler(ETHER_TYPES, 0x86dd)]
fn ipv6(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    let (header, payload) = Ipv6Header::from_slice(packet)?;
    report.protocol(header.next_header.0, payload);
    Ok(())
}
