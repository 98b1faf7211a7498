//! The copula on real tables: each column's distribution comes back within sampling error. Tables
//! are looked for in the folder that `VERDANCY_DATA` names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod common;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::fit;
use verdancy_synth::Method;
use verdancy_table::{Column, Table, infer, read};

/// Rows drawn of each table.
const DRAWN: usize = 2_000;
/// Larger files take too long for a test.
const LARGEST: u64 = 1 << 20;

fn tables() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let more = std::env::var_os("VERDANCY_DATA").map_or(root.join("../shared/data"), PathBuf::from);
    let mut out = Vec::new();
    for folder in [root.join("examples/data"), more] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("skipped: the tables of {}", folder.display());
            continue;
        };
        out.extend(entries.flatten().map(|e| e.path()).filter(|p| {
            p.extension().is_some_and(|e| e == "csv")
                && p.metadata().is_ok_and(|m| m.len() <= LARGEST)
        }));
    }
    out.sort();
    out
}

/// The greatest distance between the distribution functions of two columns of numbers.
fn distance(real: &[f64], made: &[f64]) -> f64 {
    let sorted = |v: &[f64]| {
        let mut v: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
        v.sort_by(f64::total_cmp);
        v
    };
    let (real, made) = (sorted(real), sorted(made));
    if real.is_empty() || made.is_empty() {
        return 0.0;
    }
    let below = |v: &[f64], x: f64| v.partition_point(|&y| y <= x) as f64 / v.len() as f64;
    real.iter()
        .map(|&x| (below(&real, x) - below(&made, x)).abs())
        .fold(0.0, f64::max)
}

fn shares(column: &Column) -> HashMap<String, f64> {
    let levels = column.levels().unwrap();
    let mut out = HashMap::new();
    for row in 0..column.len() {
        let name = levels.get(row).map_or("\0", |l| l).to_owned();
        *out.entry(name).or_insert(0.0) += 1.0 / column.len() as f64;
    }
    out
}

/// 4.5 standard deviations of a share `p` among the drawn rows.
fn noise(p: f64) -> f64 {
    4.5 * (p * (1.0 - p) / DRAWN as f64).sqrt() + 1e-9
}

fn check(name: &str, real: &Table, made: &Table) {
    for (i, spec) in real.schema().columns.iter().enumerate() {
        if !spec.kind.is_modelled() {
            continue;
        }
        let (a, b) = (real.column(i), made.column(i));
        let place = format!("{name}, {}", spec.name);
        let rate = |c: &Column| c.missing() as f64 / c.len() as f64;
        assert!((rate(a) - rate(b)).abs() <= noise(rate(a)), "{place}: gaps");
        if let (Some(x), Some(y)) = (a.numbers(), b.numbers()) {
            let (n, m) = (a.len() - a.missing(), b.len() - b.missing());
            // Kolmogorov's bound at about 2 in 100,000; interpolation moves the steps by half one.
            let bound = 2.4 / (m.max(1) as f64).sqrt() + 1.5 / n.max(1) as f64;
            let d = distance(&x, &y);
            assert!(d <= bound, "{place}: {d} above {bound}");
        } else if a.levels().is_some() {
            let (x, y) = (shares(a), shares(b));
            for (level, p) in x {
                let q = y.get(&level).copied().unwrap_or(0.0);
                assert!((p - q).abs() <= noise(p), "{place}: {p} became {q}");
            }
        }
    }
}

#[test]
fn each_column_comes_back() {
    let tables = tables();
    assert!(tables.len() >= 2, "the committed tables are there");
    println!("{} tables", tables.len());
    for path in tables {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let real = read::load(&path, &read::Options::default(), &infer::Options::default())
            .unwrap_or_else(|e| panic!("{name}: {} {e}", e.code))
            .table;
        let fitted = fit(Method::GaussianCopula, &real).unwrap();
        let made = fitted.sample_all(0..DRAWN as u64, 2).unwrap();
        assert_eq!(made.schema(), real.schema());
        check(&name, &real, &made);
    }
}
