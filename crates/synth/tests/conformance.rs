//! Every synthesizer takes every odd table: it gives valid rows of the same schema, or an error
//! with a name and a remedy. And what it gives depends on the seed alone.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;

use common::{REAL, category, day, fit, fit_config, table, tiny};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_synth::{Fitted, Method};
use verdancy_table::{Column, Kind, Levels, Table};

const DAY: i64 = 86_400_000_000;

/// Fits each method to `train`, draws rows and checks them; returns what each method drew.
fn all(case: &str, train: &Table) -> Vec<Table> {
    Method::ALL
        .iter()
        .map(|&method| {
            let fitted = fit(method, train)
                .unwrap_or_else(|e| panic!("{case}, {}: {} {e}", method.name(), e.code));
            let out = fitted
                .sample_all(0..300, 7)
                .unwrap_or_else(|e| panic!("{case}, {}: {} {e}", method.name(), e.code));
            let place = format!("{case}, {}", method.name());
            valid(&place, train, &out);
            out
        })
        .collect()
}

/// Checks what holds of any sample: schema, rows, ranges, levels, gaps only where there were some.
fn valid(place: &str, train: &Table, out: &Table) {
    assert_eq!(out.schema(), train.schema(), "{place}");
    let columns = train.schema().columns.iter().enumerate();
    for (i, spec) in columns.filter(|(_, s)| s.kind.is_modelled()) {
        let (a, b) = (train.column(i), out.column(i));
        let place = format!("{place}, column {i}");
        if !train.columns().is_empty() {
            assert_eq!(b.len(), 300, "{place}");
        }
        if a.missing() == 0 {
            assert_eq!(b.missing(), 0, "{place}: gaps out of nothing");
        }
        if a.missing() == a.len() {
            assert_eq!(b.missing(), b.len(), "{place}: values out of nothing");
        }
        if let (Some(a), Some(b)) = (a.numbers(), b.numbers()) {
            let ends = |v: &[f64]| {
                v.iter()
                    .filter(|x| !x.is_nan())
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| {
                        (l.min(x), h.max(x))
                    })
            };
            let ((low, high), (least, most)) = (ends(&a), ends(&b));
            assert!(b.iter().all(|x| !x.is_infinite()), "{place}: infinite");
            if a.iter().all(|x| !x.is_infinite()) && b.iter().any(|x| !x.is_nan()) {
                assert!(least >= low && most <= high, "{place}: out of range");
            }
        }
        if let (Some(a), Some(b)) = (a.levels(), b.levels()) {
            let known: HashSet<&str> = (0..a.codes.len()).filter_map(|r| a.get(r)).collect();
            for row in 0..b.codes.len() {
                let level = b.get(row);
                assert!(
                    level.is_none_or(|l| known.contains(l)),
                    "{place}: new level"
                );
                assert_eq!(level.is_none(), b.codes[row] == verdancy_table::MISSING);
            }
        }
        let _ = spec;
    }
}

fn reals(n: usize) -> Column {
    Column::Numbers((0..n).map(|i| (i as f64 * 1.7).sin() * 10.0).collect())
}

fn wholes(n: usize) -> Column {
    Column::Integers((0..n).map(|i| Some((i as i64 * 37) % 101)).collect())
}

fn letters(n: usize) -> Column {
    category((0..n).map(|i| Some(["x", "y", "z"][i % 3])))
}

/// Numbers, whole numbers, levels with gaps, dates.
fn mixed(n: usize) -> Table {
    table(vec![
        ("real", REAL, reals(n)),
        ("whole", Kind::Integer, wholes(n)),
        (
            "level",
            Kind::Categorical,
            category((0..n).map(|i| (i % 4 > 0).then(|| ["p", "q"][i % 2]))),
        ),
        (
            "date",
            day(),
            Column::Instants((0..n).map(|i| Some(i as i64 * DAY)).collect()),
        ),
        (
            "gaps",
            REAL,
            Column::Numbers(
                (0..n)
                    .map(|i| if i % 3 == 0 { f64::NAN } else { i as f64 })
                    .collect(),
            ),
        ),
    ])
}

#[test]
fn no_rows_is_an_error_with_a_name() {
    let train = mixed(10).slice(0..0);
    for method in Method::ALL {
        let error = fit(method, &train).err().expect("nothing to learn from");
        assert_eq!(error.code, "synth/no-rows", "{}", method.name());
        assert!(!error.remedy.is_empty());
    }
}

