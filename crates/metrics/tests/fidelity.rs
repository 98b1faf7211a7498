//! What the fidelity figures must do on any table.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use proptest::prelude::*;
use verdancy_metrics::{Gate, Judgement, Status, card};
use verdancy_table::{Column, Kind, Table};

const DISTANCES: [&str; 12] = [
    "ks_mean",
    "tv_mean",
    "tv_pooled",
    "shape_error",
    "trend_error",
    "correlation_delta",
    "jensen_shannon",
    "wasserstein",
    "frequency_skew",
    "missing_delta",
    "out_of_range",
    "new_levels",
];

fn gate<'a>(judgement: &'a Judgement, id: &str) -> &'a Gate {
    judgement.gates.iter().find(|g| g.id == id).unwrap()
}

/// No NaN, all in the card's range, a reason where there is no value.
fn sound(judgement: &Judgement) {
    let within = |x: f64, (low, high): (f64, f64)| x >= low - 1e-9 && x <= high + 1e-9;
    for s in &judgement.scores {
        let range = card(&s.id)
            .unwrap_or_else(|| panic!("no card {}", s.id))
            .range;
        for x in s.value.iter().chain(&s.floor) {
            assert!(within(*x, range), "{} is {x}", s.id);
        }
        for (low, high) in s.floor_interval.iter().chain(&s.interval) {
            assert!(
                low <= high && within(*low, range) && within(*high, range),
                "{}",
                s.id
            );
        }
        assert!(
            s.value.is_some() || s.note.is_some(),
            "{} says nothing",
            s.id
        );
        assert!(s.worst.iter().all(|w| w.1.is_finite()) && s.worst.len() <= 10);
    }
    for c in &judgement.columns {
        assert!(within(c.shape_error, (0.0, 1.0)) && within(c.jensen_shannon, (0.0, 1.0)));
        assert!(c.wasserstein.is_none_or(|w| w.is_finite() && w >= 0.0));
    }
    assert!(
        judgement
            .pairs
            .iter()
            .all(|p| within(p.trend_error, (0.0, 1.0)))
    );
    assert!(judgement.gates.iter().all(|g| g.reason.ends_with('.')));
}

#[test]
fn identical_tables_score_nothing() {
    let train = clinic(700, 1);
    let j = judged(&train, &clinic(300, 2), &train);
    for id in DISTANCES {
        assert_eq!(value(&j, id), 0.0, "{id}");
    }
    assert_eq!(value(&j, "rare_coverage"), 1.0);
    assert!(j.columns.iter().all(|c| c.shape_error == 0.0));
}

#[test]
fn row_order_changes_nothing() {
    let (train, test, synthetic) = (clinic(700, 1), clinic(300, 2), clinic(650, 3));
    let a = judged(&train, &test, &synthetic);
    let b = judged(
        &shuffled(&train, 4),
        &shuffled(&test, 5),
        &shuffled(&synthetic, 6),
    );
    for id in DISTANCES {
        assert!((value(&a, id) - value(&b, id)).abs() < 1e-12, "{id}");
        let held_out = |j| {
            let parts = &score(j, id).parts;
            parts.iter().find(|part| part.0 == "held_out").unwrap().1
        };
        assert!(
            (held_out(&a) - held_out(&b)).abs() < 1e-12,
            "test rows, {id}"
        );
    }
}

#[test]
fn figures_by_hand() {
    let half = |level: &str| Some(level.to_owned());
    let side = |x: [f64; 4], c: [&str; 4]| {
        table(vec![
            ("x", number(), Column::Numbers(x.to_vec())),
            ("c", Kind::Categorical, levels(c.map(half).to_vec())),
        ])
    };
    let train = side([1.0, 2.0, 2.0, 5.0], ["a", "a", "b", "b"]);
    let synthetic = side([2.0, 2.0, 3.0, 3.0], ["a", "a", "a", "new"]);
    let j = judged(&train, &train, &synthetic);
    let near = |id: &str, x: f64| assert!((value(&j, id) - x).abs() < 1e-12, "{id}");
    near("ks_mean", 0.25);
    near("tv_mean", 0.5);
    // "b" is rare and gone, "new" takes its place with half as many rows.
    near("tv_pooled", 0.25);
    near("shape_error", 0.375);
    // Cells of (bin of x, level): training 1a 2a 2b 5b, synthetic 2a 2a 3a 3new: one quarter in common.
    near("trend_error", 0.75);
    near("wasserstein", 1.0 / 2.25f64.sqrt());
    near("new_levels", 0.25);
    near("out_of_range", 0.0);
    assert_eq!(score(&j, "correlation_delta").value, None);
    assert_eq!(gate(&j, "correlation_delta").status, Status::NotApplicable);
    assert_eq!(score(&j, "tv_mean").worst, [("c".to_owned(), 0.5)]);
    assert_eq!(j.columns[0].column, "c");
}

