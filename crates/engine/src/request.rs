//! What a user asks for.

use std::path::PathBuf;
use std::time::Duration;

use verdancy_metrics::Profile;
use verdancy_synth::{Method, Mode};

/// How many rows to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// As many as the training rows.
    #[default]
    LikeTraining,
    /// So many.
    Exactly(u64),
}

/// One run of the whole way.
#[derive(Debug, Clone)]
pub struct Request {
    /// The real table.
    pub data: PathBuf,
    /// Real rows for the verdict; without it a test share is split off.
    pub holdout: Option<PathBuf>,
    /// The column to be predicted.
    pub target: Option<String>,
    /// Survival: time and event column.
    pub survival: Option<(String, String)>,
    /// Synthesizer.
    pub method: Method,
    /// Budget.
    pub mode: Mode,
    /// Limits.
    pub profile: Profile,
    /// Rows to write.
    pub rows: Rows,
    /// Seed of everything.
    pub seed: u64,
    /// Share of rows kept for choices.
    pub validation: f64,
    /// Share of rows kept for the verdict when there is no hold-out file.
    pub test: f64,
    /// Parameters by name, over the defaults.
    pub set: Vec<(String, String)>,
    /// Bound on the whole run.
    pub time_limit: Option<Duration>,
    /// Threads; results do not depend on it.
    pub threads: usize,
}
