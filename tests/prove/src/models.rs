//! The memory model: programs that loom runs in every order, and what they must find.

use crate::check::{Prove, Run, Tree, limited};
use crate::mutate::{self, Change, Copy};
use crate::source::{Crate, Kind, Site, weaker};
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

/// Those of one kind of table.
pub(crate) struct Models {
    name: &'static str,
    of_actions: bool,
}

pub(crate) const HANDLERS: Models = Models {
    name: "models",
    of_actions: false,
};

pub(crate) const ACTIONS: Models = Models {
    name: "actions",
    of_actions: true,
};

/// What is below the tables of actions. All else is the handlers'.
fn is_of_actions(module: &[String]) -> bool {
    let first = module.first().map_or("", String::as_str);
    ["action", "action_table", "static_action"].contains(&first)
}

/// Builds the models of the sources: the program.
fn build(prove: &Prove, tree: &Tree, log: &str) -> Result<PathBuf, Run> {
    let mut cargo = prove.cargo(tree, "loom");
    cargo
        .args(["test", "-p", "handler-table", "--lib", "--no-run"])
        .args(["--features", "alloc"])
        .env("RUSTFLAGS", "--cfg loom")
        .env("CARGO_PROFILE_TEST_OPT_LEVEL", "2")
        .env("CARGO_PROFILE_TEST_DEBUG", "0");
    let run = prove.run(log, &mut cargo);
    let program = run.text.lines().find_map(|line| {
        let (_, path) = line.trim().strip_prefix("Executable ")?.split_once('(')?;
        path.strip_suffix(')').map(PathBuf::from)
    });
    match program {
        Some(program) if run.status.success() => Ok(tree.directory.join(program)),
        _ => Err(run),
    }
}

/// Runs one, with a limit to its time.
fn run_model(prove: &Prove, program: &PathBuf, model: &str, log: &str) -> Run {
    let mut command = limited(300, program);
    command
        .args(["--exact", model])
        .env("RUST_BACKTRACE", "0")
        .env("LOOM_MAX_BRANCHES", "10000");
    prove.run(log, &mut command)
}

impl Models {
    fn list(&self, program: &PathBuf) -> Vec<String> {
        let output = Command::new(program).args(["--list", "models::"]).output();
        let text = output.map(|output| output.stdout).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        names
            .filter(|name| name.contains("::actions::") == self.of_actions)
            .map(str::to_owned)
            .collect()
    }

    /// That the models hold, each by itself. Their names, the fastest first.
    fn by_time(&self, prove: &Prove) -> Result<Vec<String>, Run> {
        let program = build(prove, &prove.original(), &format!("{}-build", self.name))?;
        let mut times = Vec::new();
        for model in self.list(&program) {
            let start = Instant::now();
            let run = run_model(prove, &program, &model, self.name);
            if !run.status.success() || run.tests() != 1 {
                return Err(run);
            }
            times.push((start.elapsed(), model));
        }
        times.sort();
        Ok(times.into_iter().map(|(_, model)| model).collect())
    }

    /// The sources must fail a model. Not all models run, only up to that.
    fn judge(prove: &Prove, models: &[String], tree: &Tree, log: &str, what: &str) {
        let program = match build(prove, tree, log) {
            Ok(program) => program,
            Err(run) => return prove.fails(&format!("does not build: {what}"), &run.log),
        };
        let mut late = 0;
        for model in models {
            let run = run_model(prove, &program, model, log);
            let short = model.rsplit("::").next().unwrap_or(model);
            if run.is_late() {
                late += 1;
            } else if run.crashed() || run.failures().contains(&&**model) {
                return prove.found(&format!("{what} | {short}"));
            } else if run.tests() != 1 {
                return prove.fails(&format!("did not run: {what}"), &run.log);
            }
        }
        let what = format!("not found, and {late} models took too long: {what}");
        prove.fails(&what, &prove.out.join(format!("{log}.log")));
    }
}

/// The names of the models, after it was said, once, that they hold.
pub(crate) fn hold(prove: &Prove, models: &Models) -> Rc<[String]> {
    let known = prove.models.borrow().get(models.name).cloned();
    if let Some(names) = known {
        return names;
    }
    let names = match models.by_time(prove) {
        Ok(names) if !names.is_empty() => {
            let name = models.name;
            prove.holds(&format!("{name}: every order of {} programs", names.len()));
            names
        }
        Ok(_) => {
            prove.fails(&format!("{}: there are none", models.name), &prove.out);
            Vec::new()
        }
        Err(run) => {
            prove.fails(models.name, &run.log);
            Vec::new()
        }
    };
    let names: Rc<[String]> = names.into();
    prove.models.borrow_mut().insert(models.name, names.clone());
    names
}

