//! The distributions of single columns as data, `figures.json`: counts that may be shown, from which the report
//! draws its small figures, and so does every page that shows the same run. They are computed where the
//! rows are, once; nobody reads a table for them later.

use serde::{Deserialize, Serialize};
use verdancy_metrics::{ColumnScore, Judgement};
use verdancy_table::{Column, ColumnSpec, Table};

use crate::Page;
use crate::figures::{Bar, Bins, bars, histogram};
use crate::number::{figure, maybe, percent};
use crate::summary::{Least, Unit, bins, categories};

/// Columns shown.
const SHOWN: usize = 60;
/// Categories shown of a column, besides the pooled ones.
const TOP: usize = 8;

/// One column, training rows against synthetic rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnFigure {
    /// Its name.
    pub column: String,
    /// Its kind, as in `schema.toml`.
    pub kind: String,
    /// Distance of the distributions: total variation of categories, Kolmogorov-Smirnov of others; 0
    /// equal, 1 apart.
    pub error: f64,
    /// The distance that a fresh real sample has, where it could be measured.
    pub floor: Option<f64>,
    /// Shares of missing cells: of training rows, of synthetic rows.
    pub missing: (f64, f64),
    /// The shares.
    pub distribution: Distribution,
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

/// Shares of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Of the most frequent categories, the others pooled.
    Categories(Vec<Bar>),
    /// Of bins of equal width.
    Histogram(Bins),
}

impl ColumnFigure {
    /// What a template shows of it: the figure with its caption.
    pub fn drawn(&self) -> Drawn {
        Drawn::of(self)
    }

    /// The figure as SVG.
    pub fn svg(&self) -> String {
        let title = format!(
            "{}: distribution in training rows and in synthetic rows, distance {}",
            self.column,
            figure(self.error)
        );
        match &self.distribution {
            Distribution::Categories(shares) => bars(&title, shares),
            Distribution::Histogram(shares) => histogram(&title, shares),
        }
    }
}

impl Drawn {
    fn of(shown: &ColumnFigure) -> Drawn {
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

impl Page<'_> {
    /// The columns, worst first, at most 60: what `figures.json` holds.
    pub fn distributions(&self) -> Vec<ColumnFigure> {
        let least = Least::of(self.of.protect(), self.train);
        worst_first(self.of.judgement(), self.train)
            .filter_map(|(score, i)| {
                let spec = &self.train.schema().columns[i];
                let j = self.synthetic.schema().position(&spec.name)?;
                let sides = (self.train.column(i), self.synthetic.column(j));
                Some(ColumnFigure {
                    column: spec.name.clone(),
                    kind: spec.kind.name().to_owned(),
                    error: score.shape_error,
                    floor: score.floor,
                    missing: score.missing,
                    distribution: of(spec, sides.0, sides.1, least)?,
                })
            })
            .take(SHOWN)
            .collect()
    }
}

/// The judged columns that the training table has, worst first (by what is beyond the floor), each with its position there.
pub(crate) fn worst_first<'a>(
    judgement: &'a Judgement,
    train: &Table,
) -> impl Iterator<Item = (&'a ColumnScore, usize)> {
    let mut scores: Vec<&ColumnScore> = judgement.columns.iter().collect();
    scores.sort_by(|a, b| {
        let order = |s: &ColumnScore| s.shape_error - s.floor.unwrap_or(0.0);
        (order(b).total_cmp(&order(a))).then(b.shape_error.total_cmp(&a.shape_error))
    });
    (scores.into_iter()).filter_map(|s| train.schema().position(&s.column).map(|i| (s, i)))
}

fn of(spec: &ColumnSpec, real: &Column, made: &Column, least: Least) -> Option<Distribution> {
    if let (Column::Levels(real), Column::Levels(made)) = (real, made) {
        let shares = categories(real, made, TOP, least.levels);
        return Some(Distribution::Categories(shares));
    }
    let shares = bins(
        &real.numbers()?,
        &made.numbers()?,
        Unit::of(spec),
        least.numbers,
    );
    Some(Distribution::Histogram(shares))
}
