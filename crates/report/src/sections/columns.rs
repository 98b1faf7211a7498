//! Each column: training rows against synthetic rows, worst first.

use serde::Serialize;
use verdancy_metrics::{ColumnScore, Judgement};
use verdancy_table::Table;

use crate::distributions::{ColumnFigure, Distribution, worst_first};
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

/// One small figure with its caption, for the macro `distribution`.
#[derive(Debug, Clone, Serialize)]
pub struct Drawn {
    /// The column.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// What the distance is.
    pub measure: &'static str,
    /// The distance.
    pub error: String,
    /// What a fresh real sample has.
    pub floor: String,
    /// True when the distance is above that.
    pub above: bool,
    /// Shares of missing cells, where the figure does not show them.
    pub missing: String,
    /// The figure as SVG.
    pub figure: String,
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
        drawn: shown.iter().map(Drawn::of).collect(),
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

impl Drawn {
    pub(crate) fn of(shown: &ColumnFigure) -> Drawn {
        let (real, synthetic) = shown.missing;
        let any = real > 0.0 || synthetic > 0.0;
        let in_figure = matches!(shown.distribution, Distribution::Categories(_));
        Drawn {
            name: shown.column.clone(),
            kind: shown.kind.clone(),
            measure: match shown.distribution {
                Distribution::Categories(_) => "TV",
                Distribution::Histogram(_) => "KS",
            },
            error: figure(shown.error),
            floor: maybe(shown.floor),
            above: shown.floor.is_some_and(|f| shown.error > f),
            missing: if any && !in_figure {
                format!("missing {} (real {})", percent(synthetic), percent(real))
            } else {
                String::new()
            },
            figure: shown.svg(),
        }
    }
}
