//! Numbers and moments that are the largest or the smallest of others: the best of three attempts, the first event.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Kind, Result};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, numbers, numeric};

/// Most columns that the extreme is sought among.
const MOST: usize = 60;

/// The largest or the smallest number of others; missing cells do not count.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extreme {
    of: Vec<String>,
    most: bool,
}

fn extreme(columns: &[Vec<f64>], most: bool, row: usize) -> f64 {
    let values = columns.iter().map(|column| column[row]);
    match most {
        true => values.fold(f64::NAN, f64::max),
        false => values.fold(f64::NAN, f64::min),
    }
}

impl Rule for Extreme {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let columns: Vec<Vec<f64>> = (self.of.iter())
            .map(|name| frame.column(name).map(numbers))
            .collect::<Result<_>>()?;
        let values = (0..frame.rows).map(|row| extreme(&columns, self.most, row));
        let values = values.collect();
        Ok(Said {
            says: vec![true; frame.rows],
            column: numeric(spec.kind.storage(), values),
        })
    }

    fn columns(&self) -> Vec<String> {
        self.of.clone()
    }

    fn words(&self, name: &str) -> String {
        let which = if self.most { "largest" } else { "smallest" };
        format!("{name} is the {which} of {}", self.of.join(", "))
    }
}

/// The rule of column `at`, if it is the largest or the smallest of others in every row.
pub(crate) fn find(frame: &Frame, at: usize) -> Option<Derived<Extreme>> {
    let kind = &frame.specs[at].kind;
    let is_moment = |kind: &Kind| matches!(kind, Kind::Datetime { .. });
    if frame.rows < FEWEST || !(frame.is_number(at) || is_moment(kind)) {
        return None;
    }
    let is = numbers(&frame.columns[at]);
    let others: Vec<(usize, Vec<f64>)> = (frame.modelled().into_iter())
        .filter(|&i| i != at && is_moment(&frame.specs[i].kind) == is_moment(kind))
        .filter(|&i| frame.is_number(i) || is_moment(&frame.specs[i].kind))
        .take(MOST)
        .map(|i| (i, numbers(&frame.columns[i])))
        .collect();
    [true, false].into_iter().find_map(|most| {
        let beyond = |x: f64, y: f64| if most { y > x } else { y < x };
        let (names, columns): (Vec<String>, Vec<Vec<f64>>) = (others.iter())
            .filter(|(_, other)| {
                let never = !is.iter().zip(other).any(|(x, y)| beyond(*x, *y));
                let equal = is.iter().zip(other).filter(|(x, y)| x == y).count();
                // A column that is the same in every row is no extreme.
                never && equal > 0 && equal < frame.rows
            })
            .map(|(i, other)| (frame.specs[*i].name.clone(), other.clone()))
            .unzip();
        let says = |row: usize, other: usize| {
            let said = extreme(&columns, most, row);
            said == is[other] || said.is_nan() && is[other].is_nan()
        };
        let tried = frame.specs.len() * 2;
        let sure = names.len() > 1
            && (0..frame.rows).all(|row| says(row, row))
            && believed(chance_of_all(frame.rows, says), tried);
        sure.then(|| accept(frame, at, Extreme { of: names, most }))?
            .filter(|found| found.left_out)
    })
}
