//! What a user asks for.

use std::path::PathBuf;
use std::time::Duration;

use verdancy_metrics::Profile;
use verdancy_synth::{Method, Mode};
use verdancy_table::Format;
use verdancy_table::infer::TextMode;

/// How many rows to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// As many as the training and validation rows together.
    #[default]
    LikeLearned,
    /// So many.
    Exactly(u64),
}

/// A real table and how it is to be read.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file.
    pub data: PathBuf,
    /// A `schema.toml`: what it says goes before what is inferred.
    pub schema: Option<PathBuf>,
    /// SDV metadata (JSON, version 1 or 2), likewise.
    pub metadata: Option<PathBuf>,
    /// Cells that mean "missing", besides empty ones.
    pub missing: Vec<String>,
    /// The delimiter of text; found by looking when not given.
    pub delimiter: Option<u8>,
    /// What becomes of names and free text.
    pub text: TextMode,
    /// The column to be predicted.
    pub target: Option<String>,
    /// Survival: time and event column.
    pub survival: Option<(String, String)>,
}

/// How the rows are divided.
#[derive(Debug, Clone, PartialEq)]
pub struct Division {
    /// Real rows for the verdict; without it a test share is split off.
    pub holdout: Option<PathBuf>,
    /// Share of rows kept for choices.
    pub validation: f64,
    /// Share of rows kept for the verdict when there is no hold-out file.
    pub test: f64,
}

impl Default for Division {
    fn default() -> Division {
        Division {
            holdout: None,
            validation: 0.1,
            test: 0.2,
        }
    }
}

/// The model and its budget.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Synthesizer.
    pub method: Method,
    /// Budget.
    pub mode: Mode,
    /// Parameters by name, over the defaults.
    pub set: Vec<(String, String)>,
    /// Seed of everything.
    pub seed: u64,
    /// Bound on the whole run.
    pub time_limit: Option<Duration>,
    /// Threads; results do not depend on it.
    pub threads: usize,
}

/// One run of the whole way.
#[derive(Debug, Clone)]
pub struct Request {
    /// The real table.
    pub source: Source,
    /// How its rows are divided.
    pub division: Division,
    /// The model.
    pub plan: Plan,
    /// Limits.
    pub profile: Profile,
    /// Rows to write.
    pub rows: Rows,
    /// Format of the synthetic file; the input's own when not given.
    pub format: Option<Format>,
}
