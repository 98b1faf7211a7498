//! Levels that say which of two numbers is more: a stock below its least, a delivery after its date.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Kind, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{Codes, FEWEST, believed, function};
use crate::frame::{Frame, Value, column_of, numbers, value};

/// Most columns that are compared with each other.
const MOST: usize = 40;
/// Less, equal, more, and one of the two missing.
const SIDES: usize = 4;

/// Levels by how two numbers compare.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compared {
    first: String,
    second: String,
    /// Where the first is less, equal, more, and where one of the two is missing.
    values: [Value; SIDES],
}

/// How the numbers of a row compare: less, equal, more, missing.
fn sides(first: &[f64], second: &[f64]) -> Vec<u32> {
    let side = |(a, b): (&f64, &f64)| match a.partial_cmp(b) {
        Some(std::cmp::Ordering::Less) => 0,
        Some(std::cmp::Ordering::Equal) => 1,
        Some(std::cmp::Ordering::Greater) => 2,
        None => 3,
    };
    first.iter().zip(second).map(side).collect()
}

impl Rule for Compared {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let first = numbers(frame.column(&self.first)?);
        let second = numbers(frame.column(&self.second)?);
        let values = sides(&first, &second);
        let values = values.iter().map(|side| &self.values[*side as usize]);
        let column = column_of(spec.kind.storage(), values);
        let says = vec![true; frame.rows];
        Ok(Said { column, says })
    }

    fn columns(&self) -> Vec<String> {
        vec![self.first.clone(), self.second.clone()]
    }

    fn words(&self, name: &str) -> String {
        let (first, second) = (&self.first, &self.second);
        format!("{name} follows from which of {first} and {second} is more")
    }
}

/// The rule of column `to`, if its levels say how two numbers compare.
pub(crate) fn find(frame: &Frame, to: usize, least: usize) -> Option<Derived<Compared>> {
    let storage = frame.specs[to].kind.storage();
    if !matches!(storage, Storage::Levels | Storage::Integers) || frame.rows < FEWEST {
        return None;
    }
    let levels = Codes::of(&frame.columns[to], SIDES)?;
    let is_moment = |at: usize| matches!(frame.specs[at].kind, Kind::Datetime { .. });
    let all: Vec<(usize, Vec<f64>)> = (frame.modelled().into_iter())
        .filter(|&at| at != to && frame.specs[at].kind.is_numeric())
        .take(MOST)
        .map(|at| (at, numbers(&frame.columns[at])))
        .collect();
    let tried = all.len().pow(2) * frame.specs.len();
    for (i, (a, first)) in all.iter().enumerate() {
        for (b, second) in &all[i + 1..] {
            if is_moment(*a) != is_moment(*b) {
                continue;
            }
            let sides = Codes {
                codes: sides(first, second),
                count: SIDES,
            };
            let sure = function(&sides, &levels).is_some_and(|ln_p| believed(ln_p, tried));
            if !sure || !depends(first, second, &sides.codes) {
                continue;
            }
            let columns = (*a, *b);
            if let Some(compared) = compared(frame, to, columns, &sides, least)
                && let Some(found) = accept(frame, to, compared)
                && found.left_out
            {
                return Some(found);
            }
        }
    }
    None
}

/// True when both numbers matter: with those of other rows, many rows compare otherwise.
fn depends(first: &[f64], second: &[f64], own: &[u32]) -> bool {
    let n = own.len();
    let moved =
        |values: &[f64]| -> Vec<f64> { (0..n).map(|row| values[(row + n / 2) % n]).collect() };
    let changed = |other: Vec<u32>| other.iter().zip(own).filter(|(a, b)| a != b).count();
    let each = [sides(&moved(first), second), sides(first, &moved(second))];
    each.map(changed).iter().all(|changed| changed * 50 > n)
}

/// The rule, if enough people are on the sides where one is less and more.
fn compared(
    frame: &Frame,
    to: usize,
    (a, b): (usize, usize),
    sides: &Codes,
    least: usize,
) -> Option<Compared> {
    let rows = sides.rows();
    let of = |side: usize| {
        let row = rows[side].first()?;
        Some(value(&frame.columns[to], *row as usize))
    };
    let shared = |side: usize| frame.people(&rows[side], least) >= least;
    if !(shared(0) && shared(2)) {
        return None;
    }
    let ends = [of(0)?, of(2)?];
    // A side of few people, or nobody, has no value of its own.
    let known = |side: usize| match of(side) {
        Some(own) if shared(side) || ends.contains(&own) => Some(own),
        Some(_) => None,
        None => Some(ends[usize::from(rows[2].len() > rows[0].len())].clone()),
    };
    let name = |at: usize| frame.specs[at].name.clone();
    let values = [known(0)?, known(1)?, known(2)?, known(3)?];
    // Where all numbers compare alike, only that one is missing says something.
    let alike = values[0] == values[1] && values[0] == values[2];
    (!alike).then(|| Compared {
        first: name(a),
        second: name(b),
        values,
    })
}
