//! Builds the crates in `workspace`, in a copy, and tells what came of it.
//!
//! Everything is a mistake of the test until the build of a crate is under way:
//! a missing tool or file panics. What the build then says is the result.

use std::env;
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// `lto` in the profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lto {
    /// `"off"`
    Off,
    /// `false`, which is what a profile that says nothing has.
    Local,
    /// `"thin"`
    Thin,
    /// `"fat"`
    Fat,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linker {
    Lld,
    Bfd,
    /// Where it is installed.
    Mold,
}

/// One way to build a program.
#[derive(Clone, Copy)]
pub(crate) struct Variant {
    pub(crate) profile: Profile,
    pub(crate) lto: Lto,
    /// `codegen-units`, if the profile says so.
    pub(crate) units: Option<u32>,
    pub(crate) linker: Linker,
}

pub(crate) const fn variant(
    profile: Profile,
    lto: Lto,
    units: Option<u32>,
    linker: Linker,
) -> Variant {
    Variant {
        profile,
        lto,
        units,
        linker,
    }
}

impl Profile {
    fn directory(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }
}

impl Lto {
    fn name(self) -> &'static str {
        match self {
            Lto::Off => "off",
            Lto::Local => "false",
            Lto::Thin => "thin",
            Lto::Fat => "fat",
        }
    }
}

impl Linker {
    /// What makes `cc`, and with it rustc, link with this one.
    pub(crate) fn flags(self) -> Vec<String> {
        match self {
            // The same two as rustc passes where this is its own default.
            Linker::Lld => vec![
                format!("-B{}", TOOLS.gcc_ld.display()),
                "-fuse-ld=lld".to_owned(),
            ],
            Linker::Bfd => vec!["-fuse-ld=bfd".to_owned()],
            Linker::Mold => vec!["-fuse-ld=mold".to_owned()],
        }
    }

    pub(crate) fn is_installed(self) -> bool {
        match self {
            Linker::Lld | Linker::Bfd => true,
            Linker::Mold => is_installed("mold"),
        }
    }
}

impl Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = match self.units {
            Some(units) => units.to_string(),
            None => "default".to_owned(),
        };
        let linker = match self.linker {
            Linker::Lld => "lld",
            Linker::Bfd => "bfd",
            Linker::Mold => "mold",
        };
        write!(
            formatter,
            "{:7} lto={:5} units={units:7} {linker}",
            self.profile.directory(),
            self.lto.name()
        )
    }
}

/// What to make of a package.
#[derive(Clone, Copy)]
enum Kind {
    /// The binary of this name.
    Binary(&'static str),
    /// `libNAME.a`
    Archive,
    /// `libNAME.so`
    Dynamic,
    /// The program that runs the unit tests.
    Tests,
}

/// A crate of the workspace, to be built in one way.
#[derive(Clone)]
pub(crate) struct Build {
    package: &'static str,
    kind: Kind,
    pub(crate) variant: Variant,
    flags: Vec<String>,
    /// Flags for rustc, for the dependencies too.
    everywhere: Vec<String>,
}

impl Build {
    fn new(package: &'static str, kind: Kind, variant: Variant) -> Self {
        Build {
            package,
            kind,
            variant,
            flags: Vec::new(),
            everywhere: Vec::new(),
        }
    }

    /// A binary of the package `program`.
    pub(crate) fn program(binary: &'static str, variant: Variant) -> Self {
        Build::new("program", Kind::Binary(binary), variant)
    }

    /// A binary of the package `versions`.
    pub(crate) fn versions(binary: &'static str, variant: Variant) -> Self {
        Build::new("versions", Kind::Binary(binary), variant)
    }

    /// The unit tests of a package.
    pub(crate) fn tests(package: &'static str, variant: Variant) -> Self {
        Build::new(package, Kind::Tests, variant)
    }

    /// The package `dynamic`, a binary that links `shared`.
    pub(crate) fn dynamic(variant: Variant) -> Self {
        Build::new("dynamic", Kind::Binary("dynamic"), variant)
    }

    /// A package as a `staticlib`.
    pub(crate) fn staticlib(package: &'static str, variant: Variant) -> Self {
        Build::new(package, Kind::Archive, variant)
    }

    /// A package as a `cdylib`.
    pub(crate) fn cdylib(package: &'static str, variant: Variant) -> Self {
        Build::new(package, Kind::Dynamic, variant)
    }

