#!/usr/bin/env python3
"""Writes BENCHMARKS.md and its plots from the figures in `data/`.

    tests/bench/report.py            writes the report
    tests/bench/report.py --machine  writes the facts of this machine to `data/machine.json`
"""

import html
import json
import math
import os
import pathlib
import platform
import re
import subprocess
import sys

from build_cost import HERE, PEERS, ROOT

DATA = HERE / "data"
PLOTS = HERE / "plots"
OURS = "handler-table"
ARRAY = "array by hand"
FRAMEWORK = "irq-framework"
# This crate's subjects in the benchmark of actions.
TABLES = ["HandlerTable", "Uncounted", "Counted<64>"]
BUILD_PEERS = {
    name: re.search(r'"=([0-9.]+)"', peer["dependencies"]).group(1)
    for name, peer in PEERS.items()
    if "=" in peer["dependencies"] and "path" not in peer["dependencies"] and name != "linkme"
}


def machine():
    """Writes the facts that the figures depend on."""

    def line(*command):
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        except FileNotFoundError:
            return "none"
        return done.stdout.strip().splitlines()[0] if done.stdout else "none"

    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    lock = (ROOT / "Cargo.lock").read_text()
    versions = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock))
    shown = ["linkme", "arc-swap", "dashmap", "irq-framework", "handler_table"]
    facts = {
        "processor": f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "compiler": line("rustc", "--version"),
        "valgrind": line("valgrind", "--version"),
        "load average at the start": f"{os.getloadavg()[0]:.1f}",
        "peers": ", ".join(
            [f"{name} {versions[name]}" for name in shown]
            # The peers of the generated programs.
            + [f"{name} {version}" for name, version in BUILD_PEERS.items()]
        ),
    }
    DATA.mkdir(exist_ok=True)
    (DATA / "machine.json").write_text(json.dumps(facts, indent=1) + "\n")


def read(name):
    return json.loads((DATA / name).read_text())


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def by_subject(figures, limit=None):
    """A row for each subject, a column for each case; ratios to `limit`."""
    cases = list(figures)
    subjects = list(dict.fromkeys(name for case in figures.values() for name in case))
    rows = []
    for subject in subjects:
        row = [f"**{subject}**" if subject == OURS else subject]
        for case in cases:
            value = figures[case].get(subject)
            cell = "–" if value is None else number(value)
            if value is not None and limit and figures[case].get(limit):
                cell += f" ({number(value / figures[case][limit])}×)"
            row.append(cell)
        rows.append(row)
    return table(["", *cases], rows)


def bars(name, title, unit, items, log=False):
    """Draws a bar for each (label, value), with this crate's in another colour."""
    width, left, row = 720, 190, 26
    top = 44
    height = top + row * len(items) + 12
    most = max(value for _, value in items)
    least = min(value for _, value in items)
    scale = width - left - 110

    def length(value):
        if not log:
            return scale * value / most
        low = math.log10(least) - 0.3
        return scale * (math.log10(value) - low) / (math.log10(most) - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="15" fill="#222222">{title}'
        f'{" (logarithmic)" if log else ""}</text>',
    ]
    for at, (label, value) in enumerate(items):
        y = top + row * at
        ours = label.startswith(OURS) or label in TABLES
        colour = "#c2410c" if ours else "#64748b"
        label = html.escape(label)
        size = length(value)
        parts += [
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end" fill="#222222">{label}</text>',
            f'<rect x="{left}" y="{y + 2}" width="{size:.1f}" height="18" fill="{colour}"/>',
            f'<text x="{left + size + 6:.1f}" y="{y + 15}" fill="#222222">'
            f"{number(value)} {unit}</text>",
        ]
    parts.append("</svg>\n")
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / f"{name}.svg").write_text("\n".join(parts))
    return f"![{title}](tests/bench/plots/{name}.svg)"


def verdict(met):
    return "met" if met else "**missed**"


