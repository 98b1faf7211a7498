//! Our figures against an independent judge in Python (pandas, scipy), where both are at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod common;
#[path = "common/real.rs"]
mod real;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{judged, score};
use verdancy_table::Table;

const TABLES: [&str; 5] = [
    "heart_cleveland",
    "titanic",
    "chronic_kidney_disease",
    "gbsg2",
    "lung",
];

/// The folder with `judge.py` and `split.py`, when Python has what they need.
fn python_judge(data: &Path) -> Option<PathBuf> {
    let folder = data.join("../judge");
    if !folder.join("judge.py").exists() {
        println!("skipped: no judge.py beside the real tables");
        return None;
    }
    let ready = Command::new("python3")
        .args(["-c", "import pandas, scipy, sklearn"])
        .output()
        .is_ok_and(|o| o.status.success());
    if !ready {
        println!("skipped: no python3 with pandas, scipy and scikit-learn");
    }
    ready.then_some(folder)
}

fn python(script: &Path, arguments: &[&Path]) -> String {
    let out = Command::new("python3")
        .arg(script)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn figures_are_those_of_the_python_judge() {
    let Some(data) = real::folder() else { return };
    let Some(judge) = python_judge(&data) else {
        return;
    };
    // More tables by name, for example `VERDANCY_PARITY="adult.csv.gz magic.csv"`.
    let more = std::env::var("VERDANCY_PARITY").unwrap_or_default();
    let names = TABLES.map(|name| format!("{name}.csv"));
    let names = names
        .iter()
        .map(String::as_str)
        .chain(more.split_whitespace());
    for file in names {
        let name = file.split('.').next().unwrap();
        let tmp = tempfile::tempdir().unwrap();
        let [train, test, synthetic] =
            ["train.csv", "test.csv", "synth.csv"].map(|f| tmp.path().join(f));
        let csv = data.join(file);
        let meta = data.join(format!("{name}.json"));
        python(&judge.join("split.py"), &[&csv, tmp.path()]);
        let mess = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity.py");
        python(&mess, &[&train, &synthetic]);
        let flags = [
            &*train,
            &test,
            &synthetic,
            Path::new("--fast"),
            Path::new("--meta"),
            &meta,
        ];
        let theirs: serde_json::Value =
            serde_json::from_str(&python(&judge.join("judge.py"), &flags)).unwrap();
        let kinds = serde_json::from_str(&std::fs::read_to_string(&meta).unwrap()).unwrap();
        let [train, test, synthetic] =
            [train, test, synthetic].map(|path| real::read(&path, &kinds));
        compare(name, &theirs, [&train, &test, &synthetic]);
    }
}

fn compare(name: &str, theirs: &serde_json::Value, [train, test, synthetic]: [&Table; 3]) {
    let ours = judged(train, test, synthetic);
    let near = |key: &str, ours: Option<f64>, unit: f64| {
        let theirs = theirs[key].as_f64();
        let same = match (ours, theirs) {
            (Some(a), Some(b)) => (a * unit - b).abs() < 1e-6 * unit,
            (None, None) => true,
            _ => false,
        };
        assert!(
            same,
            "{name} {key}: ours {ours:?} (times {unit}), the judge's {theirs:?}"
        );
    };
    for (id, value, floor, unit) in [
        ("ks_mean", "ks_mean", "ks_floor", 1.0),
        ("shape_error", "shape_err_pct", "shape_floor_pct", 100.0),
        ("correlation_delta", "corr_delta", "corr_floor", 1.0),
        ("trend_error", "trend_err_pct", "trend_floor_pct", 100.0),
    ] {
        let s = score(&ours, id);
        if id != "trend_error" || bins_match(train, synthetic) {
            near(value, s.value, unit);
        }
        if id != "trend_error" || bins_match(train, test) {
            near(floor, s.floor, unit);
        }
    }
    near("tv_mean", score(&ours, "tv_mean").value, 1.0);
    near(
        "missing_delta_max",
        score(&ours, "missing_delta").value,
        1.0,
    );
    for (column, error) in theirs["worst_columns"].as_object().unwrap() {
        let c = ours.columns.iter().find(|c| c.column == *column).unwrap();
        assert!(
            (c.shape_error - error.as_f64().unwrap()).abs() < 1e-4,
            "{name} {column}"
        );
    }
}

/// The judge writes bins as `0.0` in a table whose column has missing cells and as `0` in one whose
/// column has none, so that no bin matches between the two: no comparison of trends there.
fn bins_match(a: &Table, b: &Table) -> bool {
    a.columns()
        .iter()
        .zip(b.columns())
        .all(|(a, b)| a.numbers().is_none() || (a.missing() == 0) == (b.missing() == 0))
}
