//! Columns of which one is never more than the other: an admission and a discharge, a least and a greatest.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Kind, Result};

use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, Value, column_of, numbers, spec, strange, value, variance};
use crate::limits::{Limit, exchange};

/// Most columns of a kind that are compared with each other.
const MOST: usize = 60;
/// How often columns of other rows have to be the other way round for an order to be worth keeping.
const OVERLAP: f64 = 0.02;
/// How much less the distance has to vary than the later column for being what is learned.
const NARROWER: f64 = 0.6;
/// The same of moments that are not in order.
const NEAR: f64 = 0.3;
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
    /// True when it may be before the other, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    signed: bool,
}

/// Columns in order, which are put in order where they are drawn otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sorted {
    pub pairs: Vec<(String, String)>,
    /// The pairs of which the second is always more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<(String, String)>,
    /// Columns that are moments, whatever they are learned as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<String>,
    /// Columns that are not given, so that cells may change places for the sake of `apart`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    free: Vec<String>,
}

const DAY: i64 = 86_400_000_000;
const SECOND: i64 = 1_000_000;

impl Distance {
    /// The columns that it speaks of.
    pub(crate) fn columns(&self) -> Vec<String> {
        vec![self.from.clone(), self.spec.name.clone()]
    }

    /// The column that it is learned in the place of.
    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    /// The order of the two, if they are in order.
    pub(crate) fn limit(&self) -> Option<Limit> {
        (!self.signed).then(|| Limit {
            low: self.from.clone(),
            high: self.spec.name.clone(),
            apart: false,
            moments: true,
        })
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
            let d = if self.signed { *d } else { d.map(|d| d.max(0)) };
            (*a)?.checked_add(d?.checked_mul(self.unit.max(1))?)
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

    /// Its pairs, and which of them are never equal.
    pub(crate) fn limits(&self) -> impl Iterator<Item = Limit> {
        self.pairs.iter().map(|pair| Limit {
            low: pair.0.clone(),
            high: pair.1.clone(),
            apart: self.apart.contains(pair),
            moments: self.moments.contains(&pair.0),
        })
    }

    /// Keeps the pairs that are wished for.
    pub(crate) fn retain(&mut self, wished: impl Fn(&Limit) -> bool) {
        let limits: Vec<Limit> = self.limits().filter(wished).collect();
        let pair = |l: &Limit| (l.low.clone(), l.high.clone());
        self.pairs = limits.iter().map(pair).collect();
        self.apart = limits.iter().filter(|l| l.apart).map(pair).collect();
    }

    pub(crate) fn sentences(&self) -> Vec<String> {
        self.limits().map(|l| l.sentence()).collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        self.limits().map(|l| l.broken(frame)).collect()
    }

    /// Exchanges cells of a row until all pairs are in order, then cells of rows in which a pair is equal that
    /// never is.
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
        if self.apart.is_empty() {
            return Ok(());
        }
        exchange(frame, &self.limits().collect::<Vec<Limit>>(), &self.free)
    }
}

/// Pairs of columns in order.
#[derive(Debug, Clone, Copy)]
struct Pair {
    low: usize,
    high: usize,
    /// True when they are never equal, and chance would not make it so.
    apart: bool,
}

/// Pairs of columns in order, next to each other in their kind: none follows from two others.
fn pairs(frame: &Frame) -> Vec<Pair> {
    let comparable = |i: &usize| frame.specs[*i].kind.is_numeric();
    let all: Vec<usize> = frame
        .modelled()
        .into_iter()
        .filter(comparable)
        .take(MOST)
        .collect();
    let values: Vec<Vec<f64>> = all.iter().map(|&i| numbers(&frame.columns[i])).collect();
    let is_moment = |i: usize| matches!(frame.specs[i].kind, Kind::Datetime { .. });
    let tried = all.len() * all.len();
    let mut found = Vec::new();
    for (i, &a) in all.iter().enumerate() {
        for (j, &b) in all.iter().enumerate() {
            if i == j || is_moment(a) != is_moment(b) {
                continue;
            }
            if let Some(apart) = ordered(&values[i], &values[j], tried) {
                let (low, high) = (a, b);
                found.push(Pair { low, high, apart });
            }
        }
    }
    let at = |i: usize| all.iter().position(|&x| x == i).unwrap_or_default();
    // A column between the two says nothing of rows in which it is missing.
    let between = |a: usize, m: usize, b: usize| {
        let (a, m, b) = (&values[at(a)], &values[at(m)], &values[at(b)]);
        (0..frame.rows).all(|row| a[row].is_nan() || b[row].is_nan() || !m[row].is_nan())
    };
    let known: Vec<(usize, usize)> = found.iter().map(|p| (p.low, p.high)).collect();
    found.retain(
        |&Pair {
             low: a, high: b, ..
         }| {
            !known
                .iter()
                .any(|&(x, m)| x == a && m != b && known.contains(&(m, b)) && between(a, m, b))
        },
    );
    found
}

