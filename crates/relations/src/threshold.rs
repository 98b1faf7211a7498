//! Levels that are ranges of a number: an age group, a band of income.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{Codes, FEWEST, believed, function};
use crate::frame::{Frame, Value, column_of, decimals, numbers, rounded, value};

/// Most ranges.
const MOST: usize = 60;
/// Fewest different numbers in a range, in the mean of all.
const VALUES: usize = 4;
/// Fewest different numbers other than zero where the ranges are none and some.
const SOME: usize = 3;

/// Levels of a number by its range.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thresholds {
    pub of: String,
    /// Where each range but the first begins.
    from: Vec<f64>,
    values: Vec<Value>,
    /// The first or last ranges, of which too few people are to say what rows there have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unsaid: Vec<usize>,
    /// What rows without the number have.
    missing: Value,
}

impl Thresholds {
    fn range(&self, x: f64) -> usize {
        self.from.partition_point(|from| *from <= x)
    }
}

impl Rule for Thresholds {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let values = numbers(frame.column(&self.of)?);
        let at = |x: f64| match x.is_nan() {
            true => &self.missing,
            false => self.values.get(self.range(x)).unwrap_or(&self.missing),
        };
        let says = |x: &f64| x.is_nan() || !self.unsaid.contains(&self.range(*x));
        Ok(Said {
            column: column_of(spec.kind.storage(), values.iter().map(|x| at(*x))),
            says: values.iter().map(says).collect(),
        })
    }

    fn columns(&self) -> Vec<String> {
        vec![self.of.clone()]
    }

    fn words(&self, name: &str) -> String {
        format!("{name} is the range that {} lies in", self.of)
    }
}

/// The rule of column `to`, if it is no number and its levels are ranges of one.
pub(crate) fn of_levels(frame: &Frame, to: usize, least: usize) -> Option<Derived<Thresholds>> {
    let is_level = frame.specs[to].kind.storage() == Storage::Levels;
    is_level.then(|| find(frame, to, least))?
}

/// The rule of column `to`, if its levels are ranges of a number.
pub(crate) fn find(frame: &Frame, to: usize, least: usize) -> Option<Derived<Thresholds>> {
    if frame.specs[to].kind.storage() == Storage::Numbers || frame.rows < FEWEST {
        return None;
    }
    let levels = Codes::of(&frame.columns[to], MOST)?;
    let tried = frame.specs.len() * frame.specs.len();
    for at in frame.modelled() {
        if at == to || !frame.is_number(at) {
            continue;
        }
        if may_be(frame, at, &levels)
            && let Some(found) = ranges(frame, (at, to), &levels, (least, VALUES))
            && is_no_chance(frame, to, &found, &levels, tried)
            && let Some(found) = accept(frame, to, found)
        {
            return Some(found);
        }
    }
    None
}

/// The rule of column `to`, if its levels are ranges of column `at`; of a count, one range may be zero alone.
pub(crate) fn of_one(
    frame: &Frame,
    at: usize,
    to: usize,
    least: usize,
) -> Option<Derived<Thresholds>> {
    let storage = frame.specs[to].kind.storage();
    let fewest = match storage {
        Storage::Levels => VALUES / 2,
        _ => VALUES,
    };
    if !frame.is_number(at) || storage == Storage::Numbers || frame.rows < FEWEST {
        return None;
    }
    let levels = Codes::of(&frame.columns[to], MOST)?;
    let found = ranges(frame, (at, to), &levels, (least, fewest))?;
    let tried = frame.specs.len() * frame.specs.len();
    is_no_chance(frame, to, &found, &levels, tried).then(|| accept(frame, to, found))?
}

/// As a function of the ranges it is exact; that chance sorted the rows so is what has to be ruled out.
fn is_no_chance(
    frame: &Frame,
    to: usize,
    found: &Thresholds,
    levels: &Codes,
    tried: usize,
) -> bool {
    let said = found.of(frame, &frame.specs[to]).ok();
    let ranges = said.and_then(|said| Codes::of(&said.column, MOST));
    let ln_p = ranges.and_then(|ranges| function(&ranges, levels));
    ln_p.is_some_and(|ln_p| believed(ln_p, tried))
}

/// Whether the levels of a few rows lie in ranges.
fn may_be(frame: &Frame, at: usize, levels: &Codes) -> bool {
    let step = frame.rows.div_ceil(300);
    let values = numbers(&frame.columns[at]);
    let mut rows: Vec<usize> = (0..frame.rows)
        .step_by(step)
        .filter(|&r| !values[r].is_nan())
        .collect();
    rows.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut runs: Vec<u32> = rows.iter().map(|&r| levels.codes[r]).collect();
    runs.dedup();
    let runs_of_levels = runs.len();
    runs.sort_unstable();
    runs.dedup();
    runs.len() == runs_of_levels
}

