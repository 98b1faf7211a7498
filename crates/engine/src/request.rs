//! What a user asks for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use verdancy_metrics::Profile;
use verdancy_relations::Form;
use verdancy_synth::protect::Guard;
use verdancy_synth::{Method, Mode};
use verdancy_table::infer::{MissingCodes, TextMode};
use verdancy_table::read::Limits;
use verdancy_table::{Format, Protection, Table};

use crate::{Document, Input};

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
    /// The rows.
    pub data: Input,
    /// A `schema.toml`: what it says goes before what is inferred.
    pub schema: Option<Document>,
    /// SDV metadata (JSON, version 1 or 2), likewise.
    pub metadata: Option<Document>,
    /// Cells that mean "missing", besides empty ones.
    pub missing: Vec<String>,
    /// The delimiter of text; found by looking when not given.
    pub delimiter: Option<u8>,
    /// The encoding of text; found by looking when not given.
    pub encoding: Option<verdancy_table::Encoding>,
    /// Records before the header; found by looking when not given.
    pub skip_rows: Option<usize>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// What becomes of numbers that stand for "missing".
    pub missing_codes: MissingCodes,
    /// The sheet of a workbook, by name or number; the first with cells when `None`.
    pub sheet: Option<String>,
    /// What becomes of names and free text.
    pub text: TextMode,
    /// The column to be predicted.
    pub target: Option<String>,
    /// Survival: time and event column.
    pub survival: Option<(String, String)>,
    /// The column that says whose row a row is; [`NO_SUBJECT`](verdancy_table::NO_SUBJECT) when each
    /// row is a person; inferred when not given.
    pub subject: Option<String>,
    /// Bounds on what is read.
    pub limits: Limits,
}

/// How the rows are divided.
#[derive(Debug, Clone)]
pub struct Division {
    /// Real rows for the verdict; without it a test share is split off.
    pub holdout: Option<Input>,
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

/// What becomes of rules between columns that hold in every training row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relations {
    /// They are not looked for.
    Off,
    /// They are listed, and how many synthetic rows break each.
    Report,
    /// They are kept by construction.
    #[default]
    Keep,
}

impl Relations {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Relations::Off => "off",
            Relations::Report => "report",
            Relations::Keep => "keep",
        }
    }
}

/// The model and its budget.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Synthesizer; none by name lets evidence choose between them.
    pub method: Option<Method>,
    /// Attempts of it at most; what went wrong in one is changed in the next.
    pub attempts: u32,
    /// Budget.
    pub mode: Mode,
    /// Parameters by name, over the defaults.
    pub set: Vec<(String, String)>,
    /// How many people have to share a value.
    pub protect: Protection,
    /// What becomes of rules between columns.
    pub relations: Relations,
    /// Shadow runs that the verdict's attack learns from; as [`Plan::shadow_runs`] when not given.
    pub shadow_runs: Option<u32>,
    /// Seed of everything.
    pub seed: u64,
    /// Bound on the whole run.
    pub time_limit: Option<Duration>,
    /// Bound on the memory of training, in bytes, held against its estimate.
    pub memory_limit: Option<u64>,
    /// Threads; results do not depend on it.
    pub threads: usize,
    /// The file of finished trainings that time estimates learn from; none for none.
    pub history: Option<PathBuf>,
    /// A folder for the state of the training, so that a run that was killed can go on; none for none.
    pub checkpoints: Option<PathBuf>,
    /// Time between two states.
    pub checkpoint_every: Duration,
    /// True when what an earlier run wrote may be replaced.
    pub force: bool,
}

impl Plan {
    /// True when quick methods answer first: nothing was asked for that only one method has.
    pub(crate) fn quick_first(&self) -> bool {
        self.method.is_none() && self.set.is_empty()
    }

    /// The rules of the training rows, where they are looked for.
    pub(crate) fn form(&self, train: &Table) -> Option<Arc<Form>> {
        match self.relations {
            Relations::Off => Form::pinned(train, self.protect).map(Arc::new),
            Relations::Report | Relations::Keep => Form::learn(train, self.protect).map(Arc::new),
        }
    }

    /// `form`, where rules are kept.
    pub(crate) fn kept(&self, form: &Option<Arc<Form>>) -> Option<Arc<Form>> {
        form.clone().filter(|_| self.relations != Relations::Report)
    }

