//! What a metric is, in words: shown in the report and the docs.

/// Whether a metric is better low or high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower is better; limits are upper bounds.
    Low,
    /// Higher is better; limits are lower bounds.
    High,
    /// Nearest to the floor (or a stated ideal) is better.
    Ideal,
}

/// A metric's page.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Card {
    /// Stable identifier, as in profiles and `report.json`: `ks_mean`, `membership_auc`, ...
    pub id: &'static str,
    /// Name as in the field.
    pub name: &'static str,
    /// One of `fidelity`, `utility`, `privacy`.
    pub group: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// Least and greatest value.
    pub range: (f64, f64),
    /// Formula in one line.
    pub formula: &'static str,
    /// What it needs (numeric columns, a target, hold-out rows).
    pub needs: &'static str,
    /// What it does not show.
    pub blind: &'static str,
    /// Where it is from.
    pub source: &'static str,
}