#[test]
fn very_few_rows() {
    all("one row", &mixed(2).slice(1..2));
    let two = mixed(2).take(&[1, 1]);
    for out in all("two equal rows", &two) {
        for i in 0..5 {
            for row in 0..out.rows() {
                assert_eq!(out.column(i).is_missing(row), two.column(i).is_missing(0));
            }
        }
        assert_eq!(out.column(1).take(&[0]), two.column(1).take(&[0]));
    }
    all("three rows", &mixed(3));
}

#[test]
fn one_column() {
    all("one real", &table(vec![("a", REAL, reals(50))]));
    all("one whole", &table(vec![("a", Kind::Integer, wholes(50))]));
    all(
        "one category",
        &table(vec![("a", Kind::Categorical, letters(50))]),
    );
}

#[test]
fn columns_without_values() {
    let none = || {
        vec![
            ("a", REAL, Column::Numbers(vec![f64::NAN; 40])),
            ("b", Kind::Integer, Column::Integers(vec![None; 40])),
            ("c", Kind::Categorical, category(vec![None::<&str>; 40])),
            ("d", day(), Column::Instants(vec![None; 40])),
        ]
    };
    all("all missing", &table(none()));
    let mut some = none();
    some.push(("e", REAL, reals(40)));
    all("all missing but one", &table(some));
}

#[test]
fn constant_columns() {
    let train = table(vec![
        ("a", REAL, Column::Numbers(vec![2.5; 40])),
        ("b", Kind::Integer, Column::Integers(vec![Some(-3); 40])),
        ("c", Kind::Boolean, category(vec![Some("true"); 40])),
        ("d", REAL, reals(40)),
    ]);
    for out in all("constant", &train) {
        assert_eq!(out.column(0), &Column::Numbers(vec![2.5; 300]));
        assert_eq!(out.column(1), &Column::Integers(vec![Some(-3); 300]));
    }
}

#[test]
fn odd_numbers() {
    let odd = [
        -0.0,
        0.0,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        f64::MAX,
        f64::MIN,
        1e308,
        -1e-308,
    ];
    let train = table(vec![
        (
            "few",
            REAL,
            Column::Numbers((0..90).map(|i| odd[i % odd.len()]).collect()),
        ),
        (
            "wide",
            REAL,
            Column::Numbers(
                (0..90)
                    .map(|i| odd[i % odd.len()] * (1.0 - i as f64 / 200.0))
                    .collect(),
            ),
        ),
        (
            "tiny",
            REAL,
            Column::Numbers((0..90).map(|i| f64::from(i) * 5e-324).collect()),
        ),
        (
            "rounded",
            Kind::Numerical { decimals: Some(2) },
            Column::Numbers((0..90).map(|i| f64::from(i * i) / 100.0).collect()),
        ),
    ]);
    for out in all("odd numbers", &train) {
        let rounded = out.column(3).numbers().unwrap().into_owned();
        assert!(
            rounded
                .iter()
                .all(|x| (x * 100.0 - (x * 100.0).round()).abs() < 1e-6)
        );
    }
}

#[test]
fn infinities_do_no_harm() {
    // Columns must not hold them, but a caller may still bring some.
    let mut v: Vec<f64> = (0..60).map(f64::from).collect();
    v[3] = f64::INFINITY;
    v[9] = f64::NEG_INFINITY;
    all(
        "infinities",
        &table(vec![
            ("a", REAL, Column::Numbers(v)),
            ("b", REAL, reals(60)),
        ]),
    );
}

#[test]
fn extreme_integers() {
    let ends = [i64::MIN, i64::MAX, 0, -1, 1, i64::MAX - 1, i64::MIN + 1];
    let v = |n: usize| (0..n).map(|i| Some(ends[i % ends.len()])).collect();
    let spread = (0..70)
        .map(|i: i64| Some(i64::MIN.wrapping_add(i.wrapping_mul(i64::MAX / 35))))
        .collect();
    all(
        "i64 extremes",
        &table(vec![
            ("few", Kind::Integer, Column::Integers(v(70))),
            ("spread", Kind::Integer, Column::Integers(spread)),
            (
                "seven",
                day(),
                Column::Instants((0..70).map(|i| Some(i * i * DAY)).collect()),
            ),
        ]),
    );
    let few = table(vec![("few", Kind::Integer, Column::Integers(v(7)))]);
    all("i64 extremes, once each", &few);
}

