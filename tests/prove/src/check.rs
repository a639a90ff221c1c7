//! How a check is run, and what is said of it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::rc::Rc;

pub(crate) struct Prove {
    /// The workspace.
    pub(crate) root: PathBuf,
    /// Where logs are, and what is built.
    pub(crate) out: PathBuf,
    /// The names of the models that were found to hold, for each kind of table.
    pub(crate) models: RefCell<HashMap<&'static str, Rc<[String]>>>,
    passed: Cell<u32>,
    failed: Cell<u32>,
}

/// A command that ended.
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    /// What it printed, and where that is.
    pub(crate) text: String,
    pub(crate) log: PathBuf,
}

impl Run {
    pub(crate) fn is_late(&self) -> bool {
        // As `timeout` ends.
        self.status.code() == Some(124)
    }

    /// Whether it was ended by a signal: that of a program that aborts or that uses up
    /// its stack, which `timeout` passes on.
    pub(crate) fn crashed(&self) -> bool {
        let code = self.status.code();
        self.status.signal().is_some() || matches!(code, Some(134 | 139))
    }

    /// How many tests passed, if all did.
    pub(crate) fn tests(&self) -> usize {
        let results = self.text.lines().filter_map(|line| {
            let (passed, _) = line
                .strip_prefix("test result: ok. ")?
                .split_once(" passed")?;
            passed.parse::<usize>().ok()
        });
        results.sum()
    }

    /// The tests that failed.
    pub(crate) fn failures(&self) -> Vec<&str> {
        let lines = self.text.lines();
        lines
            .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
            .collect()
    }
}

impl Prove {
    pub(crate) fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root.ancestors().nth(2).unwrap_or(root).to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR");
        let target = target.map_or_else(|| root.join("target"), PathBuf::from);
        let out = std::path::absolute(target.join("prove")).expect("there is a directory");
        fs::create_dir_all(&out).expect("the target directory can be written");
        Prove {
            root,
            out,
            models: RefCell::default(),
            passed: Cell::new(0),
            failed: Cell::new(0),
        }
    }

    fn passes(&self, result: &str, what: &str) {
        println!("{result:<9} {what}");
        self.passed.set(self.passed.get() + 1);
    }

    /// A check that holds.
    pub(crate) fn holds(&self, what: &str) {
        self.passes("holds", what);
    }

    /// A control that was found.
    pub(crate) fn found(&self, what: &str) {
        self.passes("found", what);
    }

    /// Either of them that is not.
    pub(crate) fn fails(&self, what: &str, log: &Path) {
        println!("{:<9} {what} (see {})", "FAILED", log.display());
        // Where the log is lost.
        if std::env::var_os("CI").is_some() {
            let text = fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            for line in &lines[lines.len().saturating_sub(40)..] {
                println!("          {line}");
            }
        }
        self.failed.set(self.failed.get() + 1);
    }

    /// Runs a command, with its log.
    pub(crate) fn run(&self, name: &str, command: &mut Command) -> Run {
        self.run_with(name, command, true)
    }

    /// Runs a command of which only the output is looked at. The log of its errors is
    /// beside that of its output.
    pub(crate) fn output(&self, name: &str, command: &mut Command) -> Run {
        self.run_with(name, command, false)
    }

    fn run_with(&self, name: &str, command: &mut Command, together: bool) -> Run {
        let log = self.out.join(format!("{name}.log"));
        let create = |path: &Path| File::create(path).expect("the target directory can be written");
        let file = create(&log);
        let errors = if together {
            file.try_clone().expect("a file can be shared")
        } else {
            create(&self.out.join(format!("{name}.stderr")))
        };
        let command = command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let status = command.status().unwrap_or_else(|error| {
            fs::write(&log, format!("{command:?}: {error}")).expect("as above");
            ExitStatus::from_raw(127 << 8)
        });
        let text = plain(&String::from_utf8_lossy(
            &fs::read(&log).unwrap_or_default(),
        ));
        Run { status, text, log }
    }

    /// A check: the command succeeds.
    pub(crate) fn check(&self, name: &str, what: &str, command: &mut Command) -> Option<Run> {
        let run = self.run(name, command);
        if run.status.success() {
            self.holds(what);
            Some(run)
        } else {
            self.fails(what, &run.log);
            None
        }
    }

    /// A check: tests pass, and there are some. Their number follows what is said.
    pub(crate) fn tests(&self, name: &str, what: &str, command: &mut Command) -> Option<Run> {
        let run = self.run(name, command);
        let count = run.tests();
        if run.status.success() && count > 0 {
            self.holds(&format!("{what}: {count} tests"));
            Some(run)
        } else {
            self.fails(what, &run.log);
            None
        }
    }

    /// A control: the command fails, for the reason that it should.
    pub(crate) fn control(
        &self,
        what: &str,
        run: &Run,
        reason: impl FnOnce(&Run) -> Option<String>,
    ) {
        if run.status.success() {
            self.fails(&format!("not found: {what}"), &run.log);
        } else if let Some(reason) = reason(run) {
            self.found(&format!("{what} | {reason}"));
        } else {
            let what = format!("failed, but not for the mistake: {what}");
            self.fails(&what, &run.log);
        }
    }

    /// Says how many checks held.
    pub(crate) fn end(&self) -> ExitCode {
        let (passed, failed) = (self.passed.get(), self.failed.get());
        println!("{passed} passed, {failed} failed");
        if failed == 0 {
            println!("everything holds, and every control was found");
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// The text without what colours it.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

/// The sources that are checked: those of the workspace, or a copy with a mistake.
#[derive(Clone)]
pub(crate) struct Tree {
    pub(crate) directory: PathBuf,
    pub(crate) is_copy: bool,
}

impl Prove {
    pub(crate) fn original(&self) -> Tree {
        Tree {
            directory: self.root.clone(),
            is_copy: false,
        }
    }

    /// Where the sources are built for a purpose: cargo does not tell a copy of a
    /// workspace from the original.
    pub(crate) fn target(&self, tree: &Tree, purpose: &str) -> PathBuf {
        if tree.is_copy {
            self.out.join(format!("mistake-{purpose}"))
        } else {
            self.out.join(purpose)
        }
    }

    /// Cargo for these sources.
    pub(crate) fn cargo(&self, tree: &Tree, purpose: &str) -> Command {
        let mut cargo = command("cargo");
        cargo
            .current_dir(&tree.directory)
            .env("CARGO_TARGET_DIR", self.target(tree, purpose))
            .env("CARGO_TERM_COLOR", "never")
            .env("RUST_BACKTRACE", "0");
        cargo
    }
}

/// A command that does not inherit what cargo tells this program of its own package.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// A command that is ended after so many seconds.
pub(crate) fn limited(seconds: u32, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = command("timeout");
    command.arg(seconds.to_string()).arg(program);
    command
}
