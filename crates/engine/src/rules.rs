//! The rules that a user adds in the schema, held against the real rows before anything is learned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use verdancy_expression::Condition;
use verdancy_relations::{Broken, Form};
use verdancy_table::{Column, Exceptions, Kind, Protection, Rule, Shape, Table};

use crate::journal::Journal;
use crate::{Error, Result};

/// Rows of `table` that break each added rule.
pub(crate) fn broken(table: &Table) -> Result<Vec<Broken>> {
    let read = |rule: &Rule| {
        let condition = Condition::parse(rule.text(), table.schema())?;
        let rows = condition.broken(table).into_iter().filter(|b| *b).count();
        Ok(Broken {
            rule: condition.text().to_owned(),
            rows,
        })
    };
    let conditions = added(table).iter();
    (conditions.filter(|rule| rule.shape() == Shape::Condition))
        .map(read)
        .collect()
}

/// Rows of `table` that break each rule that was found, in `form`, or added.
pub(crate) fn all_broken(form: Option<&Form>, table: &Table) -> Result<Vec<Broken>> {
    let mut all = form.map_or(Ok(Vec::new()), |form| form.broken(table))?;
    all.extend(broken(table)?);
    Ok(all)
}

/// The same, as the judge asks for it.
pub(crate) fn judged(form: Option<Arc<Form>>) -> Arc<verdancy_metrics::Broken> {
    Arc::new(move |table: &Table| {
        let all = all_broken(form.as_deref(), table)?;
        Ok(all.into_iter().map(|b| (b.rule, b.rows)).collect())
    })
}

fn added(table: &Table) -> &[Rule] {
    (table.schema().rules.as_ref()).map_or(&[], |rules| rules.add.as_slice())
}

/// Checks the added rules: they can be read, real rows keep them or may not, and some row keeps all of them.
///
/// # Errors
/// Those of expressions; `rule/never-holds`, `rule/refused`, `rule/contradictory`, `rule/cycle`, `rule/columns`,
/// `rule/combinations`, `rule/not-a-key`.
pub(crate) fn check(
    table: &Table,
    protection: Protection,
    journal: &mut Journal<'_>,
) -> Result<()> {
    let rows = table.rows();
    let mut met = vec![true; rows];
    let mut defines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut any = false;
    for rule in added(table) {
        match rule.shape() {
            Shape::Condition => {}
            Shape::OneOf(columns) => {
                one_of(table, &columns, protection, journal)?;
                continue;
            }
            Shape::Unique(columns) => {
                unique(table, &columns, journal)?;
                continue;
            }
        }
        let condition = Condition::parse(rule.text(), table.schema())?;
        let wrong = condition.broken(table);
        let count = wrong.iter().filter(|b| **b).count();
        let text = condition.text();
        match rule.exceptions() {
            Exceptions::Keep => continue,
            Exceptions::Refuse if count > 0 => {
                return Err(Error::input(
                    "rule/refused",
                    format!("{count} of {rows} real rows break the rule \"{text}\"."),
                    "Correct the rows, or let the rule have exceptions (\"never\" or \"keep\") in the schema.",
                ));
            }
            Exceptions::Never if count > 0 && !condition.holds(table).contains(&true) => {
                return Err(Error::input(
                    "rule/never-holds",
                    format!("No real row keeps the rule \"{text}\"."),
                    "Correct the rule: synthetic rows are to be like real ones.",
                ));
            }
            Exceptions::Never if count > 0 => journal.warn(
                "rule/broken-by-real-rows",
                format!(
                    "{count} of {rows} real rows break the rule \"{text}\"; no synthetic row will."
                ),
            ),
            Exceptions::Refuse | Exceptions::Never => {}
        }
        any = true;
        for (row, broken) in wrong.into_iter().enumerate() {
            met[row] &= !broken;
        }
        if let Some((column, others)) = condition.definition(table.schema()) {
            defines.entry(column).or_default().extend(others);
        }
    }
    if let Some(column) = defines.keys().find(|column| reaches(&defines, column)) {
        return Err(Error::input(
            "rule/cycle",
            format!("The rules define `{column}` by columns that are defined by it."),
            "Leave out one of the rules: the others say the same.",
        )
        .in_column(column));
    }
    if any && rows > 0 && !met.contains(&true) {
        return Err(Error::input(
            "rule/contradictory",
            "No real row keeps all added rules.",
            "Leave out or correct one of them.",
        ));
    }
    Ok(())
}

