#!/usr/bin/env python3
"""Measures the build time and the size of static handlers.

Generates a program of HANDLERS handlers for each collector, in one crate and in
CRATES crates of equal size. Builds each program, clean, ROUNDS times in turns.
Writes the minimum of each figure, and the sizes of the program, to
`data/build_cost.json`.

    tests/bench/build_cost.py [--handlers 4000] [--crates 40] [--rounds 5]
        [--only PEER,...] [--profiles dev,release] [--out FILE]

Only the crates with the handlers are compared. Their dependencies are built
before, and timed once, as `tree`. Incremental compilation is off, as in a
release; `dev-incremental` is cargo's default for development.
"""

import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# For each collector: its package, if that has another name; its dependencies; the item that
# declares the collection; one handler; the name of the collection in another crate; and the
# code with which `main` reaches every handler. `array` is the limit: a hand-written array.
PEERS = {
    "array": {
        "dependencies": "",
        "declare": "",
        "handler": "pub fn handler_{i}() {{ core::hint::black_box({i}_usize); }}\n",
        "import": "",
        "main": "",
    },
    "handler-table": {
        "dependencies": f'handler-table = {{ path = "{ROOT}/handler-table" }}\n',
        "declare": "#[handler_table::handler_table]\n"
        "pub static HANDLERS: handler_table::HandlerTable<{n}>;\n",
        "handler": "#[handler_table::event_handler(HANDLERS, {i})]\n"
        "fn handler_{i}() {{ core::hint::black_box({i}_usize); }}\n",
        "import": "use table::HANDLERS;\n",
        "main": "assert_eq!(HANDLERS.init().unwrap().handlers, {n});"
        " for i in 0..{n} {{ HANDLERS.handle(i); }}",
    },
    "handler-table actions": {
        "package": "handler-table",
        "dependencies": f'handler-table = {{ path = "{ROOT}/handler-table" }}\n',
        "declare": "#[handler_table::handler_table]\n"
        "pub static HANDLERS: handler_table::ActionTable<{n}>;\n",
        "handler": "#[handler_table::event_handler(HANDLERS, {i})]\n"
        "fn handler_{i}(_: &mut handler_table::Event<'_>) -> handler_table::Verdict {{"
        " core::hint::black_box({i}_usize); handler_table::Verdict::Handled }}\n",
        "import": "use table::HANDLERS;\n",
        "main": "assert_eq!(HANDLERS.init().unwrap().handlers, {n});"
        " for i in 0..{n} {{ HANDLERS.dispatch(0, i, &mut ()).unwrap(); }}",
    },
    "linkme": {
        "dependencies": 'linkme = "=0.3.37"\n',
        "declare": "#[linkme::distributed_slice]\npub static HANDLERS: [fn()];\n",
        "handler": "#[linkme::distributed_slice(HANDLERS)]\n"
        "fn handler_{i}() {{ core::hint::black_box({i}_usize); }}\n",
        "import": "use table::HANDLERS;\n",
        "main": "assert_eq!(HANDLERS.len(), {n}); for handler in HANDLERS {{ handler(); }}",
    },
    "inventory": {
        "dependencies": 'inventory = "=0.3.25"\n',
        "declare": "pub struct Handler(pub fn());\ninventory::collect!(Handler);\n",
        "handler": "fn handler_{i}() {{ core::hint::black_box({i}_usize); }}\n"
        "inventory::submit!(Handler(handler_{i}));\n",
        "import": "use table::Handler;\n",
        "main": "let mut n = 0;"
        " for handler in inventory::iter::<Handler> {{ (handler.0)(); n += 1; }}"
        " assert_eq!(n, {n});",
    },
    "scattered-collect": {
        "dependencies": 'scattered-collect = "=0.22.1"\n',
        "declare": "#[scattered_collect::gather]\n"
        "pub static HANDLERS: scattered_collect::slice::ScatteredSlice<fn()>;\n",
        "handler": "fn handler_{i}() {{ core::hint::black_box({i}_usize); }}\n"
        "#[scattered_collect::scatter(HANDLERS)]\n"
        "static HANDLER_{i}: fn() = handler_{i};\n",
        "import": "use table::HANDLERS;\n",
        "main": "assert_eq!(HANDLERS.len(), {n}); for handler in HANDLERS.iter() {{ handler(); }}",
    },
}

PROFILES = {
    "dev": ([], {"CARGO_INCREMENTAL": "0"}, "debug"),
    "dev-incremental": ([], {"CARGO_INCREMENTAL": "1"}, "debug"),
    "release": (["--release"], {"CARGO_INCREMENTAL": "0"}, "release"),
}


