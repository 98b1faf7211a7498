//! Whether the intervals are honest.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../tests/common/mod.rs"]
mod common;

use common::clinic;

use super::judge;
use crate::prepared::Prepared;
use crate::{Real, Score};

const SAMPLES: u64 = 60;

/// Scores of a fresh real sample of `rows` rows against as many training rows.
fn fresh(rows: usize, seed: u64) -> Vec<Score> {
    let [train, test, synthetic] = [0, 1, 2].map(|i| clinic(rows, 3 * seed + i));
    let real = Real {
        train: &train,
        test: &test,
        validation: None,
        unseen: true,
    };
    let prepared = Prepared::real(real, seed).unwrap();
    judge(&prepared.with(&synthetic).unwrap()).unwrap().scores
}

/// Of sixty fresh real samples nearly all lie inside their intervals, and these are not much wider
/// than the samples spread.
#[test]
fn intervals_hold_fresh_real_samples() {
    let all: Vec<Vec<Score>> = (0..SAMPLES).map(|seed| fresh(400, seed)).collect();
    for id in [
        "ks_mean",
        "tv_mean",
        "tv_pooled",
        "trend_error",
        "correlation_delta",
        "jensen_shannon",
        "frequency_skew",
    ] {
        let (mut inside, mut values, mut widths) = (0, Vec::new(), Vec::new());
        for scores in &all {
            let s = scores.iter().find(|s| s.id == id).unwrap();
            let (value, (low, high)) = (s.value.unwrap(), s.floor_interval.unwrap());
            inside += usize::from((low..=high).contains(&value));
            values.push(value);
            widths.push(high - low);
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let m = mean(&values);
        let sd = mean(&values.iter().map(|x| (x - m).powi(2)).collect::<Vec<_>>()).sqrt();
        let width = mean(&widths);
        assert!(inside >= 52, "{id}: {inside} of {SAMPLES} inside");
        assert!(width < 6.0 * sd, "{id}: {width} wide, sd {sd}");
    }
}

/// A few hundred rows, many categories or few: chance alone stays well under the gate's limit.
#[test]
fn frequency_skew_of_a_fresh_sample_is_small() {
    for rows in [100, 200, 300, 1_000] {
        for seed in 0..10 {
            let scores = fresh(rows, 1_000 + seed);
            let skew = scores.iter().find(|s| s.id == "frequency_skew").unwrap();
            assert!(skew.value.unwrap() < 0.25, "{rows} rows: {skew:?}");
        }
    }
}
