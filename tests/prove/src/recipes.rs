//! The recipes of the documentation: programs that are built and run as a reader would.

use crate::bare::{builds_core, has_core};
use crate::check::{Prove, Run, Tree, limited};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub(crate) fn all(prove: &Prove) {
    cortex_m(prove);
    tokio(prove);
    x86_64(prove);
}

pub(crate) fn one(prove: &Prove, name: &str) -> bool {
    match name {
        "cortex-m" => cortex_m(prove),
        "tokio" => tokio(prove),
        "x86_64" => x86_64(prove),
        _ => return false,
    }
    true
}

/// Cargo in the directory of an example, for a target that the compiler may have to be
/// built for.
fn cargo(prove: &Prove, example: &str, target: &str, command: &str) -> Command {
    let tree = Tree {
        directory: prove.root.join("examples").join(example),
        is_copy: false,
    };
    let mut cargo = prove.cargo(&tree, example);
    cargo.args([command, "--locked", "--target", target]);
    if !has_core(target) {
        builds_core(prove, &mut cargo);
    }
    cargo
}

/// Runs what cargo has built, by the runner of the example, and compares its lines.
fn says(prove: &Prove, name: &str, command: &mut Command, expected: &[&str]) {
    let run = prove.output(name, command);
    let lines: Vec<_> = run.text.lines().map(str::trim_end).collect();
    let what = format!("{name} runs");
    if run.status.success() && lines == expected {
        prove.holds(&what);
    } else {
        prove.fails(&format!("{what}: {}", run.status), &run.log);
    }
}

const FIRMWARE: [&str; 6] = [
    "1 static handlers",
    "sent by interrupts",
    "blink: removed true, line masked true",
    "spurious, line masked true",
    "spurious, line masked true",
    "all well",
];

fn cortex_m(prove: &Prove) {
    let target = "thumbv7m-none-eabi";
    let cargo = |command| cargo(prove, "cortex-m", target, command);
    let gnu = ["--", "-Clinker=arm-none-eabi-ld", "-Clinker-flavor=ld"];
    let ways: [(&str, &[&str], &[&str]); 3] = [
        ("debug", &[], &[]),
        ("release", &["--release"], &[]),
        ("gnu", &["--release"], &gnu),
    ];
    for (way, options, compiler) in ways {
        let name = format!("recipe-cortex-m-{way}");
        let mut build = cargo("rustc");
        build.args(options).args(compiler);
        let what = format!("{name} builds");
        if prove
            .check(&format!("{name}-build"), &what, &mut build)
            .is_some()
        {
            let directory = if way == "debug" { way } else { "release" };
            let image = prove.out.join("cortex-m").join(target).join(directory);
            let mut qemu = runner(prove, "cortex-m", target);
            says(prove, &name, qemu.arg(image.join("firmware")), &FIRMWARE);
        }
    }

    let mut build = cargo("build");
    build.args(["--release", "--features", "wrong-region"]);
    let run = prove.run("recipe-cortex-m-region", &mut build);
    let what = "recipe-cortex-m with the script for another region says which one to take";
    prove.control(what, &run, |run| {
        let text = flat(run);
        let says = text.contains("memory region not defined: REGION_RODATA")
            && text.contains("For cortex-m-rt, write -Thandler-table-flash.x");
        says.then(|| "REGION_RODATA".to_owned())
    });
}

const SERVICE: [&str; 11] = [
    "2 static handlers",
    "recorder: unloaded, had recorded: true",
    "alarms: 2",
    "nobody handles a Note of inside",
    "nobody handles a Note of outside",
    "           CPU0       CPU1      total   spurious",
    "  0:       1000       1000       2000          0  Kind::Reading  totals",
    "  1:          1          1          2          0  Kind::Alarm  siren",
    "  2:          1          1          2          2  Kind::Note",
    "sum:       1002       1002       2004          2",
    "ERR:          0",
];

