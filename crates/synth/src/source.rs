//! The rows of a model as tables: its columns with all rules kept, beside those that are regenerated.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use verdancy_relations::Form;
use verdancy_table::{Column, Schema, Table, fill::Filler};

use crate::rules::Kept;
use crate::{BLOCK, Error, Model, Result};

/// A model, and what turns its columns into rows.
pub(crate) struct Source<'a> {
    /// The columns of its rows.
    pub schema: &'a Arc<Schema>,
    /// Columns that are regenerated.
    pub fill: &'a Filler,
    /// Rules between columns that its rows keep; the model draws rows in their form.
    pub relations: Option<&'a Arc<Form>>,
    /// The model.
    pub model: &'a dyn Model,
}

impl Source<'_> {
    /// The modelled columns of a block, with all rules kept.
    pub fn modelled(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let decoded = |seed: u64| {
            let drawn = self.model.sample_block(seed, block)?;
            match self.relations {
                Some(form) => form.decode(self.schema, drawn),
                None => Ok(drawn),
            }
        };
        match Kept::of(self.schema, self.relations)? {
            Some(rules) => rules.keep(decoded(seed)?, |again| decoded(seed ^ again << 40)),
            None => decoded(seed),
        }
    }

    /// Rows `rows` of the sample with `seed`, each a person.
    pub fn rows(&self, rows: Range<u64>, seed: u64) -> Result<Table> {
        self.cut(rows, BLOCK as u64, seed, |block| self.block(block, seed))
    }

    /// Rows `rows` of the sample with `seed`, which `draw` draws in pieces of `unit` rows by the number of the piece.
    pub fn cut(
        &self,
        rows: Range<u64>,
        unit: u64,
        seed: u64,
        draw: impl Fn(u64) -> Result<Table> + Send + Sync,
    ) -> Result<Table> {
        let units = rows.start / unit..rows.end.div_ceil(unit);
        let first = units.start * unit;
        let drawn: Vec<Table> = units.into_par_iter().map(draw).collect::<Result<_>>()?;
        let decided = self.relations.map_or_else(Vec::new, |form| form.marked());
        let whole = Table::concat(self.schema, drawn)?;
        let whole = self.fill.marked(whole, first, seed, &decided);
        let (from, to) = ((rows.start - first) as usize, (rows.end - first) as usize);
        Ok(if from == 0 && to == whole.rows() {
            whole
        } else {
            whole.slice(from..to)
        })
    }

    /// Block `block` of a table whose rows are each a person.
    fn block(&self, block: u64, seed: u64) -> Result<Table> {
        let rows = block * BLOCK as u64..(block + 1) * BLOCK as u64;
        let mut modelled = self.modelled(seed, block)?.into_iter();
        let columns = (self.schema.columns.iter().enumerate())
            .map(|(i, spec)| {
                if spec.kind.is_modelled() {
                    modelled
                        .next()
                        .ok_or_else(|| Error::internal("a model left out a column"))
                } else {
                    Ok(self.fill.column(i, rows.clone(), seed))
                }
            })
            .collect::<Result<Vec<_>>>()?;
        Table::new(self.schema.clone(), columns)
    }
}
