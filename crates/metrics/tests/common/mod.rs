//! Generated tables for the tests of this crate.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use verdancy_metrics::{Judge, Judgement, Profile, Real, Score};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Schema, Table};

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub fn spec(name: &str, kind: Kind) -> ColumnSpec {
    ColumnSpec {
        name: name.to_owned(),
        kind,
        source: "text".to_owned(),
        nullable: true,
        notation: None,
        part: None,
    }
}

pub fn table(columns: Vec<(&str, Kind, Column)>) -> Table {
    let (specs, values) = columns
        .into_iter()
        .map(|(name, kind, values)| (spec(name, kind), values))
        .unzip();
    let schema = Schema::of(specs);
    Table::new(Arc::new(schema), values).unwrap()
}

pub fn number() -> Kind {
    Kind::Numerical { decimals: None }
}

pub fn levels(values: Vec<Option<String>>) -> Column {
    Column::Levels(Levels::from_values(values.iter().map(Option::as_deref)))
}

/// Rows of a made-up clinic: age, a related lab value with missing cells, a skewed cost, a ward with
/// rare levels, an outcome.
pub fn clinic(rows: usize, seed: u64) -> Table {
    clinic_shifted(rows, seed, 0.0)
}

/// The same, with ages `shift` standard deviations off.
pub fn clinic_shifted(rows: usize, seed: u64, shift: f64) -> Table {
    let mut rng = rng(seed);
    let normal = |rng: &mut ChaCha8Rng| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let (mut age, mut lab, mut cost, mut ward, mut dead) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let z = normal(&mut rng);
        age.push(Some((55.0 + 15.0 * (z + shift)).round() as i64));
        let missing = rng.random_bool(0.1);
        let x = 0.6 * z + 0.8 * normal(&mut rng);
        lab.push(if missing { f64::NAN } else { x });
        cost.push((1.5 * normal(&mut rng)).exp());
        let u: f64 = rng.random();
        let name = match u {
            u if u < 0.5 => "medicine",
            u if u < 0.8 => "surgery",
            u if u < 0.93 => "eyes",
            u if u < 0.97 => "ears",
            _ => "skin",
        };
        ward.push(Some(name.to_owned()).filter(|_| rng.random_bool(0.97)));
        let p = 1.0 / (1.0 + (-z - if name == "surgery" { 1.0 } else { -1.0 }).exp());
        dead.push(Some(
            if rng.random_bool(p) { "yes" } else { "no" }.to_owned(),
        ));
    }
    table(vec![
        ("age", Kind::Integer, Column::Integers(age)),
        ("lab", number(), Column::Numbers(lab)),
        ("cost", number(), Column::Numbers(cost)),
        ("ward", Kind::Categorical, levels(ward)),
        ("dead", Kind::Boolean, levels(dead)),
    ])
}

pub fn shuffled(table: &Table, seed: u64) -> Table {
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.shuffle(&mut rng(seed));
    table.take(&order)
}

/// Each column shuffled by itself: every column right, every pair wrong.
pub fn unrelated(table: &Table, seed: u64) -> Table {
    let mut rng = rng(seed);
    let columns = (table.columns().iter())
        .map(|c| {
            let mut order: Vec<usize> = (0..table.rows()).collect();
            order.shuffle(&mut rng);
            c.take(&order)
        })
        .collect();
    Table::new(table.schema().clone(), columns).unwrap()
}

/// Rows drawn with replacement.
pub fn resampled(table: &Table, rows: usize, rng: &mut impl Rng) -> Table {
    let n = table.rows();
    let order: Vec<usize> = (0..rows).map(|_| rng.random_range(0..n)).collect();
    table.take(&order)
}

pub fn judged(train: &Table, test: &Table, synthetic: &Table) -> Judgement {
    let real = Real {
        train,
        test,
        validation: None,
        unseen: true,
    };
    let judge = Judge::new(real, &Profile::load("standard").unwrap(), 7).unwrap();
    judge.judge(synthetic).unwrap()
}

pub fn score<'a>(judgement: &'a Judgement, id: &str) -> &'a Score {
    (judgement.scores.iter().find(|s| s.id == id)).unwrap_or_else(|| panic!("no score {id}"))
}

pub fn value(judgement: &Judgement, id: &str) -> f64 {
    score(judgement, id).value.unwrap()
}
