//! Tests of this workspace that have controls, a race detector, and mutants.

use crate::check::{Prove, Run, command, limited};
use std::fs;
use std::process::Command;

/// Tests hold, and so do the controls in them, which print what they found.
pub(crate) fn controls(prove: &Prove, name: &str) {
    let mut cargo = prove.cargo(&prove.original(), "tests");
    cargo.args(["test", "-p", "handler-table-tests", "--test"]);
    if name == "signals" {
        cargo.arg(name);
    } else {
        cargo.args(["it", &format!("{name}::")]);
    }
    if let Some(run) = prove.tests(name, name, cargo.args(["--", "--nocapture"])) {
        found(prove, name, &run);
    }
}

/// What the controls in tests have found.
pub(crate) fn found(prove: &Prove, name: &str, run: &Run) {
    let lines = run.text.lines();
    for (_, what) in lines.filter_map(|line| line.split_once("control: ")) {
        prove.found(&format!("{name}: {what}"));
    }
}

/// What the race detector sees.
pub(crate) fn races(prove: &Prove) {
    let target = "x86_64-unknown-linux-gnu";
    let original = prove.original();
    let mut build = prove.cargo(&original, "tsan");
    build
        .args([
            "+nightly",
            "build",
            "-p",
            "handler-table-tests",
            "--example",
            "race",
        ])
        .args(["--target", target])
        .env_remove("RUSTUP_TOOLCHAIN")
        .env(
            "RUSTFLAGS",
            "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
        );
    let what = "races: the program builds with ThreadSanitizer";
    if prove.check("races-build", what, &mut build).is_none() {
        return;
    }
    let program = prove
        .target(&original, "tsan")
        .join(target)
        .join("debug/examples/race");
    let race = |name: &str| {
        let mut race = limited(60, &program);
        race.arg(name);
        race
    };
    for name in ["ours", "actions"] {
        let log = format!("races-{name}");
        let mut runs = (0..20).map(|_| prove.run(&log, &mut race(name)));
        match runs.find(|run| !run.status.success()) {
            None => prove.holds(&format!("races: none in 20 runs of {name}")),
            Some(run) => prove.fails(&format!("races: {name}"), &run.log),
        }
    }
    for name in ["0.1.2", "undrained"] {
        let run = prove.run(&format!("races-{name}"), &mut race(name));
        prove.control(&format!("races: {name}"), &run, |run| {
            let race = "WARNING: ThreadSanitizer: data race";
            run.text.contains(race).then(|| "a data race".to_owned())
        });
    }
}

/// `cargo install cargo-mutants`; see `.cargo/mutants.toml`. Each is a mistake, and 95 of
/// 100 must be found. A mutant that runs for ever is.
pub(crate) fn mutants(prove: &Prove) {
    let mut mutants: Command = command("cargo");
    mutants
        .current_dir(&prove.root)
        .args(["mutants", "--output"])
        .arg(&prove.out)
        .args(["-p", "handler-table", "-p", "handler-table-macros"])
        // In the copies that it makes: cargo does not tell a copy from the original.
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_TEST_DEBUG", "0");
    let run = prove.run("mutants", &mut mutants);
    // Some were missed, or ran for ever.
    if !matches!(run.status.code(), Some(0 | 2 | 3)) {
        return prove.fails("mutants: did not run", &run.log);
    }
    let outcomes = prove.out.join("mutants.out");
    for package in ["handler-table", "handler-table-macros"] {
        let count = |outcome: &str| {
            let text = fs::read_to_string(outcomes.join(outcome).with_extension("txt"));
            let text = text.unwrap_or_default();
            let start = format!("{package}/");
            text.lines().filter(|line| line.starts_with(&start)).count()
        };
        let (caught, endless, missed) = (count("caught"), count("timeout"), count("missed"));
        let what =
            format!("mutants: {package}: {caught} caught, {endless} endless, {missed} missed");
        if caught > 0 && 100 * (caught + endless) >= 95 * (caught + endless + missed) {
            prove.found(&what);
        } else {
            prove.fails(&what, &outcomes.join("missed.txt"));
        }
    }
}
