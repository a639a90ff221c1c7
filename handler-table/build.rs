//! Puts `link/handler-table.x` on the linker's search path of bare-metal
//! programs, says which macros are for the target, and refuses targets that lack
//! what we need. Nothing is generated.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    let (os, arch) = (
        variable("CARGO_CFG_TARGET_OS"),
        variable("CARGO_CFG_TARGET_ARCH"),
    );

    // Where the linker defines the start and the end of a section, which is then ours,
    // not one of linkme's. As in Cargo.toml.
    println!("cargo::rustc-check-cfg=cfg(handler_table_elf)");
    let elf = matches!(
        &*os,
        "none" | "linux" | "android" | "fuchsia" | "psp" | "freebsd" | "openbsd"
    );
    if elf {
        println!("cargo::rustc-cfg=handler_table_elf");
    }
    // Where the linker drops what nothing refers to, `#[used]` or not: GNU ld, from
    // Windows programs.
    println!("cargo::rustc-check-cfg=cfg(handler_table_kept)");
    if os == "windows" && variable("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-cfg=handler_table_kept");
    }
    // Where `global_asm!` is stable, too.
    println!("cargo::rustc-check-cfg=cfg(handler_table_labels)");
    let assembler = matches!(
        &*arch,
        "x86" | "x86_64" | "arm" | "aarch64" | "riscv32" | "riscv64" | "loongarch64"
    );
    if elf && assembler {
        println!("cargo::rustc-cfg=handler_table_labels");
    }

    if os == "none" {
        let package = variable("CARGO_MANIFEST_DIR");
        println!("cargo::rustc-link-search=native={package}/link");
    }

    // Here, and not with `compile_error!`, so that it is the only error.
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
