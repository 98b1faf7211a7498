//! The one stream of events that feeds the terminal's bar, `--progress json`, the service and
//! notebooks. Each is one line of JSON, and is read back from it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use verdancy_metrics::{Gate, Status};
use verdancy_synth::Progress;

use crate::{Error, FirstRows, Inspection, People, Sampled};

/// A stage of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Stage {
    Read,
    Infer,
    Split,
    Fit,
    Sample,
    Judge,
    Write,
}

/// Something happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A stage begins.
    Stage {
        /// Which.
        stage: Stage,
    },
    /// Something the user should know.
    Warning {
        /// Stable code.
        code: String,
        /// One sentence.
        message: String,
    },
    /// The real table was read.
    Loaded {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// The rows were divided.
    Divided {
        /// Rows that models learn from.
        train: usize,
        /// Rows that choices are made on.
        validation: usize,
        /// Rows that only the verdict sees.
        test: usize,
    },
    /// Who the divided rows are of, in a table with several rows per person.
    People {
        /// Subject column and people of each part.
        people: People,
    },
    /// Rules between columns that hold in every training row.
    Relations {
        /// In words.
        rules: Vec<String>,
    },
    /// Columns to judge usefulness by, where none is named and some look so.
    Proposed {
        /// The columns.
        proposal: crate::Proposal,
    },
    /// A table from elsewhere is compared with real rows.
    Compared {
        /// Real rows that it was made from.
        real: usize,
        /// Real rows that give the floors.
        held_out: usize,
        /// True when its maker has not seen these.
        unseen: bool,
    },
    /// What a run will take, before it begins.
    Estimate {
        /// Seconds of training.
        seconds: f64,
        /// Seconds of judging: of this answer, where answers are compared, and of the verdict.
        #[serde(default)]
        judging: f64,
        /// Peak memory in bytes.
        bytes: u64,
    },
    /// All effective parameters, before training.
    Parameters {
        /// The attempt, from 1; 0 for first answers, which are told apart by their methods.
        attempt: u32,
        /// Method and parameters.
        config: verdancy_synth::Config,
    },
    /// A line of training.
    Training {
        /// The attempt, from 1.
        attempt: u32,
        /// The line.
        progress: Progress,
    },
    /// Training ended and was checked.
    Trained {
        /// The attempt, from 1.
        attempt: u32,
        /// Why it ended.
        stop: verdancy_synth::Stop,
        /// The checks.
        completion: crate::Completion,
        /// Actual seconds.
        seconds: f64,
    },
    /// Rows drawn so far.
    Sampling {
        /// Rows drawn.
        rows: u64,
        /// Rows to be drawn.
        of: u64,
    },
    /// The judgement of an attempt on validation rows.
    Judged {
        /// The attempt, from 1.
        attempt: u32,
        /// Green, red, or inconclusive.
        verdict: Status,
        /// Its gates.
        gates: Vec<Gate>,
    },
    /// Why an attempt is as it is, and what follows from that.
    Decided {
        /// The attempt, from 1.
        attempt: u32,
        /// The root cause.
        diagnosis: crate::Diagnosis,
        /// What is done next.
        decision: crate::Decision,
    },
    /// The verdict, from rows that no choice has seen.
    Verdict {
        /// The kept attempt, counted from 1 among all that were tried; none when a table from
        /// elsewhere was judged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<usize>,
        /// Green, red, or inconclusive.
        verdict: Status,
        /// Its gates.
        gates: Vec<Gate>,
    },
    /// A trial of a search over parameters.
    Trial {
        /// From 1.
        number: u32,
        /// Trials at most.
        of: u32,
        /// What was tried, and how it stands.
        trial: crate::Trial,
        /// True when it is the best so far.
        best: bool,
    },
    /// The best trials of a search and the defaults are trained again under further seeds.
    Rematch {
        /// Numbers of the trials.
        trials: Vec<u32>,
        /// Further seeds of each.
        seeds: u32,
        /// Seconds that this will take, as their first trainings took.
        seconds: f64,
    },
    /// The files are in place.
    Written {
        /// The output folder.
        folder: PathBuf,
        /// Names in it, sorted.
        names: Vec<String>,
    },
    /// The run ended.
    Finished {
        /// Green, red, or inconclusive.
        verdict: Status,
        /// Seconds of the whole run.
        seconds: f64,
    },
    /// What a [`crate::Task`] found of a table.
    Inspected {
        /// All of it.
        inspection: Box<Inspection>,
    },
    /// What a [`crate::Task`] read of a table.
    FirstRows {
        /// The rows.
        first: FirstRows,
    },
    /// What a [`crate::Task`] asks of rows can be asked of the model.
    Checked {},
    /// The rows that a [`crate::Task`] asked for are in place.
    Sampled {
        /// How they were drawn.
        sampled: Sampled,
    },
    /// The work ended without a result.
    Error(Refusal),
}

/// An error as data: what [`Event::Error`] tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// The file.
    pub file: Option<PathBuf>,
    /// The line, counted from 1 with the header.
    pub line: Option<u64>,
    /// The column.
    pub column: Option<String>,
    /// What to do.
    pub remedy: String,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Refusal {
        Refusal {
            code: error.code.to_owned(),
            message: error.message.clone(),
            file: error.place.file.clone(),
            line: error.place.line,
            column: error.place.column.clone(),
            remedy: error.remedy.clone(),
        }
    }
}

impl Event {
    /// The event as one line of JSON, without its end.
    pub fn line(&self) -> String {
        // Nothing in an event has a key that is not a text or a number that JSON does not have.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The name of its kind, as in its line.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Stage { .. } => "stage",
            Event::Warning { .. } => "warning",
            Event::Loaded { .. } => "loaded",
            Event::Divided { .. } => "divided",
            Event::People { .. } => "people",
            Event::Relations { .. } => "relations",
            Event::Proposed { .. } => "proposed",
            Event::Compared { .. } => "compared",
            Event::Estimate { .. } => "estimate",
            Event::Parameters { .. } => "parameters",
            Event::Training { .. } => "training",
            Event::Trained { .. } => "trained",
            Event::Sampling { .. } => "sampling",
            Event::Judged { .. } => "judged",
            Event::Decided { .. } => "decided",
            Event::Verdict { .. } => "verdict",
            Event::Trial { .. } => "trial",
            Event::Rematch { .. } => "rematch",
            Event::Written { .. } => "written",
            Event::Finished { .. } => "finished",
            Event::Inspected { .. } => "inspected",
            Event::FirstRows { .. } => "first_rows",
            Event::Checked {} => "checked",
            Event::Sampled { .. } => "sampled",
            Event::Error(_) => "error",
        }
    }

    /// The event that a line tells; none when it is no event of this version.
    pub fn of_line(line: &str) -> Option<Event> {
        serde_json::from_str(line).ok()
    }
}
