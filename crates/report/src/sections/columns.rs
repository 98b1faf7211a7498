//! Each column: training rows against synthetic rows, worst first.

use serde::Serialize;
use verdancy_metrics::{ColumnScore, Judgement};
use verdancy_table::{Column, ColumnSpec, Kind, Table};

use crate::figures::{bars, histogram};
use crate::number::{figure, maybe, percent};
use crate::summary::{Unit, bins, categories};

/// Columns drawn.
pub const DRAWN: usize = 60;

/// Columns in the table beneath.
const LISTED: usize = 1000;

/// Categories drawn of a column, besides the pooled ones.
const TOP: usize = 8;

/// The section.
#[derive(Debug, Clone, Serialize)]
pub struct Columns {
    pub drawn: Vec<Drawn>,
    pub left_out: usize,
    pub rows: Vec<Row>,
    pub unlisted: usize,
}

/// One small figure.
#[derive(Debug, Clone, Serialize)]
pub struct Drawn {
    pub name: String,
    pub kind: &'static str,
    pub measure: &'static str,
    pub error: String,
    pub floor: String,
    pub above: bool,
    pub missing: String,
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
pub fn columns(judgement: &Judgement, train: &Table, synthetic: &Table) -> Columns {
    let mut scores: Vec<&ColumnScore> = judgement.columns.iter().collect();
    scores.sort_by(|a, b| b.shape_error.total_cmp(&a.shape_error));
    let placed: Vec<(&ColumnScore, usize)> = scores
        .into_iter()
        .filter_map(|s| train.schema().position(&s.column).map(|i| (s, i)))
        .collect();
    let drawn: Vec<Drawn> = placed
        .iter()
        .filter_map(|(s, i)| draw(s, *i, train, synthetic))
        .take(DRAWN)
        .collect();
    Columns {
        left_out: placed.len() - drawn.len(),
        drawn,
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

fn draw(score: &ColumnScore, i: usize, train: &Table, synthetic: &Table) -> Option<Drawn> {
    let spec: &ColumnSpec = &train.schema().columns[i];
    let j = synthetic.schema().position(&spec.name)?;
    let title = format!(
        "{}: distribution in training rows and in synthetic rows, distance {}",
        spec.name,
        figure(score.shape_error)
    );
    let (measure, svg) = match (train.column(i), synthetic.column(j)) {
        (Column::Levels(real), Column::Levels(made)) => {
            ("TV", bars(&title, &categories(real, made, TOP)))
        }
        (real, made) => {
            let unit = match spec.kind {
                Kind::Integer => Unit::Whole,
                Kind::Datetime { .. } => Unit::Instant,
                _ => Unit::Real,
            };
            let (real, made) = (real.numbers()?, made.numbers()?);
            ("KS", histogram(&title, &bins(&real, &made, unit)))
        }
    };
    let (a, z) = score.missing;
    let in_figure = matches!(train.column(i), Column::Levels(_));
    Some(Drawn {
        name: spec.name.clone(),
        kind: spec.kind.name(),
        measure,
        error: figure(score.shape_error),
        floor: maybe(score.floor),
        above: score.floor.is_some_and(|f| score.shape_error > f),
        missing: if (a > 0.0 || z > 0.0) && !in_figure {
            format!("missing {} (real {})", percent(z), percent(a))
        } else {
            String::new()
        },
        figure: svg,
    })
}
