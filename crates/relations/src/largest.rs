//! Levels that name the largest or the smallest of some columns: the winner of an election, the main source of income.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{Codes, FEWEST, believed, function};
use crate::frame::{Frame, Value, column_of, numbers, value};

/// Most levels.
const MOST: usize = 16;
/// Most columns of a table that are looked at.
const COLUMNS: usize = 60;

/// Columns, each with the level of the rows in which it is the largest, or the smallest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Largest {
    of: Vec<(String, Value)>,
    most: bool,
    /// Of equal ones, whether the last counts; else the first.
    last: bool,
}

/// Which of the columns is the largest, or the smallest, of a row: the first or the last of equal ones. `None` where one is
/// missing.
fn which(columns: &[&[f64]], row: usize, (most, last): (bool, bool)) -> Option<usize> {
    let mut best = 0;
    for (at, column) in columns.iter().enumerate() {
        let (x, y) = (column[row], columns[best][row]);
        if x.is_nan() {
            return None;
        }
        if (if most { x > y } else { x < y }) || last && x == y {
            best = at;
        }
    }
    Some(best)
}

impl Rule for Largest {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let columns: Vec<Vec<f64>> = (self.of.iter())
            .map(|(name, _)| frame.column(name).map(numbers))
            .collect::<Result<_>>()?;
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let found: Vec<Option<usize>> = (0..frame.rows)
            .map(|row| which(&columns, row, (self.most, self.last)))
            .collect();
        let level = |at: &Option<usize>| at.map_or(&Value::Missing, |at| &self.of[at].1);
        Ok(Said {
            column: column_of(spec.kind.storage(), found.iter().map(level)),
            says: found.iter().map(Option::is_some).collect(),
        })
    }

    fn columns(&self) -> Vec<String> {
        self.of.iter().map(|(name, _)| name.clone()).collect()
    }

    fn words(&self, name: &str) -> String {
        let which = if self.most { "largest" } else { "smallest" };
        let of = self.columns().join(", ");
        format!("{name} says which of {of} is the {which}")
    }
}

/// The rule of column `to`, if its levels name the largest or the smallest of columns that are side by side.
pub(crate) fn find(frame: &Frame, to: usize, least: usize) -> Option<Derived<Largest>> {
    if frame.specs[to].kind.storage() != Storage::Levels || frame.rows < FEWEST {
        return None;
    }
    let levels = Codes::of(&frame.columns[to], MOST)?;
    let all: Vec<(usize, Vec<f64>)> = (frame.modelled().into_iter())
        .filter(|&at| frame.is_number(at))
        .take(COLUMNS)
        .map(|at| (at, numbers(&frame.columns[at])))
        .collect();
    let tried = 4 * all.len().max(1) * frame.specs.len();
    if levels.count < 3 || all.len() < levels.count {
        return None;
    }
    let ways = [(true, false), (true, true), (false, false), (false, true)];
    all.windows(levels.count).find_map(|run| {
        let columns: Vec<&[f64]> = run.iter().map(|(_, values)| values.as_slice()).collect();
        ways.into_iter().find_map(|way| {
            let found: Option<Vec<u32>> = (0..frame.rows)
                .map(|row| which(&columns, row, way).map(|at| at as u32))
                .collect();
            let found = Codes {
                codes: found?,
                count: run.len(),
            };
            function(&found, &levels).filter(|ln_p| believed(*ln_p, tried))?;
            let rows = found.rows();
            let shared = rows.iter().all(|own| frame.people(own, least) >= least);
            let of = (run.iter().zip(&rows)).map(|((at, _), own)| {
                let level = value(&frame.columns[to], *own.first()? as usize);
                Some((frame.specs[*at].name.clone(), level))
            });
            let largest = Largest {
                of: of.collect::<Option<_>>()?,
                most: way.0,
                last: way.1,
            };
            shared
                .then(|| accept(frame, to, largest))?
                .filter(|f| f.left_out)
        })
    })
}
