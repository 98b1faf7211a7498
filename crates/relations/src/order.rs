//! Columns of which one is never more than the other: an admission and a discharge, a least and a greatest.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Kind, Result};

use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, Value, column_of, numbers, spec, strange, value};

/// Most columns of a kind that are compared with each other.
const MOST: usize = 60;
/// How often columns of other rows have to be the other way round for an order to be worth keeping.
const OVERLAP: f64 = 0.02;
/// How much less the distance has to vary than the later column for being what is learned.
const NARROWER: f64 = 0.6;
/// Share of the rows that have one value, from which a column has spikes.
const SPIKE: f64 = 0.03;

/// A later moment that is learned as the distance from an earlier one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Distance {
    spec: ColumnSpec,
    from: String,
    /// Microseconds of a unit. In the form the column keeps its name, by which other rules speak of it.
    unit: i64,
}

/// Columns in order, which are put in order where they are drawn otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sorted {
    pub pairs: Vec<(String, String)>,
}

const DAY: i64 = 86_400_000_000;
const SECOND: i64 = 1_000_000;

impl Distance {
    pub(crate) fn sentence(&self) -> String {
        format!("{} is never before {}", self.spec.name, self.from)
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        wrong(frame, &self.from, &self.spec.name)
    }

    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        let from = frame.column(&self.from)?.clone();
        let (_, until) = frame.take(&self.spec.name)?;
        let (Column::Instants(a), Column::Instants(b)) = (&from, &until) else {
            return Err(strange());
        };
        let apart = |(a, b): (&Option<i64>, &Option<i64>)| {
            Some((*b)?.checked_sub((*a)?)?.div_euclid(self.unit.max(1)))
        };
        let distance = Column::Integers(a.iter().zip(b).map(apart).collect());
        frame.put(
            spec(self.spec.name.clone(), Kind::Integer, self.spec.nullable),
            distance,
        )
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let (_, distance) = frame.take(&self.spec.name)?;
        let (Column::Instants(a), Column::Integers(d)) = (frame.column(&self.from)?, &distance)
        else {
            return Err(strange());
        };
        let sum = |(a, d): (&Option<i64>, &Option<i64>)| {
            (*a)?.checked_add((*d)?.max(0).checked_mul(self.unit.max(1))?)
        };
        let until = Column::Instants(a.iter().zip(d).map(sum).collect());
        frame.put(self.spec.clone(), until)
    }
}

impl Sorted {
    /// The columns that it speaks of.
    pub(crate) fn names(&self) -> Vec<String> {
        self.pairs
            .iter()
            .flat_map(|(a, b)| [a.clone(), b.clone()])
            .collect()
    }

    pub(crate) fn sentences(&self, frame: &Frame) -> Vec<String> {
        let moments = |name: &str| matches!(frame.column(name), Ok(Column::Instants(_)));
        (self.pairs.iter())
            .map(|(a, b)| format!("{b} is never {} {a}", before(moments(a))))
            .collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        self.pairs.iter().map(|(a, b)| wrong(frame, a, b)).collect()
    }

    /// Exchanges cells until all pairs are in order.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        for _ in 0..=self.pairs.len() {
            let mut changed = false;
            for (low, high) in &self.pairs {
                let (a, b) = (frame.column(low)?, frame.column(high)?);
                let (x, y) = (numbers(a), numbers(b));
                let swap: Vec<bool> = x.iter().zip(&y).map(|(x, y)| x > y).collect();
                if !swap.contains(&true) {
                    continue;
                }
                changed = true;
                let pick = |own: &Column, other: &Column| {
                    let cell = |row: usize| value(if swap[row] { other } else { own }, row);
                    let values: Vec<Value> = (0..frame.rows).map(cell).collect();
                    column_of(crate::frame::storage(own), values.iter())
                };
                let (new_low, new_high) = (pick(a, b), pick(b, a));
                frame.set(low, new_low)?;
                frame.set(high, new_high)?;
            }
            if !changed {
                break;
            }
        }
        Ok(())
    }
}

fn before(moments: bool) -> &'static str {
    if moments { "before" } else { "less than" }
}

fn wrong(frame: &Frame, low: &str, high: &str) -> Result<Vec<usize>> {
    let (a, b) = (numbers(frame.column(low)?), numbers(frame.column(high)?));
    Ok((0..frame.rows).filter(|&row| a[row] > b[row]).collect())
}

