//! The empirical distribution of one column as a table over normal scores: what a score becomes.

use std::sync::Arc;

use verdancy_table::{Column, Kind, Levels, MISSING, Storage};

use super::lookup::Cuts;
use super::normal::quantile;
use crate::encode::{self, Grid, Quantile, is_discrete};

/// Most knots of a table, so that a model of a large table does not hold all its values.
const KNOTS: usize = 4096;
/// A column whose distinct values have this many rows each on average only takes observed values.
const REPEATS: usize = 3;

/// Values in their own type.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Real numbers.
    Real(Vec<f64>),
    /// Whole numbers and instants.
    Whole(Vec<i64>),
}

/// What a normal score becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Marginal {
    /// Always missing.
    Empty,
    /// Interval `k` is level `order[k]`.
    Levels {
        /// Bounds of the intervals.
        cuts: Cuts,
        /// The level of each interval.
        order: Vec<u32>,
        /// The dictionary, shared by all blocks.
        levels: Arc<[String]>,
    },
    /// Interval `k` is `values[k]`.
    Steps {
        /// Bounds of the intervals.
        cuts: Cuts,
        /// The value of each interval.
        values: Values,
    },
    /// Linear between knots that are values of training rows: without protection.
    Ramp {
        /// Scores of the knots.
        knots: Cuts,
        /// Values at the knots, never falling.
        values: Values,
        /// Whole values are multiples of this away from the first one.
        unit: u64,
        /// Digits after the decimal point.
        decimals: Option<u8>,
    },
    /// Linear between knots that are aggregates of many people.
    Curve {
        /// Scores of the knots.
        knots: Cuts,
        /// Values at the knots, never falling.
        values: Vec<f64>,
        /// What values are rounded to.
        grid: Grid,
    },
}

/// A column of the training table in ranks.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Distinct values in order (for levels: only how many there are).
    pub values: Values,
    /// The position of each row's value; [`MISSING`] where missing.
    pub code: Vec<u32>,
    /// Rows of each distinct value, all positive.
    pub counts: Vec<usize>,
    /// The dictionary of a column of levels, only those that occur.
    pub levels: Option<Arc<[String]>>,
}

impl Ranked {
    /// Ranks a column; `None` for text.
    pub fn of(column: &Column) -> Option<Ranked> {
        match column {
            Column::Numbers(v) => {
                let tidy = |x: f64| x.clamp(f64::MIN, f64::MAX) + 0.0;
                let mut sorted: Vec<f64> =
                    v.iter().filter(|x| !x.is_nan()).map(|&x| tidy(x)).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                sorted.dedup();
                let code = v
                    .iter()
                    .map(|&x| {
                        if x.is_nan() {
                            MISSING
                        } else {
                            sorted.partition_point(|&s| s < tidy(x)) as u32
                        }
                    })
                    .collect();
                Some(Ranked::counted(Values::Real(sorted), code, None))
            }
            Column::Integers(v) | Column::Instants(v) => {
                let mut sorted: Vec<i64> = v.iter().flatten().copied().collect();
                sorted.sort_unstable();
                sorted.dedup();
                let code = v
                    .iter()
                    .map(|x| x.map_or(MISSING, |x| sorted.partition_point(|&s| s < x) as u32))
                    .collect();
                Some(Ranked::counted(Values::Whole(sorted), code, None))
            }
            Column::Levels(v) => Some(Ranked::levels(v)),
            Column::Strings(_) => None,
        }
    }

    fn levels(v: &Levels) -> Ranked {
        let Levels { levels, codes } = v.compact();
        let ids = (0..levels.len() as i64).collect();
        Ranked::counted(Values::Whole(ids), codes, Some(levels))
    }

    fn counted(values: Values, code: Vec<u32>, levels: Option<Arc<[String]>>) -> Ranked {
        let distinct = match &values {
            Values::Real(v) => v.len(),
            Values::Whole(v) => v.len(),
        };
        let mut counts = vec![0; distinct];
        for &c in &code {
            if c != MISSING {
                counts[c as usize] += 1;
            }
        }
        Ranked {
            values,
            code,
            counts,
            levels,
        }
    }

