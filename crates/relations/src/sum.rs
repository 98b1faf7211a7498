//! Numbers that are the sum or difference of others, or add up to a constant.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, decimals, numbers, numeric, rounded};
use crate::order::largest_share;
use crate::shares::Shares;

/// Most columns among which sums of any two or three are sought.
const MOST: usize = 40;
/// Most columns next to each other that are added up.
const RUN: usize = 16;

/// What rounding may explain of a sum that is not exact, as a share of the standard deviation of its terms.
const ROUNDING: f64 = 0.25;

/// A constant and terms with their signs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sum {
    pub constant: f64,
    pub terms: Vec<(String, f64)>,
}

impl Rule for Sum {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let mut sum = vec![self.constant; frame.rows];
        for (name, sign) in &self.terms {
            let values = numbers(frame.column(name)?);
            sum.iter_mut().zip(values).for_each(|(s, x)| *s += sign * x);
        }
        let digits = decimals(spec);
        let sum = sum.into_iter().map(|x| rounded(x, digits)).collect();
        Ok(Said::present(numeric(spec.kind.storage(), sum)))
    }

    fn columns(&self) -> Vec<String> {
        self.terms.iter().map(|t| t.0.clone()).collect()
    }

    fn words(&self, name: &str) -> String {
        let mut text = format!("{name} =");
        if self.constant != 0.0 {
            text.push_str(&format!(" {}", self.constant));
        }
        for (at, (term, sign)) in self.terms.iter().enumerate() {
            let first = at == 0 && self.constant == 0.0;
            text.push_str(match (*sign < 0.0, first) {
                (true, _) => " - ",
                (false, true) => " ",
                (false, false) => " + ",
            });
            text.push_str(term);
        }
        text
    }

    fn units(&self) -> f64 {
        0.5 * (self.terms.len() + 1) as f64
    }
}

/// The columns that sums are sought among, with their numbers.
pub(crate) struct Terms {
    at: Vec<usize>,
    values: Vec<Vec<f64>>,
    unit: Vec<f64>,
}

impl Terms {
    pub(crate) fn of(frame: &Frame) -> Terms {
        let mut terms = Terms {
            at: Vec::new(),
            values: Vec::new(),
            unit: Vec::new(),
        };
        for at in frame.modelled() {
            let storage = frame.specs[at].kind.storage();
            if !matches!(storage, Storage::Numbers | Storage::Integers) {
                continue;
            }
            let values = numbers(&frame.columns[at]);
            let mut seen: Vec<u64> = values
                .iter()
                .filter(|x| !x.is_nan())
                .map(|x| x.to_bits())
                .collect();
            let filled = seen.len();
            seen.sort_unstable();
            seen.dedup();
            if seen.len() < 2 || filled < FEWEST {
                continue;
            }
            let scale = values
                .iter()
                .filter(|x| !x.is_nan())
                .fold(0.0, |m: f64, x| m.max(x.abs()));
            terms.unit.push(match decimals(&frame.specs[at]) {
                Some(d) => 10_f64.powi(-i32::from(d)),
                None => scale * 1e-9,
            });
            terms.at.push(at);
            terms.values.push(values);
        }
        terms
    }

    /// True when the sum of each row is 0 as near as rounding allows, in rows that have all values; and chance
    /// would not make it so.
    fn holds(&self, signed: &[(usize, f64)], constant: f64, tried: usize) -> bool {
        let unit = (signed.iter()).fold(0.0, |most: f64, (i, _)| most.max(self.unit[*i]));
        let rounding = unit * (0.5 * signed.len() as f64 + 1e-6);
        let rest = |row: usize| -> f64 {
            let terms = signed.iter().map(|(i, s)| s * self.values[*i][row]);
            constant + terms.sum::<f64>()
        };
        let (mut rows, mut farthest) = (Vec::new(), 0.0_f64);
        for row in 0..self.values[signed[0].0].len() {
            let rest = rest(row);
            if rest.is_nan() {
                continue;
            }
            if rest.abs() > rounding {
                return false;
            }
            farthest = farthest.max(rest.abs());
            rows.push(row);
        }
        if rows.len() < FEWEST {
            return false;
        }
        let exact = unit * 1e-6;
        let tolerance = if farthest <= exact { exact } else { rounding };
        // What rounding explains has to be little beside what the columns do.
        let spread: f64 = signed.iter().map(|(i, _)| self.spread(*i, &rows)).sum();
        if farthest > exact && rounding > ROUNDING * spread.sqrt() {
            return false;
        }
        // Each column in its turn against the others of another row: none may be idle.
        signed.iter().all(|(own, sign)| {
            let mixed = |x: usize, y: usize| {
                let (x, y) = (rows[x], rows[y]);
                let other = rest(x) - sign * self.values[*own][x] + sign * self.values[*own][y];
                other.abs() <= tolerance
            };
            believed(chance_of_all(rows.len(), mixed), tried)
        })
    }

