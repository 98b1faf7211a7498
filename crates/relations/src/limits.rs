//! Columns of which one is never, or always, more than another; and how rows are put right by exchanging cells.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result};

use crate::frame::{Frame, decimals, numbers, strange};

/// How often each column is looked at: one that had no room may have some when the columns around it have moved.
const PASSES: usize = 3;
/// How many rows further on a cell looks for another one to change places with.
const REACH: usize = 2_000;

/// Two columns in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    pub low: String,
    pub high: String,
    /// True when they are never equal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// True for moments, also where they are learned as distances from another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moments: bool,
}

impl Limit {
    pub(crate) fn sentence(&self) -> String {
        let words = match (self.apart, self.moments) {
            (false, true) => "is never before",
            (false, false) => "is never less than",
            (true, true) => "is always after",
            (true, false) => "is always more than",
        };
        format!("{} {words} {}", self.high, self.low)
    }

    /// Rows that break it.
    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let low = numbers(frame.column(&self.low)?);
        let high = numbers(frame.column(&self.high)?);
        Ok((0..frame.rows)
            .filter(|&row| !self.allows(low[row], high[row]))
            .collect())
    }

    /// True for cells in order, and where one is missing.
    fn allows(&self, low: f64, high: f64) -> bool {
        low.is_nan() || high.is_nan() || low < high || low == high && !self.apart
    }
}

