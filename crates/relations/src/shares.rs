//! Shares of a whole: numbers from 0 on that add up to the same in each row.

use serde::{Deserialize, Serialize};
use verdancy_table::Result;

use crate::frame::{Frame, decimals, numbers, numeric, rounded, storage};

/// The shares and what they add up to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shares {
    pub columns: Vec<String>,
    pub total: f64,
}

impl Shares {
    pub(crate) fn sentence(&self) -> String {
        format!("{} add up to {}", self.columns.join(" + "), self.total)
    }

    fn values(&self, frame: &Frame) -> Result<Vec<Vec<f64>>> {
        (self.columns.iter())
            .map(|c| Ok(numbers(frame.column(c)?)))
            .collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let values = self.values(frame)?;
        let unit = self.unit(frame)?;
        let off = |row: usize| (values.iter().map(|v| v[row]).sum::<f64>() - self.total).abs();
        // NaN is no sum.
        let wrong = |row: &usize| off(*row) > unit * (0.5 * values.len() as f64 + 1e-6);
        Ok((0..frame.rows).filter(wrong).collect())
    }

    fn unit(&self, frame: &Frame) -> Result<f64> {
        let mut unit: f64 = 0.0;
        for name in &self.columns {
            let at = frame.position(name).ok_or_else(crate::frame::strange)?;
            unit = unit.max(
                decimals(&frame.specs[at])
                    .map_or(1e-9 * self.total.abs(), |d| 10_f64.powi(-i32::from(d))),
            );
        }
        Ok(unit)
    }

    /// Makes what was drawn add up. The largest share of a row becomes what the others leave, where it stays the largest:
    /// all others then keep their distributions, however fine. Other rows are scaled to the whole.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let mut values = self.values(frame)?;
        let digits: Vec<Option<u8>> = (self.columns.iter())
            .map(|name| {
                frame
                    .position(name)
                    .and_then(|at| decimals(&frame.specs[at]))
            })
            .collect();
        let mut shares = vec![0.0; values.len()];
        for row in 0..frame.rows {
            for (share, v) in shares.iter_mut().zip(&values) {
                *share = v[row];
            }
            if shares.iter().any(|v| v.is_nan()) {
                continue;
            }
            whole(&mut shares, &digits, self.total);
            for (share, v) in shares.iter().zip(&mut values) {
                v[row] = *share;
            }
        }
        for (name, values) in self.columns.iter().zip(values) {
            let storage = storage(frame.column(name)?);
            frame.set(name, numeric(storage, values))?;
        }
        Ok(())
    }
}

/// Makes `shares`, of which none is NaN, add up to `total`, on the grid of their decimals.
fn whole(shares: &mut [f64], digits: &[Option<u8>], total: f64) {
    for (share, digits) in shares.iter_mut().zip(digits) {
        *share = rounded(share.max(0.0), *digits);
    }
    if left(shares, digits, total) {
        return;
    }
    let sum: f64 = shares.iter().sum();
    let scale = if sum > 0.0 { total / sum } else { 0.0 };
    for (share, digits) in shares.iter_mut().zip(digits) {
        *share = rounded(*share * scale, *digits);
    }
    let at = largest(shares);
    shares[at] = rest(shares, at, total, digits);
}

/// Makes the largest share what the others leave; false, and nothing changed, where it would not stay the largest.
fn left(shares: &mut [f64], digits: &[Option<u8>], total: f64) -> bool {
    let at = largest(shares);
    let rest = rest(shares, at, total, digits);
    let second = (shares.iter().enumerate())
        .filter(|(i, _)| *i != at)
        .fold(0.0, |most: f64, (_, v)| most.max(*v));
    if rest < second {
        return false;
    }
    shares[at] = rest;
    true
}

fn largest(shares: &[f64]) -> usize {
    (1..shares.len()).fold(
        0,
        |best, at| {
            if shares[at] > shares[best] { at } else { best }
        },
    )
}

/// What the shares but that at `at` leave of the whole.
fn rest(shares: &[f64], at: usize, total: f64, digits: &[Option<u8>]) -> f64 {
    let others = shares.iter().sum::<f64>() - shares[at];
    rounded(total - others, digits[at])
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn the_largest_share_takes_what_is_left_and_others_stay() {
        let mut shares = [0.02, 0.7, 0.1, 0.02];
        whole(&mut shares, &[Some(6); 4], 1.0);
        assert_eq!(shares, [0.02, 0.86, 0.1, 0.02]);
    }

    #[test]
    fn rows_far_from_the_whole_are_scaled() {
        let mut shares = [30.0, 60.0, -1.0, 90.0];
        whole(&mut shares, &[Some(0); 4], 100.0);
        assert_eq!(shares, [17.0, 33.0, 0.0, 50.0]);
    }

    #[test]
    fn nothing_drawn_is_given_to_the_first_share() {
        let mut shares = [0.0, 0.0];
        whole(&mut shares, &[None; 2], 1.0);
        assert_eq!(shares, [1.0, 0.0]);
    }
}
