//! Numbers that are the sum or difference of others, or add up to a constant.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result};

use crate::coefficient::spoken;
use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, Solve, decimals, grid, numbers, numeric, variance};
use crate::order::largest_share;
use crate::rounding::Rounding;
use crate::shares::Shares;
use crate::terms::{Terms, combinations};

/// Most columns among which sums of any two or three are sought.
const MOST: usize = 40;
/// Most columns next to each other that are added up.
const RUN: usize = 16;

/// What rounding may explain of a sum that is not exact, as a share of the standard deviation of its terms.
const ROUNDING: f64 = 0.25;
/// Share of a unit of the last digit that adding up binary fractions may leave.
const EXACT: f64 = 1e-6;

/// A constant and terms with their signs, or other coefficients.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sum {
    pub constant: f64,
    pub terms: Vec<(String, f64)>,
    /// True when no training row is off by more than the error of adding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
    #[serde(default, skip_serializing_if = "Rounding::is_nearest")]
    pub rounding: Rounding,
}

impl Sum {
    /// The sum of each row, not rounded.
    pub(crate) fn bare(&self, frame: &Frame) -> Result<Vec<f64>> {
        let mut sum = vec![self.constant; frame.rows];
        for (name, sign) in &self.terms {
            let values = numbers(frame.column(name)?);
            sum.iter_mut().zip(values).for_each(|(s, x)| *s += sign * x);
        }
        Ok(sum)
    }
}

impl Rule for Sum {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let digits = decimals(spec);
        let sum = self.bare(frame)?;
        let sum = (sum.into_iter())
            .map(|x| self.rounding.round(x, digits))
            .collect();
        Ok(Said::present(numeric(spec.kind.storage(), sum)))
    }

    fn columns(&self) -> Vec<String> {
        self.terms.iter().map(|t| t.0.clone()).collect()
    }

    fn words(&self, name: &str) -> String {
        let mut text = format!("{name} =");
        // What is added comes before what is taken away.
        let (plus, minus): (Vec<_>, Vec<_>) = self.terms.iter().partition(|t| t.1 > 0.0);
        let last = self.constant < 0.0 && !plus.is_empty();
        if self.constant != 0.0 && !last {
            text.push_str(&format!(" {}", spoken(self.constant)));
        }
        for (at, (term, sign)) in plus.into_iter().chain(minus).enumerate() {
            let first = at == 0 && (self.constant == 0.0 || last);
            text.push_str(match (*sign < 0.0, first) {
                (true, _) => " - ",
                (false, true) => " ",
                (false, false) => " + ",
            });
            if sign.abs() != 1.0 {
                text.push_str(&format!("{} x ", spoken(sign.abs())));
            }
            text.push_str(term);
        }
        if last {
            text.push_str(&format!(" - {}", spoken(-self.constant)));
        }
        text + self.rounding.words()
    }

    fn is_exact(&self) -> bool {
        self.exact
    }

    fn units(&self) -> f64 {
        match self.exact {
            true => EXACT,
            false => 0.5 * (self.terms.len() + 1) as f64,
        }
    }
}

/// How near the rows come to a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nearness {
    Exact,
    /// As near as rounding of the terms allows.
    Rounded,
}

impl Terms {
    /// How near to 0 the sum of each row is, in rows that have all values: `None` when rounding does not explain
    /// what is left, or chance would make it so.
    fn holds(&self, signed: &[(usize, f64)], constant: f64, tried: usize) -> Option<Nearness> {
        let unit = (signed.iter()).fold(0.0, |most: f64, (i, _)| most.max(self[*i].unit));
        let rounding = unit * (0.5 * signed.len() as f64 + 1e-6);
        let rest = |row: usize| -> f64 {
            let terms = signed.iter().map(|(i, s)| s * self[*i].values[row]);
            constant + terms.sum::<f64>()
        };
        let (mut rows, mut farthest) = (Vec::new(), 0.0_f64);
        for row in 0..self[signed[0].0].values.len() {
            let rest = rest(row);
            if rest.is_nan() {
                continue;
            }
            if rest.abs() > rounding {
                return None;
            }
            farthest = farthest.max(rest.abs());
            rows.push(row);
        }
        if rows.len() < FEWEST {
            return None;
        }
        let exact = unit * EXACT;
        let tolerance = if farthest <= exact { exact } else { rounding };
        // What rounding explains has to be little beside what the columns do.
        let of_rows = |i: usize| variance(rows.iter().map(move |&r| self[i].values[r]));
        let spread: f64 = signed.iter().map(|(i, _)| of_rows(*i)).sum();
        if farthest > exact && rounding > ROUNDING * spread.sqrt() {
            return None;
        }
        // Each column in its turn against the others of another row: none may be idle.
        let needed = signed.iter().all(|(own, sign)| {
            let mixed = |x: usize, y: usize| {
                let (x, y) = (rows[x], rows[y]);
                let other = rest(x) - sign * self[*own].values[x] + sign * self[*own].values[y];
                other.abs() <= tolerance
            };
            believed(chance_of_all(rows.len(), mixed), tried)
        });
        needed.then_some(match farthest <= exact {
            true => Nearness::Exact,
            false => Nearness::Rounded,
        })
    }
}

