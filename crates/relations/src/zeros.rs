//! Numbers that are zero because of what another column says: no cigarettes where nobody smokes.
//!
//! In the form these zeros are missing cells, which look-ups say as well as those of a table that has them.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Result};

use crate::frame::{Frame, numbers, strange};
use crate::missing::{self, Missing};
use crate::terms::Terms;

/// Smallest share of the rows that are zero, and the largest.
const SHARES: (f64, f64) = (0.01, 0.99);
/// Fewest different values of a column.
const VALUES: usize = 10;

/// Columns whose zeros are missing cells of the form, and where they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zeros {
    pub columns: Vec<String>,
    rules: Vec<Missing>,
}

impl Zeros {
    pub(crate) fn sentences(&self) -> Vec<String> {
        (self.rules.iter())
            .map(|rule| rule.sentence_of("0"))
            .collect()
    }

    /// Keeps the rules that are wished for, by their words; `None` when none is left.
    pub(crate) fn retain(mut self, wished: impl Fn(&String) -> bool) -> Option<Zeros> {
        self.rules.retain(|rule| wished(&rule.sentence_of("0")));
        let speak = self.names();
        self.columns.retain(|name| speak.contains(name));
        (!self.rules.is_empty()).then_some(self)
    }

    /// The columns that it speaks of.
    pub(crate) fn names(&self) -> Vec<String> {
        self.rules.iter().flat_map(Missing::columns).collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        let mut frame = frame.clone();
        self.encode(&mut frame)?;
        self.rules.iter().map(|rule| rule.broken(&frame)).collect()
    }

    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        for name in &self.columns {
            let column = match frame.column(name)?.clone() {
                Column::Numbers(v) => Column::Numbers(
                    v.into_iter()
                        .map(|x| if x == 0.0 { f64::NAN } else { x })
                        .collect(),
                ),
                Column::Integers(v) => {
                    Column::Integers(v.into_iter().map(|x| x.filter(|x| *x != 0)).collect())
                }
                _ => return Err(strange()),
            };
            frame.set(name, column)?;
            frame.allow_missing(name, true)?;
        }
        Ok(())
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        for rule in self.rules.iter().rev() {
            rule.decode(frame)?;
        }
        for name in &self.columns {
            let column = match frame.column(name)?.clone() {
                Column::Numbers(v) => Column::Numbers(
                    v.into_iter()
                        .map(|x| if x.is_nan() { 0.0 } else { x })
                        .collect(),
                ),
                Column::Integers(v) => {
                    Column::Integers(v.into_iter().map(|x| x.or(Some(0))).collect())
                }
                _ => return Err(strange()),
            };
            frame.set(name, column)?;
            frame.allow_missing(name, false)?;
        }
        Ok(())
    }
}

/// The columns whose zeros follow from other columns, or say where others are zero.
pub(crate) fn find(frame: &Frame, least: usize) -> Option<Zeros> {
    let may_be = |at: &usize| {
        let values = numbers(&frame.columns[*at]);
        let zeros = values.iter().filter(|x| **x == 0.0).count();
        let share = zeros as f64 / frame.rows.max(1) as f64;
        frame.may_go(*at) && (SHARES.0..=SHARES.1).contains(&share)
    };
    let terms = Terms::of(frame).0;
    let columns: Vec<String> = (terms.iter())
        .filter(|term| !term.has_gaps && term.is_varied(VALUES) && may_be(&term.at))
        .map(|term| frame.specs[term.at].name.clone())
        .collect();
    let all = Zeros {
        columns,
        rules: Vec::new(),
    };
    let mut gone = frame.clone();
    all.encode(&mut gone).ok()?;
    let mut rules = missing::find(&gone, least);
    rules.retain(|rule| all.columns.iter().any(|name| name == rule.column()));
    let speak: Vec<String> = rules.iter().flat_map(Missing::columns).collect();
    let columns = (all.columns.into_iter())
        .filter(|name| speak.contains(name))
        .collect();
    (!rules.is_empty()).then_some(Zeros { columns, rules })
}
