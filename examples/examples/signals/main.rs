//! Handlers that run inside a Unix signal handler, while the program that they
//! interrupt changes their table.
//!
//! ```text
//! cargo run --example signals
//! ```

#[cfg(unix)]
mod unix;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(unix)]
    return unix::run();
    #[cfg(not(unix))]
    return Err("this example needs Unix signals".into());
}