fn ranges(
    frame: &Frame,
    (at, to): (usize, usize),
    levels: &Codes,
    (least, fewest): (usize, usize),
) -> Option<Thresholds> {
    let values = numbers(&frame.columns[at]);
    let mut rows: Vec<usize> = (0..frame.rows).filter(|&r| !values[r].is_nan()).collect();
    rows.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let code = |row: usize| levels.codes[row];
    let mut runs: Vec<Vec<u32>> = Vec::new();
    for &row in &rows {
        let more = runs.len() > MOST;
        match runs.last_mut() {
            Some(run) if code(run[0] as usize) == code(row) => run.push(row as u32),
            _ if more => return None,
            _ => runs.push(vec![row as u32]),
        }
    }
    let mut seen: Vec<u32> = runs.iter().map(|run| code(run[0] as usize)).collect();
    seen.sort_unstable();
    seen.dedup();
    let mut different: Vec<f64> = rows.iter().map(|r| values[*r]).collect();
    different.dedup();
    // A range holds several numbers; else it is another name of each. None and some are two ranges all the same.
    let none = |run: &Vec<u32>| run.iter().all(|row| values[*row as usize] == 0.0);
    let any = runs.len() == 2 && runs.first().is_some_and(none) && different.len() > SOME;
    let several = any || different.len() >= fewest * runs.len();
    if seen.len() != runs.len() || runs.len() < 2 || !several {
        return None;
    }
    let is_rare = |at: &usize| frame.people(&runs[*at], least) < least;
    let unsaid: Vec<usize> = (0..runs.len()).filter(is_rare).collect();
    let outer = |at: &usize| *at == 0 || *at + 1 == runs.len();
    if !unsaid.iter().all(outer) || runs.len() < unsaid.len() + 2 {
        return None;
    }
    let unit = decimals(&frame.specs[at]).map(|d| 10_f64.powi(-i32::from(d)));
    let from: Vec<f64> = runs
        .windows(2)
        .map(|w| {
            let ends = |run: &[u32]| {
                Some((
                    values[*run.first()? as usize],
                    values[*run.last()? as usize],
                ))
            };
            let ((low, below), (above, high)) = (ends(&w[0])?, ends(&w[1])?);
            // A number that is alone has a range of its own: what is more than none.
            let next = unit.map(|unit| rounded(below + unit, decimals(&frame.specs[at])));
            let threshold = match next {
                Some(next) if low == below && next <= above => next,
                _ if above == high => above,
                _ => shortest(below, above),
            };
            (below < above).then_some(threshold)
        })
        .collect::<Option<_>>()?;
    let column = &frame.columns[to];
    let alone: Vec<usize> = (0..frame.rows).filter(|&r| values[r].is_nan()).collect();
    let missing = match alone.first() {
        Some(&row)
            if alone
                .iter()
                .all(|&r| value(column, r) == value(column, row)) =>
        {
            value(column, row)
        }
        Some(_) => return None,
        None => Value::Missing,
    };
    Some(Thresholds {
        of: frame.specs[at].name.clone(),
        from,
        values: (runs.iter().enumerate())
            .map(|(at, run)| match unsaid.contains(&at) {
                true => Value::Missing,
                false => value(column, run[0] as usize),
            })
            .collect(),
        unsaid,
        missing,
    })
}

/// The number with the fewest digits above `below` and not above `above`: where people set thresholds, and
/// nobody's value.
pub(crate) fn shortest(below: f64, above: f64) -> f64 {
    for power in (-12..16).rev() {
        let unit = 10_f64.powi(power);
        for step in [5.0 * unit, unit] {
            let candidate = (above / step + 1e-9).floor() * step;
            if candidate > below && candidate <= above + 1e-12 {
                let p = 10_f64.powi(-power.min(0));
                let exact = (candidate * p).round() / p;
                if exact > below && exact <= above {
                    return exact;
                }
            }
        }
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_round() {
        assert_eq!(shortest(17.0, 18.0), 18.0);
        assert_eq!(shortest(64.2, 65.3), 65.0);
        assert_eq!(shortest(9_871.0, 10_204.0), 10_000.0);
        assert_eq!(shortest(0.4871, 0.5204), 0.5);
        assert_eq!(shortest(24.9, 25.0), 25.0);
    }
}