    /// Shadow runs: as asked for, otherwise two in quality mode and none in the others.
    pub fn shadow_runs(&self) -> u32 {
        let usual = match self.mode {
            Mode::Quality => 2,
            Mode::Speed | Mode::Balanced => 0,
        };
        self.shadow_runs.unwrap_or(usual)
    }

    /// What a fit may say: thresholds are the same for all attempts of a run.
    pub fn guard(&self) -> Guard {
        Guard {
            protect: self.protect,
            seed: self.seed,
        }
    }
}

impl Source {
    /// The options of reading that differ from what is found.
    fn say_how_to_read(&self, say: &mut impl FnMut(&str, String)) {
        for column in &self.drop {
            say("--drop", column.clone());
        }
        if self.missing_codes == MissingCodes::Mark {
            say("--missing-codes", "mark".to_owned());
        }
        for token in &self.missing {
            say("--na", token.clone());
        }
        if let Some(encoding) = self.encoding {
            say("--encoding", encoding.name().to_owned());
        }
        if let Some(sheet) = &self.sheet {
            say("--sheet", sheet.clone());
        }
        if let Some(skip) = self.skip_rows {
            say("--skip-rows", skip.to_string());
        }
        match self.delimiter {
            Some(b'\t') => say("--delimiter", "tab".to_owned()),
            Some(byte) => say("--delimiter", char::from(byte).to_string()),
            None => {}
        }
    }
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
    /// What time it is, for the record.
    pub started: Option<SystemTime>,
}

impl Request {
    /// The arguments of `verdancy synth` that ask for the same, the table's file name first;
    /// folders are left out.
    pub fn arguments(&self) -> Vec<String> {
        let mut out = vec![self.source.data.name()];
        let mut say = |flag: &str, value: String| out.extend([flag.to_owned(), value]);
        let (source, plan) = (&self.source, &self.plan);
        let documents = [
            ("--schema", &source.schema, "schema.toml"),
            ("--metadata", &source.metadata, "metadata.json"),
        ];
        for (flag, document, in_memory) in documents {
            if let Some(document) = document {
                let file = document.file().and_then(|path| path.file_name());
                say(
                    flag,
                    file.map_or(in_memory.to_owned(), |n| n.to_string_lossy().into_owned()),
                );
            }
        }
        source.say_how_to_read(&mut say);
        match source.text {
            TextMode::Fake => {}
            TextMode::Drop => say("--text", "drop".to_owned()),
            TextMode::Error => say("--text", "error".to_owned()),
        }
        if let Some(target) = &source.target {
            say("--target", target.clone());
        }
        if let Some((time, event)) = &source.survival {
            say("--time", time.clone());
            say("--event", event.clone());
        }
        if let Some(subject) = &source.subject {
            say("--subject", subject.clone());
        }
        match &self.division.holdout {
            Some(holdout) => say("--holdout", holdout.name()),
            None => say("--test", self.division.test.to_string()),
        }
        say("--validation", self.division.validation.to_string());
        let method = plan
            .method
            .map_or("auto".to_owned(), |m| m.name().replace('_', "-"));
        say("--method", method);
        let mode = match plan.mode {
            Mode::Speed => "speed",
            Mode::Balanced => "balanced",
            Mode::Quality => "quality",
        };
        say("--mode", mode.to_owned());
        say("--attempts", plan.attempts.to_string());
        for (key, value) in &plan.set {
            say("--set", format!("{key}={value}"));
        }
        if let Some(limit) = plan.time_limit {
            say("--time-limit", format!("{}s", limit.as_secs_f64()));
        }
        if let Some(bytes) = plan.memory_limit {
            say("--memory-limit", format!("{bytes}B"));
        }
        if let Some(runs) = plan.shadow_runs {
            say("--shadow-runs", runs.to_string());
        }
        say("--protect", plan.protect.k().to_string());
        say("--relations", plan.relations.name().to_owned());
        say("--profile", self.profile.name.clone());
        if let Rows::Exactly(rows) = self.rows {
            say("--rows", rows.to_string());
        }
        say("--seed", plan.seed.to_string());
        out
    }
}
