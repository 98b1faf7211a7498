//! Between tables and what networks see.
//!
//! Each modelled column takes a numeric slot (many distinct numbers), a categorical slot
//! (categories, booleans, few distinct numbers), or both (numbers with spikes or missing cells:
//! which of these a cell is, is a category of its own beside the number). Nothing is imputed.

mod column;
mod normal;
mod quantile;
mod store;

pub use column::{Category, ColumnEncoder, Grid, UNKNOWN};
pub use normal::{distribution, full_quantile, quantile};
pub use quantile::{Interval, Quantile};

use rayon::prelude::*;
use verdancy_table::{Column, Table};

/// The encoders of all modelled columns, and where their slots are.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// One per modelled column, in schema order.
    pub columns: Vec<ColumnEncoder>,
    /// Position of each column's numeric slot.
    pub number_slot: Vec<Option<usize>>,
    /// Position of each column's categorical slot.
    pub code_slot: Vec<Option<usize>>,
    /// Number of numeric slots.
    pub numbers: usize,
    /// Levels of each categorical slot.
    pub levels: Vec<usize>,
    /// The categorical slot that says whether a numeric slot holds an ordinary number (level 0).
    pub gate: Vec<Option<usize>>,
    /// The categorical slot of the target column, if it is one.
    pub target: Option<usize>,
}

/// Rows in slots.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// Number of rows.
    pub rows: usize,
    /// `rows x numbers` rank intervals.
    pub intervals: Vec<Interval>,
    /// `rows x slots` codes.
    pub codes: Vec<u32>,
}

impl Encoder {
    /// Learns the modelled columns of `train`.
    pub fn fit(train: &Table) -> Encoder {
        let schema = train.schema();
        let modelled: Vec<usize> = modelled(train);
        let columns: Vec<ColumnEncoder> = modelled
            .par_iter()
            .map(|&i| ColumnEncoder::fit(&schema.columns[i].kind, train.column(i)))
            .collect();
        let target = schema
            .target_position()
            .and_then(|t| modelled.iter().position(|&i| i == t));
        Encoder::new(columns, target)
    }

    /// Lays out the slots of `columns`; `target` is the target's position among them.
    pub fn new(columns: Vec<ColumnEncoder>, target: Option<usize>) -> Encoder {
        let (mut number_slot, mut code_slot, mut levels, mut gate) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for column in &columns {
            let slot = (column.slot_levels() > 0).then_some(levels.len());
            levels.extend(slot.map(|_| column.slot_levels()));
            code_slot.push(slot);
            let number = column.has_number().then_some(gate.len());
            gate.extend(number.map(|_| slot));
            number_slot.push(number);
        }
        let target = target.and_then(|t| {
            if number_slot[t].is_none() {
                code_slot[t]
            } else {
                None
            }
        });
        Encoder {
            columns,
            numbers: gate.len(),
            number_slot,
            code_slot,
            levels,
            gate,
            target,
        }
    }

    /// Rows of a table with the same schema, in slots.
    pub fn encode(&self, table: &Table) -> Encoded {
        let rows = table.rows();
        let slots = self.levels.len();
        let modelled = modelled(table);
        let parts: Vec<(Vec<Interval>, Vec<u32>)> = self
            .columns
            .par_iter()
            .zip(&modelled)
            .map(|(c, &i)| {
                let codes = if c.slot_levels() > 0 {
                    c.codes(table.column(i))
                } else {
                    Vec::new()
                };
                (c.intervals(table.column(i)), codes)
            })
            .collect();
        let mut intervals = vec![Interval::NONE; rows * self.numbers];
        let mut codes = vec![UNKNOWN; rows * slots];
        for (i, (from_intervals, from_codes)) in parts.iter().enumerate() {
            if let Some(slot) = self.number_slot[i] {
                for (row, v) in from_intervals.iter().enumerate() {
                    intervals[row * self.numbers + slot] = *v;
                }
            }
            if let Some(slot) = self.code_slot[i] {
                for (row, v) in from_codes.iter().enumerate() {
                    codes[row * slots + slot] = *v;
                }
            }
        }
        Encoded {
            rows,
            intervals,
            codes,
        }
    }

    /// Columns from `rows` rows of slots; `draws` gives a uniform number for (row, column).
    pub fn decode(
        &self,
        rows: usize,
        normals: &[f32],
        codes: &[u32],
        mut draw: impl FnMut() -> f32,
    ) -> Vec<Column> {
        let slots = self.levels.len();
        self.columns
            .iter()
            .enumerate()
            .map(|(i, column)| {
                let pick = |slot: Option<usize>| {
                    slot.map(|s| (0..rows).map(|r| codes[r * slots + s]).collect())
                };
                let own_codes: Vec<u32> = pick(self.code_slot[i]).unwrap_or_default();
                let own: Vec<f32> = self.number_slot[i]
                    .map(|s| (0..rows).map(|r| normals[r * self.numbers + s]).collect())
                    .unwrap_or_default();
                let draws: Vec<f32> = (0..rows).map(|_| draw()).collect();
                column.decode(&own, &own_codes, &draws)
            })
            .collect()
    }
}

/// Positions of the modelled columns of a table.
pub fn modelled(table: &Table) -> Vec<usize> {
    let columns = &table.schema().columns;
    (0..columns.len())
        .filter(|&i| columns[i].kind.is_modelled())
        .collect()
}
