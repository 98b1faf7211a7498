//! Trees on made-up tables whose relations are known.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Protection, Schema, Table};

use super::{Order, Params};
use crate::parts::Tensor;
use crate::protect::Guard;
use crate::{Cancel, Config, Fitted, Model, Run, TrainingData};

fn column(name: &str, kind: Kind) -> ColumnSpec {
    ColumnSpec {
        name: name.into(),
        kind,
        source: "text".into(),
        nullable: false,
        notation: None,
        part: None,
    }
}

fn levels(names: &[&str], codes: Vec<u32>) -> Column {
    let names: Vec<String> = names.iter().map(|s| (*s).to_owned()).collect();
    Column::Levels(Levels {
        levels: names.into(),
        codes,
    })
}

/// `group` decides the band of `size`, and `flag`; `noise` has nothing to do with them.
fn made(rows: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let group: Vec<u32> = (0..rows).map(|_| rng.random_range(0..3)).collect();
    let size = (group.iter())
        .map(|&g| f64::from(g) * 10.0 + (rng.random::<f64>() * 400.0).round() / 100.0)
        .collect();
    let flag = group.iter().map(|&g| u32::from(g == 2)).collect();
    let noise = (0..rows).map(|_| rng.random::<f64>()).collect();
    let schema = Schema::of(vec![
        column("size", Kind::Numerical { decimals: Some(2) }),
        column("group", Kind::Categorical),
        column("noise", Kind::Numerical { decimals: None }),
        column("flag", Kind::Categorical),
    ]);
    let columns = vec![
        Column::Numbers(size),
        levels(&["a", "b", "c"], group),
        Column::Numbers(noise),
        levels(&["no", "yes"], flag),
    ];
    Table::new(Arc::new(schema), columns).unwrap()
}

fn fit(p: Params, train: &Table) -> Fitted {
    let began = std::time::Instant::now();
    let checked = Config::Cart(p).check(train.schema()).unwrap();
    let none = train.take(&[]);
    let mut run = Run {
        seed: 1,
        threads: 1,
        cancel: Cancel::default(),
        deadline: None,
        clock: &|| began.elapsed(),
        start: None,
        peek: None,
        checkpoint: None,
        listen: &mut |_| {},
    };
    let guard = Guard {
        protect: Protection::default(),
        seed: 1,
    };
    let data = TrainingData::new(train, &none, guard);
    checked.fit(&data, &mut run).unwrap()
}

fn codes(table: &Table, at: usize) -> Vec<u32> {
    table.column(at).levels().unwrap().codes.to_vec()
}

#[test]
fn what_one_column_decides_of_another_holds_in_every_drawn_row() {
    for order in [Order::Association, Order::Table] {
        let p = Params {
            order,
            smoothing: 0.0,
            ..Params::default()
        };
        let drawn = fit(p, &made(600)).sample_all(0..2_000, 3).unwrap();
        let (group, flag) = (codes(&drawn, 1), codes(&drawn, 3));
        let size = drawn.column(0).numbers().unwrap();
        let mut astray = 0;
        for row in 0..2_000 {
            assert_eq!(flag[row], u32::from(group[row] == 2), "row {row}");
            astray += usize::from((size[row] / 10.0).floor() as u32 != group[row]);
        }
        // Protected quantiles blur the ends of a band a little.
        assert!(astray < 100, "{astray}");
    }
}

/// Five columns around one that is not there, and a sixth that depends on all of them together: more than leaves say of
/// five columns at once.
fn factors(rows: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut columns = vec![Vec::new(); 6];
    for _ in 0..rows {
        let hidden = rng.random::<f64>() * 4.0;
        let mut sum = 0.0;
        for column in &mut columns[..5] {
            let x = hidden + rng.random::<f64>() * 3.0;
            sum += x;
            column.push(x);
        }
        columns[5].push((sum / 5.0).powi(3) + rng.random::<f64>());
    }
    let specs = (0..6)
        .map(|i| column(&format!("x{i}"), Kind::Numerical { decimals: None }))
        .collect();
    let columns = columns.into_iter().map(Column::Numbers).collect();
    Table::new(Arc::new(Schema::of(specs)), columns).unwrap()
}

