//! Columns that no model learned, and what stands in them now.

use std::collections::HashSet;

use serde::Serialize;
use verdancy_table::{Column, IdPattern, Kind, Personal, Table};

use super::plural;
use crate::number::{count, fixed};

/// One regenerated column.
#[derive(Debug, Clone, Serialize)]
pub struct Regenerated {
    pub name: String,
    pub kind: &'static str,
    pub done: String,
    pub shared: String,
}

/// The columns whose kind is not modelled.
pub fn regenerated(train: &Table, synthetic: &Table) -> Vec<Regenerated> {
    train
        .schema()
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.kind.is_modelled())
        .map(|(i, c)| Regenerated {
            name: c.name.clone(),
            kind: c.kind.name(),
            done: done(&c.kind),
            shared: if compared(&c.kind) {
                shared(
                    train.column(i),
                    synthetic
                        .schema()
                        .position(&c.name)
                        .map(|j| synthetic.column(j)),
                )
            } else {
                "–".to_owned()
            },
        })
        .collect()
}

fn done(kind: &Kind) -> String {
    match kind {
        Kind::Id { pattern, .. } => match pattern {
            IdPattern::Sequence { .. } => "Numbered anew.".to_owned(),
            IdPattern::Number { .. } => "New random numbers in the same range.".to_owned(),
            IdPattern::Uuid => "New random UUIDs.".to_owned(),
            IdPattern::Mask { .. } => "New random keys of the same pattern.".to_owned(),
        },
        Kind::Personal { what } => format!("Replaced by invented {}.", personal(*what)),
        Kind::Text { words } => format!(
            "Replaced by meaningless text of about {} words.",
            fixed(words.round(), 0)
        ),
        Kind::Constant { .. } => "Kept: each real row has the same value.".to_owned(),
        Kind::Missing => "Left empty, as in the real table.".to_owned(),
        _ => String::new(),
    }
}

fn personal(what: Personal) -> &'static str {
    match what {
        Personal::Name => "names",
        Personal::FirstName => "first names",
        Personal::LastName => "last names",
        Personal::Email => "e-mail addresses",
        Personal::Phone => "telephone numbers",
        Personal::Address => "addresses",
        Personal::City => "cities",
        Personal::Postcode => "postcodes",
        Personal::Company => "companies",
        Personal::Ssn => "social security numbers",
        Personal::Iban => "bank account numbers",
        Personal::CreditCard => "card numbers",
        Personal::Ip => "IP addresses",
        Personal::Url => "web addresses",
        Personal::Username => "user names",
    }
}

/// Running numbers and constants agree by construction: counting them would say nothing.
fn compared(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Constant { .. }
            | Kind::Missing
            | Kind::Id {
                pattern: IdPattern::Sequence { .. },
                ..
            }
    )
}

fn shared(real: &Column, made: Option<&Column>) -> String {
    let (Column::Strings(real), Some(Column::Strings(made))) = (real, made) else {
        return "–".to_owned();
    };
    let known: HashSet<&str> = real.iter().flatten().map(String::as_str).collect();
    let made: Vec<&str> = made.iter().flatten().map(String::as_str).collect();
    let both = made.iter().filter(|v| known.contains(*v)).count();
    format!(
        "{} of {}",
        count(both as f64),
        plural(made.len(), "value", "values")
    )
}
