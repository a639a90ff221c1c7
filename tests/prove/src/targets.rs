//! Other processors, and another system.

use crate::check::{Prove, Tree};
use crate::mutate;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The tests of tables that run anywhere.
const TESTS: [&str; 8] = [
    "table",
    "linearizability",
    "sequences",
    "reentrancy",
    "signals",
    "actions",
    "action_sequences",
    "action_stress",
];

/// Cargo with Debian's compiler, which has this target or may build it.
fn on(prove: &Prove, target: &str, linker: &str, runner: &str) -> Command {
    let mut cargo = prove.cargo(&prove.original(), target);
    let upper = target.replace('-', "_").to_uppercase();
    cargo
        .env("RUSTC", "/usr/bin/rustc")
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        .env(format!("CARGO_TARGET_{upper}_LINKER"), linker)
        .env(format!("CARGO_TARGET_{upper}_RUNNER"), runner);
    cargo
}

fn add_tests(cargo: &mut Command) -> &mut Command {
    cargo.args(["-p", "handler-table-tests"]);
    for test in TESTS {
        cargo.args(["--test", test]);
    }
    cargo
}

pub(crate) fn aarch64(prove: &Prove) {
    let target = "aarch64-unknown-linux-gnu";
    let cargo = |command: &str| {
        let mut cargo = on(prove, target, "aarch64-linux-gnu-gcc", "qemu-aarch64 -L /");
        cargo.args([command, "--target", target]);
        cargo
    };
    let mut unit = cargo("test");
    unit.args(["-p", "handler-table", "--lib"]);
    prove.tests("aarch64-unit", "aarch64: unit tests", &mut unit);
    prove.tests(
        "aarch64",
        "aarch64: all that run anywhere",
        add_tests(&mut cargo("test")),
    );

    let mut build = cargo("rustc");
    build
        .args([
            "--release",
            "-p",
            "handler-table-tests",
            "--example",
            "codegen",
        ])
        .args([
            "--",
            "--emit=asm",
            "-C",
            "target-feature=+lse",
            "-C",
            "codegen-units=1",
        ]);
    let what = "aarch64: the operations as assembly";
    if prove.check("aarch64-build", what, &mut build).is_none() {
        return;
    }
    let examples = prove
        .target(&prove.original(), target)
        .join(target)
        .join("release/examples");
    let Some(assembly) = newest(&examples, "codegen-", "s") else {
        return prove.fails("aarch64: no assembly", &examples);
    };
    let text = fs::read_to_string(&assembly).unwrap_or_default();
    for (function, instructions, what) in [
        (
            "ours_register",
            &["casal"][..],
            "register acquires and releases",
        ),
        (
            "ours_unregister",
            &["swpal"],
            "unregister acquires and releases",
        ),
        ("ours_handle", &["ldar", "ldapr"], "handle acquires"),
        (
            "before_register",
            &["casa"],
            "register of 0.1.2 only acquires, so the reading tells",
        ),
    ] {
        let what = format!("aarch64: {what} ({})", instructions.join(" or "));
        if has_instruction(&text, function, instructions) == Some(true) {
            prove.holds(&what);
        } else {
            prove.fails(&what, &assembly);
        }
    }
    for (function, instruction, what) in [
        (
            "before_register",
            "casal",
            "register of 0.1.2 does not release",
        ),
        (
            "before_unregister",
            "swpal",
            "unregister of 0.1.2 does not release",
        ),
    ] {
        let what = format!("aarch64: {what}");
        if has_instruction(&text, function, &[instruction]) == Some(false) {
            prove.found(&what);
        } else {
            prove.fails(&what, &assembly);
        }
    }
}

fn newest(directory: &PathBuf, start: &str, extension: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(directory).ok()?.flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(start) && path.extension().is_some_and(|it| it == extension)
    });
    files.max_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok())
}

/// Whether a function has one of these instructions; None if there is no such function.
fn has_instruction(assembly: &str, function: &str, instructions: &[&str]) -> Option<bool> {
    let is_label =
        |line: &str| line.starts_with('_') && line.ends_with(':') && line.contains(function);
    let mut lines = assembly.lines().skip_while(|line| !is_label(line));
    lines.next()?;
    let mut body = lines.take_while(|line| !line.starts_with(".Lfunc_end"));
    Some(body.any(|line| {
        let mnemonic = line.split_whitespace().next().unwrap_or_default();
        instructions.contains(&mnemonic)
    }))
}