/// Kolmogorov's distance of two samples.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |v: &[f64]| {
        let mut v = v.to_vec();
        v.sort_by(f64::total_cmp);
        v
    };
    let (a, b) = (sorted(a), sorted(b));
    let share = |v: &[f64], x: f64| v.partition_point(|y| *y <= x) as f64 / v.len() as f64;
    (a.iter().chain(&b)).fold(0.0, |most: f64, &x| {
        most.max((share(&a, x) - share(&b, x)).abs())
    })
}

#[test]
fn raked_trees_draw_each_column_as_it_was_learned() {
    let p = Params {
        order: Order::Table,
        ..Params::default()
    };
    let train = factors(12_000);
    let fitted = fit(p.clone(), &train);
    let mut plain = fitted.model.parts();
    plain.tensors.retain(|name, _| !name.ends_with(".weights"));
    // A model without weights is one from before there were any.
    let plain = super::from_parts(&p, plain).unwrap();
    let off = |model: &dyn Model| -> f64 {
        let blocks: Vec<Vec<Column>> = (0..256)
            .map(|block| model.sample_block(3, block).unwrap())
            .collect();
        (0..6)
            .map(|at| {
                let drawn = blocks
                    .iter()
                    .flat_map(|b| b[at].numbers().unwrap().into_owned());
                distance(
                    &train.column(at).numbers().unwrap(),
                    &drawn.collect::<Vec<_>>(),
                )
            })
            .sum()
    };
    let (raked, plain) = (off(fitted.model.as_ref()), off(plain.as_ref()));
    assert!(raked < 0.75 * plain, "{raked} of {plain}");
}

#[test]
fn weights_that_do_not_fit_their_tree_are_damage() {
    let (p, train) = (Params::default(), factors(500));
    let fitted = fit(p.clone(), &train);
    for wrong in [vec![1.0; 3], vec![-1.0; 50], vec![f32::NAN; 50]] {
        let mut parts = fitted.model.parts();
        let name = (parts.tensors.iter())
            .find_map(|(name, t)| match t {
                Tensor::F32(_, v) if name.ends_with(".weights") && v.len() == 50 => {
                    Some(name.clone())
                }
                _ => None,
            })
            .unwrap();
        parts
            .tensors
            .insert(name, Tensor::F32(vec![wrong.len()], wrong));
        assert!(super::from_parts(&p, parts).is_err());
    }
}

#[test]
fn unrelated_columns_stay_unrelated() {
    let drawn = fit(Params::default(), &made(600))
        .sample_all(0..4_096, 5)
        .unwrap();
    let (noise, size) = (
        drawn.column(2).numbers().unwrap(),
        drawn.column(0).numbers().unwrap(),
    );
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (a, b) = (mean(&noise), mean(&size));
    let spread = |v: &[f64], m: f64| v.iter().map(|x| (x - m).powi(2)).sum::<f64>();
    let both: f64 = (noise.iter().zip(size.iter()))
        .map(|(x, y)| (x - a) * (y - b))
        .sum();
    let correlation = both / (spread(&noise, a) * spread(&size, b)).sqrt();
    assert!(correlation.abs() < 0.08, "{correlation}");
}

#[test]
fn smoothing_lets_a_row_leave_its_leaf_as_often_as_its_weight_says() {
    let p = Params {
        smoothing: 20.0,
        ..Params::default()
    };
    let drawn = fit(p, &made(600)).sample_all(0..4_096, 3).unwrap();
    let (group, flag) = (codes(&drawn, 1), codes(&drawn, 3));
    let broken = (0..4_096)
        .filter(|&i| flag[i] != u32::from(group[i] == 2))
        .count();
    // A leaf of some 200 rows leaves a tenth of its draws to those around.
    assert!((20..900).contains(&broken), "{broken}");
}
