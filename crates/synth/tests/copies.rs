//! A training that learns its rows by heart ends when its samples begin to copy them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{REAL, category, fit_config, table};
use verdancy_synth::{Config, Method, Mode, Stop, TableSize};
use verdancy_table::{Column, Table};

/// Rows without any structure to learn but themselves.
fn noise(rows: usize) -> Table {
    let at = |row: usize, k: u64| {
        let mixed = (row as u64 * 8 + k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ (mixed >> 31)).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 40) as f64 / 2f64.powi(24)
    };
    let real = |k: u64| Column::Numbers((0..rows).map(|row| at(row, k)).collect());
    let level = (0..rows).map(|row| Some(["a", "b", "c"][(3.0 * at(row, 7)) as usize]));
    table(vec![
        ("u", REAL, real(0)),
        ("v", REAL, real(1)),
        ("w", REAL, real(2)),
        ("c", verdancy_table::Kind::Categorical, category(level)),
    ])
}

fn ended(more: &[(&str, &str)]) -> (Stop, Option<f64>) {
    let all = noise(150);
    let (train, validation) = (all.slice(0..100), all.slice(100..150));
    let mut config = Config::defaults(Method::Tabddpm, TableSize::of(&train), Mode::Balanced);
    for (name, value) in [
        ("n_iter", "4000"),
        ("hidden", "128"),
        ("dropout", "0"),
        ("smoothing", "0"),
        ("prior", "0"),
        ("learning_rate", "0.003"),
        ("work", "0"),
    ]
    .iter()
    .chain(more)
    {
        config.set(name, value).unwrap();
    }
    let fitted = fit_config(config, &train, &validation).unwrap();
    let share = fitted.history.iter().rev().find_map(|p| p.copy_share);
    (fitted.stop, share)
}

#[test]
fn rows_learned_by_heart_end_the_training() {
    let (stop, share) = ended(&[("patience", "0")]);
    println!("{stop:?} {share:?}");
    assert_eq!(stop, Stop::Copies);
    assert!(share.unwrap() > 0.15, "{share:?}");
}

#[test]
fn a_training_that_ends_before_says_what_its_samples_are_like() {
    let (stop, share) = ended(&[("patience", "6")]);
    println!("{stop:?} {share:?}");
    assert!(matches!(stop, Stop::Patience | Stop::Copies), "{stop:?}");
    assert!(share.is_some());
}
