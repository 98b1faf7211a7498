//! What few people share does not leave a model: not in its files, not in its rows. And columns
//! keep their distribution all the same.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::{HashMap, HashSet};

use common::{category, day, fit_guarded, guard, table, tiny};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, StandardNormal};
use verdancy_synth::{Fitted, Method};
use verdancy_table::{Column, Kind, Table};

const DAY: i64 = 86_400_000_000;
const CENTS: Kind = Kind::Numerical { decimals: Some(2) };
const MARFAN: &str = "Q87.4-Marfan-only-one";

fn fit(method: Method, train: &Table, k: u32) -> Fitted {
    let held = train.slice(0..train.rows() / 10);
    fit_guarded(tiny(method, train), train, &held, guard(k)).unwrap()
}

fn numbers(t: &Table, i: usize) -> Vec<f64> {
    t.column(i).numbers().unwrap().into_owned()
}

/// People of a hospital; one of them earns ten times as much as anybody, is 107 years old, stayed
/// 4,711 days and has a diagnosis of their own.
fn hospital(seed: u64, rows: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let pay = LogNormal::new(10.4, 0.35).unwrap();
    let (mut age, mut salary, mut ward, mut diagnosis) = (vec![], vec![], vec![], vec![]);
    let (mut admitted, mut stay) = (vec![], vec![]);
    for i in 0..rows {
        let odd = i == rows / 2;
        age.push(Some(if odd { 107 } else { rng.random_range(18..=90) }));
        let cents = (pay.sample(&mut rng) * 100.0_f64).round() / 100.0;
        salary.push(if odd { 987_654.32 } else { cents });
        ward.push(Some(
            ["cardiology", "oncology", "surgery"][rng.random_range(0..3)],
        ));
        let usual = ["I10", "E11", "J45", "C50", "M54"][rng.random_range(0..5)];
        diagnosis.push(Some(if odd { MARFAN } else { usual }));
        admitted.push(Some(rng.random_range(14_600..20_000) * DAY));
        stay.push(Some(if odd { 4711 } else { rng.random_range(1..400) }));
    }
    table(vec![
        ("age", Kind::Integer, Column::Integers(age)),
        ("salary", CENTS, Column::Numbers(salary)),
        ("ward", Kind::Categorical, category(ward)),
        ("diagnosis", Kind::Categorical, category(diagnosis)),
        ("admitted", day(), Column::Instants(admitted)),
        ("stay", Kind::Integer, Column::Integers(stay)),
    ])
}