/// A service on the host, and what happens without a plug-in.
fn tokio(prove: &Prove) {
    let cargo = |features: &str| {
        let tree = Tree {
            directory: prove.root.join("examples/tokio"),
            is_copy: false,
        };
        let mut cargo = prove.cargo(&tree, "tokio");
        cargo.args(["run", "--quiet", "--locked", "--features", features]);
        cargo
    };
    says(prove, "recipe-tokio", &mut cargo(""), &SERVICE);

    let name = "recipe-tokio-forgotten";
    let run = prove.run(name, &mut cargo("service/forgotten"));
    let what = "recipe-tokio without a plug-in does not link";
    prove.control(what, &run, |run| {
        let words = "event 0 (Kind::Reading) required by service";
        run.text.contains(words).then(|| words.to_owned())
    });

    let name = "recipe-tokio-unrequired";
    let run = prove.output(name, &mut cargo("service/forgotten,service/unrequired"));
    let what = "recipe-tokio without a plug-in and without `require!` handles no reading";
    if run.status.success() && run.text.contains("nobody handles a Reading") {
        prove.found(what);
    } else {
        prove.fails(what, &run.log);
    }
}

const KERNEL: [&str; 5] = [
    "1 static handlers",
    "rtc: 100 interrupts",
    "timer: 100 interrupts, then masked: true",
    "spurious, then masked: true",
    "all well",
];

/// A kernel that UEFI starts: no linker script, and PE/COFF instead of ELF.
fn x86_64(prove: &Prove) {
    let target = "x86_64-unknown-uefi";
    let cargo = |features: &str, profile: &str| {
        let mut cargo = cargo(prove, "uefi", target, "build");
        cargo.args(["-p", "image", "--profile", profile]);
        // The entries of `x86-interrupt` are for nightly Rust.
        cargo
            .args(["--features", features])
            .env("RUSTC_BOOTSTRAP", "1");
        cargo
    };
    let ways = [
        ("debug", "", "dev"),
        ("nightly", "nightly", "dev"),
        ("release", "", "release"),
        ("fat", "", "fat"),
        ("fat-nightly", "nightly", "fat"),
    ];
    for (way, features, profile) in ways {
        let name = format!("recipe-x86_64-{way}");
        let mut build = cargo(features, profile);
        let what = format!("{name} builds");
        if prove
            .check(&format!("{name}-build"), &what, &mut build)
            .is_some()
        {
            let directory = if profile == "dev" { "debug" } else { profile };
            let image = prove.out.join("uefi").join(target).join(directory);
            let mut qemu = limited(120, prove.root.join("examples/uefi/run"));
            says(prove, &name, qemu.arg(image.join("image.efi")), &KERNEL);
        }
    }

    for profile in ["dev", "release", "fat"] {
        let mut build = cargo("duplicate", profile);
        let run = prove.run(&format!("recipe-x86_64-duplicate-{profile}"), &mut build);
        let what =
            format!("recipe-x86_64, {profile}, with two handlers for one event does not link");
        prove.control(&what, &run, |run| {
            let name = "handler_for_event_8_of_kernel::IRQS[";
            let words = ["duplicate symbol", "multiply defined"];
            let word = words.iter().find(|word| run.text.contains(**word))?;
            run.text.contains(name).then(|| (*word).to_owned())
        });
    }
}

/// QEMU, as the example's `.cargo/config.toml` has it.
fn runner(prove: &Prove, example: &str, target: &str) -> Command {
    let config = prove.root.join("examples").join(example);
    let words = words(&config.join(".cargo/config.toml"), target).unwrap_or_default();
    let program = words.first().map_or("no-runner", |word| word);
    let mut qemu = limited(60, program);
    qemu.args(words.iter().skip(1)).current_dir(config);
    qemu
}

fn words(config: &PathBuf, target: &str) -> Option<Vec<String>> {
    let config: toml::Table = fs::read_to_string(config).ok()?.parse().ok()?;
    let runner = config.get("target")?.get(target)?.get("runner")?;
    let words = runner.as_array()?.iter();
    words.map(|word| word.as_str().map(str::to_owned)).collect()
}

/// What was printed, on one line.
fn flat(run: &Run) -> String {
    let words: Vec<_> = run.text.split_whitespace().collect();
    words.join(" ")
}
