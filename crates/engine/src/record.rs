//! What is kept of a run (`run.json`) and shown in the report.

use serde::{Deserialize, Serialize};
use verdancy_metrics::Judgement;
use verdancy_synth::{Config, Progress, Stop};
use verdancy_table::Schema;

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of Verdancy.
    pub version: String,
    /// File name of the real table (without its folder).
    pub data: String,
    /// Rows: train, validation, test, synthetic.
    pub rows: RowCounts,
    /// Seed.
    pub seed: u64,
    /// Threads used.
    pub threads: usize,
    /// Budget mode.
    pub mode: verdancy_synth::Mode,
    /// The schema used.
    pub schema: Schema,
    /// Attempts in order; the loop appends to it.
    pub attempts: Vec<Attempt>,
    /// Position in `attempts` of the one whose rows were written.
    pub kept: usize,
    /// Warnings, code and sentence.
    pub warnings: Vec<(String, String)>,
    /// Seconds of each stage, in order.
    pub seconds: Vec<(String, f64)>,
}

/// Row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RowCounts {
    pub train: usize,
    pub validation: usize,
    pub test: usize,
    pub synthetic: u64,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Method and every effective parameter.
    pub config: Config,
    /// Estimated seconds of training, made before it.
    pub estimate_seconds: f64,
    /// Actual seconds of training.
    pub train_seconds: f64,
    /// Actual seconds of sampling.
    pub sample_seconds: f64,
    /// Training history.
    pub history: Vec<Progress>,
    /// Why training ended.
    pub stop: Stop,
    /// The checks after training.
    pub completion: Completion,
    /// The judgement.
    pub judgement: Judgement,
}

/// "Completed" as checked facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// All epochs were run, or the stop has a named reason.
    pub ran_as_asked: bool,
    /// Every loss is finite.
    pub loss_finite: bool,
    /// The loss fell.
    pub loss_fell: bool,
    /// A sample decoded into the schema.
    pub sample_fits_schema: bool,
}
