//! Rules that are kept by drawing again: those that a user added, and those of a [`Form`] that
//! [redraws](Form::redraws).
//!
//! `total = net + tax` defines a column where it stands alone: it is computed. Any other rule is kept by drawing the
//! rows that break it again, from further blocks of the same model and seed, so that a row still is a function of
//! model, seed and its block.

use std::sync::Arc;

use verdancy_expression::Condition;
use verdancy_relations::Form;
use verdancy_table::{Column, Exceptions, Schema, Shape, Storage, Table};

use crate::{Error, Result};

/// Further blocks that rows are taken from in the place of those that break an added rule.
const BLOCKS: u64 = 200;
/// The same where only found rules are broken.
const FOUND_BLOCKS: u64 = 20;

/// The rules that every row keeps.
pub(crate) struct Kept {
    schema: Arc<Schema>,
    conditions: Vec<Condition>,
    form: Option<Arc<Form>>,
}

impl Kept {
    /// Those that `schema` adds, and those of `form`, if there are any.
    pub fn of(schema: &Arc<Schema>, form: Option<&Arc<Form>>) -> Result<Option<Kept>> {
        let added = schema.rules.as_ref().map_or(&[][..], |rules| &rules.add);
        let conditions = (added.iter())
            .filter(|rule| rule.shape() == Shape::Condition)
            .filter(|rule| rule.exceptions() != Exceptions::Keep)
            .map(|rule| Condition::parse(rule.text(), schema))
            .collect::<Result<Vec<Condition>>>()?;
        let form = form.filter(|form| form.redraws()).cloned();
        Ok((!conditions.is_empty() || form.is_some()).then(|| Kept {
            schema: schema.clone(),
            conditions,
            form,
        }))
    }

    /// Modelled columns of a block that keep all rules; `again` draws another block. Rows that break a found rule
    /// however often they are drawn stay as they are: the judge counts them.
    ///
    /// # Errors
    /// `synth/rule-unreachable` when too few of the model's rows keep the added rules.
    pub fn keep(
        &self,
        drawn: Vec<Column>,
        mut again: impl FnMut(u64) -> Result<Vec<Column>>,
    ) -> Result<Vec<Column>> {
        let mut best = self.defined(self.table(drawn)?)?;
        let mut broken = self.broken(&best)?;
        for block in 1..=BLOCKS {
            let enough = block > FOUND_BLOCKS && self.against_added(&best).is_empty();
            if broken.is_empty() || enough {
                return Ok(self.modelled(&best));
            }
            let next = self.defined(self.table(again(block)?)?)?;
            let wrong = self.broken(&next)?;
            let good = (0..next.rows()).filter(|row| wrong.binary_search(row).is_err());
            let rows = best.rows();
            let mut from: Vec<usize> = (0..rows).collect();
            let mut filled = 0;
            for (row, other) in broken.iter().zip(good) {
                from[*row] = rows + other;
                filled += 1;
            }
            best = Table::concat(&self.schema, vec![best, next])?.take(&from);
            broken.drain(..filled);
        }
        if self.against_added(&best).is_empty() {
            return Ok(self.modelled(&best));
        }
        Err(Error::input(
            "synth/rule-unreachable",
            "The model draws too few rows that keep the rules of the schema.",
            "Relax a rule, or let it have exceptions.",
        ))
    }

    /// Rows that break a rule, in order.
    ///
    /// # Errors
    /// As [`Form::broken_rows`].
    fn broken(&self, table: &Table) -> Result<Vec<usize>> {
        let mut rows = self.against_added(table);
        if let Some(form) = &self.form {
            let wrong = form.broken_rows(table)?;
            rows.extend((0..wrong.len()).filter(|row| wrong[*row]));
            rows.sort_unstable();
            rows.dedup();
        }
        Ok(rows)
    }

    /// Rows that break an added rule, in order.
    pub fn against_added(&self, table: &Table) -> Vec<usize> {
        let mut wrong = vec![false; table.rows()];
        for condition in &self.conditions {
            for (row, broken) in condition.broken(table).into_iter().enumerate() {
                wrong[row] |= broken;
            }
        }
        (0..wrong.len()).filter(|row| wrong[*row]).collect()
    }