    /// The same with a mistake in it.
    pub(crate) fn mistake(self, which: &str) -> Self {
        self.flags(&["--cfg", "mistake", "--cfg", &format!("mistake={which:?}")])
    }

    /// The same with flags for rustc.
    pub(crate) fn flags(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(ToString::to_string));
        self
    }

    /// The same with flags for rustc, for the dependencies too.
    pub(crate) fn flags_everywhere(mut self, flags: &[&str]) -> Self {
        self.everywhere
            .extend(flags.iter().map(ToString::to_string));
        self
    }

    /// Builds it. What comes of it is its path, or what cargo, rustc and the
    /// linker said.
    pub(crate) fn run(&self) -> Result<PathBuf, String> {
        let Variant {
            profile,
            lto,
            units,
            linker,
        } = self.variant;
        let mut cargo = Command::new(&TOOLS.cargo);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PROFILE_")
                || text.ends_with("RUSTFLAGS")
                || text == "CARGO_BUILD_TARGET"
            {
                cargo.env_remove(&name);
            }
        }
        cargo
            .current_dir(&TOOLS.workspace)
            .env("CARGO_TARGET_DIR", &TOOLS.target)
            .args(["rustc", "--offline", "--color", "never"])
            .args(["--package", self.package]);
        let file = match self.kind {
            Kind::Binary(name) => {
                cargo.args(["--bin", name]);
                name.to_owned()
            }
            Kind::Archive => {
                cargo.args(["--lib", "--crate-type", "staticlib"]);
                format!("lib{}.a", self.package)
            }
            Kind::Dynamic => {
                cargo.args(["--lib", "--crate-type", "cdylib"]);
                format!("lib{}.so", self.package)
            }
            Kind::Tests => {
                cargo.args(["--lib", "--profile", "test"]);
                cargo.arg("--message-format=json-render-diagnostics");
                String::new()
            }
        };
        let name = match profile {
            Profile::Debug => "DEV",
            Profile::Release => {
                cargo.arg("--release");
                "RELEASE"
            }
        };
        cargo.env(format!("CARGO_PROFILE_{name}_LTO"), lto.name());
        if let Some(units) = units {
            cargo.env(
                format!("CARGO_PROFILE_{name}_CODEGEN_UNITS"),
                units.to_string(),
            );
        }
        let mut place = TOOLS.target.clone();
        if !self.everywhere.is_empty() {
            // For this target, so that what runs while building is spared.
            let host = &*TOOLS.host;
            cargo.args(["--target", host]);
            cargo.env("CARGO_ENCODED_RUSTFLAGS", self.everywhere.join("\x1f"));
            place.push(host);
        }
        cargo.arg("--").args(&self.flags);
        for flag in linker.flags() {
            cargo.arg(format!("-Clink-arg={flag}"));
        }
        let output = run(&mut cargo);
        if !output.status.success() {
            return Err(text(&output));
        }
        let path = match self.kind {
            Kind::Tests => executable(&String::from_utf8_lossy(&output.stdout)),
            _ => place.join(profile.directory()).join(file),
        };
        if !matches!(self.kind, Kind::Archive) {
            check_linker(linker, &path);
        }
        Ok(path)
    }
}

