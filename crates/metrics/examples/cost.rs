//! Times judgements of generated tables on one thread: what the weights in `cost.rs` are fitted to.
//!
//! `cargo run --release -p verdancy-metrics --example cost -- 2000,12,0.5 100,1093,0.5`: rows, columns and
//! the share of numbers among them; prints them with the seconds of the first judgement and of a second
//! one by the same judge.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::expect_used)]

use std::sync::Arc;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_metrics::{Judge, Profile, Real};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Schema, Table};

/// Columns that depend on four hidden numbers.
fn table(rows: usize, columns: usize, numbers: f64, seed: u64) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || (0..6).map(|_| rng.random::<f64>()).sum::<f64>() - 3.0;
    let hidden: Vec<f64> = (0..rows * 4).map(|_| normal()).collect();
    let (mut specs, mut cells) = (Vec::new(), Vec::new());
    for c in 0..columns {
        let numeric = (c as f64 * numbers).floor() != ((c + 1) as f64 * numbers).floor();
        let x: Vec<f64> = (0..rows)
            .map(|r| hidden[r * 4 + c % 4] + 2.0 * normal())
            .collect();
        let (kind, column) = if numeric {
            (Kind::Numerical { decimals: None }, Column::Numbers(x))
        } else {
            let names: Vec<String> = x.iter().map(|v| format!("l{}", v.floor())).collect();
            let levels = Levels::from_values(names.iter().map(|s| Some(s.as_str())));
            (Kind::Categorical, Column::Levels(levels))
        };
        specs.push(ColumnSpec {
            name: format!("c{c}"),
            kind,
            source: "text".into(),
            nullable: true,
            notation: None,
            part: None,
        });
        cells.push(column);
    }
    Table::new(Arc::new(Schema::of(specs)), cells).unwrap()
}

fn measure(rows: usize, columns: usize, numbers: f64) -> (f64, f64) {
    let of = |rows, seed| table(rows, columns, numbers, seed);
    let (train, test) = (of(rows, 1), of((rows / 5).max(20), 2));
    let (first, second) = (of(rows, 3), of(rows, 4));
    let real = Real {
        train: &train,
        test: &test,
        validation: None,
        unseen: true,
    };
    let judge = Judge::new(real, &Profile::load("standard").unwrap(), 7).unwrap();
    let seconds = |synthetic: &Table| {
        let from = Instant::now();
        judge.judge(synthetic).unwrap();
        from.elapsed().as_secs_f64()
    };
    (seconds(&first), seconds(&second))
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    for size in std::env::args().skip(1) {
        let parts: Vec<f64> = size
            .split(',')
            .map(|x| x.parse().expect("a number"))
            .collect();
        let [rows, columns, numbers] = parts.try_into().expect("rows,columns,share");
        let (first, second) = pool.install(|| measure(rows as usize, columns as usize, numbers));
        println!("{size},{first:.3},{second:.3}");
    }
}
