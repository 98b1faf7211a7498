//! What a training may take and will take, and the size of the table that both depend on.

use serde::{Deserialize, Serialize};
use verdancy_table::Table;

/// How much time a run may take: budget and width differ, the recipe does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Seconds.
    Speed,
    /// About two minutes on two cores at 30,000 rows.
    #[default]
    Balanced,
    /// As long as it helps.
    Quality,
}

/// What the size-dependent defaults look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSize {
    /// Training rows.
    pub rows: usize,
    /// Modelled columns.
    pub columns: usize,
}

impl TableSize {
    /// The size of a training table.
    pub fn of(table: &Table) -> TableSize {
        TableSize {
            rows: table.rows(),
            columns: table
                .schema()
                .columns
                .iter()
                .filter(|c| c.kind.is_modelled())
                .count(),
        }
    }
}

/// What a training takes, counted before it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Floating-point operations of all planned steps; 0 where they are not counted.
    pub flops: f64,
    /// Bytes of model and buffers.
    pub bytes: u64,
}
