//! A limit held against a figure.

use serde::{Deserialize, Serialize};

/// The colour of a gate, and of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Within the limit.
    Green,
    /// Over the limit, and a fresh real sample of this size would not have been.
    Red,
    /// Over the limit, but a fresh real sample of this size might be too: too few rows.
    CannotTell,
    /// The figure does not apply to this table (no target, no numeric pair): not part of the verdict.
    NotApplicable,
}

/// One gate of a profile, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The metric's [`Card::id`](crate::Card::id).
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The limit.
    pub limit: f64,
    /// True when the figure has to be at least the limit, false when at most.
    pub at_least: bool,
    /// The figure.
    pub value: Option<f64>,
    /// The noise floor.
    pub floor: Option<f64>,
    /// Its interval.
    pub floor_interval: Option<(f64, f64)>,
    /// The colour.
    pub status: Status,
    /// One sentence: why this colour, naming the worst columns where there are any.
    pub reason: String,
}