/// The next sum in the frame, as the column that is left out and its rule. Columns to `avoid` are left out only where
/// no other may be.
pub(crate) fn find(frame: &Frame, avoid: &[String]) -> Option<Derived<Sum>> {
    let terms = Terms::of(frame);
    let n = terms.len();
    let tried = n.pow(4).max(1);
    let signs: [&[f64]; 2] = [&[1.0, 1.0, -1.0], &[1.0, 1.0, 1.0, -1.0]];
    for signs in signs {
        let most = if signs.len() == 3 { MOST } else { MOST / 2 };
        let mut wanted: Vec<Vec<usize>> = combinations(n.min(most), signs.len())
            .filter(|chosen| terms.may_hold(frame, chosen))
            .collect();
        // What holds where cells are missing says less.
        wanted.sort_by_key(|chosen| chosen.iter().any(|i| terms[*i].has_gaps));
        for signed in wanted {
            for odd in 0..signed.len() {
                let mut with: Vec<(usize, f64)> = signed.iter().map(|&i| (i, 1.0)).collect();
                with[odd].1 = -1.0;
                if let Some(near) = terms.holds(&with, 0.0, tried)
                    && let Some(found) = solved((frame, avoid), &terms, &with, (odd, near))
                {
                    return Some(found);
                }
            }
        }
    }
    for group in groups(n) {
        let members: Vec<usize> = group.iter().map(|(i, _)| *i).collect();
        if terms.may_hold(frame, &members)
            && let Some(constant) = terms.constant(&group)
            && !is_whole(&terms, &group)
            && !terms.are_flags(&group)
            && let Some(near) = terms.holds(&group, -constant, tried)
            && let Some(found) = complement((frame, avoid), &terms, &group, (constant, near))
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
                let members: Vec<usize> = with.iter().map(|(i, _)| *i).collect();
                if terms.may_hold(frame, &members)
                    && let Some(near) = terms.holds(&with, 0.0, tried)
                    && let Some(found) = solved((frame, avoid), &terms, &with, (length, near))
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

/// True for shares of a whole. Of two, one is what the other leaves.
fn is_whole(terms: &Terms, group: &[(usize, f64)]) -> bool {
    group.len() > 2 && terms.are_shares(group)
}

/// The next columns that are shares of a whole.
pub(crate) fn find_shares(frame: &Frame) -> Option<Shares> {
    let terms = Terms::of(frame);
    let n = terms.len();
    for group in groups(n) {
        let firm = group.iter().any(|(i, _)| !frame.may_go(terms[*i].at));
        if let Some(total) = terms.constant(&group)
            && !firm
            && is_whole(&terms, &group)
            && terms.holds(&group, -total, n.pow(4)).is_some()
        {
            let name = |(i, _): &(usize, f64)| frame.specs[terms[*i].at].name.clone();
            let columns = group.iter().map(name).collect();
            return Some(Shares { columns, total });
        }
    }
    None
}

impl Terms {
    /// For each column of an exact sum, whether it would lose something by being computed: the others are finer
    /// than it, so that the sum would have to be rounded. Rounded sums are computed from any columns.
    fn lossy(&self, signed: &[(usize, f64)], near: Nearness) -> Vec<bool> {
        let steps: Vec<f64> = signed.iter().map(|(i, _)| grid(&self[*i].values)).collect();
        let finest = steps.iter().copied().fold(f64::INFINITY, f64::min);
        let coarser = |step: f64| near == Nearness::Exact && step > finest * 1.5;
        steps.into_iter().map(coarser).collect()
    }

    /// True when no column of `run` is negative, and none is a flag.
    fn are_shares(&self, run: &[(usize, f64)]) -> bool {
        let mut seen = run.iter().map(|(i, _)| &self[*i].values);
        seen.all(|v| {
            v.iter().all(|x| x.is_nan() || *x >= 0.0)
                && v.iter().any(|x| *x != 0.0 && *x != 1.0 && !x.is_nan())
        })
    }

    /// True when all columns of `run` are 0 or 1: of these, combinations say more.
    fn are_flags(&self, run: &[(usize, f64)]) -> bool {
        let mut seen = run.iter().flat_map(|(i, _)| &self[*i].values);
        seen.all(|x| *x == 0.0 || *x == 1.0 || x.is_nan())
    }

    /// What the columns of `run` add up to in the first rows, if it is about one number other than zero.
    fn constant(&self, run: &[(usize, f64)]) -> Option<f64> {
        let rows = self[run[0].0].values.len();
        let sums = (0..rows)
            .map(|row| run.iter().map(|(i, _)| self[*i].values[row]).sum::<f64>())
            .filter(|x| !x.is_nan());
        let mut sums: Vec<f64> = sums.take(101).collect();
        sums.sort_by(f64::total_cmp);
        let middle = *sums.get(sums.len() / 2)?;
        let unit = (run.iter()).fold(0.0, |most: f64, (i, _)| most.max(self[*i].unit));
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
            .any(|(i, _)| self[*i].values.iter().all(|x| *x == 0.0));
        (value != 0.0 && !idle).then_some(value)
    }
}

/// The sum solved for one of its columns: the one that stands alone where it may go, else another.
fn solved(
    (frame, avoid): (&Frame, &[String]),
    terms: &Terms,
    with: &[(usize, f64)],
    (alone, near): (usize, Nearness),
) -> Option<Derived<Sum>> {
    // A column of which many rows share a value is better learned than computed: a sum would lose it.
    // In twentieths: what chance makes frequent in a few hundred rows is no spike.
    let spiked = |own: usize| (20.0 * largest_share(&frame.columns[terms[with[own].0].at])) as u32;
    let others = (0..with.len()).filter(|i| *i != alone);
    let mut order: Vec<usize> = std::iter::once(alone).chain(others).collect();
    let lossy = terms.lossy(with, near);
    let avoided = |own: usize| avoid.contains(&frame.specs[terms[with[own].0].at].name);
    if !avoid.is_empty() {
        // In the place of a column that is defined otherwise, the one that varies most.
        let spread = |own: usize| variance(terms[with[own].0].values.iter().copied());
        order[1..].sort_by(|a, b| spread(*b).total_cmp(&spread(*a)));
    }
    order.retain(|own| frame.solve == Solve::Best || frame.wants(terms[with[*own].0].at));
    order.sort_by_key(|own| (lossy[*own], avoided(*own), spiked(*own)));
    let sum = |own: usize| {
        let others = with.iter().enumerate().filter(|(i, _)| *i != own);
        let name = |i: usize| frame.specs[terms[i].at].name.clone();
        Sum {
            constant: 0.0,
            terms: others
                .map(|(_, (i, s))| (name(*i), -s / with[own].1))
                .collect(),
            exact: near == Nearness::Exact,
            rounding: Rounding::Nearest,
        }
    };
    first_left_out(
        frame,
        order.iter().map(|own| (terms[with[*own].0].at, sum(*own))),
    )
}

/// A constant less all columns but the one that varies most.
fn complement(
    (frame, avoid): (&Frame, &[String]),
    terms: &Terms,
    run: &[(usize, f64)],
    (constant, near): (f64, Nearness),
) -> Option<Derived<Sum>> {
    let lossy = terms.lossy(run, near);
    let mut order: Vec<(bool, f64, usize)> = (run.iter().zip(lossy))
        .filter(|((i, _), _)| frame.solve == Solve::Best || frame.wants(terms[*i].at))
        .map(|((i, _), lossy)| {
            let avoided = avoid.contains(&frame.specs[terms[*i].at].name);
            let spread = variance(terms[*i].values.iter().copied());
            (lossy || avoided, spread, *i)
        })
        .collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let sum = |own: usize| {
        let others = run.iter().filter(|(i, _)| *i != own);
        Sum {
            constant,
            terms: others
                .map(|(i, _)| (frame.specs[terms[*i].at].name.clone(), -1.0))
                .collect(),
            exact: near == Nearness::Exact,
            rounding: Rounding::Nearest,
        }
    };
    first_left_out(frame, order.iter().map(|o| (terms[o.2].at, sum(o.2))))
}

/// The first of these columns that its sum may replace, else the first that its sum overwrites.
fn first_left_out(
    frame: &Frame,
    wishes: impl Iterator<Item = (usize, Sum)>,
) -> Option<Derived<Sum>> {
    let mut overwritten = None;
    for (at, sum) in wishes {
        match accept(frame, at, sum) {
            Some(found) if found.left_out => return Some(found),
            found => overwritten = overwritten.or(found),
        }
    }
    overwritten
}
