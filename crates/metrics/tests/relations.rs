//! Relations between columns: shuffled columns are red, fresh real rows are not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod common;
use common::*;
use rand::RngExt;
use verdancy_metrics::{Gate, Judge, Judgement, Profile, Real, Status};
use verdancy_table::{Column, DateFormat, Kind, Table, infer, read};

const SEEDS: u64 = 10;
const SAMPLES: u64 = 20;
const GATES: [&str; 2] = ["pair_error", "impossible"];

/// Judged by the shipped limits on relations alone.
fn relations(train: &Table, test: &Table, synthetic: &Table) -> Judgement {
    let mut profile = Profile::load("standard").unwrap();
    profile.gates.retain(|id, _| GATES.contains(&id.as_str()));
    let real = Real {
        train,
        test,
        validation: None,
        unseen: true,
    };
    let judge = Judge::new(real, &profile, 7).unwrap();
    judge.gates(synthetic).unwrap()
}

fn gate<'a>(j: &'a Judgement, id: &str) -> &'a Gate {
    j.gates.iter().find(|g| g.id == id).unwrap()
}

fn red(j: &Judgement) -> bool {
    j.gates.iter().any(|g| g.status == Status::Red)
}

/// On how many of the seeds `make` gives a red table, and what the last one was told.
fn reds(seeds: u64, make: impl Fn(u64) -> [Table; 3]) -> (u64, String) {
    let (mut count, mut last) = (0, String::new());
    for seed in 0..seeds {
        let [train, test, synthetic] = make(seed);
        let j = relations(&train, &test, &synthetic);
        count += u64::from(red(&j));
        last = format!(
            "{:?}",
            j.gates.iter().map(|g| &g.reason).collect::<Vec<_>>()
        );
    }
    (count, last)
}

/// Holds that a table made by `make(rows, seed)` is told from its shuffled columns, and not from
/// fresh rows.
fn holds(name: &str, rows: usize, make: impl Fn(usize, u64) -> Table) {
    let (lost, why) = reds(SEEDS, |seed| {
        let train = make(rows, 3 * seed);
        let synthetic = unrelated(&train, seed);
        [train, make(rows / 3, 3 * seed + 1), synthetic]
    });
    assert!(
        lost >= SEEDS - 1,
        "{name}, {rows} rows shuffled: {lost} red; {why}"
    );
    let (fresh, why) = reds(SAMPLES, |seed| {
        [
            make(rows, 1_000 + 3 * seed),
            make(rows / 3, 1_001 + 3 * seed),
            make(rows, 1_002 + 3 * seed),
        ]
    });
    assert!(fresh <= 1, "{name}, {rows} fresh rows: {fresh} red; {why}");
}

/// The two columns of one kind of relation, and three that have none.
fn with_noise(rows: usize, seed: u64, related: Vec<(&str, Kind, Column)>) -> Table {
    let mut rng = rng(seed ^ 0x5EED);
    let mut columns = related;
    let mut draw = |f: &mut dyn FnMut(f64) -> f64| -> Vec<f64> {
        (0..rows).map(|_| f(rng.random::<f64>())).collect()
    };
    columns.push(("noise", number(), Column::Numbers(draw(&mut |u| u.ln()))));
    let group = draw(&mut |u| (5.0 * u * u).floor());
    let flag = draw(&mut |u| f64::from(u < 0.3));
    let text = |v: Vec<f64>| levels(v.into_iter().map(|x| Some(format!("l{x}"))).collect());
    columns.push(("group", Kind::Categorical, text(group)));
    columns.push(("flag", Kind::Boolean, text(flag)));
    table(columns)
}

fn named(values: impl Iterator<Item = usize>) -> Column {
    levels(values.map(|i| Some(format!("v{i}"))).collect())
}

fn square(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let x: Vec<f64> = (0..rows).map(|_| rng.random_range(-1.0..1.0)).collect();
    let y = (x.iter().map(|x| x * x + rng.random_range(-0.1..0.1))).collect();
    let columns = vec![
        ("x", number(), Column::Numbers(x)),
        ("y", number(), Column::Numbers(y)),
    ];
    with_noise(rows, seed, columns)
}

fn categories(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let a: Vec<usize> = (0..rows).map(|_| rng.random_range(0..6)).collect();
    let b: Vec<usize> = (a.iter())
        .map(|&a| match rng.random_bool(0.6) {
            true => (3 * a + 1) % 5,
            false => rng.random_range(0..5),
        })
        .collect();
    let columns = vec![
        ("a", Kind::Categorical, named(a.into_iter())),
        ("b", Kind::Categorical, named(b.into_iter())),
    ];
    with_noise(rows, seed, columns)
}

