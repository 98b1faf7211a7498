//! Work for another process: what the service tells a child that reads strangers' tables under bounds of
//! its own. A task arrives as one line of JSON on the child's standard input, so that the list of processes
//! shows nothing of it and no value can be read as an option; the child answers with [`crate::Event`]s.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Conditions, Error, Input, Options, Result};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// [`inspect`](fn@crate::inspect), answered by [`crate::Event::Inspected`].
    Inspect,
    /// [`first_rows`](crate::first_rows), answered by [`crate::Event::FirstRows`].
    FirstRows {
        /// Number of rows.
        count: usize,
    },
    /// [`run`](fn@crate::run), which leaves its files in a folder.
    Synth {
        /// The folder.
        output: PathBuf,
    },
    /// [`check_conditions`](crate::check_conditions) under the schema of the options, answered by
    /// [`crate::Event::Checked`].
    Check {
        /// What rows are to be like.
        wanted: Wanted,
    },
    /// [`sample`](crate::sample), answered by [`crate::Event::Sampled`].
    Sample {
        /// The folder of the model.
        model: PathBuf,
        /// The file; its ending says the format.
        output: PathBuf,
        /// What the rows are to be like.
        wanted: Wanted,
    },
}

/// What rows of a model are to be like: [`Conditions`], of which a table of given cells is the task's table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// [`Conditions::None`].
    #[default]
    Any,
    /// [`Conditions::Where`].
    Where(String),
    /// [`Conditions::Given`].
    Given,
    /// [`Conditions::Balance`].
    Balance(String),
}

impl Wanted {
    /// The conditions; `data` is the table of given cells.
    #[must_use]
    pub fn conditions(&self, data: PathBuf) -> Conditions {
        match self {
            Wanted::Any => Conditions::None,
            Wanted::Where(text) => Conditions::Where(text.clone()),
            Wanted::Given => Conditions::Given(Input::File(data)),
            Wanted::Balance(text) => Conditions::Balance(text.clone()),
        }
    }
}

/// Work on a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What is to be done.
    pub work: Work,
    /// The table; empty where the work needs none.
    pub data: PathBuf,
    /// How it is read and learned.
    pub options: Options,
    /// What the process may take of the machine.
    #[serde(default)]
    pub bounds: Bounds,
}

/// What a process may take of the machine; nothing is bounded that is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// Bytes of address space.
    pub address_space: Option<u64>,
    /// Seconds of processor time, of all threads together.
    pub processor_seconds: Option<u64>,
    /// Bytes of one file that it writes.
    pub file_bytes: Option<u64>,
}

impl Task {
    /// The task as one line of JSON, with its end.
    ///
    /// # Errors
    /// An internal error when a path is not Unicode.
    pub fn line(&self) -> Result<String> {
        (serde_json::to_string(self).map(|text| text + "\n"))
            .map_err(|e| Error::internal("a task cannot be written as JSON").caused_by(e))
    }

    /// The task that a line tells.
    ///
    /// # Errors
    /// `engine/bad-task` when it tells none.
    pub fn of_line(line: &str) -> Result<Task> {
        serde_json::from_str(line).map_err(|e| {
            Error::input(
                "engine/bad-task",
                "Standard input does not bring a task of this version.",
                "Start the process from the service that belongs to it.",
            )
            .caused_by(e)
        })
    }
}
