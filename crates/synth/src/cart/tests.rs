//! Trees on made-up tables whose relations are known.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Protection, Schema, Table};

use super::features::{Feature, Target};
use super::grow::Grower;
use super::tree::{Branch, Test};
use super::{Order, Params};
use crate::protect::Guard;
use crate::{Cancel, Config, Fitted, Run};

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
    let mut run = Run {
        guard: Guard {
            protect: Protection::default(),
            seed: 1,
        },
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
    checked.fit(train, &train.take(&[]), &mut run).unwrap()
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

fn feature(of: Vec<u16>, bins: usize, ordered: bool) -> Feature {
    Feature { of, bins, ordered }
}

fn target(class: Vec<u16>, classes: usize) -> Target {
    Target {
        rows: (0..class.len() as u32).collect(),
        class,
        classes,
        scores: None,
    }
}

fn grown(
    p: &Params,
    feature: &Feature,
    target: &Target,
    people: Option<&[f32]>,
) -> super::tree::Tree {
    let features = vec![feature];
    Grower {
        params: p,
        features,
        people,
    }
    .tree(target)
}

#[test]
fn a_tree_finds_the_threshold_and_counts_its_leaves() {
    let bins: Vec<u16> = (0..200).map(|i| i % 50).collect();
    let class: Vec<u16> = bins.iter().map(|&b| u16::from(b >= 30)).collect();
    let tree = grown(
        &Params::default(),
        &feature(bins, 50, true),
        &target(class, 2),
        None,
    );
    assert_eq!(tree.nodes.len(), 1);
    assert_eq!(tree.nodes[0].test, Test::Below(30));
    assert_eq!(tree.nodes[0].to, [Branch::Leaf(0), Branch::Leaf(1)]);
    assert_eq!((tree.weight([0, 1]), tree.weight([1, 2])), (120, 80));
    let mut path = Vec::new();
    assert_eq!(tree.leaf(|_| 29, &mut path), 0);
    assert_eq!(tree.leaf(|_| 30, &mut path), 1);
    assert_eq!(tree.class(0, 0.999).0, 0);
    assert_eq!(tree.class(1, 0.0).0, 1);
    assert_eq!((tree.among([0, 2], 0.59), tree.among([0, 2], 0.61)), (0, 1));
}

#[test]
fn levels_without_an_order_are_put_together_by_what_they_say() {
    let bins: Vec<u16> = (0..300).map(|i| i % 6).collect();
    let class: Vec<u16> = bins.iter().map(|&b| b % 2).collect();
    let tree = grown(
        &Params::default(),
        &feature(bins, 6, false),
        &target(class, 2),
        None,
    );
    assert_eq!(tree.nodes.len(), 1);
    let even = tree.goes_left(tree.nodes[0].test, 0);
    for bin in 0..6 {
        assert_eq!(
            tree.goes_left(tree.nodes[0].test, bin),
            (bin % 2 == 0) == even
        );
    }
    // A level that the tree has never seen goes somewhere, too.
    tree.goes_left(tree.nodes[0].test, 5_000);
}

#[test]
fn chance_is_no_reason_to_split() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut split = 0;
    for _ in 0..100 {
        let bins = (0..300).map(|_| rng.random_range(0..40)).collect();
        let class = (0..300).map(|_| rng.random_range(0..2)).collect();
        let p = Params {
            min_split_gain: 12.0,
            ..Params::default()
        };
        let tree = grown(&p, &feature(bins, 40, false), &target(class, 2), None);
        split += usize::from(!tree.nodes.is_empty());
    }
    assert!(split <= 10, "{split}");
}

#[test]
fn leaves_count_people_and_not_their_rows() {
    let bins: Vec<u16> = (0..400).map(|i| u16::from(i >= 40)).collect();
    let class = bins.clone();
    let (of, classes) = (feature(bins, 2, true), target(class, 2));
    let p = Params::default();
    assert_eq!(grown(&p, &of, &classes, None).nodes.len(), 1);
    // The 40 rows on the left are of ten people.
    let shares: Vec<f32> = (0..400).map(|i| if i < 40 { 0.25 } else { 1.0 }).collect();
    assert!(grown(&p, &of, &classes, Some(&shares)).nodes.is_empty());
    let subjects: Vec<u32> = (0..12).map(|i| i / 4).collect();
    assert_eq!(super::features::shares(&subjects, 1), vec![0.25; 12]);
}
