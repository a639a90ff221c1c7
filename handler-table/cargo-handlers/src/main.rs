//! `cargo handlers`: lists the static handlers of an image.

#![forbid(unsafe_code)]

use anstream::{AutoStream, ColorChoice};
use cargo_handlers::check::{self, check};
use cargo_handlers::diff::Diff;
use cargo_handlers::report::{Report, of_file};
use clap::{ArgGroup, Parser};
use serde::Serialize;
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// No image is larger. A device may be endless.
const MOST_BYTES: u64 = 1 << 32;

/// Lists the static handlers of handler-table that are linked into a program.
///
/// The program is an ELF file: an executable, a shared library, a kernel or firmware, for
/// any machine.
#[derive(Parser)]
#[command(name = "cargo handlers", bin_name = "cargo handlers", version)]
#[command(after_help = check::HELP)]
#[command(group(ArgGroup::new("what").required(true).args(["image", "diff"])))]
struct Args {
    /// The image
    image: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Tell which tables and handlers came, went or moved
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    diff: Option<Vec<PathBuf>>,

    /// Fail, with exit code 1, if the image breaks a rule of this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["diff", "json"])]
    check: Option<PathBuf>,

    /// Coloring
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: clap::ColorChoice,
}

fn main() -> ExitCode {
    // Cargo passes the name of the subcommand.
    let is_name = |(at, argument): &(usize, _)| *at == 1 && *argument == *"handlers";
    let arguments = std::env::args_os().enumerate();
    let arguments = arguments.filter(|argument| !is_name(argument));
    let args = Args::parse_from(arguments.map(|(_, argument)| argument));
    match run(&args) {
        Ok(code) => code,
        // Such as `cargo handlers image | head -1`.
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            let mut output = AutoStream::new(io::stderr(), choice(&args));
            let _ = writeln!(output, "\x1b[1;31merror\x1b[0m\x1b[1m:\x1b[0m {error}");
            ExitCode::from(2)
        }
    }
}

fn choice(args: &Args) -> ColorChoice {
    match args.color {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    }
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let mut output = AutoStream::new(io::stdout(), choice(args)).lock();
    if let Some([old, new]) = args.diff.as_deref() {
        let (old_file, new_file) = (read(old)?, read(new)?);
        let (before, after) = (report(old, &old_file)?, report(new, &new_file)?);
        print(&mut output, args.json, &Diff::new(&before, &after))?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(image) = &args.image else {
        return Err("there is no image".into());
    };
    let file = read(image)?;
    let report = report(image, &file)?;
    let Some(rules) = &args.check else {
        print(&mut output, args.json, &report)?;
        return Ok(ExitCode::SUCCESS);
    };
    let text = String::from_utf8(read(rules)?).map_err(|error| of(rules, &error))?;
    let broken = check(&report, &text).map_err(|error| of(rules, &error))?;
    for rule in &broken {
        writeln!(output, "{}: {rule}", rules.display())?;
    }
    Ok(ExitCode::from(u8::from(!broken.is_empty())))
}

fn print<T: Display + Serialize>(
    output: &mut impl Write,
    json: bool,
    what: &T,
) -> Result<(), Box<dyn Error>> {
    if json {
        serde_json::to_writer_pretty(&mut *output, what).map_err(io::Error::from)?;
        writeln!(output)?;
    } else {
        write!(output, "{what}")?;
    }
    Ok(())
}

fn report<'file>(path: &Path, file: &'file [u8]) -> Result<Report<'file>, String> {
    of_file(file).map_err(|error| of(path, &error))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let read = || {
        let mut file = Vec::new();
        let mut opened = File::open(path)?.take(MOST_BYTES + 1);
        opened.read_to_end(&mut file)?;
        if file.len() as u64 > MOST_BYTES {
            return Err(io::Error::other("it has more than 4 GiB"));
        }
        Ok(file)
    };
    read().map_err(|error| of(path, &error))
}

/// An error about a file.
fn of(path: &Path, error: &dyn Display) -> String {
    format!("{}: {error}", path.display())
}
