//! A message service. Each line from a Unix socket is a message of some kind, for which the
//! observers of that kind are called. Observers have state. They are added and removed while
//! messages arrive, and their state is freed after their removal.
//!
//! ```text
//! cargo run --example service
//! ```

#[cfg(unix)]
mod unix;

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    unix::run()
}

#[cfg(not(unix))]
fn main() {
    println!("This example needs Unix sockets.");
}
