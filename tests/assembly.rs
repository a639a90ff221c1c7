//! The machine code of a dispatch, on two architectures. A dispatch has no more instructions
//! than one by a hand-written array, and none of them is a lock or a fence. A constant event
//! needs no bounds check. Registration publishes; one architecture shows the orderings.

use similar::TextDiff;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The start of the mnemonics of instructions that are slower than a load.
const SLOW: [&str; 14] = [
    // x86_64
    "lock",
    "mfence",
    "lfence",
    "xchg",
    "cmpxchg",
    "xadd", // aarch64
    "dmb",
    "dsb",
    "isb",
    "ldxr",
    "ldaxr",
    "cas",
    "swp",
    "bl __aarch64",
];

#[test]
fn x86_64() {
    check("x86_64-unknown-linux-gnu");
}

/// On this architecture, the instructions of atomic operations, or the functions that replace
/// them, have names that contain the ordering.
#[test]
fn aarch64() {
    let Some(functions) = check("aarch64-unknown-linux-gnu") else {
        return;
    };
    let has = |function: &str, instruction: &str| {
        let mut lines = functions[function].iter();
        lines.any(|line| line.split(' ').any(|word| word == instruction))
    };
    assert!(has("table_handle", "ldar") || has("table_handle", "ldapr"));
    assert!(has("table_register", "__aarch64_cas8_acq_rel"));
    assert!(has("table_unregister", "__aarch64_swp8_acq_rel"));

    // The comparison detects an interface that does not publish.
    assert!(has("before_register", "__aarch64_cas8_acq"));
    assert!(has("before_unregister", "__aarch64_swp8_acq"));
}

/// The functions, if they can be compiled.
fn check(target: &str) -> Option<HashMap<String, Function>> {
    let Some(rustc) = compiler(target) else {
        // CI must check every target.
        assert!(std::env::var_os("CI").is_none(), "no `core` for {target}");
        eprintln!("not compared: there is no `core` for {target}");
        return None;
    };
    let functions = compile(&rustc, target);
    let compared = |limit, ours| compare(&functions[limit], &functions[ours]);
    for (limit, ours) in [
        ("array_handle", "table_handle"),
        ("array_handle", "table_get"),
        ("array_typed", "table_typed_dispatch"),
        ("array_typed", "table_typed_get"),
        ("array_constant", "table_constant"),
        ("table_handle", "observed_off"),
    ] {
        if let Err(error) = compared(limit, ours) {
            panic!("{target}: {ours} against {limit}: {error}");
        }
    }
    if let Err(error) = no_bounds_check(&functions["table_constant"]) {
        panic!("{target}: {error}");
    }

    // A dispatch of actions is long, and nothing by hand is the same; but observed by
    // nobody it is.
    let actions = |name: &str| {
        functions[name]
            .iter()
            .map(String::as_str)
            .map(without_label)
    };
    assert!(
        actions("actions_dispatch").eq(actions("observed_actions_off")),
        "{target}: {}",
        compared("actions_dispatch", "observed_actions_off")
            .err()
            .unwrap_or_default(),
    );

    // An observer writes, but locks nothing and has no fence.
    for ours in ["observed_counts", "observed_times", "observed_storms"] {
        if let Err(error) = compare(&functions[ours], &functions[ours]) {
            panic!("{target}: {ours}: {error}");
        }
    }

    // Slower functions fail, each for its own reason.
    for (limit, slow, reason) in [
        ("array_handle", "slow_twice", "instructions, not"),
        ("array_handle", "slow_fence", "is slow"),
        ("array_handle", "slow_locked", "is slow"),
        ("array_constant", "slow_constant", "instructions, not"),
        ("table_handle", "observed_counts", "instructions, not"),
    ] {
        let error = compared(limit, slow).expect_err(slow);
        assert!(error.contains(reason), "{target}: {slow}: {error}");
        assert!(error.contains("\n+"), "{target}: {slow}: {error}");
    }
    let error = no_bounds_check(&functions["slow_constant"]).expect_err("has one");
    assert!(error.contains("cmp"), "{target}: {error}");
    Some(functions)
}

