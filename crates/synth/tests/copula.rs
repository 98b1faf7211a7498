//! The copula on generated tables: distributions, associations and gaps come back.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{REAL, table};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use verdancy_synth::{Fitted, Method};
use verdancy_table::{Column, Kind, Levels, Table};

fn fit(train: &Table) -> Fitted {
    common::fit(Method::GaussianCopula, train).unwrap()
}

fn mean(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    ab / (aa * bb).sqrt()
}

const ROWS: usize = 20_000;

/// A latent factor behind numbers, whole numbers, a five-level category, a boolean and gaps.
fn mixed() -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let (mut income, mut age, mut town, mut member, mut score) =
        (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..ROWS {
        let f = normal();
        income.push((0.8 * f + 0.6 * normal()).exp());
        age.push(Some((40.0 + 8.0 * f + 6.0 * normal()).round() as i64));
        // The middle of the factor is the most frequent level, and names are in no order.
        let t = f + 0.5 * normal();
        town.push(Some(match t {
            t if t < -1.5 => "delta",
            t if t < -0.5 => "alpha",
            t if t < 0.5 => "epsilon",
            t if t < 1.5 => "beta",
            _ => "gamma",
        }));
        member.push(Some(if f + normal() > 1.0 { "yes" } else { "no" }));
        // Missing more often where the factor is high; a spike at zero.
        let x = normal() - f;
        score.push(if f + normal() > 1.0 {
            f64::NAN
        } else if x < -0.5 {
            0.0
        } else {
            x + 0.5
        });
    }
    table(vec![
        ("income", REAL, Column::Numbers(income)),
        ("age", Kind::Integer, Column::Integers(age)),
        (
            "town",
            Kind::Categorical,
            Column::Levels(Levels::from_values(town)),
        ),
        (
            "member",
            Kind::Boolean,
            Column::Levels(Levels::from_values(member)),
        ),
        ("score", REAL, Column::Numbers(score)),
    ])
}

fn numbers(t: &Table, i: usize) -> Vec<f64> {
    t.column(i).numbers().unwrap().into_owned()
}

/// The share of each level, and the mean of `by` inside it.
fn groups(t: &Table, i: usize, by: &[f64]) -> std::collections::BTreeMap<String, (f64, f64)> {
    let levels = t.column(i).levels().unwrap();
    let mut out = std::collections::BTreeMap::new();
    for (row, y) in by.iter().enumerate() {
        let slot = out
            .entry(levels.get(row).unwrap().to_owned())
            .or_insert((0.0, 0.0));
        slot.0 += 1.0;
        slot.1 += y;
    }
    let n = by.len() as f64;
    for slot in out.values_mut() {
        *slot = (slot.0 / n, slot.1 / slot.0);
    }
    out
}

fn kolmogorov(a: &[f64], b: &[f64]) -> f64 {
    let tidy = |v: &[f64]| {
        let mut v: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
        v.sort_by(f64::total_cmp);
        v
    };
    let (a, b) = (tidy(a), tidy(b));
    let below = |v: &[f64], x: f64| v.partition_point(|&y| y <= x) as f64 / v.len() as f64;
    a.iter()
        .map(|&x| (below(&a, x) - below(&b, x)).abs())
        .fold(0.0, f64::max)
}

#[test]
fn distributions_come_back() {
    let train = mixed();
    let fitted = fit(&train);
    let out = fitted.sample_all(0..ROWS as u64, 9).unwrap();
    for i in [0, 1, 4] {
        let ks = kolmogorov(&numbers(&train, i), &numbers(&out, i));
        // The 99.9 % point of the two-sample statistic at these sizes is 0.0195.
        assert!(ks < 0.0195, "column {i}: {ks}");
    }
    for i in [2, 3] {
        let ones = vec![1.0; ROWS];
        let (a, b) = (groups(&train, i, &ones), groups(&out, i, &ones));
        for (level, (share, _)) in a {
            assert!((share - b[&level].0).abs() < 0.015, "{level}");
        }
    }
}

#[test]
fn correlations_come_back() {
    let train = mixed();
    let out = fit(&train).sample_all(0..ROWS as u64, 9).unwrap();
    let log = |t: &Table| -> Vec<f64> { numbers(t, 0).iter().map(|x| x.ln()).collect() };
    let real = correlation(&log(&train), &numbers(&train, 1));
    let made = correlation(&log(&out), &numbers(&out, 1));
    assert!(real > 0.6 && (real - made).abs() < 0.03, "{real} {made}");
}

#[test]
fn numbers_keep_their_association_with_categories() {
    let train = mixed();
    let out = fit(&train).sample_all(0..ROWS as u64, 9).unwrap();
    for i in [2, 3] {
        let real = groups(&train, i, &numbers(&train, 1));
        let made = groups(&out, i, &numbers(&out, 1));
        for (level, (_, age)) in real {
            let got = made[&level].1;
            assert!((age - got).abs() < 1.0, "{level}: {age} {got}");
        }
    }
    // And categories theirs with one another.
    let yes = |t: &Table| -> Vec<f64> {
        let l = t.column(3).levels().unwrap();
        (0..t.rows())
            .map(|r| f64::from(u8::from(l.get(r) == Some("yes"))))
            .collect()
    };
    let (real, made) = (groups(&train, 2, &yes(&train)), groups(&out, 2, &yes(&out)));
    for (level, (_, share)) in real {
        let got = made[&level].1;
        assert!((share - got).abs() < 0.05, "{level}: {share} {got}");
    }
}

#[test]
fn gaps_keep_their_rate_and_their_place() {
    let train = mixed();
    let out = fit(&train).sample_all(0..ROWS as u64, 9).unwrap();
    let rate = |t: &Table| t.column(4).missing() as f64 / t.rows() as f64;
    assert!((rate(&train) - rate(&out)).abs() < 0.015);
    let age_of_gaps = |t: &Table| {
        let age = numbers(t, 1);
        let rows = (0..t.rows()).filter(|&r| t.column(4).is_missing(r));
        mean(&rows.map(|r| age[r]).collect::<Vec<_>>())
    };
    let (real, made) = (age_of_gaps(&train), age_of_gaps(&out));
    assert!((real - made).abs() < 0.7, "{real} {made}");
    assert_eq!(out.column(0).missing(), 0);
}

#[test]
fn independent_columns_stay_independent() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let columns: Vec<Vec<f64>> = (0..3)
        .map(|_| (0..5000).map(|_| rng.random::<f64>()).collect())
        .collect();
    let names = ["a", "b", "c"];
    let train = table(
        names
            .iter()
            .zip(&columns)
            .map(|(n, c)| (*n, REAL, Column::Numbers(c.clone())))
            .collect(),
    );
    let out = fit(&train).sample_all(0..5000, 1).unwrap();
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        assert!(correlation(&numbers(&out, i), &numbers(&out, j)).abs() < 0.06);
    }
}
