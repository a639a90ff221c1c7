//! Images: those of the examples, and images for any machine, made here.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-handlers");

/// The image of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    static BUILT: Once = Once::new();
    let profile = Path::new(PROGRAM).parent().unwrap();
    BUILT.call_once(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--quiet",
            "--package",
            "cargo-handlers",
            "--examples",
        ]);
        cargo.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(cargo.status().unwrap().success());
    });
    profile.join("examples").join(name)
}

pub(crate) fn run(args: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut program = Command::new(PROGRAM);
    for arg in args {
        program.arg(arg);
    }
    program.output().unwrap()
}

/// A machine: the bytes of a word, and whether they are in big-endian order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) word: usize,
    pub(crate) big: bool,
    pub(crate) number: u16,
}

pub(crate) const MACHINES: [Machine; 4] = [
    Machine {
        word: 4,
        big: false,
        number: 40, // Arm
    },
    Machine {
        word: 4,
        big: true,
        number: 20, // PowerPC
    },
    Machine {
        word: 8,
        big: false,
        number: 62, // x86_64
    },
    Machine {
        word: 8,
        big: true,
        number: 22, // S390
    },
];

const BASE: u64 = 0x8000;
const OFFSET: usize = 0x100;

/// What is in memory, from `BASE` on.
pub(crate) struct Memory {
    machine: Machine,
    pub(crate) bytes: Vec<u8>,
}

impl Memory {
    fn new(machine: Machine) -> Self {
        let bytes = Vec::new();
        Memory { machine, bytes }
    }

    fn here(&self) -> u64 {
        BASE + self.bytes.len() as u64
    }

    fn number(&mut self, number: u64, size: usize) {
        let bytes = number.to_be_bytes();
        let mut bytes = bytes[8 - size..].to_vec();
        if !self.machine.big {
            bytes.reverse();
        }
        self.bytes.extend(bytes);
    }

    fn word(&mut self, number: u64) {
        self.number(number, self.machine.word);
    }

    fn align(&mut self) -> u64 {
        let size = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(size, 0);
        self.here()
    }

    /// A text; where it is, and its length.
    fn text(&mut self, text: &str) -> [u64; 2] {
        let at = self.here();
        self.bytes.extend(text.as_bytes());
        [at, text.len() as u64]
    }

    fn words(&mut self, words: &[u64]) -> u64 {
        let at = self.align();
        for &word in words {
            self.word(word);
        }
        at
    }

    /// An entry: its first word, and three more.
    fn entry(&mut self, kind: u8, length: u16, words: [u64; 3]) {
        self.bytes.extend([kind, 1]);
        self.number(length.into(), 2);
        self.bytes
            .resize(self.bytes.len() + self.machine.word - 4, 0);
        for word in words {
            self.word(word);
        }
    }
}

/// An executable at a fixed address, with neither sections nor symbols: a table of functions
/// with handlers of events 1 and 3, and one of actions of which the second event has one.
pub(crate) fn image(machine: Machine) -> Vec<u8> {
    make(machine, false)
}

/// The same, with the sources in a section that is not loaded.
pub(crate) fn unnamed_image(machine: Machine) -> Vec<u8> {
    make(machine, true)
}

const SOURCES: [&str; 3] = [
    "uart::receive\nuart.rs\n7",
    "timer::tick\ntimer.rs\n12",
    "disk::read\ndisk.rs\n30",
];

