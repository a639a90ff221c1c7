//! A message service: lines come in over a Unix socket, each a message of some
//! kind, and the observers of that kind are called. Observers have state, come and
//! go while messages flow, and what they held is freed when they have gone.
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
