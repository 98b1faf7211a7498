//! Shares of a whole: numbers from 0 on that add up to the same in each row.

use serde::{Deserialize, Serialize};
use verdancy_table::Result;

use crate::frame::{Frame, decimals, numbers, numeric, rounded, storage};

/// The shares and what they add up to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shares {
    pub columns: Vec<String>,
    pub total: f64,
}

impl Shares {
    pub(crate) fn sentence(&self) -> String {
        format!("{} add up to {}", self.columns.join(" + "), self.total)
    }

    fn values(&self, frame: &Frame) -> Result<Vec<Vec<f64>>> {
        (self.columns.iter())
            .map(|c| Ok(numbers(frame.column(c)?)))
            .collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let values = self.values(frame)?;
        let unit = self.unit(frame)?;
        let off = |row: usize| (values.iter().map(|v| v[row]).sum::<f64>() - self.total).abs();
        // NaN is no sum.
        let wrong = |row: &usize| off(*row) > unit * (0.5 * values.len() as f64 + 1e-6);
        Ok((0..frame.rows).filter(wrong).collect())
    }

    fn unit(&self, frame: &Frame) -> Result<f64> {
        let mut unit: f64 = 0.0;
        for name in &self.columns {
            let at = frame.position(name).ok_or_else(crate::frame::strange)?;
            unit = unit.max(
                decimals(&frame.specs[at])
                    .map_or(1e-9 * self.total.abs(), |d| 10_f64.powi(-i32::from(d))),
            );
        }
        Ok(unit)
    }

    /// Scales what was drawn to the whole; rounding goes to the largest share.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let mut values = self.values(frame)?;
        let digits: Vec<Option<u8>> = (self.columns.iter())
            .map(|name| {
                frame
                    .position(name)
                    .and_then(|at| decimals(&frame.specs[at]))
            })
            .collect();
        for row in 0..frame.rows {
            let sum: f64 = values.iter().map(|v| v[row].max(0.0)).sum();
            if sum.is_nan() || values.iter().any(|v| v[row].is_nan()) {
                continue;
            }
            let scale = if sum > 0.0 { self.total / sum } else { 0.0 };
            let mut largest = 0;
            for (at, v) in values.iter_mut().enumerate() {
                v[row] = rounded(v[row].max(0.0) * scale, digits[at]);
            }
            for at in 1..values.len() {
                if values[at][row] > values[largest][row] {
                    largest = at;
                }
            }
            let others: f64 = values.iter().map(|v| v[row]).sum::<f64>() - values[largest][row];
            values[largest][row] = rounded(self.total - others, digits[largest]);
        }
        for (name, values) in self.columns.iter().zip(values) {
            let storage = storage(frame.column(name)?);
            frame.set(name, numeric(storage, values))?;
        }
        Ok(())
    }
}