fn category_number(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let a: Vec<usize> = (0..rows).map(|_| rng.random_range(0..4)).collect();
    // The same mean in each level, another spread.
    let y = (a.iter())
        .map(|&a| [0.1, 0.5, 2.0, 9.0][a] * rng.random_range(-1.0..1.0))
        .collect();
    let columns = vec![
        ("a", Kind::Categorical, named(a.into_iter())),
        ("y", number(), Column::Numbers(y)),
    ];
    with_noise(rows, seed, columns)
}

fn missing_together(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let gone = rng.random_bool(0.2);
        let mut cell = |keep: f64| {
            let gone = if rng.random_bool(keep) { gone } else { !gone };
            if gone { f64::NAN } else { rng.random::<f64>() }
        };
        x.push(cell(1.0));
        y.push(cell(0.95));
    }
    let columns = vec![
        ("x", number(), Column::Numbers(x)),
        ("y", number(), Column::Numbers(y)),
    ];
    with_noise(rows, seed, columns)
}

fn missing_by_level(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let a: Vec<usize> = (0..rows).map(|_| rng.random_range(0..3)).collect();
    let y = (a.iter())
        .map(|&a| match rng.random_bool([0.02, 0.1, 0.5][a]) {
            true => f64::NAN,
            false => rng.random::<f64>(),
        })
        .collect();
    let columns = vec![
        ("a", Kind::Categorical, named(a.into_iter())),
        ("y", number(), Column::Numbers(y)),
    ];
    with_noise(rows, seed, columns)
}

/// Ten years of days; the season follows the month, which no bin of the date itself shows.
fn month_category(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let days: Vec<i64> = (0..rows).map(|_| rng.random_range(0..3_652)).collect();
    let season = (days.iter())
        .map(|d| match rng.random_bool(0.85) {
            true => (d % 365 / 92) as usize,
            false => rng.random_range(0..4),
        })
        .collect::<Vec<_>>();
    let instants = days
        .iter()
        .map(|d| Some((14_610 + d) * 86_400_000_000))
        .collect();
    let date = Kind::Datetime {
        format: DateFormat::default(),
    };
    let columns = vec![
        ("day", date, Column::Instants(instants)),
        ("season", Kind::Categorical, named(season.into_iter())),
    ];
    with_noise(rows, seed, columns)
}

/// Two groups of flags of which exactly one is set, and a number.
fn one_hot(rows: usize, seed: u64) -> Table {
    let mut rng = rng(seed);
    let mut columns: Vec<Vec<Option<i64>>> = vec![Vec::new(); 7];
    for _ in 0..rows {
        let sex = usize::from(rng.random_bool(0.45));
        let race = match rng.random::<f64>() {
            u if u < 0.6 => 2,
            u if u < 0.8 => 3,
            u if u < 0.9 => 4,
            u if u < 0.96 => 5,
            _ => 6,
        };
        for (i, column) in columns.iter_mut().enumerate() {
            column.push(Some(i64::from(i == sex || i == race)));
        }
    }
    let names = [
        "sex_1", "sex_2", "race_1", "race_2", "race_3", "race_4", "race_5",
    ];
    let mut all: Vec<(&str, Kind, Column)> = (names.into_iter().zip(columns))
        .map(|(name, v)| (name, Kind::Integer, Column::Integers(v)))
        .collect();
    let bmi = (0..rows)
        .map(|_| 18.0 + 20.0 * rng.random::<f64>())
        .collect();
    all.push(("bmi", number(), Column::Numbers(bmi)));
    table(all)
}

#[test]
fn each_kind_of_relation_is_seen_alone() {
    for rows in [150, 400, 700] {
        holds("square", rows, square);
        holds("categories", rows, categories);
        holds("category and number", rows, category_number);
        holds("missing together", rows, missing_together);
        holds("missing by level", rows, missing_by_level);
        holds("one-hot", rows, one_hot);
    }
    holds("month and category", 400, month_category);
    holds("month and category", 700, month_category);
}

