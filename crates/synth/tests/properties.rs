//! Random small tables: the copula never panics and keeps the schema, the range and the levels.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;

use common::{category, day, fit, table};
use proptest::prelude::*;
use verdancy_synth::{Fitted, Method};
use verdancy_table::{Column, Kind, Table};

fn real() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -5.0..5.0f64,
        2 => (-3..3i32).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => any::<f64>().prop_filter("infinite", |x| !x.is_infinite()),
    ]
}

fn whole() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        4 => (-9..9i64).prop_map(Some),
        1 => Just(None),
        1 => any::<i64>().prop_map(Some),
    ]
}

fn column(rows: usize) -> impl Strategy<Value = (Kind, Column)> {
    let decimals = prop::option::of(0..20u8);
    prop_oneof![
        (decimals, prop::collection::vec(real(), rows))
            .prop_map(|(decimals, v)| (Kind::Numerical { decimals }, Column::Numbers(v))),
        prop::collection::vec(whole(), rows).prop_map(|v| (Kind::Integer, Column::Integers(v))),
        prop::collection::vec(whole(), rows).prop_map(|v| (day(), Column::Instants(v))),
        prop::collection::vec(prop::option::weighted(0.8, "[a-e]{0,2}"), rows)
            .prop_map(|v| (Kind::Categorical, category(v))),
        prop::collection::vec(any::<bool>(), rows).prop_map(|v| (
            Kind::Boolean,
            category(v.iter().map(|b| Some(b.to_string())))
        )),
    ]
}

fn tables() -> impl Strategy<Value = Table> {
    (1..40usize, 1..7usize)
        .prop_flat_map(|(rows, columns)| prop::collection::vec(column(rows), columns))
        .prop_map(|columns| {
            let names: Vec<String> = (0..columns.len()).map(|i| format!("c{i}")).collect();
            table(
                names
                    .iter()
                    .zip(columns)
                    .map(|(n, (k, c))| (n.as_str(), k, c))
                    .collect(),
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_small_table(train in tables(), seed in any::<u64>()) {
        let fitted = fit(Method::GaussianCopula, &train).unwrap();
        let out = fitted.sample_all(0..300, seed).unwrap();
        prop_assert_eq!(out.schema(), train.schema());
        prop_assert_eq!(out.rows(), 300);
        for i in 0..train.columns().len() {
            let (a, b) = (train.column(i), out.column(i));
            prop_assert!(a.missing() > 0 || b.missing() == 0);
            if let (Some(a), Some(b)) = (a.numbers(), b.numbers()) {
                let seen = || a.iter().filter(|x| !x.is_nan());
                for x in b.iter().filter(|x| !x.is_nan()) {
                    prop_assert!(seen().any(|s| s <= x) && seen().any(|s| s >= x));
                }
            }
            if let (Some(a), Some(b)) = (a.levels(), b.levels()) {
                let known: HashSet<&str> = (0..a.codes.len()).filter_map(|r| a.get(r)).collect();
                for row in 0..b.codes.len() {
                    prop_assert!(b.get(row).is_none_or(|l| known.contains(l)));
                }
            }
        }
        let dir = tempfile::tempdir().unwrap();
        fitted.save(dir.path()).unwrap();
        let back = Fitted::load(dir.path()).unwrap();
        let again = back.sample_all(0..300, seed).unwrap();
        prop_assert_eq!(format!("{out:?}"), format!("{again:?}"));
    }
}
