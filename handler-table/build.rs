//! Puts `link/handler-table.x` on the linker's search path of bare-metal
//! programs, and refuses targets that lack what we need. Nothing is generated.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    if variable("CARGO_CFG_TARGET_OS") == "none" {
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
