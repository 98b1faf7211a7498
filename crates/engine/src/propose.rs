//! Which columns a table is probably used to predict, where nobody has named any.
//!
//! Without a target, or a survival time with its event, a judgement says nothing of usefulness: no model
//! is trained on the synthetic rows. Names that are common for such columns are proposed, and only where
//! the values fit as well; nothing is proposed for a table without them, and nothing is ever assumed.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Kind, Table};

/// Names of follow-up times.
const TIMES: [&str; 17] = [
    "time",
    "futime",
    "survtime",
    "survivaltime",
    "survivalmonths",
    "survivaldays",
    "timetoevent",
    "tte",
    "followup",
    "followuptime",
    "followupdays",
    "followupmonths",
    "duration",
    "ostime",
    "osmonths",
    "osdays",
    "pfstime",
];
/// Names of columns that tell events from censored rows.
const EVENTS: [&str; 17] = [
    "event",
    "status",
    "cens",
    "censor",
    "censored",
    "censoring",
    "death",
    "died",
    "dead",
    "deceased",
    "deathevent",
    "vitalstatus",
    "fustat",
    "delta",
    "osevent",
    "osstatus",
    "pfsstatus",
];
/// Names of targets, wherever they are.
const TARGETS: [&str; 12] = [
    "target",
    "label",
    "class",
    "outcome",
    "survived",
    "churn",
    "churned",
    "diagnosis",
    "readmitted",
    "ytrue",
    "isfraud",
    "defaulted",
];
/// Names of targets where they are the last column.
const LAST: [&str; 9] = [
    "y", "num", "income", "revenue", "result", "response", "default", "arrest", "species",
];
/// Most values of a target that is a class.
const CLASSES: usize = 20;
/// Fewest values of a follow-up time.
const TIMES_DIFFER: usize = 10;

/// Columns to judge usefulness by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// A column to be predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// A column of follow-up times, and the one that tells events from censored rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survival: Option<(String, String)>,
}

impl Proposal {
    /// The options of the command line that take it over.
    pub fn options(&self) -> String {
        match (&self.survival, &self.target) {
            (Some((time, event)), _) => {
                format!("--time {} --event {}", quoted(time), quoted(event))
            }
            (None, Some(target)) => format!("--target {}", quoted(target)),
            (None, None) => String::new(),
        }
    }
}

/// A column's name as a word of a command line.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    if !name.starts_with('-') && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// What the table is probably used to predict; `None` where it is said, or where no column looks so.
pub(crate) fn propose(table: &Table) -> Option<Proposal> {
    let schema = table.schema();
    if schema.target.is_some() || schema.task.is_some() {
        return None;
    }
    let named = |names: &[&str], fits: &dyn Fn(usize) -> bool| {
        (0..schema.columns.len()).find(|&i| {
            names.contains(&plain(&schema.columns[i].name).as_str())
                && schema.subject.as_ref() != Some(&schema.columns[i].name)
                && fits(i)
        })
    };
    let name = |i: usize| schema.columns[i].name.clone();
    let time = named(&TIMES, &|i| is_time(table, i));
    let event = named(&EVENTS, &|i| classes(table, i) == Some(2));
    if let (Some(time), Some(event)) = (time, event) {
        return Some(Proposal {
            survival: Some((name(time), name(event))),
            target: None,
        });
    }
    let class = |i: usize| classes(table, i).is_some_and(|n| (2..=CLASSES).contains(&n));
    let last = schema.columns.len().checked_sub(1)?;
    let target = named(&TARGETS, &class).or_else(|| named(&LAST, &|i| i == last && class(i)))?;
    Some(Proposal {
        target: Some(name(target)),
        survival: None,
    })
}

