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

    let handlers = if env::var_os("CARGO_FEATURE_LOST").is_some() {
        "lost.x"
    } else {
        "handler-table.x"
    };
    if env::var_os("CARGO_FEATURE_DEFMT").is_some() {
        link("defmt.x");
    }
    match &*architecture {
        "riscv64" => {
            link("memory.x");
            link(handlers);
            link("link.x");
        }
        "aarch64" => {
            link("memory.x");
            link(handlers);
            link("image.ld");
        }
        // The link.x of cortex-m-rt includes memory.x.
        "arm" => {
            link("link.x");
            let gnu = env::var_os("CARGO_FEATURE_GNU_LD").is_some();
            link(if gnu { "gnu.x" } else { handlers });
        }
        other => panic!("no linker scripts for {other}"),
    }
}