#[test]
fn many_categories() {
    let n = 100_000;
    let train = table(vec![
        (
            "key",
            Kind::Categorical,
            category((0..n).map(|i| Some(format!("level {i}")))),
        ),
        ("real", REAL, reals(n)),
    ]);
    for &method in &Method::ALL {
        let mut config = tiny(method, &train);
        if method == Method::Tabddpm {
            for (name, value) in [("n_iter", "1"), ("batch_size", "4096"), ("hidden", "8")] {
                config.set(name, value).unwrap();
            }
        }
        let place = format!("100,000 categories, {}", method.name());
        match fit_config(config, &train, &train.slice(0..1000)) {
            Ok(fitted) => valid(&place, &train, &fitted.sample_all(0..300, 7).unwrap()),
            Err(e) => assert!(
                e.code.starts_with("synth/") && !e.remedy.is_empty(),
                "{place}"
            ),
        }
    }
}

#[test]
fn a_category_of_its_own_in_each_row() {
    all(
        "one category per row",
        &table(vec![
            (
                "key",
                Kind::Categorical,
                category((0..300).map(|i| Some(format!("k{i}")))),
            ),
            ("real", REAL, reals(300)),
        ]),
    );
}

#[test]
fn categories_seen_only_in_validation() {
    let whole = table(vec![
        (
            "c",
            Kind::Categorical,
            category((0..60).map(|i| Some(if i < 40 { ["a", "b"][i % 2] } else { "late" }))),
        ),
        ("real", REAL, reals(60)),
    ]);
    let (train, validation) = (whole.slice(0..40), whole.slice(40..60));
    for method in Method::ALL {
        let fitted = fit_config(tiny(method, &train), &train, &validation).unwrap();
        let out = fitted.sample_all(0..300, 7).unwrap();
        valid(method.name(), &train, &out);
        // A dictionary that names it would give away what the model never saw.
        let levels = &out.column(0).levels().unwrap().levels;
        assert!(!levels.iter().any(|l| l == "late"), "{}", method.name());
    }
}

#[test]
fn rare_positive_class() {
    let mut train = table(vec![
        ("real", REAL, reals(1000)),
        (
            "ill",
            Kind::Boolean,
            category((0..1000).map(|i| Some(if i % 100 == 0 { "yes" } else { "no" }))),
        ),
    ]);
    let mut schema = train.schema().as_ref().clone();
    schema.target = Some("ill".to_owned());
    train = Table::new(schema.into(), train.columns().to_vec()).unwrap();
    all("1 % positive", &train);
    let fitted = fit(Method::GaussianCopula, &train).unwrap();
    let out = fitted.sample_all(0..20_000, 7).unwrap();
    let ill = out.column(1).levels().unwrap();
    let yes = (0..20_000).filter(|&r| ill.get(r) == Some("yes")).count();
    // Five standard deviations around 200.
    assert!((130..270).contains(&yes), "{yes}");
}

#[test]
fn dates_with_leap_days() {
    // 2020-02-27 to 2020-03-02, and the turn of the year 1900, which was no leap year.
    let leap = 18_319 * DAY;
    let v: Vec<Option<i64>> = (0..60)
        .map(|i| {
            Some(if i % 2 == 0 {
                leap + (i % 5) * DAY
            } else {
                -25_567 * DAY + i * DAY
            })
        })
        .collect();
    for out in all("leap days", &table(vec![("d", day(), Column::Instants(v))])) {
        let Column::Instants(v) = out.column(0) else {
            panic!("storage")
        };
        assert!(
            v.iter().all(|d| d.unwrap() % DAY == 0),
            "whole days stay whole"
        );
    }
}

#[test]
fn wide_tables() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let names: Vec<String> = (0..1000).map(|i| format!("c{i}")).collect();
    let columns = names
        .iter()
        .enumerate()
        .map(|(i, name)| match i % 3 {
            0 => (
                name.as_str(),
                REAL,
                Column::Numbers((0..50).map(|_| rng.random::<f64>()).collect()),
            ),
            1 => (
                name.as_str(),
                Kind::Categorical,
                category((0..50).map(|_| Some(["u", "v", "w"][rng.random_range(0..3)]))),
            ),
            _ => (
                name.as_str(),
                Kind::Integer,
                Column::Integers(
                    (0..50)
                        .map(|_| rng.random_bool(0.9).then(|| rng.random_range(0..1000)))
                        .collect(),
                ),
            ),
        })
        .collect();
    all("1,000 columns", &table(columns));
}

