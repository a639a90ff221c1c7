//! The sizes of tables and handlers, read from the ELF file of this test.
#![cfg(target_os = "linux")]

use handler_table::{
    Clock, HandlerTable, Statistics, Storms, event_handler, handler_table, init_all, require,
};
use object::read::elf::{ElfFile, FileHeader};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::hint::black_box;
use std::sync::atomic::AtomicU16;

const WORD: u64 = size_of::<usize>() as u64;

/// The size of a declaration or of a static handler, without its strings.
const ENTRY: u64 = if WORD == 8 { 32 } else { 16 };

#[handler_table]
static DECLARED: HandlerTable<300>;

#[handler_table]
static TYPED: HandlerTable<20, fn(&mut u64, &str) -> bool>;

static PLAIN: HandlerTable<50> = HandlerTable::new();

static COUNTS: Statistics<10, 2> = Statistics::new();
static TIMES: Statistics<10, 2, Never> = Statistics::new();
static STORMS: Storms<10, 2> = Storms::new();

struct Never;

impl Clock for Never {
    fn now() -> u64 {
        0
    }
}

/// A control: its first word is not zero.
static CONTROL: [usize; 3] = [1, 0, 0];

/// A control: undocumented state, which the test must find.
static HIDDEN: AtomicU16 = AtomicU16::new(0);

const EXPRESSION: usize = 7;

#[event_handler(DECLARED, 3)]
#[event_handler(DECLARED, EXPRESSION)]
fn on_event() {}

#[event_handler(TYPED, 3)]
fn typed(_: &mut u64, _: &str) -> bool {
    true
}

require!(DECLARED, 3);

/// A variable of this program that does not belong to the standard library.
struct Variable {
    name: String,
    size: u64,
    section: String,
    in_bss: bool,
}

#[cfg(target_pointer_width = "64")]
type Header = object::elf::FileHeader64<object::Endianness>;
#[cfg(target_pointer_width = "32")]
type Header = object::elf::FileHeader32<object::Endianness>;

fn variables<H: FileHeader>(file: &ElfFile<'_, H>) -> Vec<Variable> {
    let ours = |name: &str| name.contains("6layout") || name.contains("handler_table");
    let mut variables = Vec::new();
    for symbol in file.symbols() {
        let name = symbol.name().expect("UTF-8");
        if symbol.kind() != SymbolKind::Data || symbol.is_undefined() || !ours(name) {
            continue;
        }
        let section = symbol.section_index().expect("a variable has a section");
        let section = file.section_by_index(section).expect("exists");
        variables.push(Variable {
            name: name.to_owned(),
            size: symbol.size(),
            section: section.name().expect("UTF-8").to_owned(),
            in_bss: section.kind() == SectionKind::UninitializedData,
        });
    }
    variables
}

#[test]
fn tables_and_handlers_occupy_what_is_documented() {
    // All measured items must be in the program.
    black_box((&DECLARED, &TYPED, &PLAIN, &CONTROL, &HIDDEN));
    black_box((&COUNTS, &TIMES, &STORMS));
    assert_eq!(init_all().expect("nothing in the way").handlers, 3);
    DECLARED.dispatch(3, |handler| handler());
    TYPED.dispatch(3, |handler| handler(&mut 0, ""));

    let program = std::env::current_exe().expect("a test has a file");
    let bytes = std::fs::read(program).expect("readable");
    let file = ElfFile::<Header>::parse(bytes.as_slice()).expect("an ELF file");
    let variables = variables(&file);
    let named = |name: &str| {
        let mut found = variables
            .iter()
            .filter(|variable| variable.name.contains(name));
        let one = found.next().unwrap_or_else(|| panic!("no `{name}`"));
        assert!(found.next().is_none(), "`{name}` twice");
        one
    };

    // A table is only its words. They are all zero, so the file does not contain them.
    for (name, slots) in [("8DECLARED", 300), ("5TYPED", 20), ("5PLAIN", 50)] {
        let table = named(name);
        assert_eq!(table.size, slots * WORD, "{name}");
        assert!(table.in_bss, "{name} is in {}", table.section);
    }
    // So is an observer, but for what fills its last cache lines.
    let times = if WORD == 8 { 36 } else { 40 };
    let storms = if WORD == 8 { 3 } else { 5 };
    for (name, words) in [("6COUNTS", 2), ("5TIMES", times), ("6STORMS", storms)] {
        let observer = named(name);
        let least = 2 * 10 * words * WORD;
        assert!((least..=least + 4 * 128).contains(&observer.size), "{name}");
        assert!(observer.in_bss, "{name} is in {}", observer.section);
    }
    // The control fails both checks.
    let control = named("7CONTROL");
    assert_eq!(control.size, 3 * WORD);
    assert!(!control.in_bss);

    // The only other mutable data is a word of the program, three words for each table with
    // the attribute, which `PLAIN` does not have, and the control.
    let mut others: Vec<_> = variables
        .iter()
        .filter(|variable| [".data", ".bss", ".tdata", ".tbss"].contains(&&*variable.section))
        .map(|variable| (variable.size, variable.name.as_str()))
        .filter(|(_, name)| {
            ![
                "8DECLARED",
                "5TYPED",
                "5PLAIN",
                "6COUNTS",
                "5TIMES",
                "6STORMS",
            ]
            .iter()
            .any(|table| name.contains(table))
        })
        .collect();
    others.sort_unstable();
    let [
        (2, hidden),
        (one, survey),
        (three, first),
        (also_three, second),
    ] = others[..]
    else {
        panic!("{others:?}")
    };
    assert_eq!((one, three, also_three), (WORD, 3 * WORD, 3 * WORD));
    assert!(first.contains("LOAD") && second.contains("LOAD"));
    assert!(survey.contains("SURVEY") && hidden.contains("HIDDEN"));

    // Two tables, three handlers and the sentinel.
    let section = file
        .section_by_name("handler_table_0_1")
        .expect("kept by the linker");
    assert_eq!(section.size(), 6 * ENTRY);
    for entry in variables
        .iter()
        .filter(|variable| variable.section == "handler_table_0_1")
    {
        assert!(
            entry.size == ENTRY || entry.size == 0,
            "{} has {} bytes",
            entry.name,
            entry.size
        );
    }
}
