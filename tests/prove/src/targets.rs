//! Other processors, and another system.

use crate::check::{Prove, Tree};
use crate::mutate;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

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

/// The unit tests, and those that run anywhere.
fn tests(prove: &Prove, name: &str, what: &str, cargo: impl Fn() -> Command) {
    let mut unit = cargo();
    unit.args(["-p", "handler-table", "--lib"]);
    prove.tests(
        &format!("{name}-unit"),
        &format!("{what}: unit tests"),
        &mut unit,
    );
    let mut all = cargo();
    all.args([
        "-p",
        "handler-table-tests",
        "--test",
        "it",
        "--test",
        "signals",
    ]);
    prove.tests(name, &format!("{what}: all that run anywhere"), &mut all);
}

pub(crate) fn aarch64(prove: &Prove) {
    let target = "aarch64-unknown-linux-gnu";
    tests(prove, "aarch64", "aarch64", || {
        let mut cargo = on(prove, target, "aarch64-linux-gnu-gcc", "qemu-aarch64 -L /");
        cargo.args(["test", "--target", target]);
        cargo
    });
}

pub(crate) fn i686(prove: &Prove) {
    let target = "i686-unknown-linux-gnu";
    let libraries = "/usr/i686-linux-gnu/lib";
    let runner = format!("{libraries}/ld-linux.so.2 --library-path {libraries}");
    // The standard library is built from its sources. No count of ours may overflow, and
    // no method panic.
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
            .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "true");
        cargo
    };
    tests(prove, "i686", "i686", cargo);
    // Without the standard library, whose building takes longest.
    tests(prove, "i686-optimized", "i686, optimized", || {
        let mut cargo = cargo();
        for package in ["handler-table", "handler-table-tests"] {
            cargo.args([
                "--config",
                &format!("profile.dev.package.{package}.opt-level=2"),
            ]);
        }
        cargo
    });
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
