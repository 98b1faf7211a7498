//! The rules that a user adds in the schema, held against the real rows before anything is learned.

use std::collections::BTreeMap;
use std::sync::Arc;

use verdancy_expression::Condition;
use verdancy_relations::{Broken, Form};
use verdancy_table::{Exceptions, Rule, Table};

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
    added(table).iter().map(read).collect()
}

/// What the judge asks: the rows of a table that break each rule that was found or added.
pub(crate) fn judged(form: Option<Arc<Form>>) -> Arc<verdancy_metrics::Broken> {
    Arc::new(move |table: &Table| {
        let mut all = match &form {
            Some(form) => form.broken(table)?,
            None => Vec::new(),
        };
        all.extend(broken(table)?);
        Ok(all.into_iter().map(|b| (b.rule, b.rows)).collect())
    })
}

fn added(table: &Table) -> &[Rule] {
    (table.schema().rules.as_ref()).map_or(&[], |rules| rules.add.as_slice())
}

/// Checks the added rules: they can be read, real rows keep them or may not, and some row keeps all of them.
///
/// # Errors
/// Those of expressions; `rule/never-holds`, `rule/refused`, `rule/contradictory`, `rule/cycle`.
pub(crate) fn check(table: &Table, journal: &mut Journal<'_>) -> Result<()> {
    let rows = table.rows();
    let mut met = vec![true; rows];
    let mut defines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut any = false;
    for rule in added(table) {
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

/// True when the definition of `column` leads back to it.
fn reaches(defines: &BTreeMap<String, Vec<String>>, column: &str) -> bool {
    let mut seen = std::collections::BTreeSet::new();
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
