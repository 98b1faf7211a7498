//! Columns as codes: categories as they are, numbers in ten bins of equal width over the training
//! rows' range with open ends, missing cells as a code of their own.

use std::borrow::Cow;

use crate::prepared::{Judged, Parts, Prepared, Values};

/// A level that at most so many people of the training rows have may have been left out to protect
/// them: as many as the profile `strict` asks for.
pub(crate) const FEW: u32 = 12;

/// Bins of a numeric column.
const BINS: usize = 10;

/// Rows that pairs and bin edges are taken from: the first so many of each table.
pub(crate) const HEAD: usize = 50_000;

/// The first [`HEAD`] entries.
pub(crate) fn head<T>(values: &[T]) -> &[T] {
    &values[..values.len().min(HEAD)]
}

/// A column of codes below `levels`, for all tables.
pub(crate) struct Coded<'a> {
    pub levels: usize,
    pub train: Cow<'a, [u32]>,
    pub test: Cow<'a, [u32]>,
    pub synthetic: Cow<'a, [u32]>,
    /// Levels that few people of the training rows have; empty for numbers.
    pub few: Vec<bool>,
    edges: Option<[f64; BINS - 1]>,
}

impl<'a> Coded<'a> {
    pub fn new(p: &Prepared, column: &'a Judged) -> Coded<'a> {
        match &column.values {
            Values::Levels(l) => Coded {
                levels: l.levels.len(),
                train: Cow::Borrowed(&l.codes.train),
                test: Cow::Borrowed(&l.codes.test),
                synthetic: Cow::Borrowed(&l.codes.synthetic),
                few: (people(&l.codes.train, l.levels.len(), p.subjects.train.as_deref()).iter())
                    .map(|&n| n <= FEW)
                    .collect(),
                edges: None,
            },
            Values::Numeric(v) => binned(v),
        }
    }

    /// The code of a numeric value; of no use for categories.
    pub fn code(&self, x: f64) -> u32 {
        self.edges.as_ref().map_or(0, |e| bin(e, x))
    }
}

/// How many people have each level; rows where the table names no people.
fn people(codes: &[u32], levels: usize, subjects: Option<&[u32]>) -> Vec<u32> {
    let mut out = vec![0; levels];
    match subjects {
        None => codes.iter().for_each(|&c| out[c as usize] += 1),
        Some(subjects) => {
            let mut held: Vec<(u32, u32)> = codes
                .iter()
                .copied()
                .zip(subjects.iter().copied())
                .collect();
            held.sort_unstable();
            held.dedup();
            held.iter().for_each(|&(c, _)| out[c as usize] += 1);
        }
    }
    out
}

fn binned<'a>(v: &Parts<Vec<f64>>) -> Coded<'a> {
    let edges = edges(head(&v.train));
    let codes = |v: &[f64]| Cow::Owned(v.iter().map(|&x| bin(&edges, x)).collect());
    Coded {
        levels: BINS + 1,
        train: codes(&v.train),
        test: codes(&v.test),
        synthetic: codes(&v.synthetic),
        few: Vec::new(),
        edges: Some(edges),
    }
}

/// Inner edges as `numpy.histogram_bin_edges(values, 10)` has them.
fn edges(values: &[f64]) -> [f64; BINS - 1] {
    let (mut low, mut high) = range(values).unwrap_or((0.0, 1.0));
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let step = (high - low) / BINS as f64;
    std::array::from_fn(|i| {
        let i = (i + 1) as f64;
        if step.is_finite() {
            i * step + low
        } else {
            let share = i / BINS as f64;
            low * (1.0 - share) + high * share
        }
    })
}

/// Bins are open on the left and closed on the right; the code after the last is "missing".
fn bin(edges: &[f64; BINS - 1], x: f64) -> u32 {
    if x.is_nan() {
        BINS as u32
    } else {
        edges.iter().map(|&e| u32::from(e < x)).sum()
    }
}

/// Least and greatest value that is not missing.
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    values
        .iter()
        .filter(|x| !x.is_nan())
        .fold(None, |r, &x| match r {
            None => Some((x, x)),
            Some((a, b)) => Some((a.min(x), b.max(x))),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_closed_on_the_right() {
        let e = edges(&[0.0, 10.0, f64::NAN]);
        assert_eq!(e, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        let code = |x| bin(&e, x);
        assert_eq!(
            [-5.0, 0.0, 1.0, 1.5, 9.0, 99.0, f64::NAN].map(code),
            [0, 0, 0, 1, 8, 9, 10]
        );
    }

    #[test]
    fn people_are_counted_once_for_a_level() {
        let codes = [0, 0, 1, 0, 1];
        assert_eq!(people(&codes, 3, None), [3, 2, 0]);
        assert_eq!(people(&codes, 3, Some(&[7, 7, 7, 7, 8])), [1, 2, 0]);
    }

    #[test]
    fn no_spread_no_value_and_too_much_spread() {
        assert_eq!(bin(&edges(&[3.0]), 3.0), 4);
        assert_eq!(bin(&edges(&[]), f64::NAN), 10);
        assert!(edges(&[-1e308, 1e308]).iter().all(|e| e.is_finite()));
    }
}