/// Checks a rule that columns take only combinations that real rows have.
fn one_of(
    table: &Table,
    columns: &[String],
    protection: Protection,
    journal: &mut Journal<'_>,
) -> Result<()> {
    for name in columns {
        let at = known(table, name)?;
        if !table.schema().columns[at].kind.is_modelled() {
            return Err(Error::input(
                "condition/key-column",
                format!("The values of `{name}` are replaced, not learned: no combination of them is kept."),
                "Leave the column out of the rule.",
            )
            .in_column(name));
        }
    }
    let named = columns.join("`, `");
    if columns.len() < 2 {
        return Err(Error::input(
            "rule/columns",
            format!("The rule one_of(`{named}`) names one column."),
            "Name two columns or more.",
        ));
    }
    let Some((_, others)) = Form::one_of(table, columns, protection) else {
        return Err(Error::input(
            "rule/combinations",
            format!(
                "The columns `{named}` have more than 500 combinations, or fewer than two that enough rows share."
            ),
            "Name columns of fewer different values, or leave the rule out.",
        ));
    };
    if others > 0 {
        let message = format!(
            "{others} of {} real rows have a combination of `{named}` that too few rows share; synthetic rows have the nearest other one.",
            table.rows()
        );
        journal.warn("rule/rare-combinations", message);
    }
    Ok(())
}

/// Checks a rule that a column has another value in each row: it has to be a key.
fn unique(table: &Table, columns: &[String], journal: &mut Journal<'_>) -> Result<()> {
    for name in columns {
        known(table, name)?;
    }
    let [name] = columns else {
        return Err(Error::input(
            "rule/columns",
            "The rule unique(...) names several columns: rows are drawn independently of each other.",
            "Name one column, which becomes a key, or leave the rule out.",
        ));
    };
    let at = known(table, name)?;
    if !matches!(
        table.schema().columns[at].kind,
        Kind::Id { unique: true, .. }
    ) {
        return Err(Error::input(
            "rule/not-a-key",
            format!("The column `{name}` is to have another value in each row, but is not a key."),
            "Declare it as a key (`kind = \"id\"`, `unique = true`), or leave the rule out.",
        )
        .in_column(name));
    }
    let again = repeated(table.column(at));
    if again > 0 {
        journal.warn(
            "rule/broken-by-real-rows",
            format!(
                "{again} of {} real rows have a value of `{name}` that a row before has; no two synthetic rows will.",
                table.rows()
            ),
        );
    }
    Ok(())
}

/// Rows whose value an earlier row has.
fn repeated(column: &Column) -> usize {
    fn count<T: Ord>(values: impl Iterator<Item = T>) -> usize {
        let mut seen = BTreeSet::new();
        values.map(|value| usize::from(!seen.insert(value))).sum()
    }
    match column {
        Column::Strings(values) => count(values.iter().flatten()),
        Column::Integers(values) => count(values.iter().flatten()),
        _ => 0,
    }
}

/// The position of a column that a rule names.
fn known(table: &Table, name: &str) -> Result<usize> {
    table.schema().position(name).ok_or_else(|| {
        Error::input(
            "expression/unknown-column",
            format!("A rule names a column `{name}`, which the table does not have."),
            "Correct its name.",
        )
        .in_column(name)
    })
}

/// True when the definition of `column` leads back to it.
fn reaches(defines: &BTreeMap<String, Vec<String>>, column: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&String> = defines.get(column).into_iter().flatten().collect();
    while let Some(other) = next.pop() {
        if other == column {
            return true;
        }
        if seen.insert(other) {
            next.extend(defines.get(other).into_iter().flatten());
        }
    }
    false
}