    /// The variance of a column in these rows.
    fn spread(&self, column: usize, rows: &[usize]) -> f64 {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|&r| self.values[column][r]).sum::<f64>() / n;
        let squares = rows
            .iter()
            .map(|&r| (self.values[column][r] - mean).powi(2));
        squares.sum::<f64>() / n
    }
}

/// The next sum in the frame, as the column that is left out and its rule.
pub(crate) fn find(frame: &Frame) -> Option<Derived<Sum>> {
    let terms = Terms::of(frame);
    let n = terms.at.len();
    let tried = n.pow(4).max(1);
    let signs: [&[f64]; 2] = [&[1.0, 1.0, -1.0], &[1.0, 1.0, 1.0, -1.0]];
    for signs in signs {
        let most = if signs.len() == 3 { MOST } else { MOST / 2 };
        for signed in combinations(n.min(most), signs.len()) {
            for odd in 0..signed.len() {
                let mut with: Vec<(usize, f64)> = signed.iter().map(|&i| (i, 1.0)).collect();
                with[odd].1 = -1.0;
                if terms.holds(&with, 0.0, tried)
                    && let Some(found) = solved(frame, &terms, &with, odd)
                {
                    return Some(found);
                }
            }
        }
    }
    for group in groups(n) {
        if let Some(constant) = terms.constant(&group)
            && !terms.are_shares(&group)
            && !terms.are_flags(&group)
            && terms.holds(&group, -constant, tried)
            && let Some(found) = complement(frame, &terms, &group, constant)
        {
            return Some(found);
        }
    }
    // Longer sums: columns next to each other and a total before or behind them.
    for length in 4..=RUN.min(n.saturating_sub(1)) {
        for first in 0..=(n - length) {
            let run: Vec<(usize, f64)> = (first..first + length).map(|i| (i, 1.0)).collect();
            let around = [first.checked_sub(1), Some(first + length)];
            for total in around.into_iter().flatten().filter(|t| *t < n) {
                let mut with = run.clone();
                with.push((total, -1.0));
                if terms.holds(&with, 0.0, tried)
                    && let Some(found) = solved(frame, &terms, &with, length)
                {
                    return Some(found);
                }
            }
        }
    }
    None
}

/// Columns that may add up to a constant: side by side, or any two or three (of few columns, four).
fn groups(n: usize) -> impl Iterator<Item = Vec<(usize, f64)>> {
    let runs = (2..=RUN.min(n))
        .flat_map(move |length| (0..=n - length).map(move |at| (at..at + length).collect()));
    let any = [(2, MOST), (3, MOST), (4, MOST / 2)]
        .into_iter()
        .flat_map(move |(length, most)| combinations(n.min(most), length))
        // The others are side by side.
        .filter(|chosen| chosen.windows(2).any(|pair| pair[1] != pair[0] + 1));
    let positive = |chosen: Vec<usize>| chosen.into_iter().map(|i| (i, 1.0)).collect();
    runs.chain(any).map(positive)
}

/// The next columns that are shares of a whole.
pub(crate) fn find_shares(frame: &Frame) -> Option<Shares> {
    let terms = Terms::of(frame);
    let n = terms.at.len();
    for group in groups(n) {
        let firm = group.iter().any(|(i, _)| !frame.may_go(terms.at[*i]));
        if let Some(total) = terms.constant(&group)
            && !firm
            && terms.are_shares(&group)
            && terms.holds(&group, -total, n.pow(4))
        {
            let name = |(i, _): &(usize, f64)| frame.specs[terms.at[*i]].name.clone();
            let columns = group.iter().map(name).collect();
            return Some(Shares { columns, total });
        }
    }
    None
}

