//! Ctrl-C: the first asks for a clean stop, the second ends the process at once. So does the end of
//! stdin for a process on a leash, which must not outlive the one that started it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use verdancy_synth::Cancel;

/// Exit code of a process that was stopped.
const STOPPED: i32 = 130;

/// Where results are being written to; there is one at most in a process.
static OUTPUT: OnceLock<PathBuf> = OnceLock::new();

/// Lets SIGINT and SIGTERM ask for a clean stop.
/// The second signal also takes away what is unfinished for `output`.
pub fn on_signal(output: Option<&Path>) -> Cancel {
    if let Some(output) = output {
        let _ = OUTPUT.set(output.to_path_buf());
    }
    let cancel = Cancel::default();
    let asked = AtomicBool::new(false);
    let told = cancel.clone();
    // Without a handler, which can only fail to be set twice, the signal ends the process.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            end();
        }
        told.cancel();
        eprintln!(
            "\n  stopping after this step and keeping the best answer so far; again to end at once"
        );
    });
    cancel
}

/// Ends the process when stdin does: whoever holds the other end has gone.
pub fn leash() {
    std::thread::spawn(|| {
        let mut stdin = std::io::stdin().lock();
        let mut unread = [0; 256];
        loop {
            match stdin.read(&mut unread) {
                Ok(0) => end(),
                Err(e) if e.kind() != std::io::ErrorKind::Interrupted => end(),
                _ => {}
            }
        }
    });
}

/// Ends the process at once and takes away what is unfinished: in and beside the output, and what stands in for
/// addresses of stores.
fn end() -> ! {
    sweep(&std::env::temp_dir());
    if let Some(output) = OUTPUT.get() {
        sweep(output);
        sweep(match output.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        });
    }
    std::process::exit(STOPPED)
}

/// Takes away the temporary folders of this process in `folder`.
fn sweep(folder: &Path) {
    let prefix = verdancy_engine::staging_prefix();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The time since now.
pub fn clock() -> impl Fn() -> Duration + Sync {
    let start = Instant::now();
    move || start.elapsed()
}

/// What time it is, for records.
pub fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The folder that results go to when none is named: `./NAME-SUFFIX` after the input's name.
pub fn beside_here(data: &Path, suffix: &str) -> PathBuf {
    let name = data
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let stem = name
        .trim_start_matches('.')
        .split('.')
        .next()
        .filter(|s| !s.is_empty())
        .unwrap_or("table");
    PathBuf::from(format!("{stem}-{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_folder_is_named_after_the_input() {
        let name = |p: &str| beside_here(p.as_ref(), "synthetic").display().to_string();
        assert_eq!(name("data/adult.csv.gz"), "adult-synthetic");
        assert_eq!(name("patients.parquet"), "patients-synthetic");
        assert_eq!(name(".hidden.csv"), "hidden-synthetic");
        assert_eq!(name("/"), "table-synthetic");
    }
}