pub(crate) fn mistakes(prove: &Prove, models: &Models) {
    let names = hold(prove, models);
    if names.is_empty() {
        return;
    }
    mutate::mistakes(prove, models.name, |tree, log, what| {
        Models::judge(prove, &names, tree, log, what);
    });
}

/// Each ordering one step weaker, one at a time.
pub(crate) fn orderings(prove: &Prove, models: &Models) {
    if models.of_actions {
        let run = prove.run(
            "store_buffering",
            &mut store_buffering(prove, &prove.original()),
        );
        if run.status.success() && run.tests() > 0 {
            prove.holds("store buffering: every execution");
            crate::tests::found(prove, "store_buffering", &run);
        } else {
            prove.fails("store buffering", &run.log);
        }
    }
    let names = hold(prove, models);
    if names.is_empty() {
        return;
    }
    let copy = Copy::new(prove);
    let sources = Crate::read(&copy.tree.directory.join("handler-table/src"));
    let sites = sources
        .as_ref()
        .map_err(Clone::clone)
        .and_then(Crate::orderings);
    let sites = match &sites {
        Ok(sites) => sites,
        Err(error) => return prove.fails(error, &prove.root),
    };
    let mut count = 0;
    for site in sites
        .iter()
        .filter(|site| is_of_actions(&site.file.module) == models.of_actions)
    {
        let file = site
            .file
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let what = format!("{file}:{} {}: {}", site.line, site.item.name, site.ordering);
        if is_of_the_compiler(site) {
            println!("{:<9} {what}, for the compiler: no tool sees it", "-");
            continue;
        }
        let weaker = weaker(&site.ordering, site.kind);
        if weaker.is_empty() {
            println!("{:<9} {what}, nothing is weaker", "-");
        }
        for to in weaker {
            if is_of_two_changes(site, to) {
                println!("{:<9} {what} -> {to}, of two changes: no tool sees it", "-");
                continue;
            }
            count += 1;
            let log = format!("{}-ordering-{count}", models.name);
            let what = format!("{what} -> {to}");
            let change = Change {
                path: site.file.path.clone(),
                range: site.range.clone(),
                to: (*to).to_owned(),
            };
            copy.with(&change, |tree| {
                if is_of_no_model(site) {
                    let run = prove.run(&log, &mut store_buffering(prove, tree));
                    prove.control(&what, &run, |run| {
                        let failed = !run.failures().is_empty();
                        (failed && run.text.contains("left == right"))
                            .then(|| "store_buffering".to_owned())
                    });
                } else {
                    Models::judge(prove, &names, tree, &log, &what);
                }
            });
        }
    }
    if count < 10 {
        prove.fails(
            &format!("{}: only {count} orderings", models.name),
            &prove.root,
        );
    }
}

/// The orderings of a reader that has no fence, which are those of some processors, and of
/// one that owns its counter: loom does not know sequentially consistent operations, nor a
/// barrier on all CPUs. They are constants.
fn is_of_no_model(site: &Site<'_>) -> bool {
    site.item.is_const && (site.ordering == "SeqCst" || site.item.name == "OWNED_LEAVE")
}

/// What orders two read-modify-writes of different objects: loom executes such in one order
/// for all threads.
fn is_of_two_changes(site: &Site<'_>, to: &str) -> bool {
    let name = &site.item.name;
    match site.ordering.as_str() {
        "Acquire" if name.ends_with("Load::begin") => site.kind == Kind::ReadModifyWrite,
        "AcqRel" if name.ends_with("Woken::leave") => to == "Release",
        "AcqRel" if name.ends_with("advance_or_mark") => to == "Acquire",
        _ => name.contains("Waiter::"),
    }
}

/// A fence for the compiler, which no tool here reorders.
fn is_of_the_compiler(site: &Site<'_>) -> bool {
    site.item.name.ends_with("enter_owned") && site.ordering == "SeqCst"
}

/// What does know them.
fn store_buffering(prove: &Prove, tree: &Tree) -> Command {
    let mut cargo = prove.cargo(tree, "unit");
    cargo.args([
        "test",
        "-p",
        "handler-table",
        "--lib",
        "store_buffering",
        "--",
        "--nocapture",
    ]);
    cargo
}