#[test]
fn clinics_of_all_sizes() {
    for rows in [100, 250, 600, 2_000] {
        let (fresh, why) = reds(SAMPLES, |seed| {
            [0, 1, 2].map(|i| clinic(rows / if i == 1 { 3 } else { 1 }, 3 * seed + i))
        });
        assert!(fresh <= 1, "{rows} fresh rows: {fresh} red; {why}");
    }
    let (lost, why) = reds(SEEDS, |seed| {
        let train = clinic(600, seed);
        let synthetic = unrelated(&train, seed);
        [train, clinic(200, 100 + seed), synthetic]
    });
    assert!(lost >= SEEDS - 1, "{lost} red; {why}");
}

/// Unrelated columns: nothing to be judged, however many pairs there are.
#[test]
fn independent_columns_have_no_relation_to_lose() {
    let independent = |rows: usize, seed: u64| {
        let mut rng = rng(seed);
        let names: Vec<String> = (0..40).map(|i| format!("x{i}")).collect();
        let columns = (names.iter().enumerate())
            .map(|(i, n)| match i % 2 {
                0 => {
                    let v = (0..rows).map(|_| rng.random::<f64>()).collect();
                    (n.as_str(), number(), Column::Numbers(v))
                }
                _ => {
                    let v: Vec<usize> = (0..rows)
                        .map(|_| (30.0 * rng.random::<f64>().powi(4)) as usize)
                        .collect();
                    (n.as_str(), Kind::Categorical, named(v.into_iter()))
                }
            })
            .collect();
        table(columns)
    };
    for rows in [100, 300, 1_000] {
        for seed in 0..5 {
            let [a, b, c] = [0, 1, 2].map(|i| independent(rows, 10 * seed + i));
            let j = relations(&a, &b, &c);
            let pair_error = gate(&j, "pair_error");
            assert_eq!(pair_error.status, Status::NotApplicable, "{pair_error:?}");
            assert_ne!(gate(&j, "impossible").status, Status::Red);
        }
    }
}

#[test]
fn shuffled_example_tables_are_red() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/");
    for name in ["breast_cancer.csv", "gbsg2.csv"] {
        let path = std::path::Path::new(folder).join(name);
        let all = read::load(&path, &read::Options::default(), &infer::Options::default());
        let all = all.unwrap().table;
        let n = all.rows();
        let parts = |seed: u64| {
            let all = shuffled(&all, seed);
            [
                all.slice(0..n * 2 / 5),
                all.slice(n * 2 / 5..n * 3 / 5),
                all.slice(n * 3 / 5..n),
            ]
        };
        let (lost, why) = reds(SEEDS, |seed| {
            let [train, test, _] = parts(seed);
            let synthetic = unrelated(&train, seed);
            [train, test, synthetic]
        });
        assert!(lost >= SEEDS - 1, "{name} shuffled: {lost} red; {why}");
        let (fresh, why) = reds(SAMPLES, parts);
        assert!(fresh <= 1, "{name}: {fresh} of the real samples red; {why}");
    }
}

