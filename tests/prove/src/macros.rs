//! What the macros write, and what types they let through.

use crate::check::{Prove, Tree};
use crate::mutate;
use std::process::Command;

/// A table holds function pointers, and those of one type.
pub(crate) fn types(prove: &Prove) {
    let ui = |tree: &Tree| {
        let mut cargo = prove.cargo(tree, "types");
        cargo.args([
            "test",
            "-p",
            "handler-table-tests",
            "--test",
            "ui",
            "--",
            "ui",
        ]);
        cargo.arg("trybuild=fail_dynamic");
        cargo
    };
    let what = "types: a table holds function pointers of one type";
    if prove
        .check("types", what, &mut ui(&prove.original()))
        .is_none()
    {
        return;
    }
    mutate::mistakes(prove, "types", |tree, log, what| {
        let run = prove.run(log, &mut ui(tree));
        prove.control(what, &run, |run| {
            // It compiles, or another message says that it does not.
            let compiles = run.text.contains("Expected test case to fail to compile");
            let files = run.text.lines().filter_map(|line| {
                let (file, result) = line.strip_prefix("test ui/")?.split_once(" ... ")?;
                (result == "mismatch" || result == "error" && compiles).then_some(file)
            });
            let files: Vec<_> = files.collect();
            (!files.is_empty()).then(|| files.join(" "))
        });
    });
}

/// Whatever is written at an attribute, the macros do not panic, the item stays in the
/// program, and what they write is Rust.
pub(crate) fn expansion(prove: &Prove) {
    let inputs = |tree: &Tree, count: &str| -> Command {
        let mut cargo = prove.cargo(tree, "expansion");
        cargo
            .args(["test", "-p", "handler-table-macros", "--lib", "any_input"])
            .env("PROPTEST_CASES", count)
            .env("CARGO_PROFILE_TEST_OPT_LEVEL", "2");
        cargo
    };
    let what = "expansion: a million inputs";
    prove.tests("expansion", what, &mut inputs(&prove.original(), "1000000"));
    mutate::mistakes(prove, "expansion", |tree, log, what| {
        let run = prove.run(log, &mut inputs(tree, "100000"));
        prove.control(what, &run, |run| {
            run.failures().first().map(|test| (*test).to_owned())
        });
    });
}
