//! One column: the synthetic rows, and the test rows, against the training rows.

use super::bins::{Coded, range};
use super::categories;
use super::distance::{
    counts, deviation, jensen_shannon, ks_wasserstein, pooled_variation, sorted, total_variation,
};
use crate::prepared::{Judged, Parts, Values};

/// Distances of one table's column from the training rows'.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distances {
    /// KS statistic, or total variation.
    pub shape: f64,
    pub jensen_shannon: f64,
    /// In training standard deviations; numeric columns with spread only.
    pub wasserstein: Option<f64>,
    /// Share of cells outside the training rows' range or levels.
    pub strange: f64,
    /// Rare levels there, of how many; categories only.
    pub rare: (usize, usize),
    /// Total variation with rare levels and their stand-ins as one; categories only.
    pub pooled: Option<f64>,
    /// Log-ratio of level frequencies; categories only.
    pub skew: Option<f64>,
}

/// What one column came to.
pub(crate) struct ColumnFigures {
    pub synthetic: Distances,
    pub test: Distances,
}

/// Both comparisons of one column.
pub(crate) fn figures(column: &Judged, coded: &Coded<'_>) -> ColumnFigures {
    match &column.values {
        Values::Numeric(v) => numeric(v, coded),
        Values::Levels(_) => levels(coded),
    }
}

fn numeric(v: &Parts<Vec<f64>>, coded: &Coded<'_>) -> ColumnFigures {
    let train = sorted(&v.train);
    let spread = deviation(&train);
    let limits = range(&v.train);
    let binned = counts(&coded.train, coded.levels);
    let against = |values: &[f64], codes: &[u32]| {
        let (shape, area) = ks_wasserstein(&train, &sorted(values));
        let outside = limits.map_or(0, |(low, high)| {
            values.iter().filter(|&&x| x < low || x > high).count()
        });
        Distances {
            shape,
            jensen_shannon: jensen_shannon(&binned, &counts(codes, coded.levels)),
            wasserstein: scaled(area, spread),
            strange: outside as f64 / values.len() as f64,
            rare: (0, 0),
            pooled: None,
            skew: None,
        }
    };
    ColumnFigures {
        synthetic: against(&v.synthetic, &coded.synthetic),
        test: against(&v.test, &coded.test),
    }
}

/// A distance in standard deviations; without spread only "none" can be said.
pub(crate) fn scaled(area: Option<f64>, spread: Option<f64>) -> Option<f64> {
    match (area?, spread) {
        (0.0, _) => Some(0.0),
        (area, Some(spread)) => Some(area / spread).filter(|x| x.is_finite()),
        (_, None) => None,
    }
}

fn levels(coded: &Coded<'_>) -> ColumnFigures {
    let train = counts(&coded.train, coded.levels);
    let against = |codes: &[u32]| {
        let other = counts(codes, coded.levels);
        let strange: f64 = (train.iter().zip(&other))
            .filter(|(t, _)| **t == 0.0)
            .map(|(_, o)| o)
            .sum();
        Distances {
            shape: total_variation(&train, &other),
            jensen_shannon: jensen_shannon(&train, &other),
            wasserstein: None,
            strange: strange / codes.len() as f64,
            rare: categories::rare(&train, &other),
            pooled: Some(pooled_variation(&train, &other, &coded.few)),
            skew: categories::skew(&train, &other),
        }
    };
    ColumnFigures {
        synthetic: against(&coded.synthetic),
        test: against(&coded.test),
    }
}
