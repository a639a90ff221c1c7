//! An ELF file as it is in memory: bytes at addresses, and words with their relocations.

use crate::error::Error;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use object::{Endianness, FileKind, ReadRef, elf};

/// More than any linker writes. So the time of a lookup is bounded.
const MOST_SEGMENTS: usize = 256;

/// A linked ELF file.
pub struct Image<'data> {
    /// The bytes of a pointer.
    pub word: u64,
    /// Whether bit 0 of the address of a function says that it is Thumb code.
    thumb: bool,
    endian: Endianness,
    segments: Vec<(u64, &'data [u8])>,
    /// The words that the loader writes, by address.
    relocations: Vec<(u64, u64)>,
    pub sections: Vec<Section<'data>>,
    /// The symbols whose name contains `handler_table_`.
    pub symbols: Vec<(&'data str, u64)>,
}

/// A section whose name contains `handler_table_`.
pub struct Section<'data> {
    pub name: &'data str,
    pub address: u64,
    pub data: &'data [u8],
}

impl<'data> Image<'data> {
    /// Parses a file.
    pub fn parse(file: &'data [u8]) -> Result<Self, Error> {
        match FileKind::parse(file) {
            Ok(FileKind::Elf32) => Self::read::<elf::FileHeader32<Endianness>>(file, 4),
            Ok(FileKind::Elf64) => Self::read::<elf::FileHeader64<Endianness>>(file, 8),
            _ => Err(Error::NotElf),
        }
    }

    fn read<Elf: FileHeader<Endian = Endianness>>(
        file: &'data [u8],
        word: u64,
    ) -> Result<Self, Error> {
        let header = Elf::parse(file)?;
        let endian = header.endian()?;
        if !matches!(header.e_type(endian), elf::ET_EXEC | elf::ET_DYN) {
            return Err(Error::NotLinked);
        }
        let headers = header.program_headers(endian, file)?;
        if headers.len() > MOST_SEGMENTS {
            return Err(Error::Malformed("it has too many segments", 0));
        }
        let mut image = Image {
            word,
            thumb: header.e_machine(endian) == elf::EM_ARM,
            endian,
            segments: Vec::new(),
            relocations: Vec::new(),
            sections: Vec::new(),
            symbols: Vec::new(),
        };
        let mut dynamic = None;
        for segment in headers {
            let address = segment.p_vaddr(endian).into();
            let data = segment.data(endian, file).map_err(|()| Error::Truncated)?;
            match segment.p_type(endian) {
                elf::PT_LOAD => {
                    // So that no sum of an address and the size of a struct wraps.
                    let end = address.checked_add(data.len() as u64);
                    if end.is_none_or(|end| end > u64::MAX - 0x100) {
                        return Err(Error::Malformed("a segment ends behind all memory", 0));
                    }
                    image.segments.push((address, data));
                }
                elf::PT_DYNAMIC => dynamic = Some((address, data)),
                _ => {}
            }
        }
        image.read_sections(header, file)?;
        if let Some((address, data)) = dynamic {
            image.read_relocations(address, data.len() as u64)?;
        }
        Ok(image)
    }

    /// Reads the sections and symbols. A file that has none is read without.
    fn read_sections<Elf: FileHeader<Endian = Endianness>>(
        &mut self,
        header: &Elf,
        file: &'data [u8],
    ) -> Result<(), Error> {
        let is_ours = |name: &str| name.contains("handler_table_");
        let sections = header.sections(self.endian, file)?;
        for section in sections.iter() {
            let Ok(Ok(name)) = sections
                .section_name(self.endian, section)
                .map(std::str::from_utf8)
            else {
                continue;
            };
            if is_ours(name) {
                self.sections.push(Section {
                    name,
                    address: section.sh_addr(self.endian).into(),
                    data: section.data(self.endian, file)?,
                });
            }
        }
        let symbols = sections.symbols(self.endian, file, elf::SHT_SYMTAB)?;
        for symbol in symbols.iter() {
            let name = symbols.symbol_name(self.endian, symbol);
            if let Ok(Ok(name)) = name.map(std::str::from_utf8)
                && is_ours(name)
                && !symbol.is_undefined(self.endian)
            {
                let address = symbol.st_value(self.endian).into();
                self.symbols.push((name, address));
            }
        }
        Ok(())
    }

