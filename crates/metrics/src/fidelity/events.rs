//! Columns seen as a few events each: levels, quantile bins of a number, a missing cell, the month
//! of a date. Pairs of columns are judged by how often their events occur together.
//!
//! Events are learned from training rows alone; a cell that is none of them (a level with a handful
//! of training rows, an unknown level) has the code after the last event.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::bins::head;
use super::distance::sorted;
use crate::prepared::{Aligned, Judged, Part, Prepared, Values};

/// Training rows that an event has to have: for relations, where a fresh sample may have half as
/// many, and for combinations.
const FEWEST: usize = 10;
const FEWEST_DISCRETE: usize = 5;
/// Fewest and most bins of a number.
const BINS: (f64, f64) = (4.0, 10.0);
/// Most values of a number that counts as discrete, and levels of a category that are looked at one
/// by one.
const DISCRETE: usize = 20;
const LEVELS: usize = 254;

/// What view is taken of numbers and of levels that are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// All of a column's cells: numbers in bins, levels with few rows in groups.
    Whole,
    /// Only what can be named: levels, values of discrete numbers, missing or not.
    Discrete,
}

impl Grain {
    fn fewest(self) -> usize {
        match self {
            Grain::Whole => FEWEST,
            Grain::Discrete => FEWEST_DISCRETE,
        }
    }
}

/// A column, or a part of a date, as events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    /// The column's name, with the part of the date.
    pub name: String,
    /// The column's position.
    pub column: usize,
    /// How many events there are; codes go up to this, which is "none of them".
    pub events: usize,
    coder: Coder,
}

