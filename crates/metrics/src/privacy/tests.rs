//! Risk rises with the share of copies; an independent sample shows none.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod leaks;
mod shadow;

use crate::learn::made::{figures, find, leaking, prepared, table};

#[test]
fn risk_rises_with_the_share_of_copies() {
    let n = 1_000;
    let (train, validation, test) = (table(n, 1), table(400, 2), table(n, 3));
    let mut before: Option<[f64; 4]> = None;
    for (percent, clear) in [(0, false), (1, false), (10, true), (100, true)] {
        let synthetic = leaking(&train, n * percent / 100, 4);
        let p = prepared(&train, Some(&validation), &test, &synthetic, 7);
        let scores = figures(&p, super::METRICS);
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
        let scores = figures(&p, super::METRICS);
        for ((id, ideal), covered) in ids.iter().zip(ideal).zip(&mut covered) {
            let (low, high) = find(&scores, id).interval.unwrap();
            *covered += usize::from(low <= ideal && ideal <= high);
        }
    }
    println!("covered: {covered:?}");
    assert!(covered.iter().all(|&c| c >= 93), "{covered:?}");
}

#[test]
fn anonymeter_finds_copies_and_nothing_in_independent_samples() {
    let ids = [
        "singling_out_one",
        "singling_out_several",
        "linkability",
        "inference",
        "rare_combinations",
    ];
    let wanted: Vec<_> = crate::catalogue::jobs(|card| ids.contains(&card.id));
    let judged = |copied: usize, seed: u64| -> Vec<crate::Score> {
        let (train, test) = (table(300, 10 * seed), table(100, 10 * seed + 1));
        let synthetic = leaking(&train, copied, 10 * seed + 2);
        let p = prepared(&train, None, &test, &synthetic, seed);
        (wanted.iter())
            .flat_map(|job| (job.run)(&p).unwrap().scores)
            .collect()
    };
    let mut over = [0; 5];
    for seed in 0..20 {
        for (id, over) in ids.iter().zip(&mut over) {
            let score = find(&judged(0, seed), id);
            *over += usize::from(score.value > score.floor_interval.map(|f| f.1));
        }
    }
    println!("over: {over:?}");
    assert!(over.iter().all(|n| *n <= 2), "{over:?}");
    let copied = judged(150, 1);
    for id in &ids[..4] {
        let score = find(&copied, id);
        assert!(score.interval.unwrap().0 > 0.02, "{score:?}");
    }
}

#[test]
fn rows_that_train_and_test_share_are_no_leak() {
    let both = table(300, 1);
    let p = prepared(&both, None, &both, &table(300, 2), 3);
    let scores = figures(&p, super::METRICS);
    for (id, ideal) in [
        ("membership_auc", 0.5),
        ("nearer_to_train", 0.5),
        ("copy_excess", 0.0),
    ] {
        let value = find(&scores, id).value.unwrap();
        assert!((value - ideal).abs() < 1e-9, "{id}: {value}");
    }
    // Copies of rows that are in both: as many equal a test row.
    let p = prepared(&both, None, &both, &both, 3);
    let duplicates = find(&figures(&p, super::METRICS), "duplicates");
    assert_eq!(
        (duplicates.value, duplicates.part("equal_to_training")),
        (Some(0.0), Some(1.0))
    );
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
                figures(&p, super::METRICS),
                figures(&p, crate::detection::METRICS),
                crate::utility::scores(&p).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(3));
}
