//! Rules that a user added, kept in what models draw.
//!
//! `total = net + tax` defines a column where it stands alone: it is computed. Any other rule is kept by drawing the
//! rows that break it again, from further blocks of the same model and seed, so that a row still is a function of
//! model, seed and its block.

use std::sync::Arc;

use verdancy_expression::Condition;
use verdancy_table::{Column, Exceptions, Schema, Storage, Table};

use crate::{Error, Result};

/// Further blocks that rows are taken from in the place of those that break a rule.
const BLOCKS: u64 = 200;

/// The added rules that every row keeps.
pub(crate) struct Kept {
    schema: Arc<Schema>,
    conditions: Vec<Condition>,
}

impl Kept {
    /// Those of `schema`, if there are any.
    pub fn of(schema: &Arc<Schema>) -> Result<Option<Kept>> {
        let Some(rules) = &schema.rules else {
            return Ok(None);
        };
        let conditions = (rules.add.iter())
            .filter(|rule| rule.exceptions() != Exceptions::Keep)
            .map(|rule| Condition::parse(rule.text(), schema))
            .collect::<Result<Vec<Condition>>>()?;
        Ok((!conditions.is_empty()).then(|| Kept {
            schema: schema.clone(),
            conditions,
        }))
    }

    /// Modelled columns of a block that keep all rules; `again` draws another block.
    ///
    /// # Errors
    /// `synth/rule-unreachable` when too few of the model's rows keep them.
    pub fn keep(
        &self,
        drawn: Vec<Column>,
        mut again: impl FnMut(u64) -> Result<Vec<Column>>,
    ) -> Result<Vec<Column>> {
        let mut best = self.defined(self.table(drawn)?)?;
        let mut broken = self.broken(&best);
        for block in 1..=BLOCKS {
            if broken.is_empty() {
                return Ok(self.modelled(&best));
            }
            let next = self.defined(self.table(again(block)?)?)?;
            let wrong = self.broken(&next);
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
        if broken.is_empty() {
            return Ok(self.modelled(&best));
        }
        Err(Error::input(
            "synth/rule-unreachable",
            "The model draws too few rows that keep the rules of the schema.",
            "Relax a rule, or let it have exceptions.",
        ))
    }

    /// Rows that break a rule, in order.
    pub fn broken(&self, table: &Table) -> Vec<usize> {
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
