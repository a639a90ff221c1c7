//! Images for bare metal: built in several ways, booted in QEMU, which is cargo's runner
//! for them, and compared by what they say and how they end.

use crate::check::{Prove, Run, Tree, limited};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Machine {
    name: &'static str,
    target: &'static str,
    /// Where in the workspace the image is.
    package: &'static str,
    gnu_ld: &'static str,
    /// How QEMU ends if all is well, and if the handlers were not loaded.
    success: i32,
    init_failed: i32,
    /// What is in the slice: the sentinel, the tables and the handlers.
    entries: u64,
    /// The timer's event and the bell's.
    events: [u32; 2],
    cores: u32,
}

const BARE: Machine = Machine {
    name: "",
    target: "",
    package: "tests/bare",
    gnu_ld: "arm-none-eabi-ld",
    success: 0,
    init_failed: 2,
    entries: 4,
    events: [15, 19],
    cores: 1,
};

const MACHINES: [Machine; 5] = [
    Machine {
        name: "x86_64",
        target: "x86_64-unknown-none",
        package: "examples/kernel",
        gnu_ld: "ld",
        // The port that ends QEMU makes these of 16 and 18.
        success: 33,
        init_failed: 37,
        entries: 7,
        ..BARE
    },
    Machine {
        name: "riscv64",
        target: "riscv64gc-unknown-none-elf",
        gnu_ld: "riscv64-linux-gnu-ld",
        events: [7, 3],
        cores: 2,
        ..BARE
    },
    Machine {
        name: "aarch64",
        target: "aarch64-unknown-none-softfloat",
        gnu_ld: "aarch64-linux-gnu-ld",
        events: [30, 3],
        cores: 2,
        ..BARE
    },
    Machine {
        name: "thumbv7m",
        target: "thumbv7m-none-eabi",
        ..BARE
    },
    Machine {
        name: "thumbv6m",
        target: "thumbv6m-none-eabi",
        ..BARE
    },
];

pub(crate) fn all(prove: &Prove) {
    for machine in &MACHINES {
        machine.prove(prove);
    }
}

pub(crate) fn one(prove: &Prove, name: &str) -> bool {
    let machine = MACHINES.iter().find(|machine| machine.name == name);
    machine.map(|machine| machine.prove(prove)).is_some()
}

impl Machine {
    fn prove(&self, prove: &Prove) {
        for profile in ["dev", "release", "fat"] {
            let name = format!("{}-{profile}", self.name);
            if let Some(image) = self.builds(prove, &name, "", profile, "", &[]) {
                self.is_well(prove, &name, &image);
            }

            let what = format!("{name} with two handlers for one event does not link");
            let run = self.build(
                prove,
                &format!("{name}-duplicate"),
                profile,
                "duplicate",
                &[],
            );
            prove.control(&what, &run, names_the_event);
        }

        let name = format!("{}-lost", self.name);
        let how = ", with a linker script that loses the handlers";
        if let Some(image) = self.builds(prove, &name, how, "release", "lost", &[]) {
            self.has_lost(prove, &name, &image);
        }

        let name = format!("{}-gnu", self.name);
        let linker = [&*format!("-Clinker={}", self.gnu_ld), "-Clinker-flavor=ld"];
        if let Some(image) = self.builds(prove, &name, ", with GNU ld", "release", "", &linker) {
            self.is_well(prove, &name, &image);
        }

        if self.package == "tests/bare" {
            let name = format!("{}-unnamed", self.name);
            let how = ", with the names on the host";
            if let Some(image) = self.builds(prove, &name, how, "release", "names-on-host", &[]) {
                self.is_well(prove, &name, &image);
                Self::is_known_on_host(prove, &name, &image);
            }
        }

        if let Some(bytes) = self.size_of_entry(&image(prove, &format!("{}-release", self.name))) {
            println!("{:<9} an entry has {bytes} bytes", "");
        }
        if self.name == "thumbv6m" {
            self.refuses(prove);
        }
    }

    /// Cargo, with a compiler that has `core` for this target: the one that is used
    /// anyway, or Debian's, which may build it.
    fn cargo(&self, prove: &Prove, package: &str, command: &str) -> Command {
        let tree = Tree {
            directory: prove.root.join(package),
            is_copy: false,
        };
        let mut cargo = prove.cargo(&tree, "bare");
        cargo.args([command, "--locked", "--target", self.target]);
        if !has_core(self.target) {
            builds_core(prove, &mut cargo);
        }
        cargo
    }

