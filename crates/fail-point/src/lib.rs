//! Named places in the code where a test can kill or halt the process. Without the cargo feature
//! `active` they are nothing.
//!
//! With it, each pass of a place looks at the file that `VERDANCY_FAIL_FILE` names (children inherit
//! it). What stands there is what happens, once:
//!
//! - `kill NAME [N]`: at the N-th pass of the place called NAME, the process gets SIGKILL: no
//!   destructor, no handler. The file is taken away first.
//! - `halt NAME [N]`: the process goes on when a test takes away the file, renamed to `….halted`.
//! - `poison NAME`: like `kill`, but the file stays.

/// The places. The worker passes all but `in-step` and `in-checkpoint`, which its child passes.
pub const NAMES: [&str; 8] = [
    "after-claim",
    "mid-fit",
    "in-step",
    "in-checkpoint",
    "before-rename",
    "after-rename",
    "during-commit",
    "after-commit",
];

/// Passes the place called `name`.
#[cfg(not(feature = "active"))]
#[inline(always)]
pub fn pass(_name: &str) {}

/// Passes the place called `name`.
#[cfg(feature = "active")]
pub fn pass(name: &str) {
    if let Some(file) = std::env::var_os("VERDANCY_FAIL_FILE") {
        look(std::path::Path::new(&file), name);
    }
}

#[cfg(feature = "active")]
fn look(file: &std::path::Path, name: &str) {
    let Ok(text) = std::fs::read_to_string(file) else {
        return;
    };
    let mut words = text.split_whitespace();
    let (Some(what), Some(place)) = (words.next(), words.next()) else {
        return;
    };
    if place != name {
        return;
    }
    let left: u64 = words.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    if left > 1 {
        let _ = std::fs::write(file, format!("{what} {name} {}", left - 1));
        return;
    }
    match what {
        "poison" => die(),
        "kill" if std::fs::remove_file(file).is_ok() => die(),
        "halt" => {
            let halted = file.with_extension("halted");
            if std::fs::rename(file, &halted).is_ok() {
                while halted.exists() {
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
            }
        }
        _ => {}
    }
}

#[cfg(feature = "active")]
fn die() -> ! {
    use rustix::process::{Signal, getpid, kill_process};
    // A signal to oneself cannot be refused; if it were, the end comes all the same.
    let _ = kill_process(getpid(), Signal::KILL);
    std::process::abort()
}