    /// Number of rows that are not missing.
    pub fn present(&self) -> usize {
        self.counts.iter().sum()
    }

    /// True when numbers are drawn as categories are, each value as often as it occurs.
    pub fn is_discrete(&self) -> bool {
        self.levels.is_none() && is_discrete(self.counts.len(), self.present())
    }

    /// True when only observed values are drawn, none between them.
    pub fn repeats(&self) -> bool {
        let distinct = self.counts.len();
        distinct == 1 || distinct <= KNOTS && self.present() >= REPEATS * distinct
    }

    /// The table of this column. `order` says which value each interval is; numbers without one
    /// stay in their own order.
    pub fn marginal(&self, order: Vec<u32>, decimals: Option<u8>) -> Marginal {
        let distinct = self.counts.len();
        if distinct == 0 {
            return Marginal::Empty;
        }
        if let Some(levels) = &self.levels {
            let counts: Vec<usize> = order.iter().map(|&o| self.counts[o as usize]).collect();
            return Marginal::Levels {
                cuts: Cuts::new(bounds(&counts)),
                order,
                levels: levels.clone(),
            };
        }
        if !order.is_empty() {
            let counts: Vec<usize> = order.iter().map(|&o| self.counts[o as usize]).collect();
            return Marginal::Steps {
                cuts: Cuts::new(bounds(&counts)),
                values: match &self.values {
                    Values::Real(v) => Values::Real(order.iter().map(|&o| v[o as usize]).collect()),
                    Values::Whole(v) => {
                        Values::Whole(order.iter().map(|&o| v[o as usize]).collect())
                    }
                },
            };
        }
        if self.repeats() {
            return Marginal::Steps {
                cuts: Cuts::new(bounds(&self.counts)),
                values: self.values.clone(),
            };
        }
        let (scores, at) = knots(&self.counts);
        let (values, unit) = match &self.values {
            Values::Real(v) => (Values::Real(at.iter().map(|&i| v[i]).collect()), 1),
            Values::Whole(v) => (
                Values::Whole(at.iter().map(|&i| v[i]).collect()),
                spacing(v),
            ),
        };
        Marginal::Ramp {
            knots: Cuts::new(scores),
            values,
            unit,
            decimals,
        }
    }
}

/// Normal scores between steps of `counts` rows.
fn bounds(counts: &[usize]) -> Vec<f64> {
    let n: usize = counts.iter().sum();
    let mut sum = 0;
    counts[..counts.len() - 1]
        .iter()
        .map(|c| {
            sum += c;
            quantile(sum as f64 / n as f64)
        })
        .collect()
}

/// Knots of the quantile function: normal scores, and the position of the value at each. A value
/// with several rows is flat between its first and its last.
fn knots(counts: &[usize]) -> (Vec<f64>, Vec<usize>) {
    let n: usize = counts.iter().sum();
    let all = counts.len() <= KNOTS / 2;
    let heavy = n.div_ceil(KNOTS / 6);
    let stride = n as f64 / (KNOTS / 3) as f64;
    let score = |row: usize| quantile((row as f64 + 0.5) / n as f64);
    let (mut scores, mut at) = (Vec::new(), Vec::new());
    let (mut start, mut next) = (0usize, 0.0);
    let mut kept = None;
    for (i, &count) in counts.iter().enumerate() {
        let last = start + count - 1;
        let ends = i == 0 || i + 1 == counts.len();
        if all || ends || count >= heavy || last as f64 >= next {
            let skipped = kept.is_none_or(|k| k + 1 < i);
            if count >= heavy && skipped && i > 0 {
                scores.push(score(start - 1));
                at.push(i - 1);
            }
            scores.push(score(start));
            at.push(i);
            if count > 1 {
                scores.push(score(last));
                at.push(i);
            }
            kept = Some(i);
            next = last as f64 + stride;
        }
        start += count;
    }
    (scores, at)
}

/// The greatest common divisor of the distances between sorted values.
fn spacing(values: &[i64]) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    values
        .windows(2)
        .fold(0, |g, w| gcd(g, w[1].wrapping_sub(w[0]) as u64))
        .max(1)
}

