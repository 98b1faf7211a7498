//! Tables made by rule, for tests.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rand::{Rng, RngExt};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Schema, Table, Task};

use super::stream;
use crate::prepared::Prepared;
use crate::{Real, Score};

fn spec(name: &str, kind: Kind) -> ColumnSpec {
    ColumnSpec {
        name: name.to_owned(),
        kind,
        source: "text".to_owned(),
        nullable: false,
        notation: None,
        part: None,
    }
}

fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// `rows` rows of three numbers, a whole number, two categories and a two-class target that
/// depends on some of them; survival times besides.
pub(crate) fn table(rows: usize, seed: u64) -> Table {
    let mut rng = stream(seed, 1);
    let mut numbers: [Vec<f64>; 4] = Default::default();
    let (mut whole, mut a, mut b, mut y, mut event) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let x = normal(&mut rng);
        let z = 0.6 * x + 0.8 * normal(&mut rng);
        let w = normal(&mut rng).exp();
        let level = rng.random_range(0..4u32).min(rng.random_range(0..4));
        let side = rng.random::<f64>() < 1.0 / (1.0 + (-x).exp());
        let logit = 1.5 * x - f64::from(level) + 0.5 * z;
        let class = rng.random::<f64>() < 1.0 / (1.0 + (-logit).exp());
        let time = -rng.random::<f64>().max(1e-9).ln() / (0.8 * x + 0.4 * f64::from(level)).exp();
        let censor = 3.0 * rng.random::<f64>();
        numbers[0].push(x);
        numbers[1].push(if rng.random::<f64>() < 0.05 {
            f64::NAN
        } else {
            z
        });
        numbers[2].push(w);
        numbers[3].push(time.min(censor));
        whole.push(Some((20.0 + 5.0 * z).round() as i64));
        a.push(["red", "green", "blue", "grey"][level as usize]);
        b.push(if side { "left" } else { "right" });
        y.push(if class { "yes" } else { "no" });
        event.push(if time <= censor { "1" } else { "0" });
    }
    let levels = |v: Vec<&str>| Column::Levels(Levels::from_values(v.into_iter().map(Some)));
    let [x, z, w, time] = numbers;
    let real = || Kind::Numerical { decimals: None };
    let schema = Schema {
        target: Some("y".to_owned()),
        ..Schema::of(vec![
            spec("x", real()),
            spec("z", real()),
            spec("w", real()),
            spec("whole", Kind::Integer),
            spec("colour", Kind::Categorical),
            spec("side", Kind::Boolean),
            spec("y", Kind::Boolean),
            spec("time", real()),
            spec("event", Kind::Boolean),
        ])
    };
    let columns = vec![
        Column::Numbers(x),
        Column::Numbers(z),
        Column::Numbers(w),
        Column::Integers(whole),
        levels(a),
        levels(b),
        levels(y),
        Column::Numbers(time),
        levels(event),
    ];
    Table::new(Arc::new(schema), columns).unwrap()
}

/// A table of these columns.
pub(crate) fn table_of(columns: Vec<(&str, Kind, Column)>) -> Table {
    let (columns, cells) = (columns.into_iter())
        .map(|(name, kind, column)| (spec(name, kind), column))
        .unzip();
    let schema = Schema::of(columns);
    Table::new(Arc::new(schema), cells).unwrap()
}

/// The same table with another target or task.
pub(crate) fn with(table: &Table, target: Option<&str>, task: Option<Task>) -> Table {
    let mut schema = table.schema().as_ref().clone();
    schema.target = target.map(str::to_owned);
    schema.task = task;
    Table::new(Arc::new(schema), table.columns().to_vec()).unwrap()
}

/// The first `copied` rows of `train` and fresh rows after them.
pub(crate) fn leaking(train: &Table, copied: usize, seed: u64) -> Table {
    let fresh = table(train.rows() - copied, seed);
    Table::concat(train.schema(), vec![train.slice(0..copied), fresh]).unwrap()
}

/// Each column in an order of its own: the margins are right, all else is lost.
pub(crate) fn shuffled(table: &Table, seed: u64) -> Table {
    let columns = (table.columns().iter().enumerate())
        .map(|(i, c)| {
            let order = super::sample(table.rows(), table.rows(), &mut stream(seed, i as u64));
            c.take(&order)
        })
        .collect();
    Table::new(table.schema().clone(), columns).unwrap()
}

/// The view of four tables.
pub(crate) fn prepared(
    train: &Table,
    validation: Option<&Table>,
    test: &Table,
    synthetic: &Table,
    seed: u64,
) -> Prepared {
    let real = Real {
        train,
        test,
        validation,
        unseen: true,
    };
    Prepared::real(real, seed).unwrap().with(synthetic).unwrap()
}

/// The figure called `id`.
pub(crate) fn find(scores: &[Score], id: &str) -> Score {
    scores.iter().find(|s| s.id == id).unwrap().clone()
}

/// The figures of a group of metrics.
pub(crate) fn figures(p: &Prepared, of: &[crate::metric::Metric]) -> Vec<Score> {
    let mut out: Vec<Score> = Vec::new();
    for metric in of {
        if !out.iter().any(|s| s.id == metric.card.id) {
            out.extend((metric.job.run)(p).unwrap().scores);
        }
    }
    out
}