def dispatch():
    times, counts = read("dispatch_ns.json"), read("dispatch_instructions.json")
    hit = times["hit"]
    locked = {
        name: hit[name] / hit[OURS]
        for name in ("arc-swap", "RwLock", "dashmap", "irq-framework")
    }
    instructions = max(counts[case][OURS] / counts[case][ARRAY] for case in counts)
    time = max(times[case][OURS] / times[case][ARRAY] for case in times)
    targets = [
        [
            "instructions of a dispatch, to an array by hand",
            "1.00",
            f"{instructions:.2f}",
            verdict(round(instructions, 2) <= 1),
        ],
        [
            "time of a dispatch, to an array by hand, worst case",
            "1.05 or less",
            f"{time:.2f}",
            verdict(time <= 1.05),
        ],
    ]
    two = read("churn_2_ns.json")["none"]
    for name, ratio in locked.items():
        both = two[name] / two[OURS]
        targets.append(
            [f"two cores that dispatch, {name} to ours", "10 or more", f"{both:.1f}", verdict(round(both, 1) >= 10)]
        )
        targets.append(
            [f"a hit, {name} to ours", "10 or more", f"{ratio:.1f}", verdict(round(ratio, 1) >= 10)]
        )
    plots = [
        bars("hit", "One dispatch that finds a handler, nanoseconds", "ns", list(hit.items()), True),
        bars(
            "random",
            "One dispatch, 256 slots in random order, nanoseconds",
            "ns",
            list(times["256 slots, random"].items()),
            True,
        ),
    ]
    shown = {case: dict(of) for case, of in times.items()}
    text = f"""## Dispatch

Nanoseconds per dispatch, including the handler and the loop, and the ratio to the
array. "calls alone" is the same loop without a table: it calls the handlers through
pointers that were looked up before.

{by_subject(shown, ARRAY)}

{plots[0]}

{plots[1]}

Instructions per dispatch, counted by `valgrind`. The counts are exact and do not
depend on other load of the machine.

{by_subject(counts, ARRAY)}

Conclusions:

* A table costs exactly as many instructions as a hand-written array. On a hit the
  processor overlaps the lookup with the call: "calls alone" takes as long.
* In random order, most of the time is the misprediction of an indirect call. It costs
  the same for every subject, so **the ratios of the peers are small there**: {number(times["256 slots, random"]["RwLock"] / times["256 slots, random"][OURS])}× for
  an `RwLock`.
* **An uncontended lock is cheap**: an `RwLock` or `arc-swap` read has two more atomic
  instructions, and takes {number(locked["RwLock"])} and {number(locked["arc-swap"])} times as long as our whole hit, not ten times, which
  was the target. But they cannot run in an interrupt that arrives while the lock is
  held, and they slow down when two cores read (below).
* The compiler turns `match` into a jump and a call. It is slower than the table on a
  hit. It needs no memory, but cannot change at run time.
"""
    return targets, text


def churn():
    one, two = read("churn_1_ns.json"), read("churn_2_ns.json")

    def relative(figures):
        return {
            case: {name: value / figures["none"][name] for name, value in of.items()}
            for case, of in figures.items()
        }

    scaling = {name: two["none"][name] / one["none"][name] for name in one["none"]}
    worst = max(value[OURS] for case, value in relative(one).items() if case != "none")
    plot = bars(
        "churn",
        "A dispatch while the same slot is registered and unregistered, nanoseconds",
        "ns",
        list(one["same slot"].items()),
        True,
    )
    return f"""## Under churn

Readers dispatch four slots of one cache line. Meanwhile another thread unregisters and
registers a handler as fast as it can: in one of those slots, in another slot of that
cache line, or far away. The figures are nanoseconds of a reader's CPU time per dispatch.
Each thread has its own core if there are enough cores. The other thread does nothing
else, millions of times a second, which no real program does.

One reader:

{by_subject(one)}

As a multiple of no churn:

{by_subject(relative(one))}

Two readers, each on its own core. In the columns with churn, the other thread shares
the core of the first reader, and runs when that reader does not:

{by_subject(two)}

{plot}

Conclusions:

* A read of this table writes nothing. With a second reader and no churn, it takes
  {scaling[OURS]:.2f} times as long, like the array. An `RwLock` takes {scaling["RwLock"]:.0f} times as long, `irq-framework`
  {scaling["irq-framework"]:.0f} times, and `dashmap` {scaling["dashmap"]:.1f} times, because they write one cache line on every read. So
  with two readers, an `RwLock` takes {number(two["none"]["RwLock"] / two["none"][OURS])} times as long as this table, `irq-framework` {number(two["none"]["irq-framework"] / two["none"][OURS])} times,
  `dashmap` {number(two["none"]["dashmap"] / two["none"][OURS])} times, and `arc-swap` {number(two["none"]["arc-swap"] / two["none"][OURS])} times.
* With churn in the same cache line, a dispatch takes up to {worst:.1f} times as long: the line
  moves to the other core and back. The same is true for the array. Churn in a far slot
  costs nothing.
* **64 reading cores** (estimated): each has its own shared copy of the line, so dispatch
  scales with the cores. One registration invalidates 63 copies. Each reader then misses
  once, for about 100 ns to 300 ns across sockets. The misses queue for one line, so the
  last reader may wait for five microseconds. So even a thousand registrations a second
  cost a reader at most half a per cent. A lock on the read path moves its line on *every*
  read, without any registration. 64 cores then share one line transfer at a time, which
  limits all of them together to about ten million dispatches a second.
* So there is **no padded layout**. It would need eight or sixteen times the memory and
  the cache, and save one miss per reader and registration.
"""