impl Marginal {
    /// The table of a column of numbers in which at least `k` people stand behind each knot; empty
    /// when fewer have a number.
    pub fn curve(kind: &Kind, column: &Column, subjects: Option<&[u32]>, k: usize) -> Marginal {
        let grid = Grid::of(kind, column);
        let numbers = column.numbers().unwrap_or_default();
        let cells = (numbers.iter().enumerate())
            .filter(|(_, v)| v.is_finite())
            .map(|(row, &v)| (v, subjects.map_or(row as u32, |of| of[row])))
            .collect();
        match Quantile::protected(cells, k, grid.half_step()) {
            None => Marginal::Empty,
            Some(of) => Marginal::Curve {
                knots: Cuts::new(of.ranks.iter().map(|&r| encode::quantile(r)).collect()),
                values: of.values,
                grid,
            },
        }
    }

    /// The column that the scores become; missing where `missing` says so. `None` when the table
    /// stands for another storage.
    pub fn column(
        &self,
        storage: Storage,
        scores: &[f64],
        missing: impl Fn(usize) -> bool,
    ) -> Option<Column> {
        if let Marginal::Curve {
            knots,
            values,
            grid,
        } = self
        {
            let number = |i: usize| (!missing(i)).then(|| between(knots, values, scores[i]));
            return (grid.storage() == storage).then(|| grid.column(scores.len(), number));
        }
        let present: Vec<Option<f64>> = (scores.iter().enumerate())
            .map(|(i, z)| (!missing(i)).then_some(*z))
            .collect();
        match storage {
            Storage::Levels => self.levels(&present).map(Column::Levels),
            Storage::Numbers => self.reals(&present).map(Column::Numbers),
            Storage::Integers => self.wholes(&present).map(Column::Integers),
            Storage::Instants => self.wholes(&present).map(Column::Instants),
            Storage::Strings => None,
        }
    }

    fn levels(&self, scores: &[Option<f64>]) -> Option<Levels> {
        let (levels, codes) = match self {
            Marginal::Levels {
                cuts,
                order,
                levels,
            } => {
                let code = |z: &Option<f64>| z.map_or(MISSING, |z| order[cuts.find(z)]);
                (levels.clone(), scores.iter().map(code).collect())
            }
            Marginal::Empty => (Arc::from([]), vec![MISSING; scores.len()]),
            _ => return None,
        };
        Some(Levels { levels, codes })
    }

    fn reals(&self, scores: &[Option<f64>]) -> Option<Vec<f64>> {
        let each = |of: &dyn Fn(f64) -> f64| {
            let cells = scores.iter().map(|z| z.map_or(f64::NAN, of));
            cells.collect()
        };
        match self {
            Marginal::Empty => Some(vec![f64::NAN; scores.len()]),
            Marginal::Steps {
                cuts,
                values: Values::Real(v),
            } => Some(each(&|z| v[cuts.find(z)])),
            Marginal::Ramp {
                knots,
                values: Values::Real(v),
                decimals,
                ..
            } => Some(each(&|z| real(knots, v, *decimals, z))),
            _ => None,
        }
    }

    fn wholes(&self, scores: &[Option<f64>]) -> Option<Vec<Option<i64>>> {
        let each = |of: &dyn Fn(f64) -> i64| scores.iter().map(|z| z.map(of)).collect();
        match self {
            Marginal::Empty => Some(vec![None; scores.len()]),
            Marginal::Steps {
                cuts,
                values: Values::Whole(v),
            } => Some(each(&|z| v[cuts.find(z)])),
            Marginal::Ramp {
                knots,
                values: Values::Whole(v),
                unit,
                ..
            } => Some(each(&|z| whole(knots, v, *unit, z))),
            _ => None,
        }
    }
}

/// The knot at or below `z` and the share of the way to the next; `None` beyond the ends.
fn place(knots: &Cuts, z: f64) -> Result<(usize, f64), usize> {
    let points = knots.points();
    let above = knots.find(z);
    if above == 0 {
        return Err(0);
    }
    if above == points.len() {
        return Err(points.len() - 1);
    }
    let (low, high) = (points[above - 1], points[above]);
    Ok((above - 1, (z - low) / (high - low)))
}

