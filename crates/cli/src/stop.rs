//! Ctrl-C: the first asks for a clean stop, the second ends the process at once.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use verdancy_synth::Cancel;

/// Lets SIGINT and SIGTERM ask for a clean stop.
pub fn on_signal() -> Cancel {
    let cancel = Cancel::default();
    let asked = AtomicBool::new(false);
    let told = cancel.clone();
    // Without a handler, which can only fail to be set twice, the signal ends the process.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        told.cancel();
        eprintln!(
            "\n  stopping after this step and keeping the best checkpoint; again to end at once"
        );
    });
    cancel
}

/// The time since now.
pub fn clock() -> impl Fn() -> Duration + Sync {
    let start = Instant::now();
    move || start.elapsed()
}

/// The folder that results go to when none is named: `./NAME-SUFFIX` after the input's name.
pub fn beside_here(data: &std::path::Path, suffix: &str) -> PathBuf {
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
