//! Named places in the code where a test can kill or halt the process. Without the cargo feature
//! `fail-points` they are nothing.
//!
//! `VERDANCY_FAIL_POINT=NAME[:N]` aborts the process at the N-th pass of the place called NAME;
//! `VERDANCY_STALL_POINT=NAME[:N]` halts it there for a minute.

/// The places, in the order in which a job passes them.
pub const NAMES: [&str; 6] = [
    "after-claim",
    "mid-fit",
    "in-checkpoint",
    "after-rename",
    "during-commit",
    "after-commit",
];

/// Passes the place called `name`.
#[cfg(not(feature = "fail-points"))]
pub fn pass(_name: &str) {}

/// Passes the place called `name`.
#[cfg(feature = "fail-points")]
pub fn pass(name: &str) {
    if is_due("VERDANCY_FAIL_POINT", name) {
        std::process::abort();
    }
    if is_due("VERDANCY_STALL_POINT", name) {
        std::thread::sleep(std::time::Duration::from_secs(60));
    }
}

#[cfg(feature = "fail-points")]
fn is_due(variable: &str, name: &str) -> bool {
    use std::collections::HashMap;
    use std::sync::{Mutex, OnceLock, PoisonError};
    static PASSED: OnceLock<Mutex<HashMap<String, u64>>> = OnceLock::new();
    let Ok(asked) = std::env::var(variable) else {
        return false;
    };
    let (wanted, count) = asked.split_once(':').unwrap_or((&asked, "1"));
    if wanted != name {
        return false;
    }
    let mut passed = PASSED
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let times = passed.entry(format!("{variable} {name}")).or_default();
    *times += 1;
    Some(*times) == count.parse().ok()
}
