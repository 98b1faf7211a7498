//! What a run says of the protection of values: too few people for it, values that it pooled, and
//! that there is none.

use verdancy_relations::Form;
use verdancy_synth::protect::{Pooled, PooledTo, Pooling};
use verdancy_table::Table;

use crate::journal::Journal;
use crate::{Error, Plan, Result};

/// A column that loses a larger share of its rows to pooling is named with the share.
const MANY: f64 = 0.05;

/// Checks that the training rows have enough people, and warns of what is pooled: of the columns that `form` has,
/// since nothing of those that are computed is learned. No message holds a value, nor how many people have one.
///
/// # Errors
/// `engine/protect-too-large`.
pub(crate) fn foresee(
    train: &Table,
    plan: &Plan,
    form: Option<&Form>,
    journal: &mut Journal<'_>,
) -> Result<()> {
    if plan.protect.is_off() {
        journal.warn("engine/values-not-protected", UNPROTECTED.to_owned());
        return Ok(());
    }
    let people = train.people();
    if people < plan.protect.numbers() {
        return Err(Error::input(
            "engine/protect-too-large",
            format!(
                "There are {people} people to learn from, and values are protected by {}.",
                plan.protect.k()
            ),
            "Give a table of more people, or a smaller number with --protect (0 protects nothing).",
        ));
    }
    let mut pooling = Pooling::learn(train, plan.guard())?;
    let is_learned =
        |name: &str| form.is_none_or(|form| form.schema().columns.iter().any(|c| c.name == name));
    (pooling.pooled).retain(|p| is_learned(&train.schema().columns[p.column].name));
    for message in messages(train, &pooling.pooled) {
        journal.warn("engine/rare-values", message);
    }
    let schema = train.schema();
    let lost = |p: &&Pooled| {
        Some(p.column) == schema.target_position() && !matches!(p.to, PooledTo::Neighbours)
    };
    if let Some(target) = pooling.pooled.iter().find(lost) {
        let name = &schema.columns[target.column].name;
        journal.warn(
            "engine/rare-class",
            format!(
                "The target {name} has classes of too few people to be learned: synthetic rows do not have them."
            ),
        );
    }
    Ok(())
}

/// Said where values are not protected.
pub const UNPROTECTED: &str = "Values are not protected (`--protect 0`): model and synthetic rows may hold values of single people.";

fn messages(train: &Table, pooled: &[Pooled]) -> Vec<String> {
    let names = |of: &dyn Fn(&Pooled) -> bool| {
        (pooled.iter().filter(|p| of(p)))
            .map(|p| {
                let name = &train.schema().columns[p.column].name;
                let share = p.rows as f64 / train.rows().max(1) as f64;
                if share < MANY {
                    name.clone()
                } else {
                    format!("{name} ({:.0} % of its rows)", share * 100.0)
                }
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let said = [
        (
            "Levels that few people have became a word for \"other\" in",
            names(&|p| matches!(p.to, PooledTo::Other(_))),
        ),
        (
            "Levels that few people have became the most frequent level in",
            names(&|p| p.to == PooledTo::Frequent),
        ),
        (
            "Numbers that few people have became the mean of their neighbours in",
            names(&|p| p.to == PooledTo::Neighbours),
        ),
        (
            "Too few people have a value, and cells are left empty, in",
            names(&|p| p.to == PooledTo::Missing),
        ),
    ];
    (said.into_iter())
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(what, columns)| format!("{what}: {columns}."))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use verdancy_table::{Column, ColumnSpec, Kind, Levels, Schema};

    use super::*;

    #[test]
    fn messages_name_columns_and_large_shares_but_no_values() {
        let spec = |name: &str| ColumnSpec {
            name: name.into(),
            kind: Kind::Categorical,
            source: "text".into(),
            nullable: false,
            notation: None,
            part: None,
        };
        let schema = Schema::of(vec![spec("town"), spec("ward")]);
        let column = || Column::Levels(Levels::from_values((0..100).map(|_| Some("Ostwald"))));
        let train = Table::new(Arc::new(schema), vec![column(), column()]).unwrap();
        let pooled = |column, rows, to| Pooled {
            column,
            values: 2,
            rows,
            to,
        };
        let other = PooledTo::Other("Ostwald 2".into());
        let said = messages(
            &train,
            &[pooled(0, 40, other), pooled(1, 2, PooledTo::Frequent)],
        );
        assert_eq!(said.len(), 2);
        assert!(
            said[0].ends_with("in: town (40 % of its rows)."),
            "{}",
            said[0]
        );
        assert!(said[1].ends_with("in: ward."), "{}", said[1]);
        assert!(said.iter().all(|s| !s.contains("Ostwald")));
    }
}