/// A name's letters and digits, in lower case.
fn plain(name: &str) -> String {
    (name.chars().filter(|c| c.is_alphanumeric()))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many classes a column has; `None` where it has none, or very many.
fn classes(table: &Table, at: usize) -> Option<usize> {
    let kind = &table.schema().columns[at].kind;
    match table.column(at) {
        Column::Levels(v) if kind.is_modelled() => Some(
            v.codes
                .iter()
                .filter(|&&c| (c as usize) < v.levels.len())
                .collect::<HashSet<_>>()
                .len(),
        ),
        Column::Integers(v) if *kind == Kind::Integer => {
            let mut seen = HashSet::new();
            for x in v.iter().flatten() {
                seen.insert(*x);
                if seen.len() > CLASSES {
                    return None;
                }
            }
            Some(seen.len())
        }
        _ => None,
    }
}

/// True for numbers from 0 on that differ.
fn is_time(table: &Table, at: usize) -> bool {
    if !matches!(
        table.schema().columns[at].kind,
        Kind::Integer | Kind::Numerical { .. }
    ) {
        return false;
    }
    let Some(values) = table.column(at).numbers() else {
        return false;
    };
    let known = || values.iter().filter(|x| !x.is_nan());
    let differ = known().map(|x| x.to_bits()).collect::<HashSet<_>>().len();
    differ > TIMES_DIFFER && known().all(|x| *x >= 0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use verdancy_table::{ColumnSpec, Levels, Schema};

    use super::*;

    fn table(columns: &[(&str, usize)]) -> Table {
        let specs = (columns.iter())
            .map(|(name, values)| ColumnSpec {
                name: (*name).to_owned(),
                kind: if *values > 6 {
                    Kind::Integer
                } else {
                    Kind::Categorical
                },
                source: "text".into(),
                nullable: false,
                notation: None,
                part: None,
            })
            .collect();
        let cells = (columns.iter())
            .map(|(_, values)| {
                if *values > 6 {
                    Column::Integers((0..60).map(|i| Some(i % *values as i64)).collect())
                } else {
                    let of: Vec<String> = (0..60).map(|i| format!("l{}", i % values)).collect();
                    Column::Levels(Levels::from_values(of.iter().map(|s| Some(s.as_str()))))
                }
            })
            .collect();
        Table::new(Arc::new(Schema::of(specs)), cells).unwrap()
    }

    fn proposed(columns: &[(&str, usize)]) -> String {
        propose(&table(columns)).unwrap_or_default().options()
    }

    #[test]
    fn usual_names_are_proposed_where_the_values_fit() {
        let both = proposed(&[("age", 30), ("time", 50), ("cens", 2)]);
        assert_eq!(both, "--time time --event cens");
        let quoted = proposed(&[("Follow-up time", 50), ("Vital status", 2)]);
        assert_eq!(quoted, "--time 'Follow-up time' --event 'Vital status'");
        assert_eq!(
            proposed(&[("Survived", 2), ("age", 30)]),
            "--target Survived"
        );
        assert_eq!(proposed(&[("age", 30), ("num", 5)]), "--target num");
    }

    #[test]
    fn nothing_is_proposed_for_other_tables() {
        assert_eq!(proposed(&[("age", 30), ("town", 4)]), "");
        assert_eq!(proposed(&[("num", 5), ("age", 30)]), "", "not the last");
        assert_eq!(proposed(&[("time", 50), ("town", 4)]), "", "a time alone");
        assert_eq!(
            proposed(&[("status", 2), ("town", 4)]),
            "",
            "an event alone"
        );
        assert_eq!(
            proposed(&[("class", 50), ("town", 4)]),
            "",
            "too many values"
        );
        assert_eq!(proposed(&[("time", 4), ("status", 2)]), "", "too few times");
    }

    #[test]
    fn what_the_user_says_is_not_proposed_again() {
        let mut said = table(&[("time", 50), ("cens", 2), ("class", 3)]);
        let mut schema = said.schema().as_ref().clone();
        schema.target = Some("class".to_owned());
        said = Table::new(Arc::new(schema), said.columns().to_vec()).unwrap();
        assert_eq!(propose(&said), None);
    }
}