/// The program that cargo says it has built.
fn executable(messages: &str) -> PathBuf {
    let path = messages
        .rsplit_once("\"executable\":\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    PathBuf::from(path.expect("cargo names the program").0)
}

/// Checks that this linker linked it. That of binutils does not leave its name.
fn check_linker(linker: Linker, file: &Path) {
    for (name, wanted) in [
        ("Linker: LLD", linker == Linker::Lld),
        ("mold ", linker == Linker::Mold),
    ] {
        let found = holds(file, name);
        assert_eq!(found, wanted, "`{name}` in {}", file.display());
    }
}

/// Links a program in C, from a file of the workspace. What comes of it is its
/// path, or what the compiler and the linker said.
pub(crate) fn link_c(source: &str, linker: Linker, arguments: &[&str]) -> Result<PathBuf, String> {
    let program = TOOLS.target.join("c-program");
    let output = run(Command::new("gcc")
        .current_dir(&TOOLS.workspace)
        .env("LC_ALL", "C")
        .arg(format!("c/{source}"))
        .arg("-o")
        .arg(&program)
        .args(linker.flags())
        .args(arguments));
    if !output.status.success() {
        return Err(text(&output));
    }
    check_linker(linker, &program);
    Ok(program)
}

/// What a program prints. It is expected to succeed.
pub(crate) fn output_of(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The symbols that a dynamic library exports.
pub(crate) fn exports(library: &Path) -> Vec<String> {
    output_of(
        Command::new("nm")
            .args(["--dynamic", "--defined-only", "--format=posix"])
            .arg(library),
    )
    .lines()
    .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
    .collect()
}

/// Whether a file has these bytes.
pub(crate) fn holds(file: &Path, text: &str) -> bool {
    let bytes = fs::read(file).expect("what was built can be read");
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Whether the text has these lines, one after the other. In a pattern, `…`
/// stands for anything.
pub(crate) fn says(text: &str, patterns: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let patterns: Vec<&str> = patterns.lines().collect();
    lines.windows(patterns.len()).any(|lines| {
        let mut pairs = lines.iter().zip(&patterns);
        pairs.all(|(line, pattern)| is_like(line, pattern))
    })
}

fn is_like(line: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// What was built in which way, and what came of it. All of it is printed, also
/// what comes after a failure.
pub(crate) struct Matrix {
    failures: usize,
    // One build at a time: they share a target directory.
    _turn: MutexGuard<'static, ()>,
}

impl Matrix {
    pub(crate) fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        Matrix {
            failures: 0,
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// A result, and whether it is as it should be.
    pub(crate) fn row(&mut self, what: &str, variant: Variant, found: &str, good: bool) {
        let mark = if good { "ok" } else { "WRONG" };
        println!("{mark:5} {variant}  {what}");
        for line in found.lines().map(str::trim) {
            if !good || is_worth_reading(line) {
                println!("      | {line}");
            }
        }
        self.failures += usize::from(!good);
    }

    /// A program that has to build and to print this. What comes of it is its
    /// path.
    pub(crate) fn accepted(
        &mut self,
        what: &str,
        build: &Build,
        expected: &str,
    ) -> Option<PathBuf> {
        self.binary(what, build, |found| found == expected)
    }

    /// A program that has to build and to print one of these.
    pub(crate) fn printed(&mut self, what: &str, build: &Build, expected: &[String]) {
        self.binary(what, build, |found| {
            expected.iter().any(|lines| says(found, lines))
        });
    }

    fn binary(
        &mut self,
        what: &str,
        build: &Build,
        good: impl Fn(&str) -> bool,
    ) -> Option<PathBuf> {
        match build.run() {
            Ok(program) => {
                let found = output_of(&mut Command::new(&program));
                self.row(what, build.variant, &found, good(&found));
                Some(program)
            }
            Err(error) => {
                self.row(what, build.variant, &error, false);
                None
            }
        }
    }

    /// A program that must not build: one of these has to be said of it.
    pub(crate) fn refused(&mut self, what: &str, build: &Build, expected: &[String]) {
        match build.run() {
            Ok(program) => {
                let found = output_of(&mut Command::new(program));
                self.row(what, build.variant, &format!("it built\n{found}"), false);
            }
            Err(error) => {
                let good = expected.iter().any(|lines| says(&error, lines));
                self.row(what, build.variant, &error, good);
            }
        }
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        assert!(
            self.failures == 0 || std::thread::panicking(),
            "{} results are not as they should be; see the rows that are WRONG",
            self.failures
        );
    }
}

/// Leaves out what rustc says about itself.
fn is_worth_reading(line: &str) -> bool {
    let noise = [
        "= note:  \"cc\"",
        "= note: some arguments are omitted",
        "= note: some `extern` functions",
        "= note: use the ",
        "Compiling ",
        "Blocking ",
        "collect2: ",
        "error: linking with",
        "error: could not compile",
        "warning: `",
    ];
    !(line.is_empty() || line == "|" || noise.iter().any(|noise| line.starts_with(noise)))
}

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn text(output: &Output) -> String {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{stdout}{stderr}")
}

/// What a build needs, found or made once.
struct Tools {
    cargo: PathBuf,
    /// Where rustc has its `ld.lld`.
    gcc_ld: PathBuf,
    /// The copy of the workspace.
    workspace: PathBuf,
    /// Its target directory.
    target: PathBuf,
    /// The target that rustc builds for by itself.
    host: String,
}

static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    for (tool, package) in [("gcc", "gcc"), ("ld.bfd", "binutils"), ("nm", "binutils")] {
        assert!(
            is_installed(tool),
            "`{tool}` is missing: install `{package}`"
        );
    }
    let gcc_ld = target_libdir().with_file_name("bin").join("gcc-ld");
    assert!(
        gcc_ld.join("ld.lld").exists(),
        "this toolchain has no `{}`: take one from rustup",
        gcc_ld.join("ld.lld").display()
    );
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("link");
    copy_version(&place.join("next"), "0.2.0", Some("0_2"));
    copy_version(&place.join("clashing"), "0.3.0", None);
    Tools {
        cargo: env::var_os("CARGO").map_or("cargo".into(), PathBuf::from),
        gcc_ld,
        workspace: copy_workspace(&place.join("workspace")),
        target: place.join("target"),
        host: host(),
    }
});

/// Whether there is a program of that name.
fn is_installed(tool: &str) -> bool {
    let result = Command::new(tool).arg("--version").output();
    !matches!(&result, Err(error) if error.kind() == ErrorKind::NotFound)
}

fn host() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let about = output_of(Command::new(rustc).arg("-vV"));
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc says for what it builds").to_owned()
}

/// A copy of `handler-table` and its macros of another version, as a release would
/// be: with its own section. Or, as the control, without.
fn copy_version(copy: &Path, version: &str, section: Option<&str>) {
    let root = root();
    let this = env!("CARGO_PKG_VERSION");
    let manifest = read(&root.join("Cargo.toml"));
    let (before, rest) = manifest.split_once("members = [").expect("a workspace");
    let (_, after) = rest.split_once(']').expect("a list");
    let members = r#"members = ["handler-table", "handler-table-macros"]"#;
    let manifest =
        format!("{before}{members}{after}").replace(&format!("{this}\""), &format!("{version}\""));
    let [major, minor, ..] = this.split('.').collect::<Vec<_>>()[..] else {
        panic!("{this} is a version")
    };
    let of_this = format!("{major}_{minor}");
    let replace = |text: String| match section {
        Some(section) => ["HANDLER_TABLE_", "handler_table_"]
            .iter()
            .fold(text, |text, name| {
                text.replace(&format!("{name}{of_this}"), &format!("{name}{section}"))
            }),
        None => text,
    };
    fs::create_dir_all(copy).expect("a directory can be made for the copy");
    update(&copy.join("Cargo.toml"), &manifest);
    for package in ["handler-table", "handler-table-macros"] {
        copy_directory(&root.join(package), &copy.join(package), &replace);
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a package of a workspace")
}

/// Where a program finds the dynamic libraries of Rust, its own and rustc's.
pub(crate) fn libraries(program: &Path) -> OsString {
    let own = program.parent().expect("it is in a directory");
    env::join_paths([own, &target_libdir()]).expect("no path has a colon")
}

/// Where rustc has its libraries.
fn target_libdir() -> PathBuf {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let path = output_of(Command::new(rustc).args(["--print", "target-libdir"]));
    PathBuf::from(path.trim())
}

fn copy_workspace(copy: &Path) -> PathBuf {
    let root = root();
    let path = root.display().to_string();
    let replace =
        |text: String| text.replace("../../../handler-table", &format!("{path}/handler-table"));
    copy_directory(&root.join("tests/link/workspace"), copy, &replace);
    // The same versions, so that nothing has to be downloaded.
    update(&copy.join("Cargo.lock"), &read(&root.join("Cargo.lock")));
    copy.to_owned()
}

fn copy_directory(from: &Path, to: &Path, replace: &dyn Fn(String) -> String) {
    fs::create_dir_all(to).expect("a directory can be made for the copy");
    for entry in fs::read_dir(from).expect("the workspace can be read") {
        let from = entry.expect("the workspace can be read").path();
        let to = to.join(from.file_name().expect("it has a name"));
        if from.is_dir() {
            copy_directory(&from, &to, replace);
        } else {
            update(&to, &replace(read(&from)));
        }
    }
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Writes a file if it is not so already, for cargo goes by its time.
fn update(file: &Path, text: &str) {
    if fs::read_to_string(file).ok().as_deref() != Some(text) {
        fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
