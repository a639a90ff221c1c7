#!/usr/bin/env python3
"""Measures what a static handler costs firmware, in bytes of flash and RAM.

Generates firmware for a Cortex-M3 with 4 and with 24 handlers of interrupts: as plain
`#[interrupt]` functions, and as static handlers of a table that has a slot for each. The
difference is the cost of 20. Prints the rows of the table in `docs/cortex-m.md`.

    tests/bench/firmware_cost.py [--check PAGE]

With `--check`, fails if a figure of the page differs by more than a tenth.
Needs Debian's `rustc-web` and `rust-web-src`, which can build `core`.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = "thumbv7m-none-eabi"
FEW, MANY = 4, 24

# In the order of their numbers.
NAMES = """GPIOA GPIOB GPIOC GPIOD GPIOE UART0 UART1 SSI0 I2C0 PWM_FAULT PWM_GENERATOR_0
    PWM_GENERATOR_1 PWM_GENERATOR_2 QEI0 ADC0_SEQUENCE_0 ADC0_SEQUENCE_1 ADC0_SEQUENCE_2
    ADC0_SEQUENCE_3 WATCHDOG_TIMER_0 TIMER_0A TIMER_0B TIMER_1A TIMER_1B TIMER_2A""".split()

MANIFEST = """
[workspace]
[package]
name = "firmware"
version = "0.0.0"
edition = "2024"
[dependencies]
cortex-m = "0.7.10"
cortex-m-rt = "0.7.7"
lm3s6965 = "0.2.0"
handler-table = {{ path = "{root}/handler-table", features = [{features}] }}
[profile.release]
panic = "abort"
opt-level = "s"
lto = "fat"
codegen-units = 1
"""

BUILD = """
fn main() {
    for script in ["link.x", "handler-table-flash.x"] {
        println!("cargo:rustc-link-arg-bins=-T{script}");
    }
}
"""

HEAD = """
#![no_std]
#![no_main]
#![allow(unused_imports)]
use core::ptr::with_exposed_provenance_mut;
use cortex_m::peripheral::NVIC;
use cortex_m_rt::{entry, exception};
use handler_table::{ActionTable, Counted, Event, Events, HandlerTable, Verdict};
use handler_table::{event_handler, events, handler_table};
use lm3s6965::{Interrupt, interrupt};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

fn mask(number: i16) {
    unsafe { (*NVIC::PTR).icer[0].write(1 << number) }
}

#[entry]
fn main() -> ! {
    START
    unsafe { (*NVIC::PTR).iser[0].write(0xff_ffff) }
    loop {
        cortex_m::asm::wfi();
    }
}
"""

INIT = "if IRQS.init().is_err() { loop {} }"
EVENTS = "events! {{ pub struct Irq: Interrupt {{ {names} }} }}\n"

# What each kind of program has: at the start, once, and for each handler.
KINDS = {
    "plain": (
        "",
        "#[exception] unsafe fn DefaultHandler(number: i16) { mask(number) }\n",
        "#[interrupt] fn {name}() {{ {body} }}\n",
    ),
    "functions": (
        INIT,
        EVENTS
        + """
#[handler_table]
static IRQS: HandlerTable<{{ Irq::CAPACITY }}, fn(), Irq>;

#[exception]
unsafe fn DefaultHandler(number: i16) {{
    if IRQS.dispatch_raw(number as usize, |handler| handler()).is_none() {{
        mask(number);
    }}
}}
""",
        "#[event_handler(IRQS, Interrupt::{name})] fn handler_{at}() {{ {body} }}\n",
    ),
    "actions": (
        INIT,
        EVENTS
        + """
#[handler_table]
static IRQS: ActionTable<{{ Irq::CAPACITY }}, (), Counted<1>, Irq>;

#[exception]
unsafe fn DefaultHandler(number: i16) {{
    let outcome = IRQS.dispatch_raw(0, number as usize, &mut ());
    if !outcome.is_ok_and(|outcome| outcome.handled()) {{
        mask(number);
    }}
}}
""",
        "#[event_handler(IRQS, Interrupt::{name})]\n"
        "fn handler_{at}(_: &mut Event<'_>) -> Verdict {{ {body} Verdict::Handled }}\n",
    ),
}

NAMELESS = "… with the feature `names-on-host`"
ROWS = [
    ("`#[interrupt]`", "plain", False),
    ("[`HandlerTable`](crate::HandlerTable)", "functions", False),
    (NAMELESS, "functions", True),
    ("[`ActionTable`](crate::ActionTable)", "actions", False),
    (NAMELESS, "actions", True),
]


def source(kind, count):
    start, once, each = KINDS[kind]
    text = HEAD.replace("START", start)
    text += once if kind == "plain" else once.format(names=", ".join(NAMES[:count]))
    for at, name in enumerate(NAMES[:count]):
        write = f"with_exposed_provenance_mut::<u32>({0x4000_4000 + 4 * at}).write_volatile"
        text += each.format(name=name, at=at, body=f"unsafe {{ {write}({77 * at + 1}) }};")
    return text


def size(image):
    """Returns the bytes of flash and of RAM."""
    lines = subprocess.run(["readelf", "-SW", image], capture_output=True, text=True, check=True)
    flash = ram = 0
    for line in lines.stdout.splitlines():
        section = re.match(r" *\[ *\d+\] \S+ +(\w+) +\w+ \w+ (\w+) \w+ +(\w*A\w*) ", line)
        if section:
            kind, size, flags = section[1], int(section[2], 16), section[3]
            flash += 0 if kind == "NOBITS" else size
            ram += size if kind == "NOBITS" or "W" in flags else 0
    return flash, ram


def measure(directory, kind, nameless, count):
    (directory / "src").mkdir(exist_ok=True)
    features = '"names-on-host"' if nameless else ""
    (directory / "Cargo.toml").write_text(MANIFEST.format(root=ROOT, features=features))
    (directory / "build.rs").write_text(BUILD)
    (directory / "src/main.rs").write_text(source(kind, count))
    (directory / "bin").mkdir(exist_ok=True)
    linker = directory / "bin/rust-lld"
    if not linker.exists():
        linker.symlink_to("/usr/bin/lld")
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(directory / "target"),
        "PATH": f"{os.environ['PATH']}:{linker.parent}",
        "RUSTC": "/usr/bin/rustc",
        "RUSTC_BOOTSTRAP": "1",
    }
    command = ["cargo", "build", "--release", "-Zbuild-std=core", "--target", TARGET]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return size(directory / "target" / TARGET / "release/firmware")


def check(page, rows):
    """Compares the figures of the page with the measured ones."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    found = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and all(cell.isdigit() for cell in cells[1:]):
            found.append((cells[0], [int(cell) for cell in cells[1:]]))
    if [name for name, _ in found] != [name for name, _ in rows]:
        sys.exit(f"{page} has other rows")
    for (name, old), (_, new) in zip(found, rows):
        if any(abs(was - now) > max(was / 10, 4) for was, now in zip(old, new)):
            sys.exit(f"{page}: {name}: {old} is now {new}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", type=pathlib.Path, metavar="PAGE")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        for name, kind, nameless in ROWS:
            few, many = (
                measure(pathlib.Path(directory), kind, nameless, count) for count in (FEW, MANY)
            )
            flash, ram = (round((b - a) / (MANY - FEW)) for a, b in zip(few, many))
            rows.append((name, [flash, ram, few[0]]))
            print(f"| {name} | {flash} | {ram} | {few[0]} |", flush=True)
    if options.check:
        check(options.check, rows)


if __name__ == "__main__":
    main()
