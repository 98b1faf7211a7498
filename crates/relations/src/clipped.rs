//! Numbers that follow from others up to an end: a claim less its deductible but never below zero, a refund up to its
//! limit.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result};

use crate::derived::{Rule, Said};
use crate::evidence::FEWEST;
use crate::frame::{Frame, numbers, numeric};

/// Smallest share of the rows that are at an end, and the largest.
const SHARES: (f64, f64) = (0.001, 0.95);
/// Most columns that may be an end.
const MOST: usize = 60;

/// What is computed, and where it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clipped<F> {
    pub of: Box<F>,
    pub end: End,
    /// True when nothing lies above the end; else nothing lies below it.
    pub most: bool,
}

/// Where a number ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    At(f64),
    Column(String),
}

impl End {
    fn values(&self, frame: &Frame) -> Result<Vec<f64>> {
        match self {
            End::At(x) => Ok(vec![*x; frame.rows]),
            End::Column(name) => frame.column(name).map(numbers),
        }
    }
}

impl<F: Rule> Rule for Clipped<F> {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let said = self.of.of(frame, spec)?;
        let ends = self.end.values(frame)?;
        let clip = |(x, end): (f64, f64)| match self.most {
            _ if x.is_nan() || end.is_nan() => x,
            true => x.min(end),
            false => x.max(end),
        };
        let values = numbers(&said.column).into_iter().zip(ends).map(clip);
        Ok(Said {
            column: numeric(spec.kind.storage(), values.collect()),
            says: said.says,
        })
    }

    fn columns(&self) -> Vec<String> {
        let mut columns = self.of.columns();
        if let End::Column(name) = &self.end {
            columns.push(name.clone());
        }
        columns
    }

    fn words(&self, name: &str) -> String {
        let never = if self.most { "at most" } else { "at least" };
        let end = match &self.end {
            End::At(x) => x.to_string(),
            End::Column(name) => name.clone(),
        };
        format!("{}, {never} {end}", self.of.words(name))
    }

    fn is_exact(&self) -> bool {
        self.of.is_exact()
    }

    fn units(&self) -> f64 {
        self.of.units()
    }
}

/// An end that a column has, and the rows that are not at it.
pub(crate) struct Apart {
    pub end: End,
    pub most: bool,
    pub rows: Vec<usize>,
}

/// Where column `at` may end: its own extremes, or another column, in as many rows as `least` people have.
pub(crate) fn ends(frame: &Frame, at: usize, least: usize) -> Vec<Apart> {
    let is = numbers(&frame.columns[at]);
    let n = is.iter().filter(|x| !x.is_nan()).count();
    let apart = |end: End, most: bool| {
        let values = end.values(frame).ok()?;
        let is_there = |row: &usize| !is[*row].is_nan() && is[*row] == values[*row];
        let (there, rows): (Vec<usize>, Vec<usize>) = (0..frame.rows).partition(is_there);
        let beyond = |&row: &usize| {
            if most {
                is[row] > values[row]
            } else {
                is[row] < values[row]
            }
        };
        let share = there.len() as f64 / n as f64;
        // Another column is an end where it is more than the own one.
        let own = match &end {
            End::At(_) => f64::NAN,
            End::Column(_) => is[*there.first()?],
        };
        let people: Vec<u32> = there.iter().map(|row| *row as u32).collect();
        let fits = (SHARES.0..=SHARES.1).contains(&share)
            && n - there.len() >= FEWEST
            && frame.people(&people, least) >= least
            && there.iter().any(|row| is[*row] != own)
            && !rows.iter().any(beyond);
        fits.then_some(Apart { end, most, rows })
    };
    let known = || is.iter().copied().filter(|x| !x.is_nan());
    let own = [
        (known().fold(f64::INFINITY, f64::min), false),
        (known().fold(f64::NEG_INFINITY, f64::max), true),
    ];
    let own = own.into_iter().map(|(x, most)| (End::At(x), most));
    let others = (frame.modelled().into_iter())
        .filter(|&i| i != at && frame.is_number(i))
        .take(MOST)
        .flat_map(|i| {
            let name = &frame.specs[i].name;
            [true, false].map(|most| (End::Column(name.clone()), most))
        });
    own.chain(others)
        .filter_map(|(end, most)| apart(end, most))
        .collect()
}
