//! Columns that rank things: each row is a permutation of 1 to k.

use serde::{Deserialize, Serialize};
use verdancy_table::{Result, Storage};

use crate::evidence::FEWEST;
use crate::frame::{Frame, numbers, numeric};

/// The ranked columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ranks {
    columns: Vec<String>,
}

impl Ranks {
    pub(crate) fn sentence(&self) -> String {
        format!(
            "{} are ranks from 1 to {}",
            self.columns.join(", "),
            self.columns.len()
        )
    }

    fn values(&self, frame: &Frame) -> Result<Vec<Vec<f64>>> {
        (self.columns.iter())
            .map(|c| Ok(numbers(frame.column(c)?)))
            .collect()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let values = self.values(frame)?;
        Ok((0..frame.rows)
            .filter(|&row| !is_permutation(&values, row))
            .collect())
    }

    /// Ranks what was drawn; a row in which most is missing is missing altogether.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let mut values = self.values(frame)?;
        for row in 0..frame.rows {
            let drawn: Vec<f64> = values.iter().map(|v| v[row]).collect();
            let gone = drawn.iter().filter(|x| x.is_nan()).count();
            let mut order: Vec<usize> = (0..drawn.len()).collect();
            // Missing ones come where they fall.
            order.sort_by(|&a, &b| drawn[a].total_cmp(&drawn[b]));
            for (rank, &at) in order.iter().enumerate() {
                values[at][row] = if gone * 2 > drawn.len() {
                    f64::NAN
                } else {
                    (rank + 1) as f64
                };
            }
        }
        for (name, values) in self.columns.iter().zip(values) {
            let storage = crate::frame::storage(frame.column(name)?);
            frame.set(name, numeric(storage, values))?;
        }
        Ok(())
    }
}

/// True when row `row` is 1 to k in some order, or missing altogether.
fn is_permutation(values: &[Vec<f64>], row: usize) -> bool {
    if values.iter().all(|v| v[row].is_nan()) {
        return true;
    }
    let mut seen = vec![false; values.len()];
    values.iter().all(|v| {
        let x = v[row];
        let fits = x >= 1.0 && x.fract() == 0.0 && x <= values.len() as f64;
        fits && !std::mem::replace(&mut seen[x as usize - 1], true)
    })
}

/// Groups of such columns that stand next to each other.
pub(crate) fn find(frame: &Frame) -> Vec<Ranks> {
    let whole: Vec<usize> = (frame.modelled().into_iter())
        .filter(|&i| {
            frame.may_go(i)
                && matches!(
                    frame.specs[i].kind.storage(),
                    Storage::Integers | Storage::Numbers
                )
        })
        .collect();
    let values: Vec<Vec<f64>> = whole.iter().map(|&i| numbers(&frame.columns[i])).collect();
    let most = |at: usize| values[at].iter().copied().fold(0.0, f64::max);
    let mut out = Vec::new();
    let mut at = 0;
    while at < whole.len() {
        let k = most(at);
        let end = at + k as usize;
        // Two ranks are one column that says which comes first.
        if (3.0..=50.0).contains(&k) && k.fract() == 0.0 && end <= whole.len() {
            let group = &values[at..end];
            let filled = (0..frame.rows).filter(|&r| !group[0][r].is_nan()).count();
            if filled >= FEWEST && (0..frame.rows).all(|row| is_permutation(group, row)) {
                let columns = whole[at..end]
                    .iter()
                    .map(|&i| frame.specs[i].name.clone())
                    .collect();
                out.push(Ranks { columns });
                at = end;
                continue;
            }
        }
        at += 1;
    }
    out
}