    /// Builds the image, as a file of this name.
    fn build(
        &self,
        prove: &Prove,
        name: &str,
        profile: &str,
        features: &str,
        compiler: &[&str],
    ) -> Run {
        let mut cargo = self.cargo(prove, self.package, "rustc");
        cargo
            .args([
                "-p",
                "image",
                "--profile",
                profile,
                "--features",
                features,
                "--",
            ])
            .args(compiler);
        let run = prove.run(&format!("{name}-build"), &mut cargo);
        let directory = if profile == "dev" { "debug" } else { profile };
        let built = prove
            .out
            .join("bare")
            .join(self.target)
            .join(directory)
            .join("image");
        let image = image(prove, name);
        let _ = fs::create_dir_all(image.parent().unwrap_or(&image));
        let _ = fs::remove_file(&image);
        if run.status.success() {
            let _ = fs::copy(built, image);
        }
        run
    }

    fn builds(
        &self,
        prove: &Prove,
        name: &str,
        how: &str,
        profile: &str,
        features: &str,
        compiler: &[&str],
    ) -> Option<PathBuf> {
        let run = self.build(prove, name, profile, features, compiler);
        let image = image(prove, name);
        if image.exists() {
            prove.holds(&format!("{name} builds{how}"));
            Some(image)
        } else {
            prove.fails(&format!("{name} builds{how}"), &run.log);
            None
        }
    }

    /// Boots an image, by cargo's runner. What it says, and how QEMU ends.
    fn boot(&self, prove: &Prove, name: &str, image: &Path) -> Run {
        let runner = self
            .runner(prove)
            .unwrap_or_else(|| vec!["no-runner".to_owned()]);
        let directory = prove.out.join("boot").join(name);
        let _ = fs::create_dir_all(directory.join("target"));
        let mut qemu = limited(60, &runner[0]);
        qemu.args(&runner[1..]).arg(image).current_dir(directory);
        prove.output(name, &mut qemu)
    }

    /// That of the package's `.cargo/config.toml`.
    fn runner(&self, prove: &Prove) -> Option<Vec<String>> {
        let config = prove.root.join(self.package).join(".cargo/config.toml");
        let config: toml::Table = fs::read_to_string(config).ok()?.parse().ok()?;
        let runner = config.get("target")?.get(self.target)?.get("runner")?;
        let words = runner.as_array()?.iter();
        words.map(|word| word.as_str().map(str::to_owned)).collect()
    }

    fn is_well(&self, prove: &Prove, name: &str, image: &Path) {
        let run = self.boot(prove, name, image);
        let what = format!("{name} runs");
        match (
            run.status.code() == Some(self.success),
            self.says_it(prove, name, &run.text),
        ) {
            (true, Ok(())) => prove.holds(&what),
            (false, Ok(())) => prove.fails(&format!("{what}: {}", run.status), &run.log),
            (_, Err(line)) => prove.fails(&format!("{what}: {line}"), &run.log),
        }
    }

    /// `cargo handlers` has the names, which the image has not.
    fn is_known_on_host(prove: &Prove, name: &str, image: &Path) {
        let tree = Tree {
            directory: prove.root.clone(),
            is_copy: false,
        };
        let mut cargo = prove.cargo(&tree, "handlers");
        cargo.args(["run", "--quiet", "--package", "cargo-handlers", "--"]);
        let run = prove.run(&format!("{name}-handlers"), cargo.arg(image));
        let what = format!("{name} has its names on the host");
        let says = |function: &str| run.text.contains(function);
        if says("clock::tick") && says("bell::ring") && says("clock/src/lib.rs:") {
            prove.holds(&what);
        } else {
            prove.fails(&what, &run.log);
        }
    }

    /// It must be told from an image that is well, by how it ends and by what it says.
    fn has_lost(&self, prove: &Prove, name: &str, image: &Path) {
        let run = self.boot(prove, name, image);
        let what = format!("{name} fails, and says so");
        let message = "init failed: the section of the static handlers is missing";
        let code = run.status.code();
        if code == Some(self.init_failed)
            && code != Some(self.success)
            && self.says_it(prove, name, &run.text).is_err()
            && run.text.lines().any(|line| line.starts_with(message))
        {
            prove.found(&what);
        } else {
            prove.fails(&what, &run.log);
        }
    }

    /// Whether an image says what it should; the first line that is another.
    fn says_it(&self, prove: &Prove, name: &str, text: &str) -> Result<(), String> {
        let (says, expected) = (normal(text), self.expected(name.ends_with("-unnamed")));
        if says != expected {
            let lines = says.iter().zip(&expected);
            let wrong = lines
                .filter(|(says, expected)| says != expected)
                .map(|(says, _)| says);
            let last = "the end".to_owned();
            return Err(format!(
                "not expected: {}",
                wrong.chain([&last]).next().unwrap_or(&last)
            ));
        }
        let line = prove.out.join("boot").join(name).join("target/com2.txt");
        if self.name == "x86_64"
            && fs::read_to_string(line).unwrap_or_default() != "sent by interrupts\n"
        {
            return Err("the second serial line".to_owned());
        }
        Ok(())
    }

