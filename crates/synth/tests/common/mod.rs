//! What the tests of all synthesizers share: making tables and fitting them.

#![allow(dead_code)]

use std::sync::Arc;
use std::time::Duration;

use verdancy_synth::protect::Guard;
use verdancy_synth::{
    Cancel, Checked, Config, Fitted, Method, Mode, Progress, Result, Run, TableSize, TrainingData,
};
use verdancy_table::{Column, ColumnSpec, DateFormat, Kind, Levels, Protection, Schema, Table};

pub const REAL: Kind = Kind::Numerical { decimals: None };

pub fn day() -> Kind {
    Kind::Datetime {
        format: DateFormat("%Y-%m-%d".to_owned()),
    }
}

/// A table of named columns.
pub fn table(columns: Vec<(&str, Kind, Column)>) -> Table {
    let schema = Schema::of(
        columns
            .iter()
            .map(|(name, kind, column)| ColumnSpec {
                name: (*name).to_owned(),
                kind: kind.clone(),
                source: "text".to_owned(),
                nullable: column.missing() > 0,
                notation: None,
                part: None,
            })
            .collect(),
    );
    Table::new(
        Arc::new(schema),
        columns.into_iter().map(|(_, _, c)| c).collect(),
    )
    .expect("a test table")
}

pub fn category<S: AsRef<str>>(values: impl IntoIterator<Item = Option<S>>) -> Column {
    let values: Vec<Option<S>> = values.into_iter().collect();
    Column::Levels(Levels::from_values(
        values.iter().map(|v| v.as_ref().map(AsRef::as_ref)),
    ))
}

/// The smallest useful configuration of a method.
pub fn tiny(method: Method, train: &Table) -> Config {
    let mut config = Config::defaults(method, TableSize::of(train), Mode::Speed);
    if method == Method::Tabddpm {
        for (name, value) in [
            ("n_iter", "2"),
            ("hidden", "16"),
            ("blocks", "1"),
            ("batch_size", "64"),
            ("sampler_steps", "3"),
        ] {
            config.set(name, value).expect("a parameter of tabddpm");
        }
    }
    if matches!(method, Method::Tvae | Method::Ctgan) {
        for (name, value) in [("n_iter", "4"), ("hidden", "16"), ("embedding_dim", "4")] {
            config.set(name, value).expect("a parameter of both");
        }
    }
    if method == Method::Autoregressive {
        for (name, value) in [("n_iter", "4"), ("hidden", "16")] {
            config.set(name, value).expect("a parameter of the method");
        }
    }
    config
}

pub fn fit_config(config: Config, train: &Table, validation: &Table) -> Result<Fitted> {
    fit_guarded(config, train, validation, Guard::OFF)
}

/// Values of at least `k` people.
pub fn guard(k: u32) -> Guard {
    Guard {
        protect: Protection::of(k),
        seed: 1,
    }
}

pub fn fit_guarded(
    config: Config,
    train: &Table,
    validation: &Table,
    guard: Guard,
) -> Result<Fitted> {
    fit_checked(&config.check(train.schema())?, train, validation, guard)
}

/// Fits a tiny model that keeps the rules of `train`.
#[allow(dead_code)]
pub fn fit_keeping(method: Method, train: &Table, guard: Guard) -> Result<Fitted> {
    let form = verdancy_relations::Form::learn(train, guard.protect).map(Arc::new);
    assert!(form.is_some(), "the table has no rules");
    let checked = tiny(method, train).check(train.schema())?.keeping(form);
    fit_checked(&checked, train, &train.slice(0..20), guard)
}

fn fit_checked(
    checked: &Checked,
    train: &Table,
    validation: &Table,
    guard: Guard,
) -> Result<Fitted> {
    let clock = || Duration::ZERO;
    let mut listen = |_: &Progress| {};
    let mut run = Run {
        seed: 1,
        threads: 2,
        cancel: Cancel::default(),
        deadline: None,
        clock: &clock,
        start: None,
        peek: None,
        checkpoint: None,
        listen: &mut listen,
    };
    Ok(checked.fit(&TrainingData::new(train, validation, guard), &mut run)?)
}

/// Fits a tiny model; every fifth row is validation, if there are that many.
pub fn fit(method: Method, train: &Table) -> Result<Fitted> {
    let held: Vec<usize> = (0..train.rows()).step_by(5).collect();
    let held = if train.rows() < 5 {
        train.slice(0..0)
    } else {
        train.take(&held)
    };
    fit_config(tiny(method, train), train, &held)
}