fn make(machine: Machine, unnamed: bool) -> Vec<u8> {
    let word = machine.word as u64;
    let mut memory = Memory::new(machine);
    let slots = memory.words(&[0; 4]);
    let actions = memory.words(&[0; 2]);
    memory.words(b"handlers handlers".map(u64::from).as_slice());

    let mut unloaded = Vec::new();
    let sources = SOURCES.map(|source| {
        if !unnamed {
            return memory.text(source);
        }
        let at = unloaded.len() as u64;
        unloaded.extend(source.as_bytes());
        [at, source.len() as u64]
    });
    let name = memory.text("kernel::TRAPS");
    let no_events = memory.words(&[1, 0, 1, 0, 0]);
    let functions = memory.words(&[slots, 4, name[0], name[1], no_events, 0]);

    let name = memory.text("kernel::IRQS");
    let names = memory.text("Irq::Uart\nIrq::Disk");
    let numbers = memory.words(&[4, 1000]);
    let events = memory.words(&[numbers, 2, names[0], names[1]]);
    memory.bytes.push(1);
    let of_actions = memory.words(&[actions, 2, name[0], name[1], events]);
    memory.bytes.push(1);

    let source = sources[2];
    let name = memory.text("disk0");
    let action = memory.words(&[actions, 1, 0x1_0051, source[0], source[1], name[0], name[1]]);
    // Shared, without a context, counted, disabled.
    memory.bytes.extend([1, 0, 1, 1]);
    memory.number((-5_i32).cast_unsigned().into(), 4);
    // Non-reentrant, for CPUs 2 and 255.
    let mut cpus = [0; 32];
    (cpus[0], cpus[31]) = (4, 0x80);
    memory.bytes.extend([1, 1]);
    memory.bytes.extend(cpus);

    let file = memory.text("main.rs");
    let required = memory.words(&[0]);
    let requirement = memory.words(&[actions, 2, required, 1, file[0], file[1]]);
    memory.number(9, 4);

    memory.align();
    memory.entry(2, 0, [action, 1, 0]);
    let second = slots + word;
    memory.entry(1, 23, [second, 0x1_0031, sources[0][0]]);
    let sentinel = memory.here();
    memory.bytes.extend([0, 1]);
    memory.number(u64::from(unnamed), 2);
    memory
        .bytes
        .resize(memory.bytes.len() + machine.word - 4, 0);
    memory.word(sentinel);
    memory.bytes.extend(*b"handlers");
    let size = memory.bytes.len() + 2 * machine.word - 8;
    memory.bytes.resize(size, 0);
    memory.entry(4, 0, [functions, 1, 0]);
    memory.entry(4, 0, [of_actions, 1, 0]);
    memory.entry(3, 0, [requirement, 0, 0]);
    let fourth = slots + 3 * word;
    memory.entry(1, 23, [fourth, 0x1_0041, sources[1][0]]);
    memory.words(&[0; 8]);
    file_of(machine, &memory.bytes, &unloaded)
}

/// The ELF file with one segment, and with a section of names if there are any.
fn file_of(machine: Machine, segment: &[u8], names: &[u8]) -> Vec<u8> {
    const TEXT: &[u8] = b"\0.handler_table_names\0.shstrtab\0";
    let mut file = Memory::new(machine);
    let is_64 = machine.word == 8;
    file.bytes.extend(*b"\x7fELF");
    file.bytes
        .extend([1 + u8::from(is_64), 1 + u8::from(machine.big), 1]);
    file.bytes.resize(16, 0);
    let headers = if is_64 { 64 } else { 52 };
    file.number(2, 2);
    file.number(machine.number.into(), 2);
    file.number(1, 4);
    let at = (OFFSET + segment.len()) as u64;
    let sections = if names.is_empty() { 0 } else { 3 };
    for word in [BASE, headers, if sections == 0 { 0 } else { at }] {
        file.word(word);
    }
    file.number(0, 4);
    file.number(headers, 2);
    file.number(if is_64 { 56 } else { 32 }, 2);
    let section_header = if is_64 { 64 } else { 40 };
    for number in [
        1,
        section_header,
        sections,
        if sections == 0 { 0 } else { 2 },
    ] {
        file.number(number, 2);
    }
    let size = segment.len() as u64;
    file.number(1, 4);
    if is_64 {
        file.number(5, 4);
    }
    for word in [OFFSET as u64, BASE, BASE, size, size] {
        file.word(word);
    }
    if !is_64 {
        file.number(5, 4);
    }
    file.word(8);
    file.bytes.resize(OFFSET, 0);
    file.bytes.extend(segment);
    if sections != 0 {
        let names_at = at + 3 * section_header;
        let text_at = names_at + names.len() as u64;
        // The name, the type, the place and the size.
        for (name, kind, offset, size) in [
            (0, 0, 0, 0),
            (1, 1, names_at, names.len()),
            (22, 3, text_at, TEXT.len()),
        ] {
            file.number(name, 4);
            file.number(kind, 4);
            for word in [0, 0, offset, size as u64] {
                file.word(word);
            }
            file.number(0, 4);
            file.number(0, 4);
            file.word(1);
            file.word(0);
        }
        file.bytes.extend(names);
        file.bytes.extend(TEXT);
    }
    file.bytes
}
