//! What finished trainings took on this machine: a small local file of JSON lines that teaches the
//! time estimate. It holds sizes and seconds, never data, and may be deleted at any time.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use verdancy_synth::neural::Precision;

/// Trainings that are looked at: the newest.
const NEWEST: usize = 200;
/// Fewer of a similar size teach nothing.
const LEAST: usize = 3;
/// A training that weighs less is of another size.
const NEAR: f64 = 0.05;
/// Trainings of the same shape (columns, rows and operations within [`CLOSE`]) weigh 1 each; all
/// together weigh as much as this many of them.
const OTHERS: f64 = 2.0;
/// Shapes that differ by less than this share are the same.
const CLOSE: f64 = 0.05;
/// What the pace of a measured piece may be off by chance: a factor of 1.35, as a logarithm.
const NOISE: f64 = 0.3;
/// Lines after which the file is cut to its newest half.
const MOST: usize = 2_000;

/// One finished training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Synthesizer.
    pub method: String,
    /// Arithmetic.
    pub precision: Precision,
    /// Threads.
    pub threads: usize,
    /// Training rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Floating-point operations planned.
    pub flops: f64,
    /// Seconds that all of them would have taken at the pace of a piece measured before.
    pub probed: f64,
    /// Seconds of training.
    pub seconds: f64,
}

/// The finished trainings, oldest first. A file that is not there, or lines that are damaged,
/// teach nothing.
pub fn read(path: &Path) -> Vec<Entry> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let all: Vec<Entry> = (text.lines())
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|e: &Entry| e.seconds > 0.0 && e.flops > 0.0 && e.probed > 0.0 && e.rows > 0)
        .collect();
    all[all.len().saturating_sub(NEWEST)..].to_vec()
}

/// Adds a finished training. What cannot be written is left out: an estimate is not worth a run.
pub fn add(path: &Path, entry: &Entry) {
    let Ok(mut line) = serde_json::to_string(entry) else {
        return;
    };
    line.push('\n');
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let old = std::fs::read_to_string(path).unwrap_or_default();
    let lines = old.lines().count();
    if lines >= MOST {
        let kept: String = (old.lines().skip(lines - MOST / 2))
            .flat_map(|l| [l, "\n"])
            .collect();
        let _ = std::fs::write(path, kept + &line);
        return;
    }
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    if let Ok(mut file) = file {
        let _ = file.write_all(line.as_bytes());
    }
}

