//! What is kept of a run (`run.json`) and shown in the report.

use serde::{Deserialize, Serialize};
use verdancy_metrics::{Gate, Judgement, Status};
use verdancy_relations::Broken;
use verdancy_synth::{Config, Progress, Stop};
use verdancy_table::{Protection, Schema, Warning};

use crate::{Completion, Decision, Diagnosis, Error, Parts, Proposal, Result, Standing};

/// The version of the format of `run.json`; 0 stands for records that did not say.
pub const FORMAT_VERSION: u32 = 1;

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of this format.
    #[serde(default)]
    pub format_version: u32,
    /// Version of Verdancy.
    pub version: String,
    /// Processor and system it ran on, for example `x86_64-linux`.
    pub platform: String,
    /// When the run began and ended (RFC 3339, UTC), where its caller said what time it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub ended: Option<String>,
    /// File name of the real table (without its folder).
    pub data: String,
    /// SHA-256 of the file, in hexadecimal digits; none for a table in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_sha256: Option<String>,
    /// Arguments of `verdancy synth` that ask for the same run.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// File name of the hold-out table, when one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<String>,
    /// Shares of the rows that were asked to be kept for choices and for the verdict.
    pub shares: Shares,
    /// Rows: train, validation, test, synthetic.
    pub rows: RowCounts,
    /// People, where the table names whose row a row is; otherwise each row is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// How many people share each value that left the training rows; 0 in records of releases
    /// that protected none.
    #[serde(default = "unprotected")]
    pub protect: Protection,
    /// Seed.
    pub seed: u64,
    /// Threads used.
    pub threads: usize,
    /// Budget mode.
    pub mode: verdancy_synth::Mode,
    /// The schema used.
    pub schema: Schema,
    /// Rules between columns that hold in every training row, with the synthetic rows that break them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Broken>,
    /// Attempts in order; the loop appends to it.
    pub attempts: Vec<Attempt>,
    /// Position in `attempts` of the one whose rows were written.
    pub kept: usize,
    /// The verdict on its rows, from rows that no choice has seen.
    pub judgement: Judgement,
    /// Columns to judge usefulness by, where none was named and some look so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// Warnings, with the columns that they speak of.
    #[serde(deserialize_with = "warnings")]
    pub warnings: Vec<Warning>,
    /// Seconds of each stage, in order.
    pub seconds: Vec<(String, f64)>,
}

impl RunRecord {
    /// Reads the record of a run: `run`, or `run.json` in the folder `run`.
    ///
    /// # Errors
    /// `engine/run-not-found`, `engine/run-format`.
    pub fn load(run: &std::path::Path) -> Result<RunRecord> {
        let path = if run.is_dir() {
            run.join("run.json")
        } else {
            run.to_path_buf()
        };
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Error::input(
                "engine/run-not-found",
                format!("{} cannot be read.", path.display()),
                "Give the folder of a run, or its run.json.",
            )
            .caused_by(e)
        })?;
        serde_json::from_str(&text).map_err(|e| {
            Error::input(
                "engine/run-format",
                format!(
                    "{} is not the record of a run by this version.",
                    path.display()
                ),
                "Give the run.json that `verdancy synth` wrote.",
            )
            .caused_by(e)
        })
    }

    /// The attempt whose rows were written.
    pub fn kept(&self) -> Option<&Attempt> {
        self.attempts.get(self.kept)
    }

    /// True when the kept attempt is green and its training passed every check.
    pub fn is_green(&self) -> bool {
        self.kept().is_some_and(|a| a.completion.is_complete())
            && self.judgement.verdict() == Status::Green
    }

    /// Seconds of all stages together.
    pub fn total_seconds(&self) -> f64 {
        self.seconds.iter().map(|(_, s)| s).sum()
    }
}

/// A time as records have it: RFC 3339, UTC, whole seconds.
pub(crate) fn stamp(time: std::time::SystemTime) -> Option<String> {
    let time = jiff::Timestamp::try_from(time).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Warnings of this version, or code and sentence as earlier ones wrote them.
fn warnings<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> std::result::Result<Vec<Warning>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Whole(Warning),
        Pair(String, String),
    }
    let written = Vec::<Written>::deserialize(from)?;
    Ok((written.into_iter())
        .map(|warning| match warning {
            Written::Whole(warning) => warning,
            Written::Pair(code, message) => Warning::new(&code, message),
        })
        .collect())
}

fn unprotected() -> Protection {
    Protection::OFF
}

/// Shares of the rows of the real table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// Kept for choices.
    pub validation: f64,
    /// Kept for the verdict; 0 when a hold-out table was given.
    pub test: f64,
}

/// Row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RowCounts {
    pub train: usize,
    pub validation: usize,
    pub test: usize,
    /// Rows written.
    pub synthetic: u64,
    /// Rows judged: all that were written, or the first of them when they are very many.
    pub judged: usize,
}

/// Who the rows are of, in a table with several rows per person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// The column that says whose row a row is.
    pub subject: String,
    /// People that models learn from.
    pub train: usize,
    /// People that choices are made on.
    pub validation: usize,
    /// People that only the verdict sees.
    pub test: usize,
}

impl People {
    /// The people of `parts`; `None` when the table names no subject.
    pub fn of(parts: &Parts) -> Option<People> {
        let schema = parts.train.schema();
        let at = schema.subject_position()?;
        Some(People {
            subject: schema.columns[at].name.clone(),
            train: parts.train.people(),
            validation: parts.validation.people(),
            test: parts.test.people(),
        })
    }
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// What it was for.
    pub role: Role,
    /// Method and every effective parameter.
    pub config: Config,
    /// True when it went on from the weights of the best attempt before it.
    #[serde(default)]
    pub warm: bool,
    /// Estimated seconds of training, made before it.
    pub estimate_seconds: f64,
    /// Estimated peak memory of training in bytes.
    pub estimate_bytes: u64,
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
    /// How it came out on validation rows, when there were enough of them and there is a model.
    pub choice: Option<Choice>,
    /// Why it came out so.
    pub diagnosis: Option<Diagnosis>,
    /// What followed.
    pub decision: Option<Decision>,
}

/// What an attempt was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A quick method's answer, which the slower one has to beat.
    Race,
    /// One of the attempts.
    Attempt,
}

/// How an attempt came out on validation rows: what choices are made on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Where it stands among the attempts.
    pub standing: Standing,
    /// Green, red, or inconclusive, on validation rows.
    pub verdict: Status,
    /// Its gates there.
    pub gates: Vec<Gate>,
    /// Mean error of columns (SDMetrics).
    pub shape_error: Option<f64>,
    /// Mean error of pairs (SDMetrics).
    pub trend_error: Option<f64>,
    /// Two-sample test by boosted trees.
    pub c2st_trees: Option<f64>,
}