fn between(knots: &Cuts, values: &[f64], z: f64) -> f64 {
    match place(knots, z) {
        Ok((k, t)) => values[k] * (1.0 - t) + values[k + 1] * t,
        Err(end) => values[end],
    }
}

fn real(knots: &Cuts, values: &[f64], decimals: Option<u8>, z: f64) -> f64 {
    let (k, t) = match place(knots, z) {
        Ok(found) => found,
        Err(end) => return values[end],
    };
    let (low, high) = (values[k], values[k + 1]);
    let x = low * (1.0 - t) + high * t;
    let x = match decimals {
        Some(d) if d <= 15 => {
            let scale = 10f64.powi(i32::from(d));
            if x.abs() * scale < 4e15 {
                (x * scale).round() / scale
            } else {
                x
            }
        }
        _ => x,
    };
    x.clamp(low, high)
}

fn whole(knots: &Cuts, values: &[i64], unit: u64, z: f64) -> i64 {
    let (k, t) = match place(knots, z) {
        Ok(found) => found,
        Err(end) => return values[end],
    };
    let span = values[k + 1].wrapping_sub(values[k]) as u64;
    let units = ((span / unit) as f64 * t).round() as u64;
    let offset = units.saturating_mul(unit).min(span);
    values[k].wrapping_add(offset as i64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use verdancy_table::Storage;

    fn scores(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| quantile((i as f64 + 0.5) / n as f64))
            .collect()
    }

    #[test]
    fn extremes_of_i64_interpolate_without_overflow() {
        let v = vec![Some(i64::MIN), Some(-1), Some(0), Some(i64::MAX)];
        let ranked = Ranked::of(&Column::Integers(v)).unwrap();
        let m = ranked.marginal(Vec::new(), None);
        let out = m
            .column(Storage::Integers, &scores(1000), |_| false)
            .unwrap();
        let Column::Integers(out) = out else {
            panic!("storage")
        };
        assert_eq!(out[0], Some(i64::MIN));
        assert_eq!(out[999], Some(i64::MAX));
        assert!(out.is_sorted());
    }

    #[test]
    fn large_columns_keep_their_spikes_and_few_knots() {
        let mut v: Vec<f64> = (0..60_000).map(|i| f64::from(i % 50_000) + 0.25).collect();
        v.extend(std::iter::repeat_n(-7.0, 30_000));
        v.extend(std::iter::repeat_n(20_000.5, 10_000));
        let ranked = Ranked::of(&Column::Numbers(v)).unwrap();
        let m = ranked.marginal(Vec::new(), Some(2));
        let Marginal::Ramp { knots, .. } = &m else {
            panic!("kind")
        };
        assert!(knots.points().len() <= KNOTS);
        let out = m
            .column(Storage::Numbers, &scores(10_000), |_| false)
            .unwrap();
        let out = out.numbers().unwrap().into_owned();
        let share = |x: f64| out.iter().filter(|&&o| o == x).count() as f64 / 1e4;
        assert!((share(-7.0) - 0.3).abs() < 0.002);
        assert!((share(20_000.5) - 0.1).abs() < 0.002);
        assert!(out.iter().all(|&x| (-7.0..=49_999.25).contains(&x)));
        let median = out[5_000];
        assert!((median - 10_000.0).abs() < 50.0, "{median}");
    }

    #[test]
    fn dates_stay_on_whole_days() {
        let day = 86_400_000_000i64;
        let v = (0..40).map(|i| Some(i * i * 3 * day)).collect();
        let ranked = Ranked::of(&Column::Instants(v)).unwrap();
        let m = ranked.marginal(Vec::new(), None);
        let out = m
            .column(Storage::Instants, &scores(500), |_| false)
            .unwrap();
        let Column::Instants(out) = out else {
            panic!("storage")
        };
        assert!(out.iter().all(|x| x.unwrap() % day == 0));
    }
}
