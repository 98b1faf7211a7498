//! Least squares of one column on others, with coefficients as simple as rounding allows.
//!
//! Each coefficient in its turn is replaced by the shortest number within its tolerance, and the others are fitted
//! anew. What is kept says every row to the last digit.

use crate::coefficient::simple;
use crate::evidence::FEWEST;
use crate::frame::rounded;
use crate::terms::Term;

/// Rows that a fit is tried on first.
const LOOKED: usize = 40;
/// How far from what is said a value may be, in units of its last digit: half of one is rounding.
const HALF: f64 = 0.5 + 1e-6;
/// By how many units of its last digit a column has to vary: a column of a few values is near anything.
const SPREAD: f64 = 3.0;
/// Fewest rows half-way between two numbers that may all have been rounded down: fewer are exceptions.
const DOWN: usize = 5;
/// Tolerances of coefficients, in standard errors: the simplest numbers that say every row are kept.
const TOLERANCES: [f64; 4] = [30.0, 10.0, 3.0, 1.0];

/// A column and those that it may follow from, in the rows that have all.
pub(crate) struct Fit<'a> {
    pub is: &'a [f64],
    pub of: Vec<&'a [f64]>,
    unit: f64,
    decimals: Option<u8>,
    /// Whether there is a constant beside the coefficients.
    constant: bool,
    pub rows: Vec<usize>,
}

/// A coefficient for each column, and a constant.
pub(crate) struct Line {
    pub of: Vec<f64>,
    pub constant: f64,
    /// True when no row is half-way between two numbers and has the one nearer to zero.
    pub exact: bool,
}

impl Line {
    /// True for a column that is the sum of two or three others, or one of its terms: which is computed is chosen
    /// where sums are sought.
    pub(crate) fn is_sum(&self) -> bool {
        let plain = self.constant == 0.0 && self.of.iter().all(|c| c.abs() == 1.0);
        let added = self.of.iter().filter(|c| **c == 1.0).count();
        plain && matches!((self.of.len(), added), (2, 1 | 2) | (3, 1 | 3))
    }
}

