//! Forests on made-up tables whose relations are known.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use verdancy_table::{Column, ColumnSpec, Kind, Levels, Protection, Schema, Table};

use super::Params;
use crate::protect::Guard;
use crate::{Cancel, Config, Fitted, Run, Stop, TrainingData};

/// `group` decides the band of `size`; `noise` has nothing to do with either.
fn made(rows: usize) -> Table {
    let column = |name: &str, kind| ColumnSpec {
        name: name.into(),
        kind,
        source: "text".into(),
        nullable: false,
        notation: None,
        part: None,
    };
    let at = |row: usize, step: usize| (row * step % 997) as f64 / 997.0;
    let group: Vec<u32> = (0..rows).map(|row| (at(row, 411) * 3.0) as u32).collect();
    let size = (group.iter().enumerate())
        .map(|(row, &g)| f64::from(g) * 10.0 + 4.0 * at(row, 173))
        .collect();
    let noise = (0..rows).map(|row| at(row, 617)).collect();
    let levels: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    let schema = Schema::of(vec![
        column("size", Kind::Numerical { decimals: None }),
        column("group", Kind::Categorical),
        column("noise", Kind::Numerical { decimals: None }),
    ]);
    let columns = vec![
        Column::Numbers(size),
        Column::Levels(Levels {
            levels: levels.into(),
            codes: group,
        }),
        Column::Numbers(noise),
    ];
    Table::new(Arc::new(schema), columns).unwrap()
}

fn fit(p: Params, train: &Table, cancel: Cancel, clock: &(dyn Fn() -> Duration + Sync)) -> Fitted {
    let checked = Config::Arf(p).check(train.schema()).unwrap();
    let none = train.take(&[]);
    let mut run = Run {
        seed: 1,
        threads: 1,
        cancel,
        deadline: Some(Duration::from_secs(1)),
        clock,
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

#[test]
fn rows_of_a_forest_keep_what_ties_columns_and_tie_nothing_else() {
    let train = made(900);
    let fitted = fit(Params::default(), &train, Cancel::default(), &|| {
        Duration::ZERO
    });
    let rows = 8192;
    let drawn = fitted.sample_all(0..rows as u64, 3).unwrap();
    let size = drawn.column(0).numbers().unwrap();
    let group = drawn.column(1).levels().unwrap().codes.to_vec();
    let noise = drawn.column(2).numbers().unwrap();
    let astray = (0..rows)
        .filter(|&row| (size[row] / 10.0).floor() as u32 != group[row])
        .count();
    // Independent columns would lead two rows in three astray; leaves of ten people blur the edges of groups.
    assert!(astray < rows / 10, "{astray}");
    let mean = |of: u32| {
        let own: Vec<f64> = (0..rows)
            .filter(|&r| group[r] == of)
            .map(|r| noise[r])
            .collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    assert!((mean(0) - mean(2)).abs() < 0.05, "{} {}", mean(0), mean(2));
}

#[test]
fn a_forest_that_is_stopped_draws_all_the_same() {
    let train = made(300);
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = fit(Params::default(), &train, cancel, &|| Duration::ZERO);
    assert_eq!(stopped.stop, Stop::Cancelled);
    let late = fit(Params::default(), &train, Cancel::default(), &|| {
        Duration::from_secs(2)
    });
    assert_eq!(late.stop, Stop::TimeLimit);
    let (a, b) = (stopped.sample_all(0..50, 1), late.sample_all(0..50, 1));
    assert_eq!(a.unwrap(), b.unwrap());
}