#[test]
fn broken_relations_show_in_pairs_only() {
    let train = clinic(2_000, 1);
    let j = judged(&train, &clinic(800, 2), &unrelated(&train, 3));
    for id in ["ks_mean", "tv_mean", "jensen_shannon"] {
        assert_eq!(value(&j, id), 0.0, "{id}");
    }
    let delta = score(&j, "correlation_delta");
    assert_eq!(delta.worst[0].0, "age × lab");
    assert!(delta.worst[0].1 > 0.5);
    let trend = score(&j, "trend_error");
    assert!(
        trend.value > trend.floor_interval.map(|i| 1.5 * i.1),
        "{trend:?}"
    );
    let worst = (&j.pairs[0].columns.0, &j.pairs[0].columns.1);
    assert_eq!(worst, (&"age".to_owned(), &"lab".to_owned()));
}

#[test]
fn red_names_the_worst_column() {
    let train = clinic(2_000, 1);
    let j = judged(&train, &clinic(800, 2), &clinic_shifted(2_000, 3, 1.5));
    let ks = gate(&j, "ks_mean");
    assert_eq!(ks.status, Status::Red);
    assert!(ks.reason.contains("worst: age 0.5"), "{}", ks.reason);
    assert_eq!(j.verdict(), Status::Red);
    assert_eq!(j.columns[0].column, "age");
}

#[test]
fn few_rows_are_inconclusive() {
    // Thirty rows: a fresh real sample would not keep the limits either.
    let (train, test) = (clinic(30, 1), clinic(15, 2));
    let j = judged(&train, &test, &clinic(30, 3));
    assert_eq!(gate(&j, "rows").status, Status::Inconclusive);
    assert_ne!(
        gate(&j, "ks_mean").status,
        Status::Red,
        "{:?}",
        gate(&j, "ks_mean")
    );
    assert_ne!(j.verdict(), Status::Green);
}

#[test]
fn levels_seen_once_are_not_expected_again() {
    // Each row a level of its own: no real sample shares one with another.
    let unique = |from: usize| {
        let v = (from..from + 300).map(|i| Some(format!("k{i}"))).collect();
        table(vec![("key", Kind::Categorical, levels(v))])
    };
    let j = judged(&unique(0), &unique(1_000), &unique(2_000));
    let tv = score(&j, "tv_mean");
    assert_eq!((tv.value, tv.floor), (Some(1.0), Some(1.0)));
    // As rare levels under other names they are no error.
    assert_eq!(value(&j, "tv_pooled"), 0.0);
    assert_ne!(gate(&j, "tv_pooled").status, Status::Red);
}

#[test]
fn same_levels_in_other_spellings() {
    let column = |v: &[&str]| {
        let v = v.iter().map(|s| Some((*s).to_owned())).collect();
        table(vec![("c", Kind::Categorical, levels(v))])
    };
    let train = column(&["1", "2", "2", "1"]);
    let j = judged(&train, &train, &column(&["1.0", "2.0", "2.0", "1.0"]));
    assert_eq!(value(&j, "tv_mean"), 0.0);
    assert_eq!(value(&j, "new_levels"), 0.0);
    // Another storage of the same values, and another order of columns.
    let numbers = table(vec![
        ("extra", number(), Column::Numbers(vec![0.0; 4])),
        ("c", number(), Column::Numbers(vec![1.0, 2.0, 2.0, 1.0])),
    ]);
    assert_eq!(value(&judged(&train, &train, &numbers), "tv_mean"), 0.0);
    assert_eq!(
        value(&judged(&numbers, &numbers, &column_pair(&train)), "ks_mean"),
        0.0
    );
}

/// `c` as a category, with the column that `numbers` has besides.
fn column_pair(c: &Table) -> Table {
    let zero = Column::Numbers(vec![0.0; 4]);
    table(vec![
        ("c", Kind::Categorical, c.column(0).clone()),
        ("extra", number(), zero),
    ])
}

#[test]
fn tables_that_do_not_fit() {
    use verdancy_metrics::{Judge, Profile, Real};
    let train = clinic(20, 1);
    let profile = Profile::load("standard").unwrap();
    let code = |test: &Table, synthetic: &Table| {
        let real = Real {
            train: &train,
            test,
            validation: None,
            unseen: true,
        };
        let judged = Judge::new(real, &profile, 1).and_then(|judge| judge.judge(synthetic));
        let e = judged.unwrap_err();
        (e.code, e.place.column)
    };
    assert_eq!(code(&train, &train.take(&[])), ("metrics/no-rows", None));
    let other = table(vec![(
        "age",
        Kind::Integer,
        Column::Integers(vec![Some(1)]),
    )]);
    assert_eq!(
        code(&other, &train),
        ("metrics/schema-mismatch", Some("lab".to_owned()))
    );
}