def actions():
    times, counts = read("actions_ns.json"), read("actions_instructions.json")
    threads = read("actions_threads_ns.json")
    lines = [case for case in times if case.endswith("lines")]
    counted = {case: times[case]["Counted<64>"] for case in lines}
    faster = times["256 lines"][FRAMEWORK] / counted["256 lines"]
    growth = max(counts[case]["Counted<64>"] for case in lines) / min(
        counts[case]["Counted<64>"] for case in lines
    )
    beside = {name: threads["beside another"][name] / of for name, of in threads["alone"].items()}
    further = {
        name: (counts["16 actions"][name] - counts["4 actions"][name]) / 12
        for name in ("Uncounted", "Counted<64>")
    }
    fence = counts["256 lines"]["Counted<64>"] - counts["256 lines"]["Uncounted"]
    targets = [
        [
            "an action on one of 256 lines, irq-framework to ours",
            "10 or more",
            f"{faster:.1f}",
            verdict(faster >= 10),
        ],
        [
            "instructions of it, 4,096 lines to 16",
            "1.00",
            f"{growth:.2f}",
            verdict(round(growth, 2) == 1),
        ],
        [
            "two cores that dispatch different events, to one",
            "about 1",
            f"{beside['Counted<64>']:.2f}",
            verdict(beside["Counted<64>"] <= 1.1),
        ],
    ]
    plot = bars(
        "actions",
        "One action on one of 256 lines, nanoseconds",
        "ns",
        list(times["256 lines"].items()),
        True,
    )
    return (
        targets,
        f"""## Actions

A dispatch of an `ActionTable`. Each line except the last has one enabled action, for all
CPUs, with its own context. "nobody" is a line without an action, one of 256: a spurious
event. "4 actions" and "16 actions" are on one line. Nanoseconds, and the ratio to
`irq-framework`:

{by_subject(times, FRAMEWORK)}

Instructions:

{by_subject(counts, FRAMEWORK)}

{plot}

Nanoseconds on one core, alone and while another core dispatches other events of the same
64 lines:

{by_subject({"alone": threads["alone"], "beside another": threads["beside another"]})}

Conclusions:

* Neither the number of lines nor the other core makes a difference: a dispatch writes
  only cache lines of its own CPU. `irq-framework` searches its lines one by one, under a
  lock that it takes twice. With a second core busy, its dispatch takes {number(threads["beside another"][FRAMEWORK] / threads["beside another"]["Counted<64>"])} times as long
  as ours.
* With 16 lines its dispatch takes {number(times["16 lines"][FRAMEWORK] / counted["16 lines"])} times as long as ours, not ten times, because its search is
  short.
* Counting the calls in flight, so that a caller can wait for them, costs {fence:.0f} instructions.
  Two of them are atomic, on a cache line that no other CPU writes. `Uncounted` does not
  count.
* Each further action on the line costs {number(further["Counted<64>"])} instructions.
* A spurious event is counted, which costs one more atomic instruction.
""",
    )


def observing():
    times, counts = read("observe_ns.json"), read("observe_instructions.json")
    alone = "the table alone"
    more = {
        (case, name): of[name] - of[alone] for case, of in counts.items() for name in of
    }
    off = max(max(more[case, "off"], 0) for case in counts)
    targets = [
        [
            "instructions more of a dispatch that nobody observes",
            "0",
            f"{off:.0f}",
            verdict(round(off) == 0),
        ],
    ]
    return (
        targets,
        f"""## Observing

A dispatch through an `Observed`, of a table of 256 events. "off" has no observer.
"counts" and "counts, times" are `Statistics` for 64 CPUs, the second with the cycle
counter of the processor as its clock. "all" is "counts, times" and `Storms`. "counter by
hand" is an array of atomic counters beside the table, one for each event. `irq-framework`
counts nothing.

Instructions:

{by_subject(counts)}

Nanoseconds, and the ratio to the table alone:

{by_subject(times, alone)}

Conclusions:

* An `Observed` without an observer is the table's own dispatch. The assembly test compares
  them instruction by instruction.
* Counting each event on each CPU costs {number(more["HandlerTable", "counts"])} instructions, none of which is atomic. In time
  that is no more than the counter by hand, which all CPUs write and which does not know
  the CPU.
* Times cost two reads of the clock, which take most of the nanoseconds here.
""",
    )