/// Seconds that a training like `asked` (its seconds are not looked at) takes by the finished ones
/// with the same method, arithmetic and threads: seconds per operation, by a geometric mean in which trainings
/// of a similar size weigh more, and those of the same shape (this table's, most likely) most,
/// because how early a training ends is a table's own. Early stops are part of what is learned.
/// Where the measured piece says that the machine is much faster or slower now than it was then,
/// the seconds follow. `None` when too few are known.
pub fn learned(entries: &[Entry], asked: &Entry) -> Option<f64> {
    let close = |a: f64, b: f64| (a / b - 1.0).abs() <= CLOSE;
    let rows = asked.rows.max(1) as f64;
    let known: Vec<(&Entry, f64, bool)> = (entries.iter())
        .filter(|e| {
            (&e.method, e.precision, e.threads) == (&asked.method, asked.precision, asked.threads)
        })
        .map(|e| {
            let far = (e.flops / asked.flops).ln().abs() + 0.5 * (e.rows as f64 / rows).ln().abs();
            let alike = e.columns == asked.columns
                && close(e.flops, asked.flops)
                && close(e.rows as f64, rows);
            (e, (-far).exp(), alike)
        })
        .collect();
    let counted = asked.flops > 0.0 && asked.probed > 0.0;
    if !counted || known.iter().filter(|k| k.1 > NEAR).count() < LEAST {
        return None;
    }
    let near: f64 = known.iter().map(|k| k.1).sum();
    let weighed: Vec<(&Entry, f64)> = (known.iter())
        .map(|(e, n, alike)| (*e, OTHERS * n / near + f64::from(u8::from(*alike))))
        .collect();
    let mean = |rate: fn(&Entry) -> f64| {
        let all: f64 = weighed.iter().map(|(_, w)| w).sum();
        weighed.iter().map(|(e, w)| w * rate(e).ln()).sum::<f64>() / all
    };
    let pace = (asked.probed / asked.flops).ln() - mean(|e| e.probed / e.flops);
    let moved = (pace.abs() - NOISE).max(0.0).copysign(pace);
    Some((mean(|e| e.seconds / e.flops) + moved).exp() * asked.flops)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entry(flops: f64, probed: f64, seconds: f64) -> Entry {
        Entry {
            method: "tabddpm".into(),
            precision: Precision::Single,
            threads: 2,
            rows: 1000,
            columns: 10,
            flops,
            probed,
            seconds,
        }
    }

    #[test]
    fn trainings_of_a_similar_size_tell_how_long_it_takes() {
        let mut known: Vec<Entry> = (1..=5).map(|i| entry(1e12, 8.0, f64::from(i))).collect();
        let same = learned(&known, &entry(1e12, 8.0, 0.0)).unwrap();
        assert!((2.4..=2.8).contains(&same), "geometric mean 2.6: {same}");
        // Small trainings are slower per operation; they hardly speak for large ones.
        known.extend((0..5).map(|_| entry(1e9, 0.1, 0.1)));
        let large = learned(&known, &entry(2e12, 16.0, 0.0)).unwrap();
        assert!((4.0..=8.0).contains(&large), "{large}");
        let small = learned(&known, &entry(1e9, 0.1, 0.0)).unwrap();
        assert!((0.08..=0.1).contains(&small), "{small}");
    }

    #[test]
    fn a_machine_that_is_busy_now_takes_longer() {
        let known = vec![entry(1e12, 1.0, 0.6); 5];
        let now = |probed| learned(&known, &entry(1e12, probed, 0.0)).unwrap();
        assert!((now(1.3) - 0.6).abs() < 1e-9, "chance");
        assert!((now(4.0) / (2.4 / NOISE.exp()) - 1.0).abs() < 1e-9);
        assert!((now(0.25) / (0.15 * NOISE.exp()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn trainings_of_the_same_shape_outweigh_the_others() {
        let mut known: Vec<Entry> = (0..20).map(|_| entry(1.2e12, 1.2, 1.2)).collect();
        let seconds = |known: &[Entry]| learned(known, &entry(1e12, 1.0, 0.0)).unwrap();
        assert!((seconds(&known) - 1.0).abs() < 1e-9);
        known.extend([entry(1e12, 1.0, 4.0), entry(1.01e12, 1.0, 4.04)]);
        let two = seconds(&known);
        assert!((1.8..=2.4).contains(&two), "half way: {two}");
        known.extend((0..8).map(|_| entry(1e12, 1.0, 4.0)));
        assert!(seconds(&known) > 3.0);
        let mut wider = entry(1e12, 1.0, 0.0);
        wider.columns = 30;
        assert!(learned(&known, &wider).unwrap() < two);
    }

    #[test]
    fn too_few_or_others_teach_nothing() {
        let known = vec![entry(1e12, 1.0, 1.0); 3];
        assert_eq!(learned(&known[..2], &entry(1.5e12, 1.0, 0.0)), None);
        assert_eq!(learned(&known[..1], &entry(1e12, 1.0, 0.0)), None);
        let mut other = entry(1e12, 1.0, 0.0);
        other.threads = 16;
        assert_eq!(learned(&known, &other), None);
        let mut faster = entry(1e12, 1.0, 0.0);
        faster.precision = Precision::Bf16;
        assert_eq!(learned(&known, &faster), None);
    }

    #[test]
    fn damaged_lines_are_skipped_and_a_missing_file_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/runs.jsonl");
        assert!(read(&path).is_empty());
        add(&path, &entry(1e12, 1.0, 1.0));
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap();
        file.write_all(b"{\"method\": \"tab\n\xff\n").unwrap_or(());
        drop(file);
        assert!(read(&path).len() <= 1);
        std::fs::write(&path, "no json\n{}\n").unwrap();
        add(&path, &entry(2e12, 2.0, 2.0));
        assert_eq!(read(&path), [entry(2e12, 2.0, 2.0)]);
    }
}
