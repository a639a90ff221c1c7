//! The linker scripts: that of `cortex-m-rt`, which includes the `memory.x` of the device,
//! and then that of handler-table.

fn main() {
    let handlers = if std::env::var_os("CARGO_FEATURE_WRONG_REGION").is_some() {
        "handler-table.x"
    } else {
        "handler-table-flash.x"
    };
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rustc-link-arg-bins=-T{handlers}");
}