/// Pairs of columns in order, next to each other in their kind: none follows from two others.
fn pairs(frame: &Frame) -> Vec<(usize, usize)> {
    let comparable = |i: &usize| frame.specs[*i].kind.is_numeric();
    let all: Vec<usize> = frame
        .modelled()
        .into_iter()
        .filter(comparable)
        .take(MOST)
        .collect();
    let values: Vec<Vec<f64>> = all.iter().map(|&i| numbers(&frame.columns[i])).collect();
    let alike = |a: usize, b: usize| match (&frame.specs[a].kind, &frame.specs[b].kind) {
        (Kind::Datetime { .. }, Kind::Datetime { .. }) => true,
        (a, b) => a == b,
    };
    let tried = all.len() * all.len();
    let mut found = Vec::new();
    for (i, &a) in all.iter().enumerate() {
        for (j, &b) in all.iter().enumerate() {
            if i != j && alike(a, b) && ordered(&values[i], &values[j], tried) {
                found.push((a, b));
            }
        }
    }
    let all = found.clone();
    found.retain(|&(a, b)| {
        !all.iter()
            .any(|&(x, m)| x == a && m != b && all.contains(&(m, b)))
    });
    found
}

fn ordered(low: &[f64], high: &[f64], tried: usize) -> bool {
    let mut rows = Vec::new();
    let mut apart = false;
    for (row, (a, b)) in low.iter().zip(high).enumerate() {
        if a > b {
            return false;
        }
        if a <= b {
            rows.push(row);
            apart |= a < b;
        }
    }
    if rows.len() < FEWEST || !apart {
        return false;
    }
    let holds = |x: usize, y: usize| low[rows[x]] <= high[rows[y]];
    let ln_p = chance_of_all(rows.len(), holds);
    believed(ln_p, tried) && (ln_p / rows.len() as f64).exp() < 1.0 - OVERLAP
}

/// The next moment that is better learned as a distance. Differences of numbers are not: they add up the errors
/// of both.
pub(crate) fn distance(frame: &Frame) -> Option<Distance> {
    for (a, b) in pairs(frame) {
        let (Column::Instants(from), Column::Instants(until)) =
            (&frame.columns[a], &frame.columns[b])
        else {
            continue;
        };
        let known = from
            .iter()
            .zip(until)
            .all(|(a, b)| b.is_none() || a.is_some());
        if !known || !frame.may_go(b) || has_spikes(&frame.columns[b]) {
            continue;
        }
        let (x, y) = (numbers(&frame.columns[a]), numbers(&frame.columns[b]));
        let apart: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - x).collect();
        if spread(&apart) > NARROWER * spread(&y) {
            continue;
        }
        let whole = |unit: &i64| {
            let mut both = from.iter().zip(until).filter_map(|(a, b)| a.zip(*b));
            both.all(|(a, b)| (b - a) % unit == 0)
        };
        let units = [DAY, 3_600 * SECOND, 60 * SECOND, SECOND];
        return Some(Distance {
            spec: frame.specs[b].clone(),
            from: frame.specs[a].name.clone(),
            unit: units.into_iter().find(whole).unwrap_or(1),
        });
    }
    None
}

/// What is left: pairs that are put in order after they are drawn.
pub(crate) fn sorted(frame: &Frame) -> Option<Sorted> {
    let name = |i: usize| frame.specs[i].name.clone();
    let pairs: Vec<(String, String)> = pairs(frame)
        .into_iter()
        .map(|(a, b)| (name(a), name(b)))
        .collect();
    (!pairs.is_empty()).then_some(Sorted { pairs })
}

fn spread(values: &[f64]) -> f64 {
    let known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    (known.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / known.len().max(1) as f64).sqrt()
}

/// Share of the filled rows that have the most frequent value, and how many values there are.
fn most_frequent(column: &Column) -> (f64, usize) {
    let mut values: Vec<f64> = numbers(column)
        .into_iter()
        .filter(|x| !x.is_nan())
        .collect();
    values.sort_by(f64::total_cmp);
    let runs = values.chunk_by(|a, b| a == b).map(<[f64]>::len);
    let longest = runs.clone().max().unwrap_or(0);
    (longest as f64 / values.len().max(1) as f64, runs.count())
}

/// Share of the filled rows that have the most frequent value.
pub(crate) fn largest_share(column: &Column) -> f64 {
    most_frequent(column).0
}

/// True when many rows share a value of a column that has many.
fn has_spikes(column: &Column) -> bool {
    let (share, different) = most_frequent(column);
    share > SPIKE && different > 20
}
