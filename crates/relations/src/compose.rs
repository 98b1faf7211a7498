//! Texts that are put together from other columns: a code of a year and a flag.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Levels, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::Frame;

/// What may stand between two parts.
const BETWEEN: [&str; 9] = ["", "-", "_", " ", "/", ".", ":", ", ", " - "];
/// Longest text before and after.
const AROUND: usize = 12;

/// Texts before, between and after two columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Composed {
    pub first: String,
    pub second: String,
    before: String,
    between: String,
    after: String,
}

/// The cells of a column as texts, where they are written as they are stored.
fn texts(column: &Column) -> Option<Vec<Option<String>>> {
    match column {
        Column::Levels(v) => Some(
            (0..v.codes.len())
                .map(|r| v.get(r).map(str::to_owned))
                .collect(),
        ),
        Column::Integers(v) => Some(v.iter().map(|x| x.map(|x| x.to_string())).collect()),
        _ => None,
    }
}

impl Rule for Composed {
    fn of(&self, frame: &Frame, _: &ColumnSpec) -> Result<Said> {
        let parts = |name: &str| texts(frame.column(name)?).ok_or_else(crate::frame::strange);
        let (first, second) = (parts(&self.first)?, parts(&self.second)?);
        let Composed {
            before,
            between,
            after,
            ..
        } = self;
        let whole: Vec<Option<String>> = (first.into_iter().zip(second))
            .map(|(a, b)| Some(format!("{before}{}{between}{}{after}", a?, b?)))
            .collect();
        let levels = Levels::from_values(whole.iter().map(Option::as_deref));
        Ok(Said::present(Column::Levels(levels)))
    }

    fn columns(&self) -> Vec<String> {
        vec![self.first.clone(), self.second.clone()]
    }

    fn words(&self, name: &str) -> String {
        format!(
            "{name} is put together from {} and {}",
            self.first, self.second
        )
    }
}

/// The rule of column `at`, if it is put together from two others.
pub(crate) fn find(frame: &Frame, at: usize) -> Option<Derived<Composed>> {
    let Column::Levels(whole) = &frame.columns[at] else {
        return None;
    };
    let rows: Vec<usize> = (0..frame.rows)
        .filter(|&r| whole.get(r).is_some())
        .collect();
    if rows.len() < FEWEST || whole.levels.len() < 4 {
        return None;
    }
    let columns: Vec<(usize, Vec<Option<String>>)> = (frame.modelled().into_iter())
        .filter(|&i| i != at && frame.specs[i].kind.storage() != Storage::Numbers)
        .filter_map(|i| Some((i, texts(&frame.columns[i])?)))
        .collect();
    let tried = columns.len() * columns.len() * BETWEEN.len() * frame.specs.len();
    let first_row = *rows.first()?;
    let example = whole.get(first_row)?;
    for (a, first) in &columns {
        for (b, second) in columns.iter().filter(|c| c.0 != *a) {
            let (Some(x), Some(y)) = (&first[first_row], &second[first_row]) else {
                continue;
            };
            for between in BETWEEN {
                let core = format!("{x}{between}{y}");
                let Some(place) = example.find(&core) else {
                    continue;
                };
                let rule = Composed {
                    first: frame.specs[*a].name.clone(),
                    second: frame.specs[*b].name.clone(),
                    before: example[..place].to_owned(),
                    between: between.to_owned(),
                    after: example[place + core.len()..].to_owned(),
                };
                if rule.before.len() + rule.after.len() > AROUND {
                    continue;
                }
                let said = |row: usize| {
                    let (a, b) = first[row].as_ref().zip(second[row].as_ref())?;
                    Some(format!("{}{a}{between}{b}{}", rule.before, rule.after))
                };
                let is = |x: usize, y: usize| said(x).as_deref() == whole.get(y);
                if rows.iter().all(|&r| is(r, r))
                    && believed(
                        chance_of_all(rows.len(), |x, y| is(rows[x], rows[y])),
                        tried,
                    )
                    && let Some(found) = accept(frame, at, rule)
                {
                    return Some(found);
                }
            }
        }
    }
    None
}
