//! Columns that rank things: each row is a permutation of 1 to k.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use verdancy_table::{Result, Storage};

use crate::evidence::FEWEST;
use crate::frame::{Frame, numbers, numeric};
use crate::terms::combinations;

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
fn is_permutation<V: AsRef<[f64]>>(values: &[V], row: usize) -> bool {
    if values.iter().all(|v| v.as_ref()[row].is_nan()) {
        return true;
    }
    let mut seen = vec![false; values.len()];
    values.iter().all(|v| {
        let x = v.as_ref()[row];
        let fits = x >= 1.0 && x.fract() == 0.0 && x <= values.len() as f64;
        fits && !std::mem::replace(&mut seen[x as usize - 1], true)
    })
}

/// Most choices of columns that are tried where ranks are not side by side.
const CHOICES: usize = 1_000;

/// Groups of such columns: side by side, or among all that have the same greatest rank.
pub(crate) fn find(frame: &Frame) -> Vec<Ranks> {
    let may = |at: &usize| {
        let storage = frame.specs[*at].kind.storage();
        frame.may_go(*at) && matches!(storage, Storage::Integers | Storage::Numbers)
    };
    let mut by_greatest: BTreeMap<usize, Vec<(usize, Vec<f64>)>> = BTreeMap::new();
    for at in frame.modelled().into_iter().filter(may) {
        let values = numbers(&frame.columns[at]);
        let greatest = values.iter().copied().fold(0.0, f64::max);
        let filled = values.iter().filter(|x| !x.is_nan()).count();
        let is_rank = |x: &f64| x.is_nan() || (x.fract() == 0.0 && *x >= 1.0);
        // Two ranks are one column that says which comes first.
        if (3.0..=50.0).contains(&greatest) && filled >= FEWEST && values.iter().all(is_rank) {
            let group = by_greatest.entry(greatest as usize).or_default();
            group.push((at, values));
        }
    }
    let mut out = Vec::new();
    for (k, mut group) in by_greatest {
        while let Some(chosen) = permuted(&group, k, frame.rows) {
            let columns = (chosen.iter())
                .map(|&i| frame.specs[group[i].0].name.clone())
                .collect();
            out.push(Ranks { columns });
            let mut at = 0;
            group.retain(|_| {
                at += 1;
                !chosen.contains(&(at - 1))
            });
        }
    }
    out
}

/// Positions in `group` of `k` columns that are 1 to `k` in some order in each row: neighbours first.
fn permuted(group: &[(usize, Vec<f64>)], k: usize, rows: usize) -> Option<Vec<usize>> {
    let fits = |chosen: &[usize]| {
        let values: Vec<&[f64]> = chosen.iter().map(|&i| group[i].1.as_slice()).collect();
        (0..rows).all(|row| is_permutation(&values, row))
    };
    let side_by_side = (0..(group.len() + 1).saturating_sub(k)).map(|i| (i..i + k).collect());
    let any = combinations(group.len(), k).take(CHOICES);
    side_by_side
        .chain(any)
        .find(|chosen: &Vec<usize>| fits(chosen))
}
