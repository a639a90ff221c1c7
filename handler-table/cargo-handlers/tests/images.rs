//! What the program says of images.
#![cfg(target_os = "linux")]

mod support;

use cargo_handlers::error::Error;
use cargo_handlers::format::VERSION;
use cargo_handlers::report::of_file;
use std::fs;
use std::path::{Path, PathBuf};
use support::{MACHINES, example, image, run, unnamed_image};

fn text_of(file: &[u8]) -> String {
    let text = of_file(file).unwrap().to_string();
    text.replace("\x1b[1m", "").replace("\x1b[0m", "")
}

/// Without addresses, which differ from build to build, and the columns after them.
fn without_addresses(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split_whitespace();
        let words = words.map(|word| {
            if word.starts_with("0x") {
                "0x…"
            } else {
                word
            }
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let output = run(&[&"handlers", &example("board")]);
    assert!(output.status.success());
    let printed = without_addresses(&String::from_utf8(output.stdout).unwrap());
    let readme = include_str!("../README.md");
    let shown = readme.split("```text\n").nth(1).unwrap();
    let shown = without_addresses(shown.split("```").next().unwrap());
    assert_eq!(printed, shown);
}

/// An executable may be position-independent, and then its words are in its relocations.
#[test]
fn an_image_without_symbols_and_sections_says_the_same() {
    for name in ["board", "libplugin.so"] {
        let mut image = fs::read(example(name)).unwrap();
        let whole = text_of(&image);
        assert!(whole.contains("address"), "{whole}");
        // The number, the place and the names of the section headers.
        image[0x28..0x30].fill(0);
        image[0x3c..0x40].fill(0);
        let stripped = text_of(&image);
        // What is required is in a section that is not loaded.
        let whole: Vec<&str> = whole
            .lines()
            .filter(|line| !line.contains("required"))
            .collect();
        assert_eq!(stripped.lines().collect::<Vec<_>>(), whole);
    }
}

#[test]
fn addresses_are_those_of_the_functions() {
    let image = fs::read(example("libplugin.so")).unwrap();
    let report = of_file(&image).unwrap();
    let [table] = &report.tables[..] else {
        panic!("one table")
    };
    let [handler] = &table.handlers[..] else {
        panic!("one handler")
    };
    assert_eq!(handler.function, "plugin::plugin_hook");
    assert_eq!(handler.index, 2);
    let file = object::File::parse(&*image).unwrap();
    let symbols = object::Object::dynamic_symbols(&file);
    let mut symbols = symbols.map(|symbol| {
        let name = object::ObjectSymbol::name(&symbol).unwrap();
        (name, object::ObjectSymbol::address(&symbol))
    });
    let hook = symbols.find(|&(name, _)| name == "plugin_hook").unwrap();
    assert_eq!(hook.1, handler.address);
}

#[test]
fn an_image_of_any_machine_is_read() {
    for machine in MACHINES {
        let text = text_of(&image(machine));
        // Arm's lowest bit is no part of the address.
        let (tick, receive, read) = if machine.number == 40 {
            ("0x10040", "0x10030", "0x10050")
        } else {
            ("0x10041", "0x10031", "0x10051")
        };
        assert_eq!(
            text,
            format!(
                "kernel::IRQS: actions for 2 events of `Irq`\n  \
                   event             handler     declared at  address  options\n  \
                   Irq::Disk (1000)  disk::read  disk.rs:30   {read}  name disk0, shared, \
                   priority -5, counted, disabled, non-reentrant, cpus 2 255\n  \
                   free: Irq::Uart (4)\n  \
                   required: Irq::Uart (4) by main.rs:9\n\
                 \n\
                 kernel::TRAPS: functions for 4 events\n  \
                   event  handler        declared at  address\n  \
                   1      uart::receive  uart.rs:7    {receive}\n  \
                   3      timer::tick    timer.rs:12  {tick}\n  \
                   free: 0, 2\n"
            ),
            "{machine:?}"
        );
    }
}

/// With the feature `names-on-host`.
#[test]
fn names_may_be_out_of_memory() {
    for machine in MACHINES {
        let unnamed = unnamed_image(machine);
        assert_eq!(text_of(&unnamed), text_of(&image(machine)), "{machine:?}");
        // Without section headers, they are not there.
        let mut stripped = unnamed.clone();
        let [offset, number] = if machine.word == 8 {
            [0x28..0x30, 0x3c..0x40]
        } else {
            [0x20..0x24, 0x30..0x34]
        };
        stripped[offset].fill(0);
        stripped[number].fill(0);
        let text = text_of(&stripped);
        assert!(
            !text.contains("timer::tick") && text.contains(" disk0,"),
            "{text}"
        );
    }
}

#[test]
fn json_has_all_of_it() {
    let output = run(&[&example("board"), &"--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let table = &json["tables"][0];
    assert_eq!(table["name"], "board::IRQS");
    assert_eq!(table["kind"], "actions");
    assert_eq!(table["events"], "Irq");
    let handler = &table["handlers"][0];
    assert_eq!(handler["event"], "Irq::Uart");
    assert_eq!(handler["index"], 4);
    assert_eq!(handler["function"], "board::receive");
    assert_eq!(
        (&handler["name"], &handler["context"]),
        (&"uart0".into(), &true.into())
    );
    let disk = &table["handlers"][1];
    assert_eq!(disk["cpus"], serde_json::json!([0, 2]));
    assert_eq!(disk["counted"], true);
    assert_eq!(disk["disabled"], false);
    let network = &table["handlers"][2];
    assert_eq!(network["non_reentrant"], true);
    assert_eq!(network["disabled"], true);
    assert!(network["cpus"].is_null());
    let file = handler["file"].as_str().unwrap();
    assert!(file.ends_with("examples/board.rs"), "{file}");
    assert_eq!(table["free"][1]["event"], "Irq::Power");
    assert_eq!(table["required"][0]["by"], "board");
    assert_eq!(json["tables"][1]["capacity"], 32);
    assert!(json["undeclared"].as_array().unwrap().is_empty());
}

#[test]
fn a_difference_is_told() {
    let (board, plugin) = (example("board"), example("libplugin.so"));
    let output = run(&[&"--diff", &board, &board]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "the two have the same tables and handlers\n");

    let output = run(&[&"--diff", &plugin, &board]);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in [
        "+ board::TRAPS\n+ board::TRAPS 3: board::breakpoint\n",
        "+ board::IRQS Irq::Uart (4): board::receive\n",
        "- plugin::HOOKS\n- plugin::HOOKS 2: plugin::plugin_hook\n",
    ] {
        assert!(printed.contains(line), "{printed}");
    }

    // The handlers of the two slots change places, and the action loses its name.
    let old = image(MACHINES[2]);
    let mut new = old.clone();
    let find = |what: &[u8]| old.windows(what.len()).position(|at| at == what).unwrap();
    let slots = [0x8008_u64, 0x8018].map(|slot| find(&slot.to_le_bytes()));
    new[slots[0]..][..8].copy_from_slice(&0x8018_u64.to_le_bytes());
    new[slots[1]..][..8].copy_from_slice(&0x8000_u64.to_le_bytes());
    let priority = find(&(-5_i32).to_le_bytes());
    new[priority..][..4].copy_from_slice(&6_i32.to_le_bytes());
    let (old, new) = (file("old", &old), file("new", &new));
    let output = run(&[&"--diff", &old, &new]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "~ kernel::IRQS Irq::Disk (1000): disk::read, now with name disk0, shared, priority 6, \
         counted, disabled, non-reentrant, cpus 2 255\n\
         ~ kernel::TRAPS 0: timer::tick, before 3\n\
         ~ kernel::TRAPS 3: uart::receive, before 1\n"
    );
    let output = run(&[&"--json", &"--diff", &old, &new]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["changes"][1]["change"], "moved");
    assert_eq!(json["changes"][1]["from"], 3);
}

#[test]
fn a_rule_that_is_broken_fails() {
    let check = |rules: &str| {
        let output = run(&[
            &example("board"),
            &"--check",
            &file("rules", rules.as_bytes()),
        ]);
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), text.concat())
    };
    let (code, text) = check(
        "# What the board needs.\n\
         board::IRQS Irq::Uart board::receive\n\
         board::IRQS 14 * # two\n\
         board::TRAPS * board::*\n\
         !board::TRAPS 0 *\n\
         !* * debug::*\n",
    );
    assert_eq!((code, &*text), (Some(0), ""));

    let (code, text) = check("board::TRAPS 3 *\n!board::IRQS Irq::Disk *\n\nboard::TRAPS 4 *\n");
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains(
            "rules: line 2, `!board::IRQS Irq::Disk *`: `board::disk` handles event 14 of \
             `board::IRQS`\n"
        ) && text.contains("rules: line 4, `board::TRAPS 4 *`: there is no such handler\n"),
        "{text}"
    );
    let (code, text) = check("board::TRAPS 3\n");
    assert_eq!(code, Some(2));
    assert!(
        text.contains("line 1, `board::TRAPS 3`, is not a rule"),
        "{text}"
    );
}

#[test]
fn an_error_says_what_is_wrong() {
    let error = |content: &[u8]| of_file(content).err().unwrap();
    assert_eq!(error(b""), Error::NotElf);
    assert_eq!(error(b"MZ\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), Error::NotElf);
    assert_eq!(error(b"!<arch>\n"), Error::NotElf);

    let real = fs::read(example("board")).unwrap();
    let mut object = real.clone();
    object[0x10] = 1;
    assert_eq!(error(&object), Error::NotLinked);
    for length in [16, 70, 1000, real.len() / 2, real.len() - 1] {
        let error = error(&real[..length]);
        assert!(
            matches!(error, Error::Truncated | Error::Elf(_)),
            "{length}: {error}"
        );
    }
    for machine in MACHINES {
        let image = image(machine);
        // The first one is another text.
        let marker = image.windows(8).rposition(|at| at == b"handlers").unwrap();
        let mut none = image.clone();
        none[marker] = b'H';
        assert_eq!(error(&none), Error::NoTables);
        let mut other = image.clone();
        other[marker - 2 * machine.word + 1] = VERSION + 1;
        assert_eq!(error(&other), Error::Version("format 2".to_owned()));
    }
    // The name of the section has the version of the crate.
    let mut other = real.clone();
    for at in 0..other.len() - 17 {
        if other[at..].starts_with(b"handler_table_0_1") {
            other[at + 16] = b'7';
        }
    }
    assert_eq!(
        error(&other),
        Error::Version("handler-table 0.7".to_owned())
    );

    let program = std::env::current_exe().unwrap();
    for (path, expected) in [
        (program.as_path(), "there are no tables of handler-table"),
        (Path::new(file!()), "No such file"),
        (Path::new("Cargo.toml"), "this is not an ELF file"),
        (Path::new("src"), "directory"),
    ] {
        let output = run(&[&path]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            text.starts_with("error: ") && text.contains(expected),
            "{text}"
        );
    }
}