impl Terms {
    /// True when no column of `run` is negative, and none is a flag.
    fn are_shares(&self, run: &[(usize, f64)]) -> bool {
        let mut seen = run.iter().map(|(i, _)| &self.values[*i]);
        seen.all(|v| {
            v.iter().all(|x| x.is_nan() || *x >= 0.0)
                && v.iter().any(|x| *x != 0.0 && *x != 1.0 && !x.is_nan())
        })
    }

    /// True when all columns of `run` are 0 or 1: of these, combinations say more.
    fn are_flags(&self, run: &[(usize, f64)]) -> bool {
        let mut seen = run.iter().flat_map(|(i, _)| &self.values[*i]);
        seen.all(|x| *x == 0.0 || *x == 1.0 || x.is_nan())
    }

    /// What the columns of `run` add up to in the first rows, if it is about one number other than zero.
    fn constant(&self, run: &[(usize, f64)]) -> Option<f64> {
        let rows = self.values[run[0].0].len();
        let sums = (0..rows)
            .map(|row| run.iter().map(|(i, _)| self.values[*i][row]).sum::<f64>())
            .filter(|x| !x.is_nan());
        let mut sums: Vec<f64> = sums.take(101).collect();
        sums.sort_by(f64::total_cmp);
        let middle = *sums.get(sums.len() / 2)?;
        let unit = (run.iter()).fold(0.0, |most: f64, (i, _)| most.max(self.unit[*i]));
        let apart = sums.last()? - sums.first()?;
        if apart > unit * (run.len() as f64 + 1e-6) {
            return None;
        }
        let nearest = middle.round();
        let value = if (middle - nearest).abs() < 0.05 * nearest.abs() {
            nearest
        } else {
            middle
        };
        let idle = run
            .iter()
            .any(|(i, _)| self.values[*i].iter().all(|x| *x == 0.0));
        (value != 0.0 && !idle).then_some(value)
    }
}

/// The sum solved for one of its columns: the one that stands alone where it may go, else another.
fn solved(
    frame: &Frame,
    terms: &Terms,
    with: &[(usize, f64)],
    alone: usize,
) -> Option<Derived<Sum>> {
    // A column of which many rows share a value is better learned than computed: a sum would lose it.
    // In tenths: what chance makes frequent in a few hundred rows is no spike.
    let spiked = |own: usize| (10.0 * largest_share(&frame.columns[terms.at[with[own].0]])) as u32;
    let others = (0..with.len()).filter(|i| *i != alone);
    let mut order: Vec<usize> = std::iter::once(alone).chain(others).collect();
    order.sort_by_key(|own| spiked(*own));
    let mut overwritten = None;
    for own in order {
        let (to, sign) = with[own];
        let others = with.iter().enumerate().filter(|(i, _)| *i != own);
        let sum = Sum {
            constant: 0.0,
            terms: others
                .map(|(_, (i, s))| (frame.specs[terms.at[*i]].name.clone(), -s / sign))
                .collect(),
        };
        match accept(frame, terms.at[to], sum) {
            Some(found) if found.left_out => return Some(found),
            found => overwritten = overwritten.or(found),
        }
    }
    overwritten
}

/// A constant less all columns but the one that varies most.
fn complement(
    frame: &Frame,
    terms: &Terms,
    run: &[(usize, f64)],
    constant: f64,
) -> Option<Derived<Sum>> {
    let spread = |i: usize| {
        let values: Vec<f64> = terms.values[i]
            .iter()
            .copied()
            .filter(|x| !x.is_nan())
            .collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        values.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
    };
    let mut order: Vec<usize> = run.iter().map(|r| r.0).collect();
    order.sort_by(|a, b| spread(*b).total_cmp(&spread(*a)));
    let mut overwritten = None;
    for own in order {
        let others = run.iter().filter(|(i, _)| *i != own);
        let sum = Sum {
            constant,
            terms: others
                .map(|(i, _)| (frame.specs[terms.at[*i]].name.clone(), -1.0))
                .collect(),
        };
        match accept(frame, terms.at[own], sum) {
            Some(found) if found.left_out => return Some(found),
            found => overwritten = overwritten.or(found),
        }
    }
    overwritten
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