def compiler():
    data = read("compile_cost.json")
    groups = list(next(iter(data["passes"].values())))
    rows = [
        [f"**{name}**" if name == OURS else name, *(f"{of[group]:.2f}" for group in groups)]
        for name, of in data["passes"].items()
    ]
    base = data["instructions"]["array"]
    counts = [
        [
            f"**{name}**" if name == OURS else name,
            f"{count / 1e6:.2f}",
            f"{(count - base) / (data['instructions']['linkme'] - base):.2f}×",
        ]
        for name, count in data["instructions"].items()
    ]
    ratio = data["instructions"][OURS] / data["instructions"]["linkme"]
    targets = [
        [
            "instructions of the compiler for a handler, to raw linkme",
            "1.15 or less",
            f"{ratio:.2f}",
            verdict(ratio <= 1.15),
        ]
    ]
    return (
        targets,
        f"""Time of the compiler by pass, from `-Ztime-passes`: seconds of a debug build of
{data["handlers"]:,} handlers in one crate.

{table(["", *groups], rows)}

Instructions of the compiler for one more handler, counted by `valgrind`, in millions. The
last column is the part beyond the array, as a ratio to that of linkme.

{table(["", "instructions, millions", "beyond the array, to linkme"], counts)}

`scattered-collect` spends its time on name resolution: each of its elements is a macro,
and each macro is looked up among all others. That time is quadratic.
""",
    )


def loading():
    rows, least = [], {}
    for row in read("init_cost.json"):
        kind, handlers, tables = row["kind"], row["handlers"], row["tables"]
        each = {mode: row[f"{mode}_ns"] / handlers for mode in ("all", "each")}
        rows.append(
            [
                kind,
                f"{handlers:,}",
                str(tables),
                f"{row['all_ns'] / 1000:,.1f}",
                number(each["all"]),
                f"{row['each_ns'] / 1000:,.1f}",
                number(each["each"]),
            ]
        )
        least[kind, handlers, tables] = each
    head = ["", "handlers", "tables"]
    head += ["`init_all`, µs", "ns each", "`init` of each, µs", "ns each"]
    targets = []
    for kind, handlers, tables in (
        ("functions", 1_000, 1),
        ("functions", 100_000, 1),
        ("functions", 100_000, 50),
        ("actions", 1_000, 1),
    ):
        time = least[kind, handlers, tables]["all"]
        what = "one table" if tables == 1 else f"{tables} tables"
        targets.append(
            [
                f"`init_all` of {handlers:,} {kind} in {what}, ns for each",
                "10 or less",
                f"{time:.1f}",
                verdict(time <= 10),
            ]
        )
    for handlers in (1_000, 100_000):
        each = least["functions", handlers, 50]
        ratio = each["each"] / each["all"]
        targets.append(
            [
                f"`init` of each of 50 tables of {handlers:,} handlers, to `init_all`",
                "2 or less",
                f"{ratio:.1f}",
                verdict(ratio <= 2),
            ]
        )
    return (
        targets,
        f"""## Loading

The minimum of at least 15 runs of a program; each run loads once. The time includes the
first access to the tables and to the handlers.

{table(head, rows)}

The first `init` or `init_all` of a program links its tables, and notes for each which of
64 equal blocks of the section have handlers of it (32 blocks on targets of 32 bits). So a
later `init` looks only at these blocks. If the handlers of every table are all over the
section, each `init` looks at all of them: then call `init_all`.

A handler is published by one compare-and-exchange. Two for one event are found by it as
well, so nothing else looks for them. If the program has actions, `init` first looks
whether there is room for all, because an `Uncounted` table takes an action only once.
""",
    )


