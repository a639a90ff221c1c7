//! Tests each promise of the documentation with a tool that can break it, and each tool
//! with something that it must find. Prints a line for each check ("holds") and for each
//! control ("found"), and fails if a check fails or a control is not found. Logs are in
//! `target/prove`.

mod bare;
mod check;
mod interrupts;
#[cfg(test)]
mod layout;
mod macros;
mod mistakes;
mod models;
mod mutate;
mod recipes;
mod source;
mod targets;
mod tests;

use check::Prove;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo prove [NAME…], with names of checks, or of several:

quick           models orderings mistakes linearizability sequences reentrancy signals types;
                needs stable Rust only
all             all checks; if no name is given

models          handlers in loom: every order of a few threads
orderings       … each ordering one step weaker: a model must fail
mistakes        … each mistake of a kind: a model must fail
actions         the same two checks for tables of actions
action-orderings
linearizability sequences reentrancy signals
                tests, and what their controls find
types           a table holds function pointers of one type, with mistakes
races           a race detector; needs nightly Rust
aarch64         the tests on AArch64, and its instructions
i686            the tests on 32 bits
windows         an example in Wine, with a mistake
bare            images for bare metal, booted in QEMU; or one machine:
                bare-x86_64 bare-riscv64 bare-aarch64 bare-thumbv7m bare-thumbv6m
recipes         the programs of the documentation's recipes; or one:
                recipe-cortex-m recipe-tokio recipe-x86_64
expansion       the macros on any input, with mistakes
mutants         cargo-mutants on the whole; an hour or two

`.ci/packages all` installs what they need of Debian.
";

fn run(prove: &Prove, name: &str) -> bool {
    match name {
        "quick" => {
            for name in
                "models orderings mistakes linearizability sequences reentrancy signals types"
                    .split(' ')
            {
                run(prove, name);
            }
        }
        "all" => {
            for name in
                "quick actions action-orderings races aarch64 i686 windows bare recipes expansion mutants"
                    .split(' ')
            {
                run(prove, name);
            }
        }
        "models" => drop(models::hold(prove, &models::HANDLERS)),
        "orderings" => models::orderings(prove, &models::HANDLERS),
        "mistakes" => models::mistakes(prove, &models::HANDLERS),
        "actions" => models::mistakes(prove, &models::ACTIONS),
        "action-orderings" => models::orderings(prove, &models::ACTIONS),
        "linearizability" | "sequences" | "reentrancy" | "signals" => tests::controls(prove, name),
        "types" => macros::types(prove),
        "expansion" => macros::expansion(prove),
        "races" => tests::races(prove),
        "mutants" => tests::mutants(prove),
        "aarch64" => targets::aarch64(prove),
        "i686" => targets::i686(prove),
        "windows" => targets::windows(prove),
        "bare" => bare::all(prove),
        "recipes" => recipes::all(prove),
        _ => {
            return name
                .strip_prefix("bare-")
                .is_some_and(|machine| bare::one(prove, machine))
                || name
                    .strip_prefix("recipe-")
                    .is_some_and(|recipe| recipes::one(prove, recipe));
        }
    }
    true
}

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|name| name == "--help" || name == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    if names.is_empty() {
        names.push("all".to_owned());
    }
    let prove = Prove::new();
    for name in &names {
        if !run(&prove, name) {
            eprint!("there is no check `{name}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
    }
    prove.end()
}