    /// Reads the relocations with an addend. Those without have their value in place, if
    /// they are to no symbol and the image is at address 0, as here.
    fn read_relocations(&mut self, dynamic: u64, size: u64) -> Result<(), Error> {
        let (mut symbols, mut tables) = (0, [(0, 0); 2]);
        for at in 0..size / (2 * self.word) {
            let entry = dynamic.wrapping_add(at * 2 * self.word);
            let (tag, value) = (self.plain_word(entry)?, self.second_word(entry)?);
            match tag {
                0 => break,
                6 => symbols = value,
                7 => tables[0].0 = value,
                8 => tables[0].1 = value,
                17 => tables[1].0 = value,
                18 => tables[1].1 = value,
                _ => {}
            }
        }
        for ((start, size), has_addend) in tables.into_iter().zip([true, false]) {
            let step = self.word * if has_addend { 3 } else { 2 };
            // Not more than there is in the file.
            self.bytes(start, size / step * step)?;
            for at in 0..size / step {
                // It is one of those bytes.
                let entry = start + at * step;
                let place = self.plain_word(entry)?;
                let info = self.second_word(entry)?;
                let symbol = if self.word == 8 {
                    info >> 32
                } else {
                    info >> 8
                };
                if symbol == 0 && !has_addend {
                    continue;
                }
                let value = if symbol == 0 {
                    0
                } else {
                    let (size, offset) = if self.word == 8 { (24, 8) } else { (16, 4) };
                    let symbol = symbols.wrapping_add(symbol * size);
                    self.plain_word(symbol.wrapping_add(offset))?
                };
                let addend = if has_addend {
                    self.plain_word(entry + 2 * self.word)?
                } else {
                    self.plain_word(place)?
                };
                let sum = value.wrapping_add(addend);
                let value = if self.word == 8 {
                    sum
                } else {
                    sum & 0xffff_ffff
                };
                self.relocations.push((place, value));
            }
        }
        self.relocations.sort_unstable();
        Ok(())
    }

    /// The parts of the image that are in the file.
    pub fn segments(&self) -> impl Iterator<Item = (u64, &'data [u8])> {
        self.segments.iter().copied()
    }

    /// The bytes at an address, all of which are in the file.
    pub fn bytes(&self, address: u64, length: u64) -> Result<&'data [u8], Error> {
        if length == 0 {
            return Ok(&[]);
        }
        let found = self.segments.iter().find_map(|&(start, data)| {
            let offset = address.checked_sub(start)?;
            data.read_bytes_at(offset, length).ok()
        });
        found.ok_or(Error::Malformed(
            "nothing is loaded at the address",
            address,
        ))
    }

    /// The byte at an address.
    pub fn byte(&self, address: u64) -> Result<u8, Error> {
        Ok(self.bytes(address, 1)?[0])
    }

    /// A number of up to 8 bytes.
    pub fn number(&self, address: u64, size: u64) -> Result<u64, Error> {
        let bytes = self.bytes(address, size)?.iter();
        let push = |number, &byte| number << 8 | u64::from(byte);
        Ok(match self.endian {
            Endianness::Little => bytes.rev().fold(0, push),
            Endianness::Big => bytes.fold(0, push),
        })
    }

    fn plain_word(&self, address: u64) -> Result<u64, Error> {
        self.number(address, self.word)
    }

    fn second_word(&self, address: u64) -> Result<u64, Error> {
        self.plain_word(address.wrapping_add(self.word))
    }

    /// The word at an address, as the loader leaves it if it loads the image at address 0.
    pub fn word_at(&self, address: u64) -> Result<u64, Error> {
        let at = self
            .relocations
            .binary_search_by_key(&address, |&(place, _)| place);
        match at {
            Ok(at) => Ok(self.relocations[at].1),
            Err(_) => self.plain_word(address),
        }
    }

    /// The address of the function that a pointer is to.
    pub fn code(&self, pointer: u64) -> u64 {
        if self.thumb { pointer & !1 } else { pointer }
    }
}