/// Whether the first is never more than the second, in rows that have both, and chance would not make it so; and if
/// it is never equal either.
fn ordered(low: &[f64], high: &[f64], tried: usize) -> Option<bool> {
    let mut rows = Vec::new();
    let (mut less, mut equal) = (false, false);
    for (row, (a, b)) in low.iter().zip(high).enumerate() {
        if a > b {
            return None;
        }
        if a <= b {
            rows.push(row);
            less |= a < b;
            equal |= a == b;
        }
    }
    if rows.len() < FEWEST || !less {
        return None;
    }
    let holds = |x: usize, y: usize| low[rows[x]] <= high[rows[y]];
    let ln_p = chance_of_all(rows.len(), holds);
    if !(believed(ln_p, tried) && (ln_p / rows.len() as f64).exp() < 1.0 - OVERLAP) {
        return None;
    }
    let differs = |x: usize, y: usize| low[rows[x]] != high[rows[y]];
    Some(!equal && believed(chance_of_all(rows.len(), differs), tried))
}

/// The next moment that is better learned as a distance from one that is never after it. Differences of numbers are
/// not: they add up the errors of both.
pub(crate) fn distance(frame: &Frame) -> Option<Distance> {
    let pairs = pairs(frame);
    // The last of a chain first, while the one before it is still a moment; and each from the nearest before it.
    let lows: Vec<usize> = pairs.iter().map(|p| p.low).collect();
    let all = pairs.iter().filter_map(|p| {
        let apart = spread_apart(frame, p.low, p.high, NARROWER)?;
        Some(((lows.contains(&p.high), apart), p))
    });
    let best = all.min_by(|(a, _), (b, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    Some(distance_of(frame, best.1.low, best.1.high, false))
}

/// The next moment that is learned as a distance from one before or after it: a departure that may be early or late.
pub(crate) fn near(frame: &Frame) -> Option<Distance> {
    let moments: Vec<usize> = (frame.modelled().into_iter())
        .filter(|&at| matches!(frame.columns[at], Column::Instants(_)))
        .collect();
    let all = moments.iter().enumerate().flat_map(|(i, &b)| {
        (moments[..i].iter()).filter_map(move |&a| Some((spread_apart(frame, a, b, NEAR)?, a, b)))
    });
    let (_, a, b) = all.min_by(|x, y| x.0.total_cmp(&y.0))?;
    Some(distance_of(frame, a, b, true))
}

/// How much the distance from moment `a` to `b` varies, beside `b`; `None` where `b` is not to be learned so.
fn spread_apart(frame: &Frame, a: usize, b: usize, most: f64) -> Option<f64> {
    let (Column::Instants(from), Column::Instants(until)) = (&frame.columns[a], &frame.columns[b])
    else {
        return None;
    };
    let known = (from.iter().zip(until)).all(|(a, b)| b.is_none() || a.is_some());
    if !known || !frame.may_go(b) || has_spikes(&frame.columns[b]) {
        return None;
    }
    let (x, y) = (numbers(&frame.columns[a]), numbers(&frame.columns[b]));
    let apart = x.iter().zip(&y).map(|(x, y)| y - x);
    let share = (variance(apart) / variance(y.iter().copied())).sqrt();
    (share <= most).then_some(share)
}

/// The distance from moment `a` to `b`, in the largest unit that all are whole in.
fn distance_of(frame: &Frame, a: usize, b: usize, signed: bool) -> Distance {
    let moments = |at: usize| match &frame.columns[at] {
        Column::Instants(values) => values.as_slice(),
        _ => &[],
    };
    let whole = |unit: &i64| {
        let mut both = (moments(a).iter().zip(moments(b))).filter_map(|(a, b)| a.zip(*b));
        both.all(|(a, b)| (b - a) % unit == 0)
    };
    let units = [DAY, 3_600 * SECOND, 60 * SECOND, SECOND];
    Distance {
        spec: frame.specs[b].clone(),
        from: frame.specs[a].name.clone(),
        unit: units.into_iter().find(whole).unwrap_or(1),
        signed,
    }
}

/// What is left: pairs that are put in order after they are drawn. Both hold values of one kind, which may change
/// places.
pub(crate) fn sorted(frame: &Frame) -> Option<Sorted> {
    let alike = |l: &Limit| {
        let kind = |name: &str| Some(&frame.specs[frame.position(name)?].kind);
        match (kind(&l.low), kind(&l.high)) {
            (Some(Kind::Datetime { .. }), Some(Kind::Datetime { .. })) => true,
            (a, b) => a == b,
        }
    };
    let mut found = limits(frame);
    found.retain(alike);
    let pair = |l: &Limit| (l.low.clone(), l.high.clone());
    let pairs: Vec<(String, String)> = found.iter().map(pair).collect();
    let apart: Vec<(String, String)> = found.iter().filter(|l| l.apart).map(pair).collect();
    let mut free: Vec<String> = (apart.iter())
        .flat_map(|(a, b)| [b.clone(), a.clone()])
        .filter(|name| !frame.firm.contains(name))
        .collect();
    let mut seen = std::collections::HashSet::new();
    free.retain(|name| seen.insert(name.clone()));
    let moments = (found.iter().filter(|l| l.moments))
        .flat_map(|l| [l.low.clone(), l.high.clone()])
        .collect();
    (!pairs.is_empty()).then_some(Sorted {
        pairs,
        apart,
        moments,
        free,
    })
}

/// All pairs in order, next to each other.
pub(crate) fn limits(frame: &Frame) -> Vec<Limit> {
    let name = |i: usize| frame.specs[i].name.clone();
    (pairs(frame).into_iter())
        .map(|pair| Limit {
            low: name(pair.low),
            high: name(pair.high),
            apart: pair.apart,
            moments: matches!(frame.columns[pair.low], Column::Instants(_)),
        })
        .collect()
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
