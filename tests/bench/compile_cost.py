#!/usr/bin/env python3
"""Measures how the compiler spends its time on static handlers.

Generates the programs of `build_cost.py`, in one crate. Measures the compiler for
each collector, in a debug build without incremental compilation:

* the seconds of its passes, for HANDLERS handlers: the minimum of ROUNDS runs;
* with `valgrind`, the instructions for one handler, from the difference of
  COUNTED handlers. The figure is exact to a few in a thousand. It includes code
  generation, but not the linker.

Writes `data/compile_cost.json`.

    tests/bench/compile_cost.py [--handlers 4000] [--rounds 3] [--counted 250]
        [--only PEER,...] [--out FILE]
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from build_cost import HERE, PEERS, ROOT, generate

# Passes of rustc that do not overlap, by the name that the report shows. The rest is
# `total` minus these.
PASSES = {
    "parse": ["parse_crate"],
    "expansion": ["expand_crate"],
    "names": ["resolve_crate"],
    "types and constants": ["type_check_crate", "coherence_checking"],
    "borrows": ["MIR_borrow_checking"],
    "code": ["codegen_crate", "link"],
}

WRAPPER = """#!/bin/sh
# Counts the instructions of the compiler, if it compiles the program.
case " $* " in
*" --crate-name program "*) exec valgrind --tool=cachegrind --cache-sim=no \\
    --cachegrind-out-file=/dev/null --log-file="$COUNT_LOG" "$@" ;;
*) exec "$@" ;;
esac
"""


def cargo(arguments, directory, environment):
    done = subprocess.run(
        ["cargo", *arguments],
        cwd=directory,
        env={**os.environ, "CARGO_INCREMENTAL": "0", **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"cargo {' '.join(arguments)} in {directory}:\n{done.stderr}")
    return done.stdout + done.stderr


def passes(directory, environment, rounds):
    """Returns the minimum of the seconds of each group of passes."""
    least = {}
    cargo(["build"], directory, environment)
    for _ in range(rounds):
        cargo(["clean", "-p", "program"], directory, environment)
        output = cargo(
            ["rustc", "--", "-Ztime-passes", "-Ztime-passes-format=json"],
            directory,
            # Only to allow the flag; the compiler is the same.
            environment | {"RUSTC_BOOTSTRAP": "program"},
        )
        seconds = {}
        for name, value in re.findall(r'"pass":"(\w+)","time":([0-9.e-]+)', output):
            seconds[name] = seconds.get(name, 0) + float(value)
        groups = {
            group: sum(seconds.get(name, 0) for name in names) for group, names in PASSES.items()
        }
        groups["rest"] = seconds["total"] - sum(groups.values())
        groups["total"] = seconds["total"]
        for group, value in groups.items():
            least[group] = min(least.get(group, value), value)
    return least


def instructions(directory, environment, wrapper):
    """Returns the instructions of the compiler for the program."""
    log = directory / "count.log"
    # The compiler itself: `rustc` on the path may be a proxy.
    compiler = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True)
    cargo(["clean", "-p", "program"], directory, environment)
    counted = {"RUSTC": f"{compiler.stdout.strip()}/bin/rustc", "RUSTC_WRAPPER": str(wrapper)}
    cargo(["build"], directory, environment | counted | {"COUNT_LOG": str(log)})
    return int(re.search(r"I +refs: +([0-9,]+)", log.read_text()).group(1).replace(",", ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--handlers", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--counted", type=int, default=250)
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "data/compile_cost.json")
    arguments = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "compile-cost"
    wrapper = target / "wrapper"
    target.mkdir(parents=True, exist_ok=True)
    wrapper.write_text(WRAPPER)
    wrapper.chmod(0o755)

    results = {"handlers": arguments.handlers, "passes": {}, "instructions": {}}
    if arguments.out.exists():
        # Keep the figures that are not measured again.
        results |= json.loads(arguments.out.read_text())
    for name in arguments.only.split(","):
        directory = target / name
        environment = {"CARGO_TARGET_DIR": str(target / f"{name}-target")}
        if arguments.rounds:
            generate(directory, PEERS[name], arguments.handlers, 1)
            results["passes"][name] = passes(directory, environment, arguments.rounds)
            print(name, results["passes"][name], file=sys.stderr)
        if arguments.counted and shutil.which("valgrind"):
            counts = []
            for times in (1, 2):
                generate(directory, PEERS[name], arguments.counted * times, 1)
                counts.append(instructions(directory, environment, wrapper))
            results["instructions"][name] = (counts[1] - counts[0]) / arguments.counted
            print(name, counts, results["instructions"][name], file=sys.stderr)
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    shutil.rmtree(target)


if __name__ == "__main__":
    main()
