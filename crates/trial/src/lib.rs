//! What tests need around the product: PostgreSQL servers of their own, and the service as real
//! processes that can be halted and killed. Nothing is mocked; nothing of it is part of a build that
//! is handed out.

mod postgres;
mod process;
mod provider;

pub use postgres::{Postgres, Stop};
pub use process::{Process, free_port};
pub use provider::{Fault, Manner, Provider, Signing};

/// Waits until `there` gives something, at most `seconds`; none then.
pub fn wait<T>(seconds: f64, mut there: impl FnMut() -> Option<T>) -> Option<T> {
    let from = std::time::Instant::now();
    loop {
        if let Some(found) = there() {
            return Some(found);
        }
        if from.elapsed().as_secs_f64() > seconds {
            return None;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Names the cryptography of TLS for clients of this process. They speak plain HTTP here, but are built with TLS,
/// because another crate of the workspace needs it.
pub fn cryptography() {
    // Fails when it is named already, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