#[test]
fn odd_tables_are_judged_without_nan() {
    let numbers = |v: &[f64]| ("x", number(), Column::Numbers(v.to_vec()));
    let one_level = |n: usize, l: Option<&str>| {
        (
            "c",
            Kind::Categorical,
            levels(vec![l.map(str::to_owned); n]),
        )
    };
    let odd = [
        table(vec![numbers(&[1.0]), one_level(1, Some("a"))]),
        table(vec![numbers(&[f64::NAN; 5]), one_level(5, None)]),
        table(vec![numbers(&[0.1; 5]), one_level(5, Some("a"))]),
        table(vec![
            numbers(&[1e308, -1e308, 1e308]),
            one_level(3, Some("b")),
        ]),
        table(vec![numbers(&[1e-320, 0.0, f64::NAN]), one_level(3, None)]),
    ];
    for train in &odd {
        for other in &odd {
            sound(&judged(train, other, other));
            sound(&judged(train, train, other));
        }
        sound(&judged(train, train, train));
    }
    let none = table(vec![("id", Kind::Missing, Column::Strings(vec![None; 4]))]);
    let j = judged(&none, &none, &none);
    sound(&j);
    assert_eq!(j.verdict(), Status::Inconclusive);
}

#[test]
fn wide_tables_are_judged_on_a_sample_of_pairs() {
    let wide = |seed: u64| {
        use rand::RngExt;
        let mut rng = rng(seed);
        let names: Vec<String> = (0..80).map(|i| format!("x{i}")).collect();
        let mut column = || Column::Numbers((0..60).map(|_| rng.random::<f64>()).collect());
        table(
            names
                .iter()
                .map(|n| (n.as_str(), number(), column()))
                .collect(),
        )
    };
    let j = judged(&wide(1), &wide(2), &wide(3));
    sound(&j);
    assert_eq!(j.pairs.len(), 2_000);
    let note = score(&j, "trend_error").note.clone().unwrap();
    assert!(note.contains("2000 of 3160 pairs"), "{note}");
}

#[test]
fn threads_change_nothing() {
    let (train, test, synthetic) = (clinic(300, 1), clinic(100, 2), clinic(300, 3));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| judged(&train, &test, &synthetic))
    };
    assert_eq!(with(1), with(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn figures_stay_in_range(
        x in prop::collection::vec(prop_oneof![Just(f64::NAN), -3.0..3.0f64, Just(1e300)], 1..40),
        c in prop::collection::vec(prop::option::of(0u8..6), 40),
        cut in 1usize..40,
    ) {
        let n = x.len();
        let level = |c: &Option<u8>| c.map(|c| c.to_string());
        let all = table(vec![
            ("x", number(), Column::Numbers(x.clone())),
            ("y", number(), Column::Numbers(x.iter().rev().copied().collect())),
            ("c", Kind::Categorical, levels(c[..n].iter().map(level).collect())),
        ]);
        let cut = cut.min(n);
        let part = all.slice(0..cut);
        sound(&judged(&all, &part, &all));
        sound(&judged(&part, &all, &all));
        sound(&judged(&all, &all, &part));
    }
}

/// The floor is for as many fresh rows as the synthetic table has, however many test rows there are.
#[test]
fn floors_are_for_the_synthetic_size() {
    let train = clinic(600, 1);
    let [few, many, small, large] = [(60, 600), (600, 600), (200, 60), (200, 2_000)]
        .map(|(test, synthetic)| judged(&train, &clinic(test, 2), &clinic(synthetic, 3)));
    for id in [
        "ks_mean",
        "tv_mean",
        "tv_pooled",
        "shape_error",
        "trend_error",
        "correlation_delta",
        "jensen_shannon",
        "missing_delta",
        "pair_error",
    ] {
        let floor = |j: &Judgement| {
            let s = score(j, id);
            let (low, high) = s.floor_interval.unwrap();
            let floor = s.floor.unwrap();
            assert!((low..=high).contains(&floor), "{id}: {s:?}");
            floor
        };
        // Which pairs are related is learned from all real rows.
        let tolerance = if id == "pair_error" { 0.5 } else { 0.25 };
        assert!((floor(&few) / floor(&many) - 1.0).abs() < tolerance, "{id}");
        assert!(floor(&small) > 1.4 * floor(&large), "{id}");
    }
}

/// Columns that vary less than a drawn sample are explained, not called impossible.
#[test]
fn better_than_fresh_rows_is_explained() {
    let train = clinic(600, 1);
    let j = judged(&train, &clinic(300, 2), &train);
    let ks = gate(&j, "ks_mean");
    assert_eq!(ks.status, Status::Green);
    assert!(ks.reason.contains("drawn by strata"), "{}", ks.reason);
}