/// Lets cells of the `free` columns change places with those of other rows until the rows keep `limits`: each column
/// keeps its values, and no row that was right is made wrong. Cells that fit nowhere get the nearest value that does,
/// if there is one.
pub(crate) fn exchange(frame: &mut Frame, limits: &[Limit], free: &[String]) -> Result<()> {
    for _ in 0..PASSES {
        let mut changed = false;
        for name in free {
            let around = Around::of(frame, limits, name)?;
            let at = frame.position(name).ok_or_else(strange)?;
            if let Some(column) = around.settled(&frame.columns[at]) {
                frame.set(name, column)?;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    Ok(())
}

/// One of the last digit of a column.
fn unit(spec: &ColumnSpec) -> f64 {
    decimals(spec).map_or(0.0, |d| 10_f64.powi(-i32::from(d)))
}

/// What limits a column: each limit with the numbers of its other side.
struct Around<'a> {
    name: &'a str,
    own: Vec<(&'a Limit, Vec<f64>)>,
    unit: f64,
}

impl<'a> Around<'a> {
    fn of(frame: &Frame, limits: &'a [Limit], name: &'a str) -> Result<Around<'a>> {
        let own = (limits.iter())
            .filter(|limit| limit.low == name || limit.high == name)
            .map(|limit| {
                let is_low = limit.low == name;
                let other = if is_low { &limit.high } else { &limit.low };
                Ok((limit, numbers(frame.column(other)?)))
            });
        let at = frame.position(name).ok_or_else(strange)?;
        Ok(Around {
            name,
            own: own.collect::<Result<_>>()?,
            unit: unit(&frame.specs[at]),
        })
    }

    fn fits(&self, row: usize, x: f64) -> bool {
        self.own
            .iter()
            .all(|(limit, other)| match limit.low == self.name {
                true => limit.allows(x, other[row]),
                false => limit.allows(other[row], x),
            })
    }

    /// The column with cells in other places; `None` when all fit where they are.
    fn settled(&self, column: &Column) -> Option<Column> {
        let drawn = numbers(column);
        let rows = drawn.len();
        let wrong: Vec<usize> = (0..rows)
            .filter(|&row| !self.fits(row, drawn[row]))
            .collect();
        if wrong.is_empty() {
            return None;
        }
        let mut from: Vec<usize> = (0..rows).collect();
        for &row in &wrong {
            let own = drawn[from[row]];
            if self.fits(row, own) {
                continue;
            }
            // Both rows fit when they change places.
            let mut near = (1..rows.min(REACH)).map(|step| (row + step) % rows);
            let found = near.find(|&other| {
                let theirs = drawn[from[other]];
                !theirs.is_nan() && self.fits(row, theirs) && self.fits(other, own)
            });
            if let Some(other) = found {
                from.swap(row, other);
            }
        }
        let column = column.take(&from);
        let nearest: Vec<(usize, f64)> = (wrong.into_iter())
            .filter(|&row| !self.fits(row, drawn[from[row]]))
            .filter_map(|row| Some((row, self.nearest(row, drawn[from[row]])?)))
            .collect();
        if nearest.is_empty() {
            return Some(column);
        }
        let mut column = column;
        for (row, x) in nearest {
            match &mut column {
                Column::Numbers(values) => values[row] = x,
                Column::Integers(values) | Column::Instants(values) => {
                    values[row] = Some(x.round() as i64);
                }
                Column::Levels(_) | Column::Strings(_) => {}
            }
        }
        Some(column)
    }

    /// The value nearest to `x` that fits the row.
    fn nearest(&self, row: usize, x: f64) -> Option<f64> {
        let ends = (self.own.iter()).filter(|(_, other)| !other[row].is_nan());
        let candidates = ends.map(|(limit, other)| {
            let step = if limit.apart { self.unit } else { 0.0 };
            match limit.low == self.name {
                true => other[row] - step,
                false => other[row] + step,
            }
        });
        let fitting = candidates.filter(|c| self.fits(row, *c));
        fitting.min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::frame::spec;
    use verdancy_table::Kind;

    fn limit(low: &str, high: &str, apart: bool) -> Limit {
        Limit {
            low: low.to_owned(),
            high: high.to_owned(),
            apart,
            moments: false,
        }
    }

    fn frame(columns: &[(&str, &[i64])]) -> Frame {
        let whole = |values: &[i64]| Column::Integers(values.iter().map(|x| Some(*x)).collect());
        let specs = (columns.iter())
            .map(|(name, _)| spec((*name).to_owned(), Kind::Integer, false))
            .collect();
        let values = columns.iter().map(|(_, values)| whole(values)).collect();
        Frame::bare(specs, values, columns[0].1.len())
    }

    #[test]
    fn cells_change_places_within_both_limits() {
        let mut frame = frame(&[
            ("a", &[1, 5, 2, 8]),
            ("m", &[9, 6, 1, 8]),
            ("b", &[4, 9, 9, 9]),
        ]);
        let limits = [limit("a", "m", false), limit("m", "b", false)];
        exchange(&mut frame, &limits, &["m".to_owned()]).unwrap();
        assert!(limits.iter().all(|l| l.broken(&frame).unwrap().is_empty()));
        let mut values = numbers(frame.column("m").unwrap());
        values.sort_by(f64::total_cmp);
        assert_eq!(values, [1.0, 6.0, 8.0, 9.0], "the column keeps its values");
    }

    #[test]
    fn columns_make_room_for_each_other() {
        let mut frame = frame(&[("a", &[1, 7, 2]), ("m", &[4, 5, 3]), ("b", &[6, 3, 9])]);
        let limits = [limit("a", "m", false), limit("m", "b", false)];
        // The second row has no room for `m` before `b` has moved.
        exchange(&mut frame, &limits, &["m", "b"].map(str::to_owned)).unwrap();
        assert!(limits.iter().all(|l| l.broken(&frame).unwrap().is_empty()));
    }

    #[test]
    fn equal_cells_move_apart() {
        let mut frame = frame(&[("from", &[1, 3, 5]), ("until", &[1, 6, 9])]);
        let limits = [limit("from", "until", true)];
        assert_eq!(limits[0].broken(&frame).unwrap(), [0]);
        exchange(&mut frame, &limits, &["until".to_owned()]).unwrap();
        // 1 fits no other row, so the next number takes its place.
        assert_eq!(numbers(frame.column("until").unwrap()), [2.0, 6.0, 9.0]);
        assert_eq!(limits[0].sentence(), "until is always more than from");
    }

    #[test]
    fn why_a_number_is_missing_stays_beside_cells_that_move() {
        let why = f64::from_bits(f64::NAN.to_bits() | 7);
        let columns = vec![
            Column::Numbers(vec![2.0, 1.0, 5.0]),
            Column::Numbers(vec![why, 4.0, 3.0]),
        ];
        let kind = Kind::Numerical { decimals: Some(0) };
        let specs = ["a", "b"].map(|name| spec(name.to_owned(), kind.clone(), true));
        let mut frame = Frame::bare(specs.to_vec(), columns, 3);
        let limits = [limit("a", "b", false)];
        exchange(&mut frame, &limits, &["b".to_owned()]).unwrap();
        // No other row has room for 3 and a value of 5 or more.
        let Column::Numbers(values) = frame.column("b").unwrap() else {
            panic!("numbers")
        };
        assert_eq!(values[0].to_bits(), why.to_bits());
        assert_eq!(values[1..], [4.0, 5.0]);
    }

    #[test]
    fn a_row_without_room_stays_as_it_is() {
        let mut frame = frame(&[("a", &[7]), ("m", &[5]), ("b", &[3])]);
        let limits = [limit("a", "m", false), limit("m", "b", false)];
        exchange(&mut frame, &limits, &["m".to_owned()]).unwrap();
        assert_eq!(numbers(frame.column("m").unwrap()), [5.0]);
    }
}
