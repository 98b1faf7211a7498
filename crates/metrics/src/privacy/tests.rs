//! Risk rises with the share of copies; an independent sample shows none.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::learn::made::{find, leaking, prepared, table};

#[test]
fn risk_rises_with_the_share_of_copies() {
    let n = 1_000;
    let (train, validation, test) = (table(n, 1), table(400, 2), table(n, 3));
    let mut before: Option<[f64; 4]> = None;
    for (percent, clear) in [(0, false), (1, false), (10, true), (100, true)] {
        let synthetic = leaking(&train, n * percent / 100, 4);
        let p = prepared(&train, Some(&validation), &test, &synthetic, 7);
        let scores = super::scores(&p).unwrap();
        let now = [
            "membership_auc",
            "copy_excess",
            "nearer_to_train",
            "duplicates",
        ]
        .map(|id| find(&scores, id).value.unwrap());
        println!(
            "{percent} %: {now:?} {:?}",
            find(&scores, "membership_auc").note
        );
        if let Some(before) = before {
            for (id, (a, b)) in before.iter().zip(&now).enumerate() {
                // One copy in a hundred moves ranks by less than chance does.
                let slack = if clear { 0.0 } else { 0.02 };
                assert!(*b > a - slack, "figure {id}: {a} then {b} at {percent} %");
            }
            assert!(now[3] > before[3]);
        }
        if percent == 100 {
            assert!(now[0] > 0.99 && now[1] > 0.99 && now[2] > 0.99 && now[3] == 1.0);
        }
        before = Some(now);
    }
}

#[test]
fn an_independent_sample_shows_no_risk() {
    let ids = ["membership_auc", "nearer_to_train", "copy_excess"];
    let ideal = [0.5, 0.5, 0.0];
    let mut covered = [0; 3];
    for seed in 0..100 {
        let base = 10 * seed;
        let (train, validation) = (table(210, base), table(40, base + 1));
        let (test, synthetic) = (table(80, base + 2), table(210, base + 3));
        let p = prepared(&train, Some(&validation), &test, &synthetic, seed);
        let scores = super::scores(&p).unwrap();
        for ((id, ideal), covered) in ids.iter().zip(ideal).zip(&mut covered) {
            let (low, high) = find(&scores, id).interval.unwrap();
            *covered += usize::from(low <= ideal && ideal <= high);
        }
    }
    println!("covered: {covered:?}");
    assert!(covered.iter().all(|&c| c >= 93), "{covered:?}");
}

#[test]
fn rows_that_train_and_test_share_are_no_leak() {
    let both = table(300, 1);
    let p = prepared(&both, None, &both, &table(300, 2), 3);
    let scores = super::scores(&p).unwrap();
    for (id, ideal) in [
        ("membership_auc", 0.5),
        ("nearer_to_train", 0.5),
        ("copy_excess", 0.0),
    ] {
        let value = find(&scores, id).value.unwrap();
        assert!((value - ideal).abs() < 1e-9, "{id}: {value}");
    }
    // Copies of rows that are in both: duplicates, but as many in the test rows.
    let p = prepared(&both, None, &both, &both, 3);
    let duplicates = find(&super::scores(&p).unwrap(), "duplicates");
    assert_eq!((duplicates.value, duplicates.floor), (Some(1.0), Some(1.0)));
}

#[test]
fn threads_do_not_change_the_figures() {
    let (train, test, synthetic) = (table(500, 1), table(200, 2), table(500, 3));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let p = prepared(&train, Some(&test), &test, &synthetic, 5);
            (
                super::scores(&p).unwrap(),
                crate::detection::scores(&p).unwrap(),
                crate::utility::scores(&p).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(3));
}
