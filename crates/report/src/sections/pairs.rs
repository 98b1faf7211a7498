//! Pairs of columns: correlation heat maps and the worst pairs.

use std::collections::HashMap;

use serde::Serialize;
use verdancy_metrics::{Judgement, PairScore};
use verdancy_table::Table;

use super::plural;
use crate::figures::{Heatmap, Scale, grid, heatmap};
use crate::number::{figure, fixed, maybe};
use crate::summary::{Least, grids};

/// Columns in a heat map.
const WIDE: usize = 30;

/// Rows in the table of worst pairs.
const WORST: usize = 15;

/// Pairs that are drawn.
const PLOTS: usize = 4;

/// The section.
#[derive(Debug, Clone, Serialize)]
pub struct Pairs {
    pub correlations: Vec<Map>,
    pub trend: Option<Map>,
    pub plots: Vec<Plot>,
    pub rows: Vec<Row>,
    pub of: String,
}

/// A heat map with its caption.
#[derive(Debug, Clone, Serialize)]
pub struct Map {
    pub name: &'static str,
    pub note: String,
    pub wide: bool,
    pub figure: String,
}

/// A two-way plot of one pair.
#[derive(Debug, Clone, Serialize)]
pub struct Plot {
    pub name: String,
    pub error: String,
    pub floor: String,
    pub figure: String,
}

/// One of the worst pairs.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub first: String,
    pub second: String,
    pub error: String,
    pub floor: String,
    pub real: String,
    pub synthetic: String,
}

/// Builds the section.
pub fn pairs(judgement: &Judgement, tables: (&Table, &Table), least: Least) -> Pairs {
    let train = tables.0;
    let mut sorted: Vec<&PairScore> = judgement.pairs.iter().collect();
    sorted.sort_by(|a, b| {
        (excess(b).total_cmp(&excess(a))).then(b.trend_error.total_cmp(&a.trend_error))
    });
    let worse = sorted.iter().filter(|p| excess(p) > 0.0).count();
    let numeric: Vec<&PairScore> = sorted
        .iter()
        .copied()
        .filter(|p| p.correlation.is_some())
        .collect();
    Pairs {
        correlations: correlations(&numeric, train),
        trend: trend(&sorted, train),
        rows: sorted
            .iter()
            .take(WORST)
            .map(|p| Row {
                first: p.columns.0.clone(),
                second: p.columns.1.clone(),
                error: figure(p.trend_error),
                floor: maybe(p.floor),
                real: p.correlation.map_or_else(|| "–".into(), |c| fixed(c.0, 2)),
                synthetic: p.correlation.map_or_else(|| "–".into(), |c| fixed(c.1, 2)),
            })
            .collect(),
        of: beyond(worse, judgement.pairs.len()),
        plots: plots(&sorted, tables, least),
    }
}

/// What a pair is off beyond what a fresh real sample is.
fn excess(pair: &PairScore) -> f64 {
    pair.trend_error - pair.floor.unwrap_or(0.0)
}

/// How many pairs are worse than chance.
fn beyond(worse: usize, all: usize) -> String {
    let pairs = plural(all, "pair", "pairs");
    match worse {
        0 => format!("None of {pairs} is worse than a fresh real sample would be."),
        1 => format!("One of {pairs} is worse than a fresh real sample would be."),
        n => format!("{n} of {pairs} are worse than a fresh real sample would be."),
    }
}

/// The worst pairs, training rows beside synthetic rows.
fn plots(sorted: &[&PairScore], (train, synthetic): (&Table, &Table), least: Least) -> Vec<Plot> {
    (sorted.iter())
        .filter_map(|p| {
            let cells = grids(train, synthetic, (&p.columns.0, &p.columns.1), least)?;
            let title = format!(
                "{} by {}: shares of training rows and of synthetic rows",
                p.columns.0, p.columns.1
            );
            Some(Plot {
                name: format!("{} × {}", p.columns.0, p.columns.1),
                error: figure(p.trend_error),
                floor: maybe(p.floor),
                figure: grid(&title, &cells),
            })
        })
        .take(PLOTS)
        .collect()
}

fn correlations(pairs: &[&PairScore], train: &Table) -> Vec<Map> {
    let (names, note) = chosen(pairs, train);
    if names.len() < 2 {
        return Vec::new();
    }
    let wide = names.len() > 12;
    let map = |name, title: &str, scale, of: &dyn Fn((f64, f64)) -> f64| Map {
        name,
        note: note.clone(),
        wide,
        figure: heatmap(
            title,
            &Heatmap {
                names: &names,
                cells: &matrix(&names, pairs, &|p| p.correlation.map(of)),
                scale,
            },
        ),
    };
    let most = pairs
        .iter()
        .filter_map(|p| p.correlation.map(|c| (c.1 - c.0).abs()))
        .fold(0.0, f64::max);
    vec![
        map(
            "Real",
            "Correlation of numeric columns in training rows",
            Scale::Signed(1.0),
            &|c| c.0,
        ),
        map(
            "Synthetic",
            "Correlation of numeric columns in synthetic rows",
            Scale::Signed(1.0),
            &|c| c.1,
        ),
        map(
            "Difference (synthetic − real)",
            "Difference of the correlations, synthetic less real",
            Scale::Signed(rounded(most)),
            &|c| c.1 - c.0,
        ),
    ]
}

fn trend(pairs: &[&PairScore], train: &Table) -> Option<Map> {
    let (names, note) = chosen(pairs, train);
    (names.len() >= 2).then(|| Map {
        name: "Trend error, all kinds of columns",
        note,
        wide: names.len() > 12,
        figure: heatmap(
            "Trend error of each pair of columns",
            &Heatmap {
                names: &names,
                cells: &matrix(&names, pairs, &|p| Some(p.trend_error)),
                scale: Scale::Positive(rounded(
                    pairs.iter().map(|p| p.trend_error).fold(0.0, f64::max),
                )),
            },
        ),
    })
}

/// The end of a scale of differences: never so small that noise looks dark.
fn rounded(most: f64) -> f64 {
    [0.2, 0.3, 0.5, 1.0, 2.0]
        .into_iter()
        .find(|l| most <= *l)
        .unwrap_or(2.0)
}

/// The columns to be drawn, in the table's order: all, or those of the worst pairs.
fn chosen(pairs: &[&PairScore], train: &Table) -> (Vec<String>, String) {
    let mut names: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for pair in pairs {
        for name in [pair.columns.0.as_str(), pair.columns.1.as_str()] {
            if seen.insert(name) {
                names.push(name);
            }
        }
    }
    let all = names.len();
    names.truncate(WIDE);
    names.sort_by_key(|n| train.schema().position(n).unwrap_or(usize::MAX));
    let note = if all > WIDE {
        format!("The {WIDE} columns of the worst pairs, of {all}.")
    } else {
        String::new()
    };
    (names.into_iter().map(str::to_owned).collect(), note)
}

fn matrix(
    names: &[String],
    pairs: &[&PairScore],
    value: &dyn Fn(&PairScore) -> Option<f64>,
) -> Vec<Vec<Option<f64>>> {
    let at: HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(i, n)| (n.as_str(), i))
        .collect();
    let mut cells: Vec<Vec<Option<f64>>> = (0..names.len()).map(|i| vec![None; i]).collect();
    for pair in pairs {
        let ends = (
            at.get(pair.columns.0.as_str()),
            at.get(pair.columns.1.as_str()),
        );
        if let (Some(&a), Some(&b)) = ends
            && a != b
        {
            cells[a.max(b)][a.min(b)] = value(pair);
        }
    }
    cells
}
