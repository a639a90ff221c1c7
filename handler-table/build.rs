//! Puts `link/handler-table.x` on the linker's search path of bare-metal
//! programs. Nothing is copied or generated.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    if variable("CARGO_CFG_TARGET_OS") == "none" {
        let package = variable("CARGO_MANIFEST_DIR");
        println!("cargo:rustc-link-search=native={package}/link");
    }
}