/// A function in assembly: one instruction a line, mnemonic first.
type Function = Vec<String>;

fn compare(limit: &Function, ours: &Function) -> Result<(), String> {
    let (before, after) = (limit.join("\n") + "\n", ours.join("\n") + "\n");
    let diff = TextDiff::from_lines(&before, &after);
    let diff = diff.unified_diff().to_string();
    if let Some(slow) = ours
        .iter()
        .find(|line| SLOW.iter().any(|slow| line.starts_with(slow)))
    {
        return Err(format!("`{slow}` is slow\n{diff}"));
    }
    if ours.len() > limit.len() {
        return Err(format!(
            "{} instructions, not {}\n{diff}",
            ours.len(),
            limit.len()
        ));
    }
    Ok(())
}

/// An instruction, without the number of its function in a label: `je .LBB7_2`.
fn without_label(line: &str) -> String {
    match line.split_once(".LBB") {
        Some((start, label)) => {
            let label = label.split_once('_').map_or(label, |(_, number)| number);
            format!("{start}.LBB_{label}")
        }
        None => line.to_owned(),
    }
}

/// There is no comparison before the call of the handler. The test for null is not a
/// comparison on either architecture.
fn no_bounds_check(function: &Function) -> Result<(), String> {
    let mut before = function
        .iter()
        .take_while(|line| !["call", "blr"].iter().any(|call| line.starts_with(call)));
    match before.find(|line| line.starts_with("cmp")) {
        Some(line) => Err(format!("`{line}` in\n{}", function.join("\n"))),
        None => Ok(()),
    }
}

/// A compiler that has `core` for the target: the current one, or that of the system.
fn compiler(target: &str) -> Option<PathBuf> {
    let used = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    [PathBuf::from(used), PathBuf::from("/usr/bin/rustc")]
        .into_iter()
        .find(|rustc| has_core(rustc, target).unwrap_or(false))
}

fn has_core(rustc: &Path, target: &str) -> std::io::Result<bool> {
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let directory = String::from_utf8_lossy(&output.stdout);
    for entry in std::fs::read_dir(directory.trim())? {
        let name = entry?.file_name();
        if name.to_string_lossy().starts_with("libcore-") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The functions of `assembly/lib.rs`, by name.
fn compile(rustc: &Path, target: &str) -> HashMap<String, Function> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("assembly");
    let assembly = directory.join(format!("{target}.s"));
    let output = Command::new(env!("CARGO"))
        .args(["rustc", "--release", "--package", "handler-table-assembly"])
        .args(["--target", target, "--target-dir"])
        .arg(&directory)
        .args(["--", "-Ccodegen-units=1"])
        .arg(format!("--emit=asm={}", assembly.display()))
        .env("RUSTC", rustc)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(&assembly).expect("the compiler wrote it");
    functions(&text)
}

fn functions(assembly: &str) -> HashMap<String, Function> {
    let mut functions = HashMap::new();
    // Functions that the compiler has merged with an equal one.
    let mut aliases = Vec::new();
    let mut current: Option<(String, Function)> = None;
    for line in assembly.lines() {
        if let Some(label) = line.strip_suffix(':') {
            if !label.starts_with(['.', '\t', ' ']) {
                current = Some((label.to_owned(), Vec::new()));
            } else if label.starts_with(".Lfunc_end") {
                functions.extend(current.take());
            }
        } else if let Some((alias, function)) = line.split_once(" = ") {
            aliases.push((alias, function));
        } else if let Some((_, function)) = &mut current {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with(['.', '#', '/']) {
                function.push(line.replace('\t', " "));
            }
        }
    }
    for (alias, function) in aliases {
        if let Some(function) = functions.get(function).cloned() {
            functions.insert(alias.to_owned(), function);
        }
    }
    functions
}