/// `cases/judge_onehot_*`: exactly one of two and one of five flags is set; the synthetic table is
/// the training table with each column shuffled.
#[test]
fn judge_onehot_of_the_shared_cases() {
    let folder = std::env::var_os("VERDANCY_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let folder = folder.join("../cases");
    if !folder.join("judge_onehot_train.csv").exists() {
        println!("skipped: no cases in {}", folder.display());
        return;
    }
    let [train, test, synthetic] = ["train", "holdout", "shuffled"].map(|part| {
        let path = folder.join(format!("judge_onehot_{part}.csv"));
        let read = read::load(&path, &read::Options::default(), &infer::Options::default());
        read.unwrap().table
    });
    let j = relations(&train, &test, &synthetic);
    for id in GATES {
        let gate = gate(&j, id);
        assert_eq!(gate.status, Status::Red, "{gate:?}");
        assert!(gate.reason.contains("race_") || gate.reason.contains("sex_"));
    }
    assert!(!red(&relations(&train, &test, &test)));
}

#[test]
fn none_of_a_group_is_impossible() {
    let train = one_hot(500, 1);
    // Rows that lost their only flag of the second group: no pair of cells gives them away.
    let mut columns = one_hot(500, 2).columns().to_vec();
    for column in &mut columns[2..7] {
        if let Column::Integers(v) = column {
            v[..100].fill(Some(0));
        }
    }
    let broken = Table::new(train.schema().clone(), columns).unwrap();
    let j = relations(&train, &one_hot(200, 3), &broken);
    let impossible = gate(&j, "impossible");
    assert_eq!(impossible.status, Status::Red, "{impossible:?}");
    assert!((value(&j, "impossible") - 0.2).abs() < 0.02);
    assert!(
        impossible
            .reason
            .contains("exactly one of race_1, race_2, race_3, race_4, race_5"),
        "{}",
        impossible.reason
    );
}

/// Rows of categories alone, nearly all of them different, whose pairs are half lost: the columns
/// are right, the rows look new.
#[test]
fn half_lost_pairs_of_categories_are_red() {
    let make = |rows: usize, seed: u64| {
        let mut rng = rng(seed);
        let mut cells: Vec<Vec<usize>> = vec![Vec::new(); 12];
        for _ in 0..rows {
            let kind = rng.random_range(0..5usize);
            for (i, column) in cells.iter_mut().enumerate() {
                let free = rng.random_bool(0.45);
                let own = (kind * (i + 2) + i) % 4;
                column.push(if free { rng.random_range(0..4) } else { own });
            }
        }
        let names: Vec<String> = (0..12).map(|i| format!("c{i}")).collect();
        table(
            (names.iter().zip(cells))
                .map(|(n, v)| (n.as_str(), Kind::Categorical, named(v.into_iter())))
                .collect(),
        )
    };
    let (lost, why) = reds(SEEDS, |seed| {
        let fresh = make(3_000, 3 * seed + 2);
        let synthetic = Table::concat(
            fresh.schema(),
            vec![
                unrelated(&fresh.slice(0..1_500), seed),
                fresh.slice(1_500..3_000),
            ],
        );
        [
            make(3_000, 3 * seed),
            make(1_000, 3 * seed + 1),
            synthetic.unwrap(),
        ]
    });
    assert!(lost >= SEEDS - 1, "{lost} red; {why}");
    let (fresh, why) = reds(SAMPLES, |seed| {
        [0, 1, 2].map(|i| make(3_000, 50 + 3 * seed + i))
    });
    assert!(fresh <= 1, "{fresh} red; {why}");
}

#[test]
fn relations_are_named_and_stronger_ones_are_errors_too() {
    let train = clinic(2_000, 1);
    let j = relations(&train, &clinic(700, 2), &unrelated(&train, 3));
    let pair_error = gate(&j, "pair_error");
    assert!(
        pair_error.reason.contains("age × lab"),
        "{}",
        pair_error.reason
    );
    // A number that is made to follow another exactly.
    let mut columns = clinic(2_000, 4).columns().to_vec();
    let age = columns[0].numbers().unwrap().into_owned();
    if let Column::Numbers(lab) = &mut columns[1] {
        (lab.iter_mut().zip(age)).for_each(|(x, age)| *x = (age - 55.0) / 15.0);
    }
    let tied = Table::new(train.schema().clone(), columns).unwrap();
    assert_eq!(
        gate(&relations(&train, &clinic(700, 2), &tied), "pair_error").status,
        Status::Red
    );
}

#[test]
fn the_order_of_rows_changes_nothing() {
    for (id, [train, test, synthetic]) in [
        ("pair_error", [1, 2, 3].map(|seed| clinic(500, seed))),
        ("impossible", [1, 2, 3].map(|seed| one_hot(500, seed))),
    ] {
        let synthetic = unrelated(&synthetic, 4);
        let a = relations(&train, &test, &synthetic);
        let b = relations(
            &shuffled(&train, 4),
            &shuffled(&test, 5),
            &shuffled(&synthetic, 6),
        );
        assert!((value(&a, id) - value(&b, id)).abs() < 1e-9, "{id}");
    }
}

/// The spread of the figure of fresh real rows has a closed form: it is that of drawn samples, whatever
/// the sizes.
#[test]
fn the_floor_is_that_of_samples_of_the_synthetic_size() {
    for (rows, synthetic) in [(600, 200), (600, 600), (400, 3_000)] {
        let (mut squares, mut expected, mut inside) = (0.0, 0.0, 0);
        let samples = 40;
        for seed in 0..samples {
            let j = relations(
                &clinic(rows, 3 * seed),
                &clinic(150, 3 * seed + 1),
                &clinic(synthetic, 3 * seed + 2),
            );
            let s = score(&j, "pair_error");
            let high = s.floor_interval.unwrap().1;
            squares += s.value.unwrap().powi(2);
            expected += (high / 1.96).powi(2);
            inside += u64::from(s.value.unwrap() <= high);
        }
        let ratio = (squares / expected).sqrt();
        assert!((0.7..1.35).contains(&ratio), "{rows}, {synthetic}: {ratio}");
        assert!(inside >= 35, "{rows}, {synthetic}: {inside} inside");
    }
}