impl<'a> Fit<'a> {
    /// `None` when a few rows already show that there is nothing.
    pub(crate) fn new(is: &'a Term, of: Vec<&'a [f64]>, constant: bool) -> Option<Fit<'a>> {
        let values = is.values.as_slice();
        let complete = |row: &usize| !values[*row].is_nan() && of.iter().all(|x| !x[*row].is_nan());
        // Most candidates fail here, before all rows are looked at.
        let looked: Vec<usize> = (0..values.len()).filter(complete).take(LOOKED).collect();
        let mut fit = Fit {
            is: values,
            of: of.clone(),
            unit: is.unit,
            decimals: is.decimals,
            constant,
            rows: looked,
        };
        // The fit leaves each row no more than rounding would, and a little for what is still unknown.
        let few = fit.fitted(&vec![None; of.len()])?;
        if fit.rows.len() < LOOKED || fit.farthest(&few) > 2.0 * HALF {
            return None;
        }
        fit.rows = (0..values.len()).filter(complete).collect();
        (fit.rows.len() >= FEWEST).then_some(fit)
    }

    /// By how much a column varies; without a constant, how far it is from zero.
    fn extent(&self, values: &[f64]) -> f64 {
        let known = self.rows.iter().map(|&row| values[row]);
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = known.fold(ends, |(low, high), x| (low.min(x), high.max(x)));
        match self.constant {
            true => high - low,
            false => low.abs().max(high.abs()),
        }
    }

    /// The farthest that a row is from what is said, in units of the last digit.
    fn farthest(&self, coefficients: &[f64]) -> f64 {
        let far = |&row: &usize| (self.is[row] - self.said(coefficients, row)).abs();
        self.rows.iter().map(far).fold(0.0, f64::max) / self.unit
    }

    /// The constant comes last.
    fn said(&self, coefficients: &[f64], row: usize) -> f64 {
        let (constant, others) = coefficients.split_last().unwrap_or((&0.0, &[]));
        let terms = self.of.iter().zip(others);
        constant + terms.map(|(x, c)| c * x[row]).sum::<f64>()
    }

    fn mean(&self, value: impl Fn(usize) -> f64) -> f64 {
        match self.constant {
            true => self.rows.iter().map(|&r| value(r)).sum::<f64>() / self.rows.len() as f64,
            false => 0.0,
        }
    }

    /// Least squares for the coefficients that are not known yet, and the constant.
    fn fitted(&self, known: &[Option<f64>]) -> Option<Vec<f64>> {
        let free: Vec<usize> = (0..known.len()).filter(|i| known[*i].is_none()).collect();
        let rest = |row: usize| {
            let said = (self.of.iter().zip(known)).filter_map(|(x, c)| Some((*c)? * x[row]));
            self.is[row] - said.sum::<f64>()
        };
        let means: Vec<f64> = (free.iter())
            .map(|&at| self.mean(|row| self.of[at][row]))
            .collect();
        let middle = self.mean(rest);
        let k = free.len();
        let mut matrix = vec![vec![0.0; k + 1]; k];
        let mut x = vec![0.0; k];
        for &row in &self.rows {
            for (i, &at) in free.iter().enumerate() {
                x[i] = self.of[at][row] - means[i];
            }
            let y = rest(row) - middle;
            for (i, line) in matrix.iter_mut().enumerate() {
                (line.iter_mut().zip(&x)).for_each(|(sum, other)| *sum += x[i] * other);
                line[k] += x[i] * y;
            }
        }
        let solved = solve(matrix)?;
        let mut all: Vec<f64> = known.iter().map(|c| c.unwrap_or_default()).collect();
        (free.iter().zip(&solved)).for_each(|(at, c)| all[*at] = *c);
        all.push(middle - solved.iter().zip(&means).map(|(c, m)| c * m).sum::<f64>());
        Some(all)
    }

    /// The line with the simplest coefficients that says every row.
    pub(crate) fn simplest(&self) -> Option<Line> {
        let varies = (self.rows.iter()).fold((f64::INFINITY, f64::NEG_INFINITY), |ends, &row| {
            (ends.0.min(self.is[row]), ends.1.max(self.is[row]))
        });
        if varies.1 - varies.0 < SPREAD * self.unit * self.of.len() as f64 {
            return None;
        }
        let loose = self.fitted(&vec![None; self.of.len()])?;
        if self.farthest(&loose) > 1.5 * HALF {
            return None;
        }
        TOLERANCES.iter().find_map(|errors| self.within(*errors))
    }

    /// The line with the simplest coefficients within so many standard errors.
    fn within(&self, errors: f64) -> Option<Line> {
        let mut known: Vec<Option<f64>> = vec![None; self.of.len()];
        for at in 0..self.of.len() {
            let fitted = self.fitted(&known)?[at];
            let error = self.unit / (self.extent(self.of[at]) * (self.rows.len() as f64).sqrt());
            let tolerance = errors * error;
            known[at] = Some(simple(fitted - tolerance, fitted + tolerance));
        }
        let of: Vec<f64> = known.into_iter().flatten().collect();
        let (low, high) = self.constants(&of)?;
        let constant = match low <= 0.0 && 0.0 <= high {
            true => 0.0,
            false if self.constant => simple(low, high),
            false => return None,
        };
        let whole: Vec<f64> = of.iter().copied().chain([constant]).collect();
        let (up, down) = self.rounded(&whole);
        let says_all = of.iter().all(|c| *c != 0.0) && self.farthest(&whole) <= HALF;
        let exact = down == 0;
        let halves = (up > 0 || down >= DOWN) && down * 20 >= up;
        (says_all && (exact || halves)).then_some(Line {
            of,
            constant,
            exact,
        })
    }

    /// The constants with which every row is said.
    fn constants(&self, coefficients: &[f64]) -> Option<(f64, f64)> {
        let mut bare = coefficients.to_vec();
        bare.push(0.0);
        let ends = (f64::NEG_INFINITY, f64::INFINITY);
        let half = HALF * self.unit;
        let (low, high) = self.rows.iter().fold(ends, |(low, high), &row| {
            let off = self.is[row] - self.said(&bare, row);
            (low.max(off - half), high.min(off + half))
        });
        (low <= high).then_some((low, high))
    }

    /// How many rows half-way between two numbers have the one that is said, and how many the other.
    fn rounded(&self, line: &[f64]) -> (usize, usize) {
        let mut found = (0, 0);
        for &row in &self.rows {
            let said = self.said(line, row);
            let off = (said - self.is[row]).abs() / self.unit;
            let is_said = (rounded(said, self.decimals) - self.is[row]).abs() <= 1e-6 * self.unit;
            match is_said {
                true if off > 0.5 - 1e-6 => found.0 += 1,
                true => {}
                false => found.1 += 1,
            }
        }
        found
    }

    /// Whether a value is one that is said, as near as rounding allows.
    pub(crate) fn is_near(&self, off: f64) -> bool {
        off.abs() <= HALF * self.unit
    }
}

/// The solution of linear equations, the right side in the last column; `None` when there is more than one.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let k = rows.len();
    let scale: Vec<f64> = (0..k).map(|i| rows[i][i]).collect();
    for at in 0..k {
        let best = (at..k).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        rows.swap(at, best);
        let pivot = rows[at][at];
        if pivot.abs() <= 1e-9 * scale[at] || pivot == 0.0 {
            return None;
        }
        let chosen = rows[at].clone();
        for (other, row) in rows.iter_mut().enumerate() {
            if other != at {
                let times = row[at] / pivot;
                (row.iter_mut().zip(&chosen)).for_each(|(x, c)| *x -= times * c);
            }
        }
    }
    Some((0..k).map(|i| rows[i][k] / rows[i][i]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved_or_refused() {
        let found = solve(vec![vec![2.0, 1.0, 5.0], vec![1.0, 3.0, 10.0]]);
        assert!(found.is_some_and(|x| (x[0] - 1.0).abs() < 1e-12 && (x[1] - 3.0).abs() < 1e-12));
        assert_eq!(solve(vec![vec![1.0, 2.0, 1.0], vec![2.0, 4.0, 2.0]]), None);
    }

    #[test]
    fn a_line_is_said_to_the_last_digit_or_not_at_all() {
        let x: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 101)).collect();
        let y = x.iter().map(|x| ((x / 3.0 - 7.0) * 10.0).round() / 10.0);
        let mut y = Term {
            at: 0,
            values: y.collect(),
            unit: 0.1,
            decimals: Some(1),
            has_gaps: false,
        };
        let found = Fit::new(&y, vec![&x], true).and_then(|f| f.simplest());
        let found = found.map(|line| (line.of, line.constant, line.exact));
        assert_eq!(found, Some((vec![1.0 / 3.0], -7.0, true)));
        y.values[150] += 0.1;
        let found = Fit::new(&y, vec![&x], true).and_then(|f| f.simplest());
        assert!(found.is_none());
    }
}
