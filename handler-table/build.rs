//! Adds `link/` to the linker's search path of bare-metal programs, selects the macros for
//! the target, and rejects targets without compare-and-swap. It generates no code.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    let (os, arch) = (
        variable("CARGO_CFG_TARGET_OS"),
        variable("CARGO_CFG_TARGET_ARCH"),
    );

    // Targets whose linker defines symbols for the start and the end of a section. They do
    // not need linkme. Cargo.toml has the same list.
    println!("cargo::rustc-check-cfg=cfg(handler_table_elf)");
    let elf = matches!(
        &*os,
        "none" | "linux" | "android" | "fuchsia" | "psp" | "freebsd" | "openbsd"
    );
    if elf {
        println!("cargo::rustc-cfg=handler_table_elf");
    }
    // GNU ld for Windows drops a static to which nothing refers, even with `#[used]`.
    println!("cargo::rustc-check-cfg=cfg(handler_table_kept)");
    if os == "windows" && variable("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-cfg=handler_table_kept");
    }
    // Of the first targets, those with a stable `global_asm!`.
    println!("cargo::rustc-check-cfg=cfg(handler_table_labels)");
    let assembler = matches!(
        &*arch,
        "x86" | "x86_64" | "arm" | "aarch64" | "riscv32" | "riscv64" | "loongarch64"
    );
    if elf && assembler {
        println!("cargo::rustc-cfg=handler_table_labels");
    }

    // Elsewhere no linker script would keep the names out of the memory of the program.
    println!("cargo::rustc-check-cfg=cfg(handler_table_unnamed)");
    if os == "none" && env::var_os("CARGO_FEATURE_NAMES_ON_HOST").is_some() {
        println!("cargo::rustc-cfg=handler_table_unnamed");
    }

    if os == "none" {
        let package = variable("CARGO_MANIFEST_DIR");
        println!("cargo::rustc-link-search=native={package}/link");
    }

    // An error here is the only error. `compile_error!` would not be.
    let atomics = variable("CARGO_CFG_TARGET_HAS_ATOMIC");
    let swaps = atomics.split(',').any(|atomic| atomic == "ptr");
    if !swaps && env::var_os("CARGO_FEATURE_PORTABLE_ATOMIC").is_none() {
        println!(
            "cargo::error={} has no compare-and-swap, which `register` needs: enable the feature \
             `portable-atomic` of handler-table, and with it the feature of portable-atomic that \
             fits your hardware, `unsafe-assume-single-core` or `critical-section`",
            variable("TARGET")
        );
    }
}