/// The least and greatest number of a column.
fn ends(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    (
        least,
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

/// Largest distance between the distribution functions of two samples.
fn kolmogorov(a: &[f64], b: &[f64]) -> f64 {
    let tidy = |v: &[f64]| {
        let mut v: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
        v.sort_by(f64::total_cmp);
        v
    };
    let (a, b) = (tidy(a), tidy(b));
    let below = |v: &[f64], x: f64| v.partition_point(|&y| y <= x) as f64 / v.len() as f64;
    (a.iter().chain(&b))
        .map(|&x| (below(&a, x) - below(&b, x)).abs())
        .fold(0.0, f64::max)
}

#[test]
fn extremes_and_a_diagnosis_of_one_person_never_come_out() {
    for (method, seeds) in [(Method::GaussianCopula, 40), (Method::Tabddpm, 2)] {
        for seed in 0..seeds {
            let train = hospital(seed, 700);
            let out = fit(method, &train, 10).sample_all(0..700, seed).unwrap();
            let odd = [(0, 107.0), (1, 987_654.32), (5, 4711.0)];
            for (i, value) in odd {
                let found = numbers(&out, i).iter().filter(|x| **x == value).count();
                assert_eq!(found, 0, "{} seed {seed} column {i}", method.name());
            }
            let (least, _) = ends(&numbers(&train, 1));
            assert!(!numbers(&out, 1).contains(&least));
            let levels = out.column(3).levels().unwrap();
            assert!(
                levels.levels.iter().all(|l| l != MARFAN),
                "not in the dictionary either"
            );
        }
    }
}

#[test]
fn no_end_of_a_column_is_frequent_in_a_large_sample() {
    let train = hospital(1, 700);
    let out = fit(Method::GaussianCopula, &train, 10)
        .sample_all(0..100_000, 3)
        .unwrap();
    let salary = numbers(&out, 1);
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for x in &salary {
        *counts.entry(x.to_bits()).or_default() += 1;
    }
    let (least, most) = ends(&salary);
    for end in [least, most] {
        assert!(
            counts[&end.to_bits()] <= 3,
            "{end}: {}",
            counts[&end.to_bits()]
        );
    }
    assert!(counts.values().all(|n| *n < 60));
    // Nor is a value between the others and the odd one of use to anybody.
    assert!(most < 400_000.0, "{most}");
    let (_, oldest) = ends(&numbers(&out, 0));
    assert!((90.0..104.0).contains(&oldest), "{oldest}");
}

/// Each number of a column that fewer than `k` rows have.
fn rare(column: &[f64], k: usize) -> HashSet<u64> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for x in column.iter().filter(|x| !x.is_nan()) {
        *counts.entry(x.to_bits()).or_default() += 1;
    }
    counts.retain(|_, n| *n < k);
    counts.into_keys().collect()
}

#[test]
fn no_tensor_and_no_manifest_holds_a_number_of_few_rows() {
    for method in Method::ALL {
        let train = hospital(2, 900);
        let fitted = fit(method, &train, 10);
        let parts = fitted.model.parts();
        let dir = tempfile::tempdir().unwrap();
        fitted.save(dir.path()).unwrap();
        let manifest = std::fs::read_to_string(dir.path().join("manifest.json")).unwrap();
        for i in [1, 4] {
            let column = numbers(&train, i);
            let rare = rare(&column, 10);
            assert!(rare.len() > 500);
            for (name, tensor) in &parts.tensors {
                let held: Vec<f64> = match tensor {
                    verdancy_synth::file::Tensor::F64(_, v) => v.clone(),
                    verdancy_synth::file::Tensor::I64(_, v) => {
                        v.iter().map(|x| *x as f64).collect()
                    }
                    verdancy_synth::file::Tensor::F32(_, v) => {
                        v.iter().map(|x| f64::from(*x)).collect()
                    }
                };
                let found = held.iter().filter(|x| rare.contains(&x.to_bits())).count();
                assert_eq!(found, 0, "{} {name}", method.name());
            }
            for bits in rare {
                let value = f64::from_bits(bits);
                let written = [
                    format!("{value}"),
                    format!("{value:.1}"),
                    format!("{value:.2}"),
                ];
                assert!(
                    written.iter().all(|w| !manifest.contains(w.as_str())),
                    "{value}"
                );
            }
        }
        assert!(!manifest.contains(MARFAN));
        assert!(!manifest.contains("origin"));
    }
}

/// Columns as they come, and the step of their grid.
fn columns(rows: usize) -> Vec<(&'static str, Kind, Column)> {
    let mut rng = ChaCha8Rng::seed_from_u64(rows as u64);
    let mut reals = |f: &mut dyn FnMut(&mut ChaCha8Rng) -> f64| -> Column {
        Column::Numbers((0..rows).map(|_| f(&mut rng)).collect())
    };
    let normal = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
    let real = Kind::Numerical { decimals: None };
    let mut all = vec![
        ("normal", real.clone(), reals(&mut |r| normal(r))),
        ("uniform", real.clone(), reals(&mut |r| r.random())),
        (
            "exponential",
            real.clone(),
            reals(&mut |r| -(1.0 - r.random::<f64>()).ln()),
        ),
        (
            "lognormal",
            CENTS,
            reals(&mut |r| ((10.0 + normal(r)).exp() * 100.0).round() / 100.0),
        ),
        (
            "share",
            real.clone(),
            reals(&mut |r| r.random::<f64>().sqrt()),
        ),
        (
            "half zero",
            real,
            reals(&mut |r| {
                if r.random_bool(0.5) {
                    0.0
                } else {
                    50.0 + normal(r)
                }
            }),
        ),
        (
            "heaped",
            Kind::Numerical { decimals: Some(1) },
            reals(&mut |r| {
                let x = 120.0 + 15.0 * normal(r);
                if r.random_bool(0.6) {
                    (x / 10.0).round() * 10.0
                } else {
                    (x * 10.0).round() / 10.0
                }
            }),
        ),
    ];
    let mut whole = |f: &mut dyn FnMut(&mut ChaCha8Rng) -> i64| -> Column {
        Column::Integers((0..rows).map(|_| Some(f(&mut rng))).collect())
    };
    all.push((
        "age",
        Kind::Integer,
        whole(&mut |r| r.random_range(18..=90)),
    ));
    all.push((
        "pressure",
        Kind::Integer,
        whole(&mut |r| (60.0 + 9.0 * normal(r)).round() as i64),
    ));
    all.push((
        "visits",
        Kind::Integer,
        whole(&mut |r| (-6.0 * (1.0 - r.random::<f64>()).ln()) as i64),
    ));
    all.push((
        "tens",
        Kind::Integer,
        whole(&mut |r| 3 + 10 * r.random_range(0..40)),
    ));
    let days = (0..rows)
        .map(|_| Some(rng.random_range(14_600..20_000) * DAY))
        .collect();
    all.push(("date", day(), Column::Instants(days)));
    all
}

#[test]
fn columns_keep_their_distribution() {
    for rows in [100, 300, 700, 3000, 20_000] {
        let train = table(columns(rows));
        for method in Method::ALL {
            if method == Method::Tabddpm && rows != 700 {
                continue;
            }
            let many = (rows as u64 * 4).clamp(10_240, 20_480);
            let out = fit(method, &train, 10).sample_all(0..many, 1).unwrap();
            for (i, spec) in train.schema().columns.iter().enumerate() {
                let trained = matches!(method, Method::Tabddpm | Method::Ctgan);
                if trained && matches!(i, 5 | 6 | 9 | 10) {
                    // How often a network of two passes draws an exact value is not the point here.
                    continue;
                }
                let (a, b) = (numbers(&train, i), numbers(&out, i));
                let ks = kolmogorov(&a, &b);
                // Half a group of ten rows, and a little for chance and for the ends.
                let most = 10.0 / rows as f64 + 0.006;
                println!(
                    "{rows} {} {}: {ks:.4} of {most:.4}",
                    method.name(),
                    spec.name
                );
                assert!(ks <= most, "{rows} {} {}: {ks}", method.name(), spec.name);
            }
            // What all values have in common stays: signs, shares, grids.
            assert!(numbers(&out, 3).iter().all(|x| *x > 0.0));
            assert!(numbers(&out, 4).iter().all(|x| (0.0..=1.0).contains(x)));
            assert!(numbers(&out, 9).iter().all(|x| *x >= 0.0));
            assert!(numbers(&out, 10).iter().all(|x| x.rem_euclid(10.0) == 3.0));
            assert!(
                numbers(&out, 11)
                    .iter()
                    .all(|x| x.rem_euclid(DAY as f64) == 0.0)
            );
        }
    }
}

#[test]
fn values_of_many_people_stay_exact() {
    let train = table(columns(700));
    let out = fit(Method::GaussianCopula, &train, 10)
        .sample_all(0..7000, 1)
        .unwrap();
    let zeros =
        |t: &Table| numbers(t, 5).iter().filter(|x| **x == 0.0).count() as f64 / t.rows() as f64;
    assert!((zeros(&train) - zeros(&out)).abs() < 0.005);
    let tens = |t: &Table| {
        let on = numbers(t, 6).iter().filter(|x| **x % 10.0 == 0.0).count();
        on as f64 / t.rows() as f64
    };
    assert!(
        (tens(&train) - tens(&out)).abs() < 0.06,
        "{} {}",
        tens(&train),
        tens(&out)
    );
}

#[test]
fn people_are_counted_and_not_rows() {
    // One person has 60 of 600 rows and the same weight in each; 30 others share the rest.
    let rows = 600;
    let weight: Vec<f64> = (0..rows)
        .map(|i| {
            if i % 10 == 0 {
                123.456_789
            } else {
                60.0 + (i % 30) as f64 + (i as f64).sin()
            }
        })
        .collect();
    let whose = (0..rows).map(|i| {
        Some(if i % 10 == 0 {
            "p".to_owned()
        } else {
            format!("q{}", i % 30)
        })
    });
    let level = (0..rows).map(|i| {
        Some(if i % 10 == 0 {
            "only p"
        } else {
            ["x", "y"][i % 2]
        })
    });
    let key = Kind::Id {
        pattern: verdancy_table::IdPattern::default(),
        unique: false,
    };
    let train = table(vec![
        ("person", key, Column::Strings(whose.collect())),
        (
            "weight",
            Kind::Numerical { decimals: Some(6) },
            Column::Numbers(weight),
        ),
        ("level", Kind::Categorical, category(level)),
    ]);
    let mut schema = train.schema().as_ref().clone();
    let rowwise = fit(Method::GaussianCopula, &train, 10)
        .sample_all(0..2000, 1)
        .unwrap();
    assert!(
        numbers(&rowwise, 1).contains(&123.456_789),
        "60 rows share it"
    );
    schema.subject = Some("person".to_owned());
    let train = Table::new(schema.into(), train.columns().to_vec()).unwrap();
    for method in Method::ALL {
        let out = fit(method, &train, 10).sample_all(0..2000, 1).unwrap();
        assert!(
            !numbers(&out, 1).contains(&123.456_789),
            "{}",
            method.name()
        );
        assert!(!format!("{:?}", out.column(2)).contains("only p"));
    }
    let error = fit_guarded(
        tiny(Method::GaussianCopula, &train),
        &train,
        &train.slice(0..9),
        guard(40),
    );
    assert_eq!(error.err().unwrap().code, "synth/protect-too-large");
}

#[test]
fn rare_levels_go_where_they_prove_nothing() {
    let rows = 400;
    let many = |i: usize| match i {
        0..4 => Some("alpha"),
        4..7 => Some("beta"),
        _ => Some(["Gamma", "Delta"][i % 2]),
    };
    let few = |i: usize| Some(if i < 3 { "yes" } else { "no" });
    let own = |i: usize| {
        if i < 4 {
            Some("Y")
        } else if i < 6 {
            Some("Z")
        } else {
            Some(["X", "Other"][i % 2])
        }
    };
    let thin = |i: usize| (i < 3).then_some("seldom");
    let train = table(vec![
        ("many", Kind::Categorical, category((0..rows).map(many))),
        ("few", Kind::Boolean, category((0..rows).map(few))),
        ("own", Kind::Categorical, category((0..rows).map(own))),
        ("thin", Kind::Categorical, category((0..rows).map(thin))),
        (
            "parts",
            Kind::Integer,
            Column::Integers(
                (0..rows as i64)
                    .map(|i| Some(if i < 12 { 3 + i % 4 } else { i % 3 }))
                    .collect(),
            ),
        ),
    ]);
    let out = fit(Method::GaussianCopula, &train, 10)
        .sample_all(0..4000, 1)
        .unwrap();
    let seen = |i: usize| -> HashSet<String> {
        let l = out.column(i).levels().unwrap();
        (0..4000)
            .filter_map(|r| l.get(r).map(str::to_owned))
            .collect()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|n| (*n).to_owned())
            .collect::<HashSet<_>>()
    };
    assert_eq!(
        seen(0),
        set(&["Gamma", "Delta", "Other"]),
        "together they are enough for a word"
    );
    assert_eq!(seen(1), set(&["no"]), "three people are too few for one");
    assert_eq!(seen(2), set(&["X", "Other"]), "the column's own word");
    assert_eq!(seen(3), set(&[]), "nothing is left to say");
    let parts: HashSet<u64> = numbers(&out, 4).iter().map(|x| *x as u64).collect();
    assert!(
        parts.contains(&0) && parts.contains(&2) && parts.len() <= 5,
        "{parts:?}"
    );
    let mean = |t: &Table| numbers(t, 4).iter().sum::<f64>() / t.rows() as f64;
    assert!((mean(&train) - mean(&out)).abs() < 0.1);
}

