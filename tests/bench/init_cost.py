#!/usr/bin/env python3
"""How long loading the static handlers of a program takes.

Generates programs of 10, 1,000 and 100,000 handlers in 1 and in 50 tables, and
runs each RUNS times, with one `init_all` and with one `init` for each table.
Writes the least time of each to `data/init_cost.json`. A run loads once, so the
first touch of every table and entry is included.

    tests/bench/init_cost.py [--handlers 10,1000,100000] [--tables 1,50]
        [--runs 50] [--out FILE]
"""

import argparse
import json
import os
import pathlib
import subprocess

from build_cost import HERE, ROOT, run, write

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
    slots = -(-handlers // tables)
    text = ""
    for table in range(tables):
        text += (
            "#[handler_table::handler_table]\n"
            f"static TABLE_{table}: handler_table::HandlerTable<{slots}>;\n"
        )
    for i in range(handlers):
        text += (
            f"#[handler_table::event_handler(TABLE_{i % tables}, {i // tables})]\n"
            f"fn handler_{i}() {{}}\n"
        )
    inits = "".join(f"+ TABLE_{table}.init().unwrap().handlers" for table in range(tables))
    write(directory / "src/main.rs", text + MAIN.format(inits=inits, handlers=handlers))
    write(
        directory / "Cargo.toml",
        '[package]\nname = "program"\nversion = "0.1.0"\nedition = "2024"\n'
        f'[dependencies]\nhandler-table = {{ path = "{ROOT}/handler-table" }}\n'
        # The library as in a release; the handlers are many, and not measured.
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
