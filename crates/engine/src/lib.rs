//! One run from a table to a judged synthetic table: load, infer, divide, fit, sample, judge,
//! write. What the command line, the server and Python can do, they do through here.
//!
//! [`run`](fn@run) is the whole way with its output folder, [`synth`] the same without writing; [`fit`],
//! [`sample`], [`evaluate`] and [`inspect`](fn@inspect) are the steps one by one. Clock, cancellation and listener
//! come with a [`RunContext`]; there are no globals.

mod attempt;
mod checkpoints;
mod choice;
mod completion;
mod conditions;
mod config_file;
mod cycle;
pub mod decide;
pub mod diagnose;
mod divide;
mod draw;
mod estimate;
mod event;
mod findings;
mod folder;
pub mod history;
mod impute;
mod input;
mod inspect;
mod journal;
mod load;
pub mod options;
mod policy;
mod propose;
mod protect;
mod record;
mod request;
mod rules;
mod run;
mod shadow;
mod standing;
mod steps;
mod task;
mod timing;
mod tune;

pub use attempt::configure;
pub use checkpoints::{CHECKPOINT_EVERY, Resuming};
pub use completion::Completion;
pub use conditions::{Conditions, check_conditions};
pub use config_file::{ConfigFile, ConfigPlace};
pub use cycle::{After, Plain, Trainer};
pub use decide::Decision;
pub use diagnose::Diagnosis;
pub use divide::{MIN_ROWS, Parts, Unseen, divide, unseen};
pub use draw::STREAMED_ABOVE;
pub use event::{Event, Refusal, Stage};
pub use findings::{ColumnSummary, Drawing, Estimate, FirstRows, Inspection, Sampled, Trial};
pub use folder::{Folder, owned, pretty, write_text};
pub use impute::{Check, Fill, Filled, Imputation, impute};
pub use input::{Document, Input};
pub use inspect::inspect;
pub use journal::RunContext;
pub use load::{first_rows, schema_toml};
pub use options::Options;
pub use propose::Proposal;
pub use protect::UNPROTECTED;
pub use record::{Attempt, Choice, FORMAT_VERSION, People, Role, RowCounts, RunRecord, Shares};
pub use request::{Division, Plan, Relations, Request, Rows, Source};
pub use run::{Files, Outcome, run, save, synth, synth_with};
pub use standing::Standing;
pub use steps::{
    Evaluation, SampleRequest, evaluate, fit, fit_in_memory, sample, sample_in_memory,
};
pub use task::{Bounds, Task, Wanted, Work};
pub use tune::{Tuned, tune};
pub use verdancy_relations::Broken;
pub use verdancy_table::staging::prefix as staging_prefix;

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
