#!/usr/bin/env python3
"""Measures the time to load the static handlers of a program.

Generates programs with 10, 1,000 and 100,000 handlers in 1 and in 50 tables. Runs
each RUNS times, with one `init_all` and with one `init` for each table. Writes the
minimum of each time to `data/init_cost.json`. A run loads once, so the time
includes the first access to every table and entry.

The handlers of a table are one array of entries, made by the expansion of the
attribute. 100,000 attributes would load in the same time, but take minutes to
compile.

    tests/bench/init_cost.py [--handlers 10,1000,100000] [--tables 1,50]
        [--runs 50] [--out FILE]
"""

import argparse
import json
import os
import pathlib
import subprocess

from build_cost import HERE, ROOT, run, write

LIBRARY = """
#![allow(long_running_const_eval)]
use handler_table::HandlerTable;
use handler_table::__private::{Entry, Registration};

fn handler() {}

const fn entries<const N: usize>(table: &'static HandlerTable<N>) -> [Entry; N] {
    let mut entries = [const { core::mem::MaybeUninit::uninit() }; N];
    let mut index = 0;
    while index < N {
        let with_handler: fn() = handler;
        let registration = Registration { of_table: table, with_handler };
        let entry = registration.entry(index, "TABLE", "program::handler", "src/main.rs", 1);
        entries[index] = core::mem::MaybeUninit::new(entry);
        index += 1;
    }
    // SAFETY: each of them has been written.
    unsafe { core::mem::transmute_copy::<[core::mem::MaybeUninit<Entry>; N], [Entry; N]>(&entries) }
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


def generate(directory, handlers, tables):
    text = LIBRARY
    for table in range(tables):
        slots = len(range(table, handlers, tables))
        text += (
            "#[handler_table::handler_table]\n"
            f"static TABLE_{table}: HandlerTable<{slots}>;\n"
            '#[used]\n#[unsafe(link_section = "handler_table_0_1")]\n'
            f"static ENTRIES_{table}: [Entry; {slots}] = entries(&TABLE_{table});\n"
        )
    inits = "".join(f"+ TABLE_{table}.init().unwrap().handlers" for table in range(tables))
    write(directory / "src/main.rs", text + MAIN.format(inits=inits, handlers=handlers))
    write(
        directory / "Cargo.toml",
        '[package]\nname = "program"\nversion = "0.1.0"\nedition = "2024"\n'
        f'[dependencies]\nhandler-table = {{ path = "{ROOT}/handler-table" }}\n'
        # Optimize only the library. The many handlers are not measured.
        '[workspace]\n[profile.dev]\ndebug = false\nincremental = false\n'
        '[profile.dev.package."*"]\nopt-level = 3\n',
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--handlers", default="10,1000,100000")
    parser.add_argument("--tables", default="1,50")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "data/init_cost.json")
    arguments = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "init-cost"

    programs = []
    for tables in map(int, arguments.tables.split(",")):
        for handlers in map(int, arguments.handlers.split(",")):
            directory = target / f"{handlers}-{tables}"
            generate(directory, handlers, tables)
            run(["cargo", "build"], directory, {"CARGO_TARGET_DIR": str(target / "target")})
            program = directory / "program"
            os.replace(target / "target/debug/program", program)
            programs.append((handlers, tables, program))

    results = []
    for handlers, tables, program in programs:
        figures = {"handlers": handlers, "tables": tables}
        for mode in ("all", "each"):
            times = [
                int(subprocess.run([program, mode], check=True, capture_output=True).stdout)
                for _ in range(arguments.runs)
            ]
            figures[f"{mode}_ns"] = min(times)
        print(
            f"{handlers:6} handlers in {tables:2} tables:"
            f" init_all {figures['all_ns'] / handlers:8.1f} ns each,"
            f" init of each table {figures['each_ns'] / handlers:8.1f} ns each"
        )
        results.append(figures)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
