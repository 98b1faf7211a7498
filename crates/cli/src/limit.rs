//! Bounds on what this process may take of the machine, set before anything else is done. A process that reads
//! strangers' tables also leaves no picture of its memory behind when it dies, and is the first that
//! the kernel ends when memory runs out.

use verdancy_engine::{Bounds, Error, Result};

/// Sets the bounds of a child.
///
/// # Errors
/// `cli/limit`.
pub fn child(bounds: &Bounds) -> Result<()> {
    set(bounds).map_err(|e| {
        Error::environment(
            "cli/limit",
            "The process cannot be bounded as asked.",
            "Ask for less than the limits that are set already.",
        )
        .caused_by(e)
    })
}

/// What this process writes is its user's alone: tables, models and records of people come out of it.
pub fn private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

#[cfg(unix)]
fn set(bounds: &Bounds) -> std::io::Result<()> {
    use rlimit::{Resource, setrlimit};
    first_to_go();
    setrlimit(Resource::CORE, 0, 0)?;
    for (resource, bound) in [
        (Resource::AS, bounds.address_space),
        (Resource::CPU, bounds.processor_seconds),
        (Resource::FSIZE, bounds.file_bytes),
    ] {
        if let Some(bound) = bound {
            setrlimit(resource, bound, bound)?;
        }
    }
    Ok(())
}

/// Neither can fail in a way that matters: the bounds above hold all the same.
#[cfg(target_os = "linux")]
fn first_to_go() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    // A handler of core files would get one in spite of the limit.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(all(unix, not(target_os = "linux")))]
fn first_to_go() {}

#[cfg(not(unix))]
fn set(bounds: &Bounds) -> std::io::Result<()> {
    if *bounds == Bounds::default() {
        return Ok(());
    }
    Err(std::io::ErrorKind::Unsupported.into())
}
