//! Reads a capture file, pcap or pcapng, packet by packet.

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use std::error::Error;
use std::fs::File;
use std::path::Path;

/// The size of the buffer in bytes. It must hold a whole packet, so it is twice the longest
/// packet that tcpdump writes.
const BUFFER: usize = 2 * 262_144;

/// Passes every packet of the file to `each`, up to the first error.
pub(crate) fn read(path: &Path, mut each: impl FnMut(&[u8])) -> Result<(), Box<dyn Error>> {
    let mut reader = create_reader(BUFFER, File::open(path)?).map_err(|error| match error {
        PcapError::ReadError => "cannot read this file",
        PcapError::Eof | PcapError::Incomplete(_) => "truncated: it ends before the first packet",
        _ => "not a capture: neither a pcap nor a pcapng file",
    })?;
    loop {
        match reader.next() {
            Ok((length, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => check(header.network)?,
                    PcapBlockOwned::Legacy(packet) => each(packet.data),
                    PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                        check(interface.linktype)?;
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => each(packet.packet_data()),
                    PcapBlockOwned::NG(Block::SimplePacket(packet)) => each(packet.packet_data()),
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(length);
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => reader.refill().map_err(|_| "cannot read on")?,
            Err(PcapError::UnexpectedEof) => return Err("truncated: it ends in a packet".into()),
            Err(_) => return Err("damaged: what follows is no packet".into()),
        }
    }
}

/// Rejects packets that do not start with an Ethernet header.
fn check(link: Linktype) -> Result<(), String> {
    // The upper half of the field is reserved, and readers ignore it.
    match Linktype(link.0 & 0xffff) {
        Linktype::ETHERNET => Ok(()),
        link => Err(format!(
            "its link type is {link}: only ETHERNET can be read"
        )),
    }
}
