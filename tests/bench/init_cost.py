#!/usr/bin/env python3
"""Measures the time to load the static handlers of a program.

Generates programs with 50, 1,000 and 100,000 handlers, and with as many actions, in 1
and in 50 tables. Runs each RUNS times, in turns, with one `init_all` and with one
`init` for each table. Writes the minimum of each time to `data/init_cost.json`. A run
loads once, so the time includes the first access to every table and entry.

The handlers of a table are one array of entries, made by the expansion of the
attribute. 100,000 attributes would load in the same time, but take minutes to
compile. With `--scattered`, the handlers of all tables are in turns in one array.

With `--against`, another checkout of this repository is measured in the same run, and
is only printed.

    tests/bench/init_cost.py [--handlers 50,1000,100000] [--tables 1,50]
        [--kinds functions,actions] [--scattered] [--runs 50] [--against DIRECTORY]
        [--out FILE]
"""

import argparse
import json
import os
import pathlib
import subprocess

from build_cost import HERE, ROOT, run, write

LIBRARY = """
#![allow(long_running_const_eval)]
use core::mem::MaybeUninit;
use handler_table::__private::{
    ActionRegistration, Entry, Linked, Options, Registration,
};
use handler_table::{ActionTable, Event, HandlerTable, Verdict};

fn handler() {}

fn action(_: &mut Event<'_>) -> Verdict {
    Verdict::Handled
}

// SAFETY: each of them is written before it is read.
macro_rules! array {
    ($index:ident: $type:ty => $value:expr) => {{
        let mut array = [const { MaybeUninit::uninit() }; N];
        let mut $index = 0;
        while $index < N {
            array[$index] = MaybeUninit::new($value);
            $index += 1;
        }
        unsafe { core::mem::transmute_copy::<[MaybeUninit<$type>; N], [$type; N]>(&array) }
    }};
}

const fn function<const S: usize>(table: &'static HandlerTable<S>, index: usize) -> Entry {
    let with_handler: fn() = handler;
    let registration = Registration { of_table: table, with_handler };
    registration.entry(index, "TABLE", "program::handler\\nsrc/main.rs\\n1")
}

#[allow(dead_code)]
const fn functions<const N: usize>(table: &'static HandlerTable<N>) -> [Entry; N] {
    array!(index: Entry => function(table, index))
}

#[allow(dead_code)]
const fn scattered<const N: usize, const S: usize>(
    tables: &[&'static HandlerTable<S>],
) -> [Entry; N] {
    array!(index: Entry => function(tables[index % tables.len()], index / tables.len()))
}

#[allow(dead_code)]
const fn actions<const N: usize>(table: &'static ActionTable<N>) -> [Linked; N] {
    array!(index: Linked => {
        let with_options = Options {
            with_name: "",
            is_shared: false,
            at_priority: 0,
            is_counted: false,
            is_disabled: false,
            on_cpus: None,
        };
        let registration =
            ActionRegistration { of_table: table, with_handler: action, with_options };
        registration.entry(index, "TABLE", "program::action\\nsrc/main.rs\\n1")
    })
}

#[allow(dead_code)]
const fn entries<const N: usize>(
    actions: &'static [Linked; N],
) -> [Entry; N] {
    array!(index: Entry => unsafe { Entry::action(&actions[index]) })
}
"""

MAIN = """
fn main() {{
    let each = std::env::args().nth(1).as_deref() == Some("each");
    let start = std::time::Instant::now();
    let loaded = if each {{
        0 {inits}
    }} else {{
        handler_table::init_all().unwrap().handlers
    }};
    let elapsed = start.elapsed();
    assert_eq!(loaded, {handlers});
    println!("{{}}", elapsed.as_nanos());
}}
"""


def generate(directory, handlers, tables, kind, scattered, library):
    text = LIBRARY
    section = '#[used]\n#[unsafe(link_section = "handler_table_0_1")]\n'
    for table in range(tables):
        slots = len(range(table, handlers, tables))
        type_name = "ActionTable" if kind == "actions" else "HandlerTable"
        text += (
            "#[handler_table::handler_table]\n"
            f"static TABLE_{table}: {type_name}<{slots}>;\n"
        )
        if kind == "actions":
            text += f"static ACTIONS_{table}: [Linked; {slots}] = actions(&TABLE_{table});\n"
        if not scattered:
            value = f"entries(&ACTIONS_{table})" if kind == "actions" else f"functions(&TABLE_{table})"
            text += f"{section}static ENTRIES_{table}: [Entry; {slots}] = {value};\n"
    if scattered:
        all_tables = ", ".join(f"&TABLE_{table}" for table in range(tables))
        text += f"{section}static ENTRIES: [Entry; {handlers}] = scattered(&[{all_tables}]);\n"
    inits = "".join(f"+ TABLE_{table}.init().unwrap().handlers" for table in range(tables))
    write(directory / "src/main.rs", text + MAIN.format(inits=inits, handlers=handlers))
    write(
        directory / "Cargo.toml",
        '[package]\nname = "program"\nversion = "0.1.0"\nedition = "2024"\n'
        f'[dependencies]\nhandler-table = {{ path = "{library}/handler-table" }}\n'
        # Optimize only the library. The many handlers are not measured.
        '[workspace]\n[profile.dev]\ndebug = false\nincremental = false\n'
        '[profile.dev.package."*"]\nopt-level = 3\n',
    )


def measure(program, mode):
    return int(subprocess.run([program, mode], check=True, capture_output=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--handlers", default="50,1000,100000")
    parser.add_argument("--tables", default="1,50")
    parser.add_argument("--kinds", default="functions,actions")
    parser.add_argument("--scattered", action="store_true")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "data/init_cost.json")
    arguments = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "init-cost"
    libraries = {"this": ROOT}
    if arguments.against:
        libraries["other"] = arguments.against.resolve()

    results = []
    for kind in arguments.kinds.split(","):
        for tables in map(int, arguments.tables.split(",")):
            for handlers in map(int, arguments.handlers.split(",")):
                programs = {}
                for name, library in libraries.items():
                    directory = target / f"{name}-{kind}-{handlers}-{tables}"
                    generate(directory, handlers, tables, kind, arguments.scattered, library)
                    built = target / f"target-{name}"
                    run(["cargo", "build"], directory, {"CARGO_TARGET_DIR": str(built)})
                    programs[name] = directory / "program"
                    os.replace(built / "debug/program", programs[name])
                figures = {"kind": kind, "handlers": handlers, "tables": tables}
                least = {}
                for _ in range(arguments.runs):
                    for mode in ("all", "each"):
                        for name, program in programs.items():
                            time = measure(program, mode)
                            least[name, mode] = min(time, least.get((name, mode), time))
                for name in programs:
                    print(
                        f"{name}: {handlers:6} {kind} in {tables:2} tables:"
                        f" init_all {least[name, 'all'] / handlers:8.1f} ns each,"
                        f" init of each table {least[name, 'each'] / handlers:8.1f} ns each",
                        flush=True,
                    )
                figures["all_ns"], figures["each_ns"] = least["this", "all"], least["this", "each"]
                results.append(figures)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
