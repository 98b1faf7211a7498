//! How fast the copula fits and samples a generated table of 32,561 rows and 15 columns: six whole
//! numbers, nine categories of 2 to 42 levels, three of them with gaps.
//!
//! `cargo run --release -p verdancy-synth --example rows_per_second -- [ROWS]`

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_synth::protect::Guard;
use verdancy_synth::{
    Cancel, Config, Method, Mode, Progress, Result, Run, TableSize, TrainingData,
};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Schema, Table};

fn generated() -> Result<Table> {
    let rows = 32_561;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let common: Vec<f64> = (0..rows).map(|_| rng.random::<f64>()).collect();
    let mut specs = Vec::new();
    let mut columns = Vec::new();
    for (i, size) in [74, 21_648, 16, 119, 92, 94].into_iter().enumerate() {
        let v = common.iter().map(|&c| {
            let mixed: f64 = 0.5 * c + 0.5 * rng.random::<f64>();
            Some((mixed * f64::from(size)) as i64)
        });
        columns.push(Column::Integers(v.collect()));
        specs.push((format!("whole {i}"), Kind::Integer));
    }
    let sizes = [9, 16, 7, 15, 6, 5, 2, 42, 2];
    for (i, size) in sizes.into_iter().enumerate() {
        let names: Vec<String> = (0..size).map(|l| format!("level {l}")).collect();
        let codes: Vec<Option<usize>> = common
            .iter()
            .map(|&c| {
                let mixed: f64 = 0.5 * c + 0.5 * rng.random::<f64>();
                let gap = i % 3 == 1 && rng.random_bool(0.05);
                (!gap).then_some((mixed * f64::from(size)) as usize)
            })
            .collect();
        let values = codes.iter().map(|c| c.map(|c| names[c].as_str()));
        columns.push(Column::Levels(Levels::from_values(values)));
        specs.push((format!("category {i}"), Kind::Categorical));
    }
    let columns_of = specs.into_iter().zip(&columns);
    let schema = Schema::of(
        columns_of
            .map(|((name, kind), column)| ColumnSpec {
                name,
                kind,
                source: "text".to_owned(),
                nullable: column.missing() > 0,
                notation: None,
                part: None,
            })
            .collect(),
    );
    Table::new(Arc::new(schema), columns)
}

fn main() -> Result<()> {
    let rows = std::env::args()
        .nth(1)
        .and_then(|a| a.parse().ok())
        .unwrap_or(4_000_000_u64);
    let train = generated()?;
    let start = Instant::now();
    let clock = move || start.elapsed();
    let mut run = Run {
        seed: 1,
        threads: rayon::current_num_threads(),
        cancel: Cancel::default(),
        deadline: None,
        clock: &clock,
        start: None,
        peek: None,
        checkpoint: None,
        listen: &mut |_: &Progress| {},
    };
    let size = TableSize::of(&train);
    let config = Config::defaults(Method::GaussianCopula, size, Mode::Balanced);
    let checked = config.check(train.schema())?;
    let fitted = checked.fit(
        &TrainingData::new(&train, &train.slice(0..0), Guard::default()),
        &mut run,
    )?;
    println!("fit: {:.3} s", start.elapsed().as_secs_f64());
    let mut best = Duration::MAX;
    for round in 0..3 {
        let start = Instant::now();
        let mut drawn = 0;
        for table in fitted.sample(0..rows, round) {
            drawn += table?.rows();
        }
        let taken = start.elapsed();
        best = best.min(taken);
        println!(
            "sample: {drawn} rows in {:.3} s, {:.0} rows/s",
            taken.as_secs_f64(),
            drawn as f64 / taken.as_secs_f64()
        );
    }
    println!(
        "best of 3 on {} threads: {:.0} rows/s",
        rayon::current_num_threads(),
        rows as f64 / best.as_secs_f64()
    );
    Ok(())
}
