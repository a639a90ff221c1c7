//! Images for bare metal: built in several ways, booted in QEMU, which is cargo's runner
//! for them, and compared by what they say and how they end.

use crate::check::{Prove, Run, Tree, limited};
use crate::interrupts;
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
    /// The timer's event, the bell's, and that of a line that is stuck.
    events: [u32; 3],
    cores: u32,
}

const BARE: Machine = Machine {
    name: "",
    target: "",
    package: "tests/bare",
    gnu_ld: "arm-none-eabi-ld",
    success: 0,
    init_failed: 2,
    entries: 5,
    events: [15, 19, 21],
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
        events: [7, 3, 11],
        cores: 2,
        ..BARE
    },
    Machine {
        name: "aarch64",
        target: "aarch64-unknown-none-softfloat",
        gnu_ld: "aarch64-linux-gnu-ld",
        events: [30, 3, 33],
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

        if self.package == BARE.package {
            let name = format!("{}-unmasked", self.name);
            let how = ", with a kernel that does not mask stuck lines";
            if let Some(image) = self.builds(prove, &name, how, "release", "unmasked", &[]) {
                self.is_stuck(prove, &name, &image);
            }
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
        if self.name == "thumbv7m" {
            let name = "thumbv7m-defmt";
            if let Some(image) = self.builds(prove, name, "", "release", "defmt", &[]) {
                self.logs_numbers(prove, name, &image);
            }
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

    /// A line that is stuck must be told from one that is masked.
    fn is_stuck(&self, prove: &Prove, name: &str, image: &Path) {
        let run = self.boot(prove, name, image);
        let what = format!("{name} fails, and says so");
        if run.status.code() == Some(3) && run.text.contains("the stuck line was not masked") {
            prove.found(&what);
        } else {
            prove.fails(&what, &run.log);
        }
    }

    /// The log of a storm: the number of its text, which only the file has, and four more.
    fn logs_numbers(&self, prove: &Prove, name: &str, image: &Path) {
        const TEXT: &str = "\"data\":\"nobody handled event {=usize}: \
            {=usize} of {=usize} times on CPU {=usize}\"";
        let run = self.boot(prove, name, image);
        let mut lines = run.text.lines();
        let bytes = lines.find_map(|line| bytes_of(line.strip_prefix("defmt ")?));
        let is_text = |number: u64| symbols(image, |name| name.contains(TEXT)).contains(&number);
        let is_log = bytes.is_some_and(|bytes| {
            let (text, numbers) = bytes.split_at(bytes.len().min(2));
            let stuck = self.events[2];
            let numbers = numbers.chunks(4).map(little);
            is_text(little(text)) && numbers.eq([stuck.into(), 1_000, 1_000, 0])
        });
        let what = format!("{name} logs a storm as numbers");
        if is_log && run.status.code() == Some(self.success) {
            prove.holds(&what);
        } else {
            prove.fails(&what, &run.log);
        }
    }

    /// Whether an image says what it should; the first line that is another.
    fn says_it(&self, prove: &Prove, name: &str, text: &str) -> Result<(), String> {
        let (listing, text) = interrupts::split(text);
        if self.name == "x86_64" {
            counts_fit(&listing, &text)?;
        }
        let (says, expected) = (normal(&text), self.expected(name.ends_with("-unnamed")));
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
        let [timer, bell, stuck] = self.events;
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
            let [tick, ring, ignore] = if unnamed {
                ["the function at 0xN"; 3]
            } else {
                [
                    "`clock::tick` at clock/src/lib.rs:N",
                    "`bell::ring` at bell/src/lib.rs:N",
                    "`image::ignore` at image/src/main.rs:N",
                ]
            };
            format!(
                "handler-table on {}
                 3 static handlers
                 timer: N interrupts
                 bell: 10 interrupts
                 WARN: {ignore}: nobody handled event {stuck}: 1000 of 1000 times on CPU 0
                 ignored: 1000 interrupts
                 replaced event {timer} after N interrupts
                 spurious event {timer}
                 unregistered event {timer}
                 {cores}all well
                 event {timer}: {tick}
                 event {bell}: {ring}
                 event {stuck}: {ignore}",
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
        let symbol = |of: &str| symbols(image, |name| name.starts_with(of)).first().copied();
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

/// The values of the symbols with such names.
fn symbols(image: &Path, has_name: impl Fn(&str) -> bool) -> Vec<u64> {
    let output = Command::new("readelf").arg("-sW").arg(image).output();
    let output = output.map_or_else(|_| Vec::new(), |output| output.stdout);
    let text = String::from_utf8_lossy(&output);
    let value = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_named = words.get(7..).is_some_and(|name| has_name(&name.join(" ")));
        let value = words.get(1).filter(|_| is_named)?;
        u64::from_str_radix(value, 16).ok()
    };
    text.lines().filter_map(value).collect()
}

/// The bytes that are written in hexadecimal.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

fn little(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
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

/// Whether the kernel's listing has the interrupts that it speaks of.
fn counts_fit(listing: &[&str], text: &str) -> Result<(), String> {
    let rows = interrupts::read(listing)?;
    let [timer, serial] = &rows[..] else {
        return Err(format!("other events: {rows:?}"));
    };
    let before = text.split_once("replaced event 0 after ");
    let before = before.and_then(|(_, rest)| rest.split(' ').next()?.parse::<u64>().ok());
    // Later there were ten of another handler, one without a handler, and ten more.
    let least = before.ok_or("the timer is not counted")? + 21;
    if timer.event != 0 || timer.names != "timer::tick" || serial.names != "serial::send_next" {
        return Err(format!("other names: {rows:?}"));
    }
    // 19 bytes, and one interrupt after the last of them.
    let is_serial = serial.event == 3 && serial.count == 20 && serial.spurious == 0;
    if timer.count >= least && timer.spurious == 1 && is_serial {
        Ok(())
    } else {
        Err(format!("other counts: {rows:?}"))
    }
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
    use super::{counts_fit, normal};

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

    #[test]
    fn a_count_that_does_not_fit_is_refused() {
        let fits = |timer: u64, serial: u64, spurious: u64| {
            let (sum, all) = (timer + serial, "10 20");
            let lines = [
                "CPU0 total spurious mean max".to_owned(),
                format!("  0: {timer} {timer} {spurious} {all}  timer::tick"),
                format!("  3: {serial} {serial} 0 {all}  serial::send_next"),
                format!("sum: {sum} {sum} {spurious} {all}"),
                "ERR: 0".to_owned(),
            ];
            let listing: Vec<&str> = lines.iter().map(String::as_str).collect();
            counts_fit(&listing, "replaced event 0 after 100 interrupts")
        };
        assert_eq!(fits(121, 20, 1), Ok(()));
        assert!(fits(120, 20, 1).is_err());
        assert!(fits(121, 19, 1).is_err());
        assert!(fits(121, 20, 0).is_err());
    }
}