#[test]
fn text_and_odd_names() {
    let emoji = (0..40).map(|i| {
        Some(
            [
                "\u{1f600}\u{200d}\u{1f4a9}",
                "nul\0nul",
                "",
                " ",
                "a,b\"c\nd",
            ][i % 5],
        )
    });
    let train = table(vec![
        (
            "id",
            Kind::Id {
                pattern: verdancy_table::IdPattern::Sequence { start: 1 },
                unique: true,
            },
            Column::Strings((0..40).map(|i| Some(i.to_string())).collect()),
        ),
        ("a \"quoted\" name", Kind::Categorical, category(emoji)),
        (
            "notes",
            Kind::Text { words: 3.0 },
            Column::Strings(vec![Some("three short words".to_owned()); 40]),
        ),
        ("dots.and spaces ", REAL, reals(40)),
        ("", Kind::Integer, wholes(40)),
        (
            "'; DROP TABLE x; --\u{202e}",
            Kind::Categorical,
            letters(40),
        ),
        ("none", Kind::Missing, Column::Strings(vec![None; 40])),
    ]);
    for out in all("text and names", &train) {
        assert_eq!(out.rows(), 300);
    }
    let texts_only = table(vec![(
        "notes",
        Kind::Text { words: 3.0 },
        Column::Strings(vec![Some("three short words".to_owned()); 40]),
    )]);
    for out in all("nothing to model", &texts_only) {
        assert_eq!(out.rows(), 300);
    }
}

#[test]
fn dictionaries_with_unused_levels() {
    let levels: Vec<String> = (0..10).map(|i| format!("l{i}")).collect();
    let train = table(vec![
        (
            "c",
            Kind::Categorical,
            Column::Levels(Levels {
                levels: levels.into(),
                codes: (0..40).map(|i| [7, 2][i % 2]).collect(),
            }),
        ),
        ("real", REAL, reals(40)),
    ]);
    all("unused levels", &train);
}

fn text(t: &Table) -> String {
    // NaN is not equal to itself, its text is.
    format!("{t:?}")
}

#[test]
fn the_seed_decides_and_nothing_else() {
    let train = mixed(400);
    for method in Method::ALL {
        let with = |threads: usize, f: &(dyn Fn() -> Fitted + Sync)| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(f)
        };
        let one = with(1, &|| fit(method, &train).unwrap());
        let two = with(2, &|| fit(method, &train).unwrap());
        assert_eq!(one.model.parts(), two.model.parts(), "{}", method.name());

        let whole = one.sample_all(0..1000, 5).unwrap();
        assert_eq!(text(&whole), text(&two.sample_all(0..1000, 5).unwrap()));
        let narrow = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap()
            .install(|| two.sample_all(0..1000, 5).unwrap());
        assert_eq!(
            text(&whole),
            text(&narrow),
            "{} on one thread",
            method.name()
        );

        for cut in [300, 256, 1, 999] {
            let parts = vec![
                one.sample_all(0..cut, 5).unwrap(),
                one.sample_all(cut..1000, 5).unwrap(),
            ];
            let joined = Table::concat(&one.schema, parts).unwrap();
            assert_eq!(
                text(&whole),
                text(&joined),
                "{} cut at {cut}",
                method.name()
            );
        }
        let streamed: Vec<Table> = one.sample(0..20_000, 5).map(|t| t.unwrap()).collect();
        assert!(streamed.len() > 1);
        let rows: usize = streamed.iter().map(Table::rows).sum();
        assert_eq!(rows, 20_000);
        assert_eq!(text(&whole), text(&streamed[0].slice(0..1000)));

        let dir = tempfile::tempdir().unwrap();
        one.save(dir.path()).unwrap();
        let back = Fitted::load(dir.path()).unwrap();
        assert_eq!(text(&whole), text(&back.sample_all(0..1000, 5).unwrap()));

        let other = one.sample_all(0..1000, 6).unwrap();
        assert_ne!(
            text(&whole),
            text(&other),
            "{}: the seed counts",
            method.name()
        );
    }
}
