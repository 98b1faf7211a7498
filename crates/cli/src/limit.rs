//! A bound on the process' address space, set before anything else is done.

use verdancy_table::{Error, Result};

/// Bounds the address space to `bytes`.
///
/// # Errors
/// `cli/limit`.
pub fn address_space(bytes: u64) -> Result<()> {
    set(bytes).map_err(|e| {
        Error::environment(
            "cli/limit",
            "The address space cannot be bounded as asked.",
            "Ask for less than the limit that is set already, or leave --address-space out.",
        )
        .caused_by(e)
    })
}

#[cfg(unix)]
fn set(bytes: u64) -> std::io::Result<()> {
    rlimit::setrlimit(rlimit::Resource::AS, bytes, bytes)
}

#[cfg(not(unix))]
fn set(_: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
