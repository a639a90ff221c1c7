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
    prove.check("types", what, &mut ui(&prove.original()));
    mutate::mistakes(prove, "types", |tree, log, what| {
        let run = prove.run(log, &mut ui(tree));
        prove.control(what, &run, |run| {
            let says = |what: &str| run.text.lines().any(|line| line.starts_with(what));
            let is_told = says("mismatch") || says("Expected test case to fail");
            (run.failures().contains(&"ui") && is_told).then(|| "a message".to_owned())
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
