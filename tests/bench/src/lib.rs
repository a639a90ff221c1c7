//! The measurements and the report of the benchmarks.
//!
//! Subjects are measured in turns, in batches of about 20 microseconds, and the fastest
//! batch of each counts. Another process slows down some batches of every subject, but
//! rarely all batches of one. (The usual harnesses measure one subject after the other, so
//! changing load looks like a difference between them.)

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// A subject: its name, and a function that runs a number of operations.
pub type Subject<'a> = (&'static str, Box<dyn FnMut(u32) + 'a>);

/// Nanoseconds of one operation of each subject.
pub fn fastest(subjects: &mut [Subject<'_>], rounds: u32) -> Vec<f64> {
    let batches: Vec<u32> = subjects
        .iter_mut()
        .map(|(_, run)| {
            let mut batch = 64;
            while time(run, batch) < 20_000.0 && batch < 1 << 20 {
                batch *= 2;
            }
            batch
        })
        .collect();
    let mut least = vec![f64::INFINITY; subjects.len()];
    for _ in 0..rounds {
        for (((_, run), &batch), least) in subjects.iter_mut().zip(&batches).zip(&mut least) {
            *least = least.min(time(run, batch) / f64::from(batch));
        }
    }
    least
}

fn time(run: &mut impl FnMut(u32), batch: u32) -> f64 {
    let start = Instant::now();
    run(batch);
    start.elapsed().as_secs_f64() * 1e9
}

/// The instructions of one operation: those of many less those of fewer. The program runs
/// itself in `valgrind`, with `run`, the case, the subject and how often; `None` if there is
/// none.
#[must_use]
pub fn instructions(case: &str, subject: &str) -> Option<f64> {
    let count = |times: u32| {
        let output = Command::new("valgrind")
            .args([
                "--tool=cachegrind",
                "--cache-sim=no",
                "--cachegrind-out-file=/dev/null",
            ])
            .arg(std::env::current_exe().ok()?)
            .args(["run", case, subject, &times.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8(output.stderr).ok()?;
        let line = text.lines().find(|line| line.contains("refs:"))?;
        let digits: String = line
            .rsplit(':')
            .next()?
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        digits.parse::<f64>().ok()
    };
    Some((count(11_000)? - count(1_000)?) / 10_000.0)
}

/// Figures of one kind, for each subject in each case.
#[derive(Default)]
pub struct Figures {
    cells: Vec<(String, String, f64)>,
}

impl Figures {
    /// Notes a figure.
    pub fn push(&mut self, case: &str, subject: &str, figure: f64) {
        self.cells
            .push((case.to_owned(), subject.to_owned(), figure));
    }

    /// The figure of a subject in a case.
    #[must_use]
    pub fn get(&self, case: &str, subject: &str) -> Option<f64> {
        let cell = self
            .cells
            .iter()
            .find(|(a, b, _)| a == case && b == subject);
        cell.map(|&(_, _, figure)| figure)
    }

    /// Prints a table with a line for each subject and a column for each case. Each figure
    /// has its ratio to that of `limit`, if it is given.
    pub fn print(&self, title: &str, limit: Option<&str>) {
        let mut cases: Vec<&str> = Vec::new();
        let mut subjects: Vec<&str> = Vec::new();
        for (case, subject, _) in &self.cells {
            if !cases.contains(&case.as_str()) {
                cases.push(case);
            }
            if !subjects.contains(&subject.as_str()) {
                subjects.push(subject);
            }
        }
        println!("\n{title}");
        print!("{:18}", "");
        for case in &cases {
            print!("{case:>19}");
        }
        println!();
        for subject in subjects {
            print!("{subject:18}");
            for case in &cases {
                let mut cell = String::from("-");
                if let Some(figure) = self.get(case, subject) {
                    cell = format!("{figure:.2}");
                    if let Some(limit) = limit.and_then(|limit| self.get(case, limit)) {
                        let _ = write!(cell, " ({:.2}x)", figure / limit);
                    }
                }
                print!("{cell:>19}");
            }
            println!();
        }
    }

    /// Writes the figures as JSON, `{case: {subject: figure}}`, to the directory in
    /// `BENCH_DATA`, or to `fallback` if it is not set.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn write(&self, name: &str, fallback: &str) {
        let mut text = String::from("{");
        let mut last = None;
        for (case, subject, figure) in &self.cells {
            if last == Some(case) {
                let _ = write!(text, ",\n  \"{subject}\": {figure:.4}");
            } else {
                let close = if last.is_some() { "\n },\n" } else { "\n" };
                let _ = write!(text, "{close} \"{case}\": {{\n  \"{subject}\": {figure:.4}");
            }
            last = Some(case);
        }
        text.push_str("\n }\n}\n");
        let directory =
            std::env::var_os("BENCH_DATA").map_or_else(|| fallback.into(), PathBuf::from);
        let file = directory.join(name);
        std::fs::create_dir_all(&directory)
            .and_then(|()| std::fs::write(&file, text))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        println!("written: {}", file.display());
    }
}
