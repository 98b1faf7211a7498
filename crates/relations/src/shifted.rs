//! Moments that are so long after others as a number says: medicine runs out when the days are over that it lasts.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result};

use crate::derived::{Derived, Rule, Said, accept};
use crate::frame::{Frame, numbers, strange};

/// The largest time between two moments, in microseconds: what a number of this size says exactly.
const MOST: f64 = 9e15;

/// A moment, and how long after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shifted {
    from: String,
    by: String,
    /// Microseconds of a unit, and its name.
    micros: i64,
    unit: String,
}

impl Rule for Shifted {
    fn of(&self, frame: &Frame, _: &ColumnSpec) -> Result<Said> {
        let Column::Instants(from) = frame.column(&self.from)? else {
            return Err(strange());
        };
        let by = numbers(frame.column(&self.by)?);
        let moved = |(from, by): (&Option<i64>, &f64)| {
            let time = (by * self.micros as f64).round();
            (time.abs() < MOST).then(|| (*from)?.checked_add(time as i64))?
        };
        let values = from.iter().zip(&by).map(moved).collect();
        Ok(Said::present(Column::Instants(values)))
    }

    fn columns(&self) -> Vec<String> {
        vec![self.from.clone(), self.by.clone()]
    }

    fn words(&self, name: &str) -> String {
        let Shifted { from, by, unit, .. } = self;
        format!("{name} is {by} {unit} after {from}")
    }
}

/// The rule of the moment `until`, if it is as long after `from` as the number says, to the last digit.
pub(crate) fn of(
    frame: &Frame,
    until: &str,
    (from, by): (&str, &str),
    (micros, unit): (i64, &str),
) -> Option<Derived<Shifted>> {
    let at = frame.position(until)?;
    let shifted = Shifted {
        from: from.to_owned(),
        by: by.to_owned(),
        micros,
        unit: unit.to_owned(),
    };
    accept(frame, at, shifted).filter(|found| found.left_out)
}