#[test]
fn thresholds_differ_between_columns() {
    // Of columns that each have a level of five and one of six people, some keep both, some one,
    // some none.
    let names: Vec<String> = (0..40).map(|i| format!("c{i}")).collect();
    let level = |i: usize| {
        Some(if i < 5 {
            "five"
        } else if i < 11 {
            "six"
        } else {
            "rest"
        })
    };
    let column = |name| (name, Kind::Categorical, category((0..100).map(level)));
    let train = table(names.iter().map(|n| column(n.as_str())).collect());
    let fitted = fit(Method::GaussianCopula, &train, 10);
    let out = fitted.sample_all(0..256, 1).unwrap();
    let count = |name: &str| {
        let has = |i: &usize| {
            out.column(*i)
                .levels()
                .unwrap()
                .levels
                .iter()
                .any(|l| l == name)
        };
        (0..40).filter(has).count()
    };
    let (five, six) = (count("five"), count("six"));
    assert!(5 < five && five < six && six < 40, "{five} {six}");
}

#[test]
fn without_protection_nothing_is_pooled() {
    let train = hospital(3, 300);
    let out = fit(Method::GaussianCopula, &train, 0)
        .sample_all(0..3000, 1)
        .unwrap();
    assert!(numbers(&out, 1).contains(&987_654.32));
    assert!(format!("{:?}", out.column(3)).contains(MARFAN));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Any numbers: the model holds none that fewer than `k` rows have, and draws finite ones.
    #[test]
    fn any_numbers(
        values in prop::collection::vec(prop_oneof![
            4 => -1e6..1e6f64,
            2 => (-30..30i32).prop_map(f64::from),
            1 => Just(f64::NAN),
            1 => any::<f64>().prop_filter("infinite", |x| !x.is_infinite()),
        ], 30..200),
        k in 2..12u32,
    ) {
        let real = Kind::Numerical { decimals: None };
        let train = table(vec![("x", real, Column::Numbers(values.clone()))]);
        let fitted = fit(Method::GaussianCopula, &train, k);
        let rare = rare(&values, verdancy_table::Protection::of(k).levels());
        for (name, tensor) in fitted.model.parts().tensors {
            if let verdancy_synth::file::Tensor::F64(_, held) = tensor
                && name.ends_with("values")
            {
                // Small whole numbers may be a mean by chance.
                let found = held.iter().find(|x| x.fract() != 0.0 && rare.contains(&x.to_bits()));
                prop_assert!(found.is_none(), "{found:?}");
            }
        }
        let out = fitted.sample_all(0..300, 1).unwrap();
        prop_assert!(numbers(&out, 0).iter().all(|x| !x.is_infinite()));
    }
}
