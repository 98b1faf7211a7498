//! A computed figure with its floor and what carries it.

use serde::{Deserialize, Serialize};

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The metric's [`Card::id`](crate::Card::id).
    pub id: String,
    /// The figure; `None` when it cannot be computed here, with the reason in `note`.
    pub value: Option<f64>,
    /// The same figure for real test rows against the training rows: what no synthetic table can
    /// honestly beat by much.
    pub floor: Option<f64>,
    /// Interval (95 %) of what a fresh real sample of this size would score.
    pub floor_interval: Option<(f64, f64)>,
    /// Interval (95 %) of the figure itself, where it has one.
    pub interval: Option<(f64, f64)>,
    /// Why there is no value, or how it was made (`strongest: nearest neighbour`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the error sits, worst first: column names and their share, at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worst: Vec<(String, f64)>,
    /// Further figures of the same computation, by name (`tpr_at_1pct`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(String, f64)>,
}

/// How one column came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnScore {
    /// Column name.
    pub column: String,
    /// Kolmogorov-Smirnov statistic, or total variation distance for categories.
    pub shape_error: f64,
    /// The same for test rows against training rows.
    pub floor: Option<f64>,
    /// Jensen-Shannon distance (base 2).
    pub jensen_shannon: f64,
    /// Wasserstein-1 distance in units of the training rows' standard deviation; numeric only.
    pub wasserstein: Option<f64>,
    /// Share of missing cells: training rows, synthetic rows.
    pub missing: (f64, f64),
}

/// How one pair of columns came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairScore {
    /// The two columns.
    pub columns: (String, String),
    /// SDMetrics trend error: half the correlation difference, or the total variation distance of
    /// the contingency tables.
    pub trend_error: f64,
    /// The same for test rows against training rows.
    pub floor: Option<f64>,
    /// Pearson correlation of numeric pairs: training rows, synthetic rows.
    pub correlation: Option<(f64, f64)>,
}

/// A figure that does not apply here.
pub(crate) fn absent(id: &str, why: &str) -> Score {
    Score {
        id: id.to_owned(),
        value: None,
        floor: None,
        floor_interval: None,
        interval: None,
        note: Some(why.to_owned()),
        worst: Vec::new(),
        parts: Vec::new(),
    }
}