pub(crate) fn i686(prove: &Prove) {
    let target = "i686-unknown-linux-gnu";
    let libraries = "/usr/i686-linux-gnu/lib";
    let runner = format!("{libraries}/ld-linux.so.2 --library-path {libraries}");
    // The standard library is built from its sources.
    let cargo = || {
        let mut cargo = on(prove, target, "i686-linux-gnu-gcc", &runner);
        cargo
            .args([
                "test",
                "-Zbuild-std=std,panic_unwind,test",
                "--target",
                target,
            ])
            .env("RUSTC_BOOTSTRAP", "1")
            // No count of ours may overflow, and no method panic.
            .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "true");
        cargo
    };
    let mut unit = cargo();
    unit.args(["-p", "handler-table", "--lib"]);
    prove.tests("i686-unit", "i686: unit tests", &mut unit);
    prove.tests(
        "i686",
        "i686: all that run anywhere",
        add_tests(&mut cargo()),
    );
    // Optimized, with the same checks. Without the standard library, which takes longest.
    let mut optimized = cargo();
    for package in ["handler-table", "handler-table-tests"] {
        let option = format!("profile.dev.package.{package}.opt-level=2");
        optimized.args(["--config", &option]);
    }
    let what = "i686: the same, optimized";
    prove.tests("i686-optimized", what, add_tests(&mut optimized));
}

/// The source of random numbers, which Wine lacks before version 9.
const RANDOM: &str = "
__declspec(dllexport) int ProcessPrng(char *bytes, unsigned long long count) {
    while (count--) *bytes++ = 4;
    return 1;
}
";

/// What the quickstart prints here, and what under Wine.
fn quickstart(prove: &Prove, tree: &Tree, log: &str) -> Result<[String; 2], PathBuf> {
    let target = "x86_64-pc-windows-gnu";
    let example = [
        "--quiet",
        "-p",
        "handler-table-examples",
        "--example",
        "quickstart",
    ];
    let run = |name: &str, command: &mut Command| {
        let run = prove.output(&format!("{log}-{name}"), command);
        if run.status.success() {
            Ok(run.text)
        } else {
            Err(run.log)
        }
    };
    let mut here = prove.cargo(tree, "windows");
    let here = run("here", here.arg("run").args(example))?;
    // The standard library is built from its sources.
    let mut build = prove.cargo(tree, "windows");
    build
        .args(["build", "-Zbuild-std=std,panic_abort", "--target", target])
        .args(example)
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1");
    run("build", &mut build)?;

    let examples = prove
        .target(tree, "windows")
        .join(target)
        .join("debug/examples");
    let source = prove.out.join("random.c");
    fs::write(&source, RANDOM).expect("the target directory can be written");
    let mut library = Command::new("x86_64-w64-mingw32-gcc");
    library
        .arg("-shared")
        .arg(&source)
        .arg("-o")
        .arg(examples.join("bcryptprimitives.dll"));
    run("library", &mut library)?;
    let mut wine = Command::new("wine");
    wine.arg(examples.join("quickstart.exe"))
        .env("WINEDEBUG", "-all")
        .env("WINEPREFIX", prove.out.join("wine"));
    // It ends with an error if a handler is missing.
    let there = prove.output(&format!("{log}-there"), &mut wine).text;
    Ok([here, there].map(|text| text.replace('\r', "")))
}

/// The quickstart, built for Windows and run under Wine, against the same built for this
/// machine.
pub(crate) fn windows(prove: &Prove) {
    let what = "windows: the quickstart says what it says here";
    match quickstart(prove, &prove.original(), "windows") {
        Ok([here, there]) if here == there && here.contains("handler_table_examples::timer") => {
            prove.holds(what);
        }
        Ok(_) => prove.fails(what, &prove.out.join("windows-there.log")),
        Err(log) => prove.fails(what, &log),
    }
    mutate::mistakes(prove, "windows", |tree, log, what| {
        match quickstart(prove, tree, log) {
            Ok([here, there]) => {
                let uart = |text: &str| text.contains("quickstart::uart");
                if uart(&here) && !uart(&there) {
                    prove.found(&format!("{what} | the handler is missing"));
                } else {
                    prove.fails(&format!("not found: {what}"), &prove.out);
                }
            }
            Err(log) => prove.fails(&format!("did not run: {what}"), &log),
        }
    });
}