def manifest(name, dependencies):
    return (
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n'
        f"[dependencies]\n{dependencies}"
    )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def generate(directory, peer, handlers, crates):
    """Writes the program; returns the names of the packages that are timed."""
    shutil.rmtree(directory, ignore_errors=True)
    dependencies = peer["dependencies"]
    by_hand = not peer["declare"]

    def bodies(indices):
        text = "".join(peer["handler"].format(i=i) for i in indices)
        if by_hand:
            names = "".join(f"handler_{i}, " for i in indices)
            text += f"pub static HANDLERS: [fn(); {len(indices)}] = [{names}];\n"
        return text

    declare = peer["declare"].format(n=handlers)
    main = peer["main"].format(n=handlers)
    if by_hand:
        arrays = (
            ["HANDLERS"]
            if crates == 1
            else [f"drivers_{c}::HANDLERS" for c in range(crates)]
        )
        main = "".join(f"for handler in &{array} {{ handler(); }}" for array in arrays)
    if crates == 1:
        write(directory / "Cargo.toml", manifest("program", dependencies) + "[workspace]\n")
        write(
            directory / "src/main.rs",
            declare + bodies(range(handlers)) + f"fn main() {{ {main} }}\n",
        )
        return ["program"]

    packages = [f"drivers_{c}" for c in range(crates)]
    table = 'table = { path = "../table" }\n'
    write(directory / "table/Cargo.toml", manifest("table", dependencies))
    write(directory / "table/src/lib.rs", declare)
    each = handlers // crates
    for c, name in enumerate(packages):
        write(directory / name / "Cargo.toml", manifest(name, dependencies + table))
        text = peer["import"] + bodies(range(c * each, (c + 1) * each))
        write(directory / name / "src/lib.rs", text)
    paths = "".join(f'{name} = {{ path = "{name}" }}\n' for name in packages)
    write(
        directory / "Cargo.toml",
        manifest("program", dependencies + 'table = { path = "table" }\n' + paths)
        + "[workspace]\n",
    )
    uses = "" if by_hand else "".join(f"use {name} as _;\n" for name in packages)
    write(
        directory / "src/main.rs",
        uses + peer["import"] + f"fn main() {{ {main} }}\n",
    )
    return packages + ["program"]


def run(arguments, directory, environment):
    """Runs a command and returns its wall seconds, CPU seconds and peak memory."""
    start = time.monotonic()
    process = subprocess.Popen(
        arguments,
        cwd=directory,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} in {directory}:\n{errors.decode()}")
    return {
        "wall_s": wall,
        "user_s": usage.ru_utime,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_MiB": usage.ru_maxrss / 1024,
    }


def sections(path):
    """The sections of a 64-bit little-endian ELF file, with their sizes."""
    data = path.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01", f"{path} is no 64-bit little-endian ELF file"
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    strings = headers[names][4]
    sizes = {}
    for header in headers:
        start = strings + header[0]
        name = data[start : data.index(b"\0", start)].decode()
        sizes[name] = sizes.get(name, 0) + header[5]
    return sizes


def sizes(program):
    stripped = program.with_suffix(".stripped")
    subprocess.run(["strip", "-o", stripped, program], check=True)
    section = sections(program)
    return {
        "file_bytes": program.stat().st_size,
        "stripped_bytes": stripped.stat().st_size,
        "relocations": section.get(".rela.dyn", 0) // 24,
        "sections": {
            name: size
            for name, size in sorted(section.items())
            if name.startswith(("link", "inventory", ".text", ".rodata", ".data", ".bss"))
            or "HANDLER" in name
            or name in (".init_array", ".rela.dyn")
        },
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--handlers", type=int, default=4000)
    parser.add_argument("--crates", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--layouts", default="one,many")
    parser.add_argument("--profiles", default=",".join(PROFILES))
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "data/build_cost.json")
    arguments = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "build-cost"

    results = {"handlers": arguments.handlers, "crates": arguments.crates}
    results |= {"rounds": arguments.rounds, "tree": {}, "builds": {}}
    if arguments.out.exists():
        # Keep the figures that are not measured again.
        results |= json.loads(arguments.out.read_text())
    peers = arguments.only.split(",")
    for profile in arguments.profiles.split(","):
        flags, environment, folder = PROFILES[profile]
        for layout in arguments.layouts.split(","):
            crates = arguments.crates if layout == "many" else 1
            builds = {}
            subjects = []
            for name in peers:
                directory = target / f"{name}-{layout}"
                built = target / f"{name}-target"
                packages = generate(directory, PEERS[name], arguments.handlers, crates)
                environment = environment | {"CARGO_TARGET_DIR": str(built)}
                subjects.append((name, directory, built, packages, environment))
                # A clean build of the collector and its dependencies, for the first layout.
                fresh = not (built / folder).exists()
                if PEERS[name]["dependencies"]:
                    package = PEERS[name].get("package", name)
                    figures = run(["cargo", "build", *flags, "-p", package], directory, environment)
                    if fresh and package == name:
                        results["tree"].setdefault(profile, {})[name] = figures
            for at in range(arguments.rounds):
                for name, directory, built, packages, environment in subjects:
                    chosen = [word for package in packages for word in ("-p", package)]
                    run(["cargo", "clean", *flags, *chosen], directory, environment)
                    figures = run(["cargo", "build", *flags], directory, environment)
                    least = builds.setdefault(name, figures)
                    for key, value in figures.items():
                        least[key] = min(least[key], value)
                    print(f"{layout}/{profile} {at} {name}: {figures}", file=sys.stderr)
            for name, directory, built, _, _ in subjects:
                program = built / folder / "program"
                run([str(program)], directory, {})
                builds[name]["size"] = sizes(program)
            results["builds"].setdefault(f"{layout}/{profile}", {}).update(builds)
            arguments.out.parent.mkdir(parents=True, exist_ok=True)
            arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    shutil.rmtree(target)


if __name__ == "__main__":
    main()
