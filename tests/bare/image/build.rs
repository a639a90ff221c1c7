//! Chooses the linker scripts: those of the machine, and handler-table's.

use std::env;

fn main() {
    let variable = |name| env::var(name).unwrap_or_default();
    let link = |script| println!("cargo:rustc-link-arg-bins=-T{script}");
    let architecture = variable("CARGO_CFG_TARGET_ARCH");
    let package = variable("CARGO_MANIFEST_DIR");
    println!("cargo:rustc-link-search={package}/link");
    println!("cargo:rustc-link-search={package}/link/{architecture}");
    println!("cargo:rerun-if-changed=link");

    let lost = env::var_os("CARGO_FEATURE_LOST").is_some();
    let handlers = |script| link(if lost { "lost.x" } else { script });
    if env::var_os("CARGO_FEATURE_DEFMT").is_some() {
        link("defmt.x");
    }
    match &*architecture {
        "riscv64" => {
            link("memory.x");
            handlers("handler-table.x");
            link("link.x");
        }
        "aarch64" => {
            link("memory.x");
            handlers("handler-table.x");
            link("image.ld");
        }
        // The link.x of cortex-m-rt includes memory.x.
        "arm" => {
            link("link.x");
            handlers("handler-table-flash.x");
        }
        other => panic!("no linker scripts for {other}"),
    }
}