    fn expected(&self, unnamed: bool) -> Vec<String> {
        let [timer, bell] = self.events;
        let text = if self.name == "x86_64" {
            "handler-table on x86_64
             4 static handlers
             timer: N interrupts
             serial: 20 interrupts
             replaced event 0 after N interrupts
             it found the kernel at 0xN
             spurious event 0
             unregistered event 0
             all well
             event 0: `timer::tick` at timer/src/lib.rs:N
             event 3: `serial::send_next` at serial/src/lib.rs:N"
                .to_owned()
        } else {
            let cores = match self.cores {
                1 => "",
                _ => "two cores: 1000 rounds\n",
            };
            let [tick, ring] = if unnamed {
                ["the function at 0xN"; 2]
            } else {
                [
                    "`clock::tick` at clock/src/lib.rs:N",
                    "`bell::ring` at bell/src/lib.rs:N",
                ]
            };
            format!(
                "handler-table on {}
                 2 static handlers
                 timer: N interrupts
                 bell: 10 interrupts
                 replaced event {timer} after N interrupts
                 spurious event {timer}
                 unregistered event {timer}
                 {cores}all well
                 event {timer}: {tick}
                 event {bell}: {ring}",
                self.name
            )
        };
        normal(&text)
    }

    /// Without compare-and-swap, and without the feature that does without.
    fn refuses(&self, prove: &Prove) {
        let what = "thumbv6m without portable-atomic does not build, and says what to do";
        let mut cargo = self.cargo(prove, ".", "build");
        let run = prove.run("thumbv6m-refused", cargo.args(["-p", "handler-table"]));
        prove.control(what, &run, |run| {
            let says = |line: &str| {
                line.starts_with("error: ")
                    && line.contains("has no compare-and-swap")
                    && line.contains("enable the feature `portable-atomic`")
            };
            run.text.lines().any(says).then(|| "an error".to_owned())
        });
    }

    /// Where the linker put the slice: bytes for each of its entries.
    fn size_of_entry(&self, image: &Path) -> Option<u64> {
        let output = Command::new("readelf")
            .arg("-sW")
            .arg(image)
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let symbol = |name: &str| {
            let mut lines = text
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>());
            let line = lines.find(|line| line.get(7).is_some_and(|it| it.starts_with(name)))?;
            u64::from_str_radix(line[1], 16).ok()
        };
        let start = symbol("__start_handler_table_0_1")?;
        let stop = symbol("__stop_handler_table_0_1")?;
        Some(stop.checked_sub(start)? / self.entries)
    }
}

/// Makes cargo use Debian's compiler, which may build `core`.
pub(crate) fn builds_core(prove: &Prove, cargo: &mut Command) {
    // The name that the compiler knows the linker by.
    let bin = prove.out.join("bin");
    let _ = fs::create_dir_all(&bin);
    let _ = symlink("/usr/bin/lld", bin.join("rust-lld"));
    let path = std::env::var("PATH").unwrap_or_default();
    cargo
        .arg("-Zbuild-std=core")
        .env("PATH", format!("{path}:{}", bin.display()))
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1");
}

fn image(prove: &Prove, name: &str) -> PathBuf {
    prove.out.join("images").join(name)
}

pub(crate) fn has_core(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output();
    let Ok(output) = output else { return false };
    let directory = String::from_utf8_lossy(&output.stdout);
    let Ok(entries) = fs::read_dir(directory.trim()) else {
        return false;
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with("libcore-"))
}

/// Whether the linker, or the compiler in its place, names the event and the table.
fn names_the_event(run: &Run) -> Option<String> {
    let (_, name) = run.text.split_once("handler_for_event_")?;
    let name = name.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let words = ["duplicate symbol", "multiple definition", "already defined"];
    let said = words.iter().find(|word| run.text.contains(**word))?;
    name.starts_with("_of_kernel::IRQS[")
        .then(|| (*said).to_owned())
}

/// What an image says, but for what differs from run to run. The static handlers come
/// in no particular order.
fn normal(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| {
        let line = number(line.trim(), "timer: ", 3);
        let line = number(&line, "after ", 3);
        let line = number(&line, "rs:", 1);
        let line = number(&line, "the function at 0x", 1);
        number(&line, "found the kernel at 0x", 1)
    });
    let (mut events, mut others): (Vec<_>, Vec<_>) =
        lines.partition(|line| line.starts_with("event"));
    events.sort();
    others.append(&mut events);
    others
}

/// The line with N for the number after this, if it has as many digits.
fn number(line: &str, after: &str, digits: usize) -> String {
    if let Some((start, rest)) = line.split_once(after) {
        let end = rest.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
        if rest.len() - end.len() >= digits {
            return format!("{start}{after}N{end}");
        }
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn numbers_that_differ_are_left_out_and_others_are_not() {
        let text = "timer: 7 interrupts\nevent 3: `a` at b.rs:12\nevent 1\ntimer: 1234 interrupts";
        let lines = [
            "timer: 7 interrupts",
            "timer: N interrupts",
            "event 1",
            "event 3: `a` at b.rs:N",
        ];
        assert_eq!(normal(text), lines);
    }
}
