//! The linker script.

use std::env;

fn main() {
    let package = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let script = if env::var_os("CARGO_FEATURE_LOST").is_some() {
        "lost.x"
    } else {
        "kernel.x"
    };
    println!("cargo:rustc-link-arg-bins=-T{package}/{script}");
    println!("cargo:rerun-if-changed={script}");
}