#[derive(Debug, Clone, PartialEq)]
enum Coder {
    /// The event of each level's code.
    Levels(Vec<u32>),
    /// Upper ends of all bins but the last; the event of a missing cell.
    Bins(Vec<f64>, u32),
    /// The values, in order; the event of a missing cell.
    Values(Vec<f64>, u32),
    /// The code of a missing cell: there is event 0, missing event 1.
    Gone(u32),
    /// A part of a date, and the event of each of its values.
    Date(Unit, Vec<u32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Month,
    Weekday,
    Hour,
}

/// The views of all judged columns.
pub(crate) fn views(p: &Prepared, grain: Grain) -> Vec<View> {
    (p.columns.iter().enumerate())
        .flat_map(|(i, column)| {
            let found = match &column.values {
                Values::Levels(l) => levels(l, grain),
                Values::Numeric(v) => numbers(column, head(&v.train), grain),
            };
            found.into_iter().map(move |(part, coder, events)| View {
                name: match part {
                    None => column.name.clone(),
                    Some(part) => format!("{} ({part})", column.name),
                },
                column: i,
                events,
                coder,
            })
        })
        .filter(|view| view.events > 1)
        .collect()
}

/// What the view is a part of the column, if it is; how cells become events; how many there are.
type Found = (Option<&'static str>, Coder, usize);
/// The part of a column that says whether a cell is there.
const GONE: &str = "missing";

fn levels(l: &Aligned, grain: Grain) -> Vec<Found> {
    let train = head(&l.codes.train);
    let mut counts = vec![0usize; l.levels.len()];
    train.iter().for_each(|&c| counts[c as usize] += 1);
    let mut order: Vec<usize> = (0..counts.len())
        .filter(|&c| counts[c] >= grain.fewest())
        .collect();
    // By name where counts are equal, so that the order of the rows changes nothing.
    order.sort_by(|&a, &b| (counts[b].cmp(&counts[a])).then_with(|| l.levels[a].cmp(&l.levels[b])));
    let alone = match grain {
        Grain::Whole => 2 * bins(train.len()),
        Grain::Discrete => LEVELS,
    };
    let rest: usize = order.iter().skip(alone).map(|&c| counts[c]).sum();
    let groups = match grain {
        Grain::Whole => (rest * alone / train.len().max(1)).clamp(1, alone / 2),
        Grain::Discrete => 0,
    };
    let (mut map, mut events) = (vec![u32::MAX; counts.len()], 0);
    for (rank, &code) in order.iter().enumerate() {
        let event = match rank.checked_sub(alone) {
            None => rank,
            Some(_) if groups == 0 => break,
            Some(past) => alone + past % groups,
        };
        map[code] = event as u32;
        events = events.max(event + 1);
    }
    map.iter_mut()
        .for_each(|event| *event = (*event).min(events as u32));
    let mut out = vec![(None, Coder::Levels(map), events)];
    let gone = counts[l.missing() as usize];
    if grain == Grain::Whole && gone >= grain.fewest() && train.len() - gone >= grain.fewest() {
        out.push((Some(GONE), Coder::Gone(l.missing()), 2));
    }
    out
}

/// Bins of a number in a table of `rows` rows: few in a small one, so that each pair of bins can be
/// filled.
fn bins(rows: usize) -> usize {
    (0.8 * (rows as f64).cbrt()).round().clamp(BINS.0, BINS.1) as usize
}

fn numbers(column: &Judged, train: &[f64], grain: Grain) -> Vec<Found> {
    let there = sorted(train);
    let missing = train.len() - there.len() >= grain.fewest();
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for x in there {
        match runs.last_mut() {
            Some(last) if last.0 == x => last.1 += 1,
            _ => runs.push((x, 1)),
        }
    }
    let mut out = Vec::new();
    if grain == Grain::Whole {
        let edges = edges(&runs, bins(train.len()));
        let events = edges.len() + 1;
        out.push((
            None,
            Coder::Bins(edges, events as u32),
            events + usize::from(missing),
        ));
        if missing && events > 1 {
            out.push((Some(GONE), Coder::Bins(Vec::new(), 1), 2));
        }
    } else {
        let few = runs.len() <= DISCRETE && !column.date;
        let values: Vec<f64> = match few {
            true => (runs.iter().filter(|r| r.1 >= grain.fewest()))
                .map(|r| r.0)
                .collect(),
            false => Vec::new(),
        };
        let (coder, events) = match few {
            true => {
                let n = values.len();
                (Coder::Values(values, n as u32), n)
            }
            // One bin: there or missing.
            false => (Coder::Bins(Vec::new(), 1), 1),
        };
        out.push((None, coder, events + usize::from(missing)));
    }
    if column.date {
        let units = [Unit::Month, Unit::Weekday, Unit::Hour];
        out.extend(units.into_iter().map(|unit| {
            let mut counts = vec![0usize; unit.values()];
            for at in runs.iter().filter_map(|r| Some((unit.of(r.0)?, r.1))) {
                counts[at.0] += at.1;
            }
            let mut events = 0;
            let mut map: Vec<u32> = (counts.iter())
                .map(|&n| match n >= grain.fewest() {
                    true => {
                        events += 1;
                        events - 1
                    }
                    false => u32::MAX,
                })
                .collect();
            map.iter_mut().for_each(|e| *e = (*e).min(events));
            (Some(unit.name()), Coder::Date(unit, map), events as usize)
        }));
    }
    out
}

/// Upper ends of bins with about as many rows each; a value with as many rows as a bin should have
/// is a bin of its own, and the rows below it are another.
fn edges(runs: &[(f64, usize)], bins: usize) -> Vec<f64> {
    let rows: usize = runs.iter().map(|r| r.1).sum();
    let full = |n: usize| n * bins >= rows;
    let (mut edges, mut held) = (Vec::new(), 0);
    for (at, &(x, n)) in runs.iter().enumerate() {
        if held > 0 && full(n) {
            edges.push(runs[at - 1].0);
            held = 0;
        }
        held += n;
        if full(held) {
            edges.push(x);
            held = 0;
        }
    }
    // The last bin has no upper end.
    if held == 0 {
        edges.pop();
    }
    edges
}

impl View {
    /// The events of the first rows of one table.
    pub fn codes(&self, p: &Prepared, part: Part) -> Vec<u32> {
        let none = self.events as u32;
        match (&p.columns[self.column].values, &self.coder) {
            (Values::Levels(l), Coder::Levels(map)) => (head(part.of(&l.codes).as_slice()).iter())
                .map(|&c| map.get(c as usize).copied().unwrap_or(none))
                .collect(),
            (Values::Levels(l), Coder::Gone(gone)) => (head(part.of(&l.codes).as_slice()).iter())
                .map(|c| u32::from(c == gone))
                .collect(),
            (Values::Numeric(v), coder) => (head(part.of(v).as_slice()).iter())
                .map(|&x| coder.number(x).unwrap_or(none).min(none))
                .collect(),
            // A view is of its own column, whose values do not change their kind.
            (Values::Levels(l), _) => vec![none; part.of(&l.codes).len()],
        }
    }
}

impl Coder {
    /// The event of a number; `None` when it is none.
    fn number(&self, x: f64) -> Option<u32> {
        match self {
            Coder::Bins(_, missing) | Coder::Values(_, missing) if x.is_nan() => Some(*missing),
            Coder::Bins(edges, _) => Some(edges.partition_point(|&e| e < x) as u32),
            Coder::Values(values, _) => {
                let at = values.partition_point(|&v| v < x);
                (values.get(at) == Some(&x)).then_some(at as u32)
            }
            Coder::Date(unit, map) => map.get(unit.of(x)?).copied(),
            Coder::Levels(_) | Coder::Gone(_) => None,
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Month => "month",
            Unit::Weekday => "weekday",
            Unit::Hour => "hour",
        }
    }

    fn values(self) -> usize {
        match self {
            Unit::Month => 12,
            Unit::Weekday => 7,
            Unit::Hour => 24,
        }
    }

    /// That part of an instant in microseconds since 1970, counted from 0.
    fn of(self, x: f64) -> Option<usize> {
        if x.is_nan() {
            return None;
        }
        let at = Timestamp::from_microsecond(x as i64).ok()?;
        let at = Offset::UTC.to_datetime(at);
        Some(match self {
            Unit::Month => at.month() as usize - 1,
            Unit::Weekday => at.weekday().to_monday_zero_offset() as usize,
            Unit::Hour => at.hour() as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_as_many_rows_and_spikes_are_bins() {
        let even: Vec<(f64, usize)> = (0..100).map(|i| (f64::from(i), 1)).collect();
        assert_eq!(edges(&even, 4), [24.0, 49.0, 74.0]);
        // Rare zeros below a spike, and a spike below a tail.
        assert_eq!(edges(&[(0.0, 5), (1.0, 95)], 10), [0.0]);
        assert_eq!(
            edges(&[(0.0, 80), (1.0, 5), (2.0, 5), (3.0, 10)], 10),
            [0.0, 2.0]
        );
        assert_eq!(edges(&[(3.0, 9)], 4), [0.0; 0]);
        assert_eq!(edges(&[], 4), [0.0; 0]);
    }

    #[test]
    fn parts_of_dates() {
        // Wednesday, 1 July 2026, 13:45 UTC; a Thursday before 1970.
        let x = 1_782_913_500_000_000.0;
        assert_eq!(Unit::Month.of(x), Some(6));
        assert_eq!(Unit::Weekday.of(x), Some(2));
        assert_eq!(Unit::Hour.of(x), Some(13));
        assert_eq!(Unit::Weekday.of(-6.0 * 86_400_000_000.0 - 1.0), Some(3));
        assert_eq!(Unit::Month.of(f64::NAN), None);
        assert_eq!(Unit::Month.of(1e300), None);
    }
}
