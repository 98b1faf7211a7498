//! Each column: training rows against synthetic rows, worst first.

use serde::Serialize;
use verdancy_metrics::{ColumnScore, Judgement};
use verdancy_table::Table;

use crate::distributions::{ColumnFigure, Drawn, worst_first};
use crate::number::{figure, maybe, percent};

/// Columns in the table beneath.
const LISTED: usize = 1000;

/// The section.
#[derive(Debug, Clone, Serialize)]
pub struct Columns {
    pub drawn: Vec<Drawn>,
    pub left_out: usize,
    pub rows: Vec<Row>,
    pub unlisted: usize,
}

/// One row of the table of columns.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub kind: &'static str,
    pub error: String,
    pub floor: String,
    pub jensen_shannon: String,
    pub wasserstein: String,
    pub missing: (String, String),
}

/// Builds the section.
pub fn columns(judgement: &Judgement, train: &Table, shown: &[ColumnFigure]) -> Columns {
    let placed: Vec<(&ColumnScore, usize)> = worst_first(judgement, train).collect();
    Columns {
        left_out: placed.len() - shown.len(),
        drawn: shown.iter().map(ColumnFigure::drawn).collect(),
        unlisted: placed.len().saturating_sub(LISTED),
        rows: placed
            .iter()
            .take(LISTED)
            .map(|(s, i)| Row {
                name: s.column.clone(),
                kind: train.schema().columns[*i].kind.name(),
                error: figure(s.shape_error),
                floor: maybe(s.floor),
                jensen_shannon: figure(s.jensen_shannon),
                wasserstein: maybe(s.wasserstein),
                missing: (percent(s.missing.0), percent(s.missing.1)),
            })
            .collect(),
    }
}
