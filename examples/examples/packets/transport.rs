//! The handlers for the content of an IP packet, by IP protocol.

use crate::PROTOCOLS;
use crate::report::{Malformed, Report};
use etherparse::{
    Icmpv4Header, Icmpv4Type, Icmpv6Header, Icmpv6Type, Ipv6RawExtHeader, TcpHeader, UdpHeader,
};
use handler_table::event_handler;

/// An IPv6 header before the real one: a handler may dispatch through its own
/// table.
#[event_handler(PROTOCOLS, 0)]
fn hop_by_hop(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    let (header, payload) = Ipv6RawExtHeader::from_slice(packet)?;
    report.protocol(header.next_header.0, payload);
    Ok(())
}

#[event_handler(PROTOCOLS, 1)]
fn icmp(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    let (header, _) = Icmpv4Header::from_slice(packet)?;
    if let Icmpv4Type::EchoRequest(_) = header.icmp_type {
        report.tally("pings");
    }
    Ok(())
}

#[event_handler(PROTOCOLS, 6)]
fn tcp(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    let (header, _) = TcpHeader::from_slice(packet)?;
    if header.syn && !header.ack {
        report.tally("TCP connections");
    }
    Ok(())
}

#[event_handler(PROTOCOLS, 17)]
fn udp(_: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    UdpHeader::from_slice(packet)?;
    Ok(())
}

#[event_handler(PROTOCOLS, 58)]
fn icmpv6(report: &mut Report, packet: &[u8]) -> Result<(), Malformed> {
    let (header, _) = Icmpv6Header::from_slice(packet)?;
    if let Icmpv6Type::EchoRequest(_) = header.icmp_type {
        report.tally("pings");
    }
    Ok(())
}
