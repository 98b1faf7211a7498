//! What the engine finds, as plain data: callers are given it, and events carry it.

use serde::{Deserialize, Serialize};
use verdancy_synth::Config;
use verdancy_table::{Format, Schema};

use crate::{People, Proposal, RowCounts, Standing};

/// What [`inspect`](crate::inspect()) found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inspection {
    /// File name.
    pub data: String,
    /// File format.
    pub format: Format,
    /// Rows.
    pub rows: usize,
    /// What the columns mean.
    pub schema: Schema,
    /// The columns in order.
    pub columns: Vec<ColumnSummary>,
    /// How the rows would be divided; `None` when they are too few.
    pub division: Option<RowCounts>,
    /// How many people the divided rows are of, where the table names whose row a row is.
    pub people: Option<People>,
    /// Rules between columns that hold in every row, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<String>,
    /// Method and effective parameters.
    pub config: Option<Config>,
    /// What training would take.
    pub estimate: Option<Estimate>,
    /// True when quick methods answer first, and training follows only where they are not enough.
    pub quick_first: bool,
    /// Columns to judge usefulness by, where none is named and some look so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// Warnings, code and sentence.
    pub warnings: Vec<(String, String)>,
}

/// One column in aggregate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its kind, as in `schema.toml`.
    pub kind: String,
    /// Missing cells.
    pub missing: usize,
    /// Distinct values.
    pub distinct: usize,
    /// Where ordered columns begin and end: means over the outermost people of each end, as values
    /// are protected; least and greatest value when they are not.
    pub range: Option<(String, String)>,
    /// The most frequent levels with their rows, those of enough people.
    pub levels: Vec<(String, u64)>,
    /// What would be done with it.
    pub treatment: String,
}

/// Seconds and bytes that training is expected to take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Seconds of training.
    pub seconds: f64,
    /// Seconds of judging one answer and of the verdict; 0 where nothing is judged.
    #[serde(default)]
    pub judging: f64,
    /// Peak memory in bytes.
    pub bytes: u64,
    /// Floating-point operations planned; 0 for methods that do not count them.
    pub flops: f64,
    /// Seconds that all of the work would take at the pace of the measured piece.
    #[serde(skip)]
    pub probed: f64,
}

/// The first rows of a table as they stand in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstRows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells as texts, row by row; none where one is missing.
    pub rows: Vec<Vec<Option<String>>>,
}

/// One configuration that was tried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trial {
    /// From 1.
    pub number: u32,
    /// Method and parameters.
    pub config: Config,
    /// How it stands on validation rows, under each seed it was trained with.
    pub standings: Vec<Standing>,
    /// Seconds of training, sampling and judging, all seeds together.
    pub seconds: f64,
}

impl Trial {
    /// Mean over its seeds of [`Standing::as_number`].
    pub(crate) fn mean(&self) -> f64 {
        let sum: f64 = self.standings.iter().map(Standing::as_number).sum();
        sum / self.standings.len().max(1) as f64
    }
}

/// How rows that meet a condition were drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawing {
    /// No condition was set.
    Unconditional,
    /// Rows of the model that do not meet the condition were left out.
    Filtered,
    /// Drawn around the cells of the condition.
    Conditional,
}

/// What drawing under a condition took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// Rows.
    pub rows: u64,
    /// How they were drawn.
    pub drawing: Drawing,
    /// Share of the model's rows that meet the condition, where that was measured.
    pub rate: Option<f64>,
    /// Rows for which what is given leaves no room to keep all rules between columns.
    pub in_conflict: usize,
}