def build():
    data = read("build_cost.json")
    handlers = data["handlers"]
    targets, sections = [], []
    for key, builds in data["builds"].items():
        layout, profile = key.split("/")
        limit = builds["linkme"]
        rows = []
        for name, of in builds.items():
            array = builds["array"]["size"]

            def per(field, digits):
                if "size" not in of:
                    return "–"
                return f"{(of['size'][field] - array[field]) / handlers:.{digits}f}"

            rows.append(
                [
                    f"**{name}**" if name == OURS else name,
                    f"{of['wall_s']:.2f}",
                    f"{of['user_s']:.2f}",
                    f"{of['user_s'] / limit['user_s']:.2f}×",
                    f"{of['peak_MiB']:.0f}",
                    per("stripped_bytes", 0),
                    per("relocations", 1),
                ]
            )
        where = "one crate" if layout == "one" else f"{data['crates']} crates"
        sections.append(f"{handlers:,} handlers in {where}, profile `{profile}`:\n\n" + table(
            ["", "wall, s", "user, s", "user to linkme", "peak, MiB", "bytes each", "relocations each"],
            rows,
        ))
        ratio = builds[OURS]["user_s"] / limit["user_s"]
        targets.append(
            [
                f"build of {handlers:,} handlers in {where}, `{profile}`, user seconds to raw linkme",
                "1.15 or less",
                f"{ratio:.2f}",
                verdict(ratio <= 1.15),
            ]
        )
    compiler_targets, compiler_text = compiler()
    targets += compiler_targets
    actions = {
        key: of["handler-table actions"]["user_s"] / of["linkme"]["user_s"]
        for key, of in data["builds"].items()
    }
    first = next(iter(data["builds"].values()))
    sizes = first[OURS]["size"]["sections"]
    # The name of the section contains the version of the measured crate.
    entries = max(size for name, size in sizes.items() if "handler_table" in name.lower())
    entry = entries / (handlers + 2)
    targets.append(
        ["static bytes of a handler, without its strings", "64 or less", f"{entry:.0f}", verdict(entry <= 64)]
    )
    tree = [
        [f"**{name}**" if name == OURS else name, f"{of['user_s']:.2f}"]
        for name, of in data["tree"]["dev"].items()
    ]
    plot = bars(
        "build",
        f"Clean debug build of {handlers:,} handlers in one crate, user seconds",
        "s",
        [(name, of["user_s"]) for name, of in data["builds"]["one/dev"].items()],
    )
    return (
        targets,
        f"""## Build

A generated program, built clean {data["rounds"]} times in turns; the minimum of each figure. "array" is
the functions and a hand-written array of them, so it is the cost of the functions
themselves. Bytes and relocations are those of the stripped program, minus those of the
array. `dev-incremental` is cargo's default. `dev` and `release` have no incremental
compilation.

{chr(10).join(section + chr(10) for section in sections)}
{plot}

A clean debug build of the collector and its dependencies, in user seconds. The tree has
one `syn`, shared with `linkme`:

{table(["", "user, s"], tree)}

{compiler_text}
linkme generates a function and two closures for each element, to check its type. Our
macro writes that type itself.

This crate loses on **bytes**. An entry has the function, its slot, its path, file and
line, and a symbol. A `linkme` slice of functions has one pointer for each. In a
position-independent program, each pointer of an entry is a relocation of 24 bytes, and an
entry has three more of them than an array. `inventory` links a list through its elements,
and is larger.

Static **actions** cost more: each has a record, with its link, its counters and its
function. With 4,000 in one crate they take {actions["one/dev"]:.2f} times the user seconds of linkme's
functions, and in {data["crates"]} crates {actions["many/dev"]:.2f} times (`release`: {actions["one/release"]:.2f} and {actions["many/release"]:.2f}), because every crate
compiles the registration for its type of table again.
""",
    )


def report():
    facts = read("machine.json")
    machine_rows = [[name, value] for name, value in facts.items()]
    dispatch_targets, dispatch_text = dispatch()
    loading_targets, loading_text = loading()
    actions_targets, actions_text = actions()
    observing_targets, observing_text = observing()
    build_targets, build_text = build()
    targets = (
        dispatch_targets + actions_targets + observing_targets + loading_targets + build_targets
    )
    text = f"""# Benchmarks

Generated by `tests/bench/report.py` from the figures in `tests/bench/data`.

```sh
cargo bench       # dispatch, churn and actions, with all peers, in a few minutes
tests/bench/run   # all figures, and this file
```

Subjects are measured in turns, and the fastest of many short batches counts. Other load
of the machine (see below) affects wall times most and user seconds less. It does not
affect instruction counts.

| | |
|---|---|
{chr(10).join("| " + " | ".join(row) + " |" for row in machine_rows)}

## Targets

{table(["", "target", "figure", ""], targets)}

`tests/assembly.rs` compares the machine code of a dispatch with that of the array, on
x86_64 and aarch64. `tests/layout.rs` reads the sizes of tables and handlers from an ELF
file. These two are tests. No test depends on time.

{dispatch_text}
{churn()}
{actions_text}
{observing_text}
{loading_text}
{build_text}"""
    (ROOT / "BENCHMARKS.md").write_text(text)


if __name__ == "__main__":
    machine() if "--machine" in sys.argv[1:] else report()
