//! The numeric columns that rules are sought among, with their numbers.

use std::collections::HashSet;
use std::ops::Index;

use crate::evidence::FEWEST;
use crate::frame::{Frame, decimals, numbers};

/// A numeric column.
pub(crate) struct Term {
    /// Where it is in the frame.
    pub at: usize,
    /// Its numbers, NaN where missing.
    pub values: Vec<f64>,
    /// One of the last digit that they have.
    pub unit: f64,
    /// Digits after the point, where they are bounded.
    pub decimals: Option<u8>,
    pub has_gaps: bool,
}

impl Term {
    /// True when it has at least so many different values.
    pub(crate) fn is_varied(&self, different: usize) -> bool {
        let mut seen = HashSet::new();
        let mut known = self.values.iter().filter(|x| !x.is_nan());
        known.any(|x| seen.insert(x.to_bits()) && seen.len() >= different)
    }
}

/// The columns of a frame that have numbers enough, and not one alone.
pub(crate) struct Terms(pub Vec<Term>);

impl Terms {
    pub(crate) fn of(frame: &Frame) -> Terms {
        let term = |at: usize| {
            if !frame.is_number(at) {
                return None;
            }
            let values = numbers(&frame.columns[at]);
            let known = values.iter().filter(|x| !x.is_nan());
            let decimals = decimals(&frame.specs[at]);
            let unit = match decimals {
                Some(d) => 10_f64.powi(-i32::from(d)),
                None => known.clone().fold(0.0, |m: f64, x| m.max(x.abs())) * 1e-9,
            };
            let filled = known.count();
            let has_gaps = filled < values.len();
            let term = Term {
                at,
                values,
                unit,
                decimals,
                has_gaps,
            };
            (filled >= FEWEST && term.is_varied(2)).then_some(term)
        };
        Terms(frame.modelled().into_iter().filter_map(term).collect())
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// True when a rule is sought for one of these columns.
    pub(crate) fn may_hold(&self, frame: &Frame, chosen: &[usize]) -> bool {
        let all = || chosen.iter().map(|i| self[*i].at);
        all().any(|at| frame.wants(at)) && frame.suits(all())
    }
}

impl Index<usize> for Terms {
    type Output = Term;

    fn index(&self, column: usize) -> &Term {
        &self.0[column]
    }
}

/// All choices of `k` of `0..n`, in order.
pub(crate) fn combinations(n: usize, k: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut now: Vec<usize> = (0..k).collect();
    let mut done = k > n;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let out = now.clone();
        let movable = (0..k).rev().find(|&i| now[i] < n - k + i);
        match movable {
            None => done = true,
            Some(i) => {
                now[i] += 1;
                for j in i + 1..k {
                    now[j] = now[j - 1] + 1;
                }
            }
        }
        Some(out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_all_there() {
        assert_eq!(combinations(5, 3).count(), 10);
        assert_eq!(combinations(2, 3).count(), 0);
        assert_eq!(combinations(3, 3).collect::<Vec<_>>(), [vec![0, 1, 2]]);
    }
}
