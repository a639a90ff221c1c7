//! What is wrong with a file.

use std::fmt::{self, Display};

/// Why the handlers of a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// It is no ELF file.
    NotElf,
    /// It is an object file, an archive or a core.
    NotLinked,
    /// The end of it is missing.
    Truncated,
    /// ELF says one thing here and another there.
    Elf(object::read::Error),
    /// There are no entries in it.
    NoTables,
    /// Its entries have another layout.
    Version(String),
    /// An entry does not make sense: why, and the address.
    Malformed(&'static str, u64),
    /// Its texts would be longer than what a program has.
    TooLong,
}

impl From<object::read::Error> for Error {
    fn from(error: object::read::Error) -> Self {
        Error::Elf(error)
    }
}

impl Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotElf => write!(
                formatter,
                "this is not an ELF file: name an executable, a shared library, a kernel or \
                 firmware as the linker wrote it"
            ),
            Error::NotLinked => write!(
                formatter,
                "this is an ELF file that is not linked: name the executable or the shared \
                 library, not an object file"
            ),
            Error::Truncated => write!(formatter, "the file is truncated"),
            Error::Elf(error) => write!(formatter, "the file is damaged: {error}"),
            Error::NoTables => write!(
                formatter,
                "there are no tables of handler-table: no crate with `#[handler_table]` is linked \
                 in, or the linker dropped the section `handler_table_0_1`"
            ),
            Error::Version(version) => write!(
                formatter,
                "the tables have the format of {version}, and this program reads that of \
                 handler-table 0.1, format {}: use the `cargo-handlers` of that version",
                crate::format::VERSION,
            ),
            Error::Malformed(why, 0) => write!(formatter, "the file is damaged: {why}"),
            Error::Malformed(why, address) => {
                write!(formatter, "the file is damaged: {why} {address:#x}")
            }
            Error::TooLong => write!(
                formatter,
                "the file is damaged: its texts have more than {} bytes",
                crate::format::MOST_TEXT,
            ),
        }
    }
}

impl std::error::Error for Error {}
