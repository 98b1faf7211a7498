//! TVAE, CTGAN and the autoregressive network: they learn how columns go together, stop when they are told to, and say how it went.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{REAL, category, table};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_synth::protect::Guard;
use verdancy_synth::{
    Cancel, Config, Fitted, Method, Mode, Progress, Run, Stop, TableSize, TrainingData,
};
use verdancy_table::{Column, Kind, Table};

const NETWORKS: [Method; 3] = [Method::Tvae, Method::Ctgan, Method::Autoregressive];

/// A number, a second one that follows it, a category that says on which side of 0 the first is, and
/// one level in twenty that says nothing.
fn related(rows: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut noise = || rng.random_range(-1.0..1.0_f64);
    let x: Vec<f64> = (0..rows).map(|_| noise() + noise() + noise()).collect();
    let y: Vec<f64> = x.iter().map(|x| 2.0 * x + 0.5 * noise()).collect();
    let side: Vec<_> = x
        .iter()
        .map(|x| Some(if *x > 0.0 { "up" } else { "down" }))
        .collect();
    let rare = (0..rows).map(|_| Some(if noise() > 0.9 { "rare" } else { "usual" }));
    let rare: Vec<_> = rare.collect();
    table(vec![
        ("x", REAL, Column::Numbers(x)),
        ("y", REAL, Column::Numbers(y)),
        ("side", Kind::Categorical, category(side)),
        ("rare", Kind::Categorical, category(rare)),
    ])
}

/// Fits with a clock that moves a second each time it is read, up to `deadline` seconds.
fn fit(method: Method, set: &[(&str, &str)], deadline: Option<u64>, cancel: Cancel) -> Fitted {
    let train = related(2_000);
    let held = related(2_400).slice(2_000..2_400);
    let mut config = Config::defaults(method, TableSize::of(&train), Mode::Balanced);
    for (name, value) in set {
        config.set(name, value).unwrap();
    }
    let ticks = AtomicU64::new(0);
    let clock = || Duration::from_secs(ticks.fetch_add(1, Ordering::Relaxed));
    let mut told = Vec::new();
    let mut run = Run {
        seed: 3,
        threads: 2,
        cancel,
        deadline: deadline.map(Duration::from_secs),
        clock: &clock,
        start: None,
        peek: None,
        checkpoint: None,
        listen: &mut |line: &Progress| told.push(line.clone()),
    };
    let checked = config.check(train.schema()).unwrap();
    let fitted = checked
        .fit(
            &TrainingData::new(&train, &held, Guard::default()),
            &mut run,
        )
        .unwrap();
    assert_eq!(told, fitted.history, "all lines are told");
    fitted
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let of =
        |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(a - ma, b - mb)).sum::<f64>();
    of(&|a, b| a * b) / (of(&|a, _| a * a) * of(&|_, b| b * b)).sqrt()
}

#[test]
fn relations_between_columns_are_learned() {
    for method in NETWORKS {
        let set: &[(&str, &str)] = match method {
            Method::Tvae => &[("n_iter", "60")],
            _ => &[("n_iter", "150"), ("hidden", "64"), ("patience", "0")],
        };
        let fitted = fit(method, set, None, Cancel::default());
        let out = fitted.sample_all(0..4_096, 1).unwrap();
        let (x, y) = (
            out.column(0).numbers().unwrap(),
            out.column(1).numbers().unwrap(),
        );
        let together = correlation(&x, &y);
        let side = out.column(2).levels().unwrap();
        let right = (0..out.rows())
            .filter(|&row| (side.get(row) == Some("up")) == (x[row] > 0.0))
            .count() as f64
            / out.rows() as f64;
        let rare = out.column(3).levels().unwrap();
        let rare = (0..out.rows())
            .filter(|&row| rare.get(row) == Some("rare"))
            .count();
        let rare = rare as f64 / out.rows() as f64;
        println!("{method:?}: correlation {together:.3}, right {right:.3}, rare {rare:.4}");
        // Of independent columns 0 and a half.
        assert!(together > 0.5, "{method:?}: {together}");
        assert!(right > 0.8, "{method:?}: {right}");
        assert!((rare - 0.05).abs() < 0.015, "{method:?}: {rare}");
        let best = fitted.history.iter().filter(|line| line.best).count();
        assert!(best > 1, "{method:?}: checks choose a checkpoint");
    }
}

#[test]
fn training_stops_when_it_is_told_to() {
    for method in NETWORKS {
        let cancel = Cancel::default();
        cancel.cancel();
        let fitted = fit(method, &[], None, cancel);
        assert_eq!(fitted.stop, Stop::Cancelled, "{method:?}");
        assert_eq!(fitted.history.last().map(|line| line.step), Some(1));
        let fitted = fit(method, &[], Some(20), Cancel::default());
        assert_eq!(fitted.stop, Stop::TimeLimit, "{method:?}");
        let last = fitted.history.last().unwrap();
        assert!(last.step > 1 && last.step < last.steps, "{method:?}");
        assert!(last.validation_loss.is_some_and(f64::is_finite));
        assert_eq!(fitted.sample_all(0..10, 1).unwrap().rows(), 10);
    }
}

#[test]
fn a_rate_that_is_far_too_high_gives_rows_or_an_error_with_a_name() {
    let train = related(300);
    let mut config = Config::defaults(Method::Tvae, TableSize::of(&train), Mode::Speed);
    for (name, value) in [("learning_rate", "1"), ("n_iter", "30")] {
        config.set(name, value).unwrap();
    }
    match common::fit_config(config, &train, &train.slice(0..50)) {
        Ok(fitted) => assert!(fitted.history.iter().all(Progress::is_finite)),
        Err(e) => assert_eq!(e.code, "synth/diverged"),
    }
}
