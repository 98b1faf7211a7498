//! Sums that stay in the range of the column that they are: nobody dies in the future.

use serde::{Deserialize, Serialize};
use verdancy_table::Result;

use crate::frame::{Frame, numbers, numeric, storage};

/// Terms, and the ends of their sum.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Within {
    pub terms: Vec<(String, f64)>,
    pub constant: f64,
    pub low: f64,
    pub high: f64,
}

impl Within {
    /// Where a sum leaves the range, the term that varies most gets its value from the next row that brings the
    /// sum back.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let mut values: Vec<Vec<f64>> = Vec::new();
        for (name, _) in &self.terms {
            values.push(numbers(frame.column(name)?));
        }
        let last = (self.terms.len().checked_sub(1)).ok_or_else(crate::frame::strange)?;
        let sum = |values: &[Vec<f64>], row: usize, of: f64| -> f64 {
            let others = (self.terms[..last].iter().zip(values)).map(|(t, v)| t.1 * v[row]);
            self.constant + others.sum::<f64>() + self.terms[last].1 * of
        };
        // Adding in another order may leave an end by the last bit.
        let slack = 1e-9 * (self.low.abs() + self.high.abs());
        let range = self.low - slack..=self.high + slack;
        let fits = |x: f64| x.is_nan() || range.contains(&x);
        let drawn = values[last].clone();
        for row in 0..frame.rows {
            if fits(sum(&values, row, drawn[row])) {
                continue;
            }
            let next = (1..frame.rows).map(|step| drawn[(row + step) % frame.rows]);
            let found = next
                .filter(|x| !x.is_nan())
                .find(|x| fits(sum(&values, row, *x)));
            if let Some(x) = found {
                values[last][row] = x;
            }
        }
        let (name, storage) = {
            let name = &self.terms[last].0;
            (name.clone(), storage(frame.column(name)?))
        };
        frame.set(&name, numeric(storage, values.swap_remove(last)))
    }
}
