//! What finished trainings took on this machine: a small local file of JSON lines that teaches the
//! time estimate. It holds sizes and seconds, never data, and may be deleted at any time.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Trainings that are looked at: the newest.
const NEWEST: usize = 200;
/// Fewer like this one teach nothing.
const LEAST: usize = 3;
/// As many of the same shape (columns, rows and operations within [`CLOSE`]) speak alone.
const ALIKE: usize = 2;
/// Shapes that differ by less than this share are the same.
const CLOSE: f64 = 0.05;
/// Lines after which the file is cut to its newest half.
const MOST: usize = 2_000;

/// One finished training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Synthesizer.
    pub method: String,
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

/// How many times longer a training like `asked` (its seconds are not looked at) takes than a piece of
/// it says, by the finished ones: the median over those with the same method and threads, in which
/// trainings of a similar size weigh more; where a table of this very shape was trained before, over
/// those trainings alone, because how early it ends is a table's own. Early stops are part of what
/// is learned, how fast the machine is at the moment is not: the piece tells that. `None` when too few are known.
pub fn learned(entries: &[Entry], asked: &Entry) -> Option<f64> {
    let same = (entries.iter())
        .filter(|e| e.method == asked.method && e.threads == asked.threads)
        .map(|e| (e, e.seconds / e.probed));
    let close = |a: f64, b: f64| (a / b - 1.0).abs() <= CLOSE;
    let rows = asked.rows.max(1) as f64;
    let alike: Vec<(f64, f64)> = (same.clone())
        .filter(|(e, _)| e.columns == asked.columns)
        .filter(|(e, _)| close(e.flops, asked.flops) && close(e.rows as f64, rows))
        .map(|(_, rate)| (rate, 1.0))
        .collect();
    let mut rates = if alike.len() >= ALIKE {
        alike
    } else {
        let all: Vec<(f64, f64)> = same
            .map(|(e, rate)| {
                let far =
                    (e.flops / asked.flops).ln().abs() + 0.5 * (e.rows as f64 / rows).ln().abs();
                (rate, (-far).exp())
            })
            .collect();
        if all.iter().filter(|r| r.1 > 0.05).count() < LEAST {
            return None;
        }
        all
    };
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = rates.iter().map(|r| r.1).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let at = rates.iter().position(|r| {
        sum += r.1;
        sum >= half
    })?;
    Some(rates[at].0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entry(flops: f64, probed: f64, seconds: f64) -> Entry {
        Entry {
            method: "tabddpm".into(),
            threads: 2,
            rows: 1000,
            columns: 10,
            flops,
            probed,
            seconds,
        }
    }

    #[test]
    fn trainings_of_a_similar_size_tell_how_far_a_piece_is_off() {
        let mut known: Vec<Entry> = (1..=5).map(|i| entry(1e12, 10.0, f64::from(i))).collect();
        assert_eq!(learned(&known, &entry(1e12, 7.0, 0.0)), Some(0.3));
        // Small trainings have more beside their steps; they do not speak for large ones.
        known.extend((0..5).map(|_| entry(1e9, 0.1, 0.2)));
        let large = learned(&known, &entry(2e12, 20.0, 0.0)).unwrap();
        assert!((0.2..=0.4).contains(&large), "{large}");
        let small = learned(&known, &entry(1e9, 0.1, 0.0)).unwrap();
        assert!((small - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_machine_that_is_busy_teaches_the_same() {
        let known = [
            entry(1e12, 1.0, 0.6),
            entry(1e12, 2.0, 1.2),
            entry(1e12, 4.0, 2.4),
        ];
        assert_eq!(learned(&known, &entry(1e12, 1.0, 0.0)), Some(0.6));
    }

    #[test]
    fn trainings_of_the_same_shape_speak_alone() {
        let mut known: Vec<Entry> = (0..20).map(|_| entry(1.2e12, 1.0, 1.2)).collect();
        assert_eq!(learned(&known, &entry(1e12, 1.0, 0.0)), Some(1.2));
        known.extend([entry(1e12, 1.0, 4.0), entry(1.01e12, 1.0, 4.0)]);
        assert_eq!(learned(&known, &entry(1e12, 1.0, 0.0)), Some(4.0));
        let mut wider = entry(1e12, 1.0, 0.0);
        wider.columns = 30;
        assert!(learned(&known, &wider).unwrap() < 2.0);
    }

    #[test]
    fn too_few_or_others_teach_nothing() {
        let known = vec![entry(1e12, 1.0, 1.0); 3];
        assert_eq!(learned(&known[..2], &entry(1.5e12, 1.0, 0.0)), None);
        assert_eq!(learned(&known[..1], &entry(1e12, 1.0, 0.0)), None);
        let mut other = entry(1e12, 1.0, 0.0);
        other.threads = 16;
        assert_eq!(learned(&known, &other), None);
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
