//! Cells that are missing because of what another column says: no date of discharge while a patient is in.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Levels, Result};

use crate::evidence::{Codes, believed};
use crate::frame::{Frame, Value, column_of, key, key_of, next_present, storage, value};

/// Most different cells of a column that decides.
const CELLS: usize = 60;

/// In which rows a column is missing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Missing {
    of: String,
    by: String,
    /// True when it matters only whether the other cell is missing.
    whether: bool,
    /// Cells of the other column, each with whether this one is missing.
    when: Vec<(Value, bool)>,
}

/// A column by whether its cells are missing.
fn flags(column: &Column) -> Column {
    let flag = |row| (!column.is_missing(row)).then_some("present");
    Column::Levels(Levels::from_values((0..column.len()).map(flag)))
}

impl Missing {
    pub(crate) fn sentence(&self) -> String {
        self.sentence_of("missing")
    }

    /// The rule where `gone` is what missing cells stand for.
    pub(crate) fn sentence_of(&self, gone: &str) -> String {
        let Missing { of, by, .. } = self;
        if self.whether {
            let alike = self
                .when
                .iter()
                .all(|(v, gone)| (*v == Value::Missing) == *gone);
            return match alike && self.when.len() == 2 {
                true => format!("{of} and {by} are {gone} together"),
                false => format!("whether {of} is {gone} follows from whether {by} is"),
            };
        }
        format!("whether {of} is {gone} follows from {by}")
    }

    /// The columns that it speaks of.
    pub(crate) fn columns(&self) -> Vec<String> {
        vec![self.of.clone(), self.by.clone()]
    }

    /// The column whose missing cells are spoken of.
    pub(crate) fn column(&self) -> &str {
        &self.of
    }

    /// For each row, whether the cell has to be missing, where the rule says.
    fn says(&self, frame: &Frame) -> Result<Vec<Option<bool>>> {
        let by = frame.column(&self.by)?;
        let by = if self.whether { flags(by) } else { by.clone() };
        let when: HashMap<String, bool> = self.when.iter().map(|(v, m)| (key_of(v), *m)).collect();
        Ok((0..frame.rows)
            .map(|row| when.get(&key(&by, row)).copied())
            .collect())
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let column = frame.column(&self.of)?;
        let says = self.says(frame)?;
        let against = |row: &usize| says[*row].is_some_and(|s| s != column.is_missing(*row));
        Ok((0..says.len()).filter(against).collect())
    }

    /// Empties what has to be missing; what may not be gets the value of the next row that has one.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let says = self.says(frame)?;
        let column = frame.column(&self.of)?;
        let n = frame.rows;
        let values: Vec<Value> = (0..n)
            .map(|row| match says[row] {
                Some(true) => Value::Missing,
                Some(false) if column.is_missing(row) => {
                    next_present(column, row).map_or(Value::Missing, |r| value(column, r))
                }
                _ => value(column, row),
            })
            .collect();
        // Marks of exceptions are missing cells that say why: they stay.
        if let Column::Numbers(drawn) = column {
            let kept = |row: usize| match &values[row] {
                Value::Real(x) => *x,
                _ if drawn[row].is_nan() => drawn[row],
                _ => f64::NAN,
            };
            let numbers = (0..n).map(kept).collect();
            return frame.set(&self.of.clone(), Column::Numbers(numbers));
        }
        let column = column_of(storage(column), values.iter());
        frame.set(&self.of.clone(), column)
    }
}

/// All such rules of the frame.
pub(crate) fn find(frame: &Frame, least: usize) -> Vec<Missing> {
    let all = frame.modelled();
    let tried = all.len() * all.len() * 2;
    let deciders: Vec<Decider> = (all.iter())
        .flat_map(|&at| [false, true].map(|whether| (at, whether)))
        .filter_map(|(at, whether)| Decider::of(frame, at, whether, least))
        .collect();
    let mut out: Vec<Missing> = Vec::new();
    let mut above: HashMap<usize, usize> = HashMap::new();
    for &of in &all {
        let column = &frame.columns[of];
        let gone = column.missing();
        if gone < least || frame.rows - gone < least {
            continue;
        }
        let mut best: Option<(f64, usize, Missing)> = None;
        let missing: Vec<bool> = (0..frame.rows).map(|row| column.is_missing(row)).collect();
        for decider in deciders.iter().filter(|d| d.at != of) {
            let by = decider.at;
            if std::iter::successors(Some(by), |at| above.get(at).copied()).any(|at| at == of) {
                continue;
            }
            let Some((ln_p, when)) = decider.decides(&missing) else {
                continue;
            };
            let better = best.as_ref().is_none_or(|(p, ..)| ln_p < *p - 1e-9);
            if believed(ln_p, tried) && better {
                let name = |i: usize| frame.specs[i].name.clone();
                let whether = decider.whether;
                best = Some((
                    ln_p,
                    by,
                    Missing {
                        of: name(of),
                        by: name(by),
                        whether,
                        when,
                    },
                ));
            }
        }
        if let Some((_, by, rule)) = best {
            above.insert(of, by);
            out.push(rule);
        }
    }
    // A rule that another hangs on is undone after it: it comes first.
    out.sort_by_key(|rule| {
        let at = frame.position(&rule.of).unwrap_or(0);
        std::cmp::Reverse(std::iter::successors(Some(at), |at| above.get(at).copied()).count())
    });
    out
}

/// A column that may decide where others are missing.
struct Decider {
    at: usize,
    whether: bool,
    /// Its cells, with their rows, those of enough people only.
    cells: Vec<(Value, Vec<u32>)>,
}

impl Decider {
    fn of(frame: &Frame, at: usize, whether: bool, least: usize) -> Option<Decider> {
        let column = &frame.columns[at];
        let cells = if whether {
            flags(column)
        } else {
            column.clone()
        };
        let codes = Codes::of(&cells, CELLS)?;
        if codes.count < 2 {
            return None;
        }
        let cells = (codes.rows().into_iter())
            .filter(|rows| frame.people(rows, least) >= least)
            .map(|rows| (value(&cells, rows[0] as usize), rows))
            .collect();
        Some(Decider { at, whether, cells })
    }

    /// For which cells it is certain whether another column is missing, and how likely chance would have made it
    /// so.
    fn decides(&self, missing: &[bool]) -> Option<(f64, Vec<(Value, bool)>)> {
        let gone = missing.iter().filter(|m| **m).count();
        let share = gone as f64 / missing.len() as f64;
        let (mut ln_p, mut when, mut always) = (0.0, Vec::new(), false);
        for (cell, rows) in &self.cells {
            let first = missing[rows[0] as usize];
            if rows.iter().any(|row| missing[*row as usize] != first) {
                continue;
            }
            ln_p += rows.len() as f64
                * if first {
                    share.ln()
                } else {
                    (1.0 - share).ln()
                };
            always |= first;
            when.push((cell.clone(), first));
        }
        always.then_some((ln_p, when))
    }
}
