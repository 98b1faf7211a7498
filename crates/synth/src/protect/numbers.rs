//! Rare values of discrete numbers, and columns that few people have a number in.

use verdancy_table::{Column, Kind};

use super::{Change, Pooled, PooledTo, Whose, is_discrete};
use crate::encode::{Census, Grid};

/// One distinct value.
struct Run {
    value: f64,
    people: Vec<u32>,
}

/// Decides for one column: one with fewer than `k` people is emptied; in a discrete one, values of
/// fewer than `least` people are grouped with their rare neighbours, and each group becomes its
/// mean on the column's grid; what is left goes to the nearest value.
pub(super) fn pool(
    kind: &Kind,
    column: &Column,
    least: usize,
    k: usize,
    whose: &Whose<'_>,
) -> (Change, Option<Pooled>) {
    let numbers = column.numbers().unwrap_or_default();
    let mut cells: Vec<(f64, u32)> = (numbers.iter().enumerate())
        .filter(|(_, v)| v.is_finite())
        .map(|(row, v)| (*v, whose.row(row)))
        .collect();
    if cells.is_empty() {
        return (Change::None, None);
    }
    cells.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let runs: Vec<Run> = (cells.chunk_by(|a, b| a.0 == b.0))
        .map(|run| Run {
            value: run[0].0,
            people: run.iter().map(|c| c.1).collect(),
        })
        .collect();
    let mut census = Census::new(whose.people);
    if census.count(cells.iter().map(|c| c.1)) < k {
        let pooled = Pooled {
            column: 0,
            values: runs.len(),
            rows: cells.len(),
            to: PooledTo::Missing,
        };
        return (Change::Empty, Some(pooled));
    }
    if !is_discrete(runs.len(), cells.len()) {
        return (Change::None, None);
    }
    let rare = |run: &Run, census: &mut Census| census.count(run.people.iter().copied()) < least;
    let few: Vec<bool> = runs.iter().map(|r| rare(r, &mut census)).collect();
    let rows = (runs.iter().zip(&few))
        .filter(|(_, f)| **f)
        .map(|(r, _)| r.people.len())
        .sum();
    let values = few.iter().filter(|f| **f).count();
    if values == 0 {
        return (Change::None, None);
    }
    let map = grouped(&runs, &few, least, &mut census);
    let grid = Grid::of(kind, column);
    let snapped = grid.column(map.len(), |i| map.get(i).map(|m| m.1));
    let snapped = snapped.numbers().unwrap_or_default().into_owned();
    let map = map.iter().map(|m| m.0).zip(snapped).collect();
    let pooled = Pooled {
        column: 0,
        values,
        rows,
        to: PooledTo::Neighbours,
    };
    (Change::Numbers(map), Some(pooled))
}

/// Each rare value and what it becomes, sorted.
fn grouped(runs: &[Run], few: &[bool], least: usize, census: &mut Census) -> Vec<(f64, f64)> {
    let mut goals: Vec<Option<f64>> = (runs.iter().zip(few))
        .map(|(run, few)| (!few).then_some(run.value))
        .collect();
    let mut from = 0;
    for to in 1..=runs.len() {
        if !few[from] {
            from = to;
            continue;
        }
        let enough =
            census.count(runs[from..to].iter().flat_map(|r| r.people.iter().copied())) >= least;
        if enough {
            let mean = mean(&runs[from..to]);
            goals[from..to].fill(Some(mean));
        }
        if enough || few.get(to) != Some(&true) {
            from = to;
        }
    }
    let nearest = |value: f64| {
        (goals.iter().flatten().copied())
            .min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs()))
            .unwrap_or_else(|| mean(runs))
    };
    (runs.iter().zip(few).zip(&goals))
        .filter(|((_, few), _)| **few)
        .map(|((run, _), goal)| (run.value, goal.unwrap_or_else(|| nearest(run.value))))
        .collect()
}

/// The mean over all rows, in which no value is farther from the least than all others together.
fn mean(runs: &[Run]) -> f64 {
    let rows: usize = runs.iter().map(|r| r.people.len()).sum();
    let Some(first) = runs.first() else {
        return 0.0;
    };
    let excess: Vec<f64> = (runs.iter())
        .map(|r| (r.value - first.value) * r.people.len() as f64)
        .collect();
    let total: f64 = excess.iter().sum();
    let most = excess.iter().copied().fold(0.0, f64::max);
    let shared = total - (most - (total - most)).max(0.0);
    let mean = first.value + shared / rows.max(1) as f64;
    if mean.is_finite() { mean } else { first.value }
}

/// The column with its rare values replaced.
pub(super) fn apply(column: &Column, map: &[(f64, f64)]) -> Column {
    let goal = |v: f64| {
        let at = map.partition_point(|m| m.0 < v);
        map.get(at).filter(|m| m.0 == v).map(|m| m.1)
    };
    let whole = |v: &Option<i64>| v.map(|v| goal(v as f64).map_or(v, |g| g as i64));
    match column {
        Column::Numbers(v) => Column::Numbers(v.iter().map(|&v| goal(v).unwrap_or(v)).collect()),
        Column::Integers(v) => Column::Integers(v.iter().map(whole).collect()),
        Column::Instants(v) => Column::Instants(v.iter().map(whole).collect()),
        other => other.clone(),
    }
}

/// The column without any value.
pub(super) fn emptied(column: &Column) -> Column {
    match column {
        Column::Numbers(v) => Column::Numbers(vec![f64::NAN; v.len()]),
        Column::Integers(v) => Column::Integers(vec![None; v.len()]),
        Column::Instants(v) => Column::Instants(vec![None; v.len()]),
        other => other.clone(),
    }
}
