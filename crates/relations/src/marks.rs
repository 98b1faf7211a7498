//! Texts in the place of numbers (`<0.5`, `refused`): which of them a cell without a number has is learned as a
//! category of its own, beside the number, so that it goes with the other columns as it does in the real rows.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Kind, Levels, Notation, Result};

use crate::frame::{Frame, spec, strange};

/// A cell without a number and without a text in its place.
const EMPTY: &str = "empty";

/// A column with texts in the place of numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marks {
    /// The column of numbers.
    pub of: String,
    /// The column of the form that says why there is none, missing where there is one; none where it is always the
    /// same.
    pub reason: Option<String>,
    /// The marks that cells may have, as positions among the exceptions of the notation.
    pub kinds: Vec<usize>,
}

/// The position of the exception that a number that is not there is marked with.
fn mark_of(x: f64, most: usize) -> Option<usize> {
    (0..most).find(|&at| Notation::mark(at).to_bits() == x.to_bits())
}

impl Marks {
    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        let Column::Numbers(values) = frame.column(&self.of)? else {
            return Err(strange());
        };
        let most = self.kinds.iter().max().map_or(0, |at| at + 1);
        let reasons: Vec<Option<String>> = (values.iter())
            .map(|&x| {
                x.is_nan().then(|| match mark_of(x, most) {
                    Some(at) => at.to_string(),
                    None => EMPTY.to_owned(),
                })
            })
            .collect();
        let bare = (values.iter())
            .map(|&x| if x.is_nan() { f64::NAN } else { x })
            .collect();
        frame.set(&self.of, Column::Numbers(bare))?;
        let Some(name) = &self.reason else {
            return Ok(());
        };
        let levels = Levels::from_values(reasons.iter().map(Option::as_deref));
        frame.put(
            spec(name.clone(), Kind::Categorical, true),
            Column::Levels(levels),
        )
    }

    /// Marks the numbers that are not there. Whether one is there, only the column of numbers says: rules speak of
    /// it. Where no reason was drawn, that of the next row with one is taken.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let reasons = (self.reason.as_ref())
            .map(|name| frame.take(name))
            .transpose()?;
        let Column::Numbers(values) = frame.column(&self.of)? else {
            return Err(strange());
        };
        let n = frame.rows;
        let reason = |row: usize| match &reasons {
            Some((_, Column::Levels(reasons))) => (0..n)
                .find_map(|step| reasons.get((row + step) % n))
                .and_then(|text| text.parse().ok()),
            _ => self.kinds.first().copied(),
        };
        let marked = |row: usize| match values[row] {
            x if !x.is_nan() => x,
            _ => {
                (reason(row).filter(|at| self.kinds.contains(at))).map_or(f64::NAN, Notation::mark)
            }
        };
        let column = Column::Numbers((0..n).map(marked).collect());
        frame.set(&self.of, column)
    }
}

/// The columns of `frame` with texts in the place of numbers.
pub(crate) fn find(frame: &Frame) -> Vec<Marks> {
    let mut out = Vec::new();
    for (spec, column) in frame.specs.iter().zip(&frame.columns) {
        let most = spec.notation.as_ref().map_or(0, |n| n.exceptions.len());
        let Column::Numbers(values) = column else {
            continue;
        };
        let (mut counts, mut empty) = (vec![0usize; most], 0);
        for x in values.iter().filter(|x| x.is_nan()) {
            match mark_of(*x, most) {
                Some(at) => counts[at] += 1,
                None => empty += 1,
            }
        }
        let kinds: Vec<usize> = (0..most).filter(|&at| counts[at] > 0).collect();
        if kinds.is_empty() {
            continue;
        }
        let several = kinds.len() > 1 || empty > 0;
        out.push(Marks {
            of: spec.name.clone(),
            reason: several.then(|| frame.free_name(format!("{} (why missing)", spec.name))),
            kinds,
        });
    }
    out
}