    /// The table with the columns that rules define computed, where they say something else.
    pub fn defined(&self, mut table: Table) -> Result<Table> {
        // A definition may stand on another one.
        for _ in 0..self.conditions.len() {
            for condition in &self.conditions {
                let wrong = condition.broken(&table);
                let Some((at, column)) =
                    condition.defined(&table).filter(|_| wrong.contains(&true))
                else {
                    continue;
                };
                let storage = self.schema.columns[at].kind.storage();
                let n = table.rows();
                let from: Vec<usize> = (0..n)
                    .map(|row| if wrong[row] { n + row } else { row })
                    .collect();
                let mut columns = table.columns().to_vec();
                columns[at] =
                    Column::concat(storage, vec![columns[at].clone(), column])?.take(&from);
                table = Table::new(self.schema.clone(), columns)?;
            }
        }
        Ok(table)
    }

    /// A table of the modelled columns; keys and the like are empty.
    fn table(&self, modelled: Vec<Column>) -> Result<Table> {
        let rows = modelled.first().map_or(0, Column::len);
        let mut modelled = modelled.into_iter();
        let columns = (self.schema.columns.iter())
            .map(|spec| match spec.kind.is_modelled() {
                true => modelled
                    .next()
                    .ok_or_else(|| Error::internal("a model left out a column")),
                false => Ok(match spec.kind.storage() {
                    Storage::Strings => Column::Strings(vec![None; rows]),
                    Storage::Numbers => Column::Numbers(vec![f64::NAN; rows]),
                    Storage::Integers => Column::Integers(vec![None; rows]),
                    Storage::Instants => Column::Instants(vec![None; rows]),
                    Storage::Levels => Column::Levels(verdancy_table::Levels::from_values(
                        std::iter::repeat_n(None, rows),
                    )),
                }),
            })
            .collect::<Result<Vec<Column>>>()?;
        Table::new(self.schema.clone(), columns)
    }

    fn modelled(&self, table: &Table) -> Vec<Column> {
        (self.schema.columns.iter().zip(table.columns()))
            .filter(|(spec, _)| spec.kind.is_modelled())
            .map(|(_, column)| column.clone())
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use verdancy_table::{ColumnSpec, Kind, Protection};

    use super::*;

    fn spec(name: &str) -> ColumnSpec {
        ColumnSpec {
            name: name.to_owned(),
            kind: Kind::Integer,
            source: "text".to_owned(),
            nullable: false,
            notation: None,
            part: None,
        }
    }

    /// Net, tax and their total; every `wrong`th total is one too high.
    fn bills(rows: i64, shift: i64, wrong: Option<i64>) -> Table {
        let kinds = ["net", "tax", "total"];
        let schema = Schema::of((kinds.iter()).map(|name| spec(name)).collect());
        let net: Vec<i64> = (0..rows).map(|i| 100 + (i * 37 + shift) % 211).collect();
        let tax: Vec<i64> = (0..rows).map(|i| 5 + (i * 53 + shift) % 97).collect();
        let off = |i: i64| i64::from(wrong.is_some_and(|of| i % of == 0));
        let total = (0..rows).map(|i| Some(net[i as usize] + tax[i as usize] + off(i)));
        let total = Column::Integers(total.collect());
        let known = |of: Vec<i64>| Column::Integers(of.into_iter().map(Some).collect());
        Table::new(Arc::new(schema), vec![known(net), known(tax), total]).unwrap()
    }

    #[test]
    fn rows_that_break_a_found_rule_are_drawn_again_and_no_others() {
        let real = bills(500, 0, None);
        let form = Form::learn(&real, Protection::default()).unwrap();
        let schema = real.schema().clone();
        let plain = Arc::new(form.clone());
        assert!(Kept::of(&schema, Some(&plain)).unwrap().is_none());
        let kept = Kept::of(&schema, Some(&Arc::new(form.redrawing())))
            .unwrap()
            .unwrap();
        let drawn = bills(60, 3, Some(4));
        let again = |block: u64| Ok(bills(60, 100 * block as i64, Some(2)).columns().to_vec());
        let rows = kept.keep(drawn.columns().to_vec(), again).unwrap();
        let rows = Table::new(schema.clone(), rows).unwrap();
        assert!(form.broken(&rows).unwrap().iter().all(|b| b.rows == 0));
        for row in (0..60).filter(|row| row % 4 != 0) {
            assert_eq!(rows.slice(row..row + 1), drawn.slice(row..row + 1));
        }
        // Where every row is wrong, the rows stay, for the judge to count.
        let never = |_: u64| Ok(bills(60, 5, Some(1)).columns().to_vec());
        let all = bills(60, 5, Some(1));
        let rows = kept.keep(all.columns().to_vec(), never).unwrap();
        assert_eq!(rows, all.columns());
    }
}
