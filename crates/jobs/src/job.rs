//! Jobs as they are stored.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Error, Result};

/// Where a job stands. There is no state between queued and running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// A worker holds it.
    Running,
    /// A worker holds it and was asked to stop.
    Cancelling,
    /// Ended with a result.
    Succeeded,
    /// Ended without.
    Failed,
    /// Ended because someone asked for it.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [State; 6] = [
        State::Queued,
        State::Running,
        State::Cancelling,
        State::Succeeded,
        State::Failed,
        State::Cancelled,
    ];

    /// Its name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Cancelling => "cancelling",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }

    /// True when nothing will change any more.
    pub fn is_final(self) -> bool {
        matches!(self, State::Succeeded | State::Failed | State::Cancelled)
    }

    fn of(name: &str) -> Result<State> {
        (State::ALL.into_iter().find(|s| s.name() == name))
            .ok_or_else(|| Error::Row(format!("state {name}")))
    }
}

/// A job to be queued.
#[derive(Debug, Clone, Default)]
pub struct NewJob {
    /// Whose it is.
    pub project: String,
    /// What is to be done; workers know what it means.
    pub kind: String,
    /// Who asked for it.
    pub actor: String,
    /// What it is to be done with, JSON.
    pub payload: String,
    /// Larger goes first among the jobs of its project.
    pub priority: i64,
    /// Deaths of workers after which it fails; 0 stands for 3.
    pub max_attempts: i64,
    /// Seconds from now before which it is not begun.
    pub delay: f64,
    /// Of jobs with the same key only the first is made.
    pub unique_key: Option<String>,
    /// Words that it is found by.
    pub words: String,
    /// Hashes of files in the store that it needs until it ends.
    pub holds: Vec<String>,
    /// Hashes of files that it needs for as long as it is known.
    pub keeps: Vec<String>,
    /// The job that it belongs to, and is forgotten with.
    pub parent: Option<String>,
}

/// A stored job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Sorts by time of making.
    pub id: String,
    /// Whose it is.
    pub project: String,
    /// What is to be done.
    pub kind: String,
    /// Who asked for it.
    pub actor: String,
    /// JSON.
    pub payload: String,
    /// Where it stands.
    pub state: State,
    /// Larger goes first.
    pub priority: i64,
    /// How often it was begun: the fencing token.
    pub attempt: i64,
    /// How often its worker died.
    pub deaths: i64,
    /// Deaths after which it fails.
    pub max_attempts: i64,
    /// What its worker last said of its progress, JSON.
    pub progress: Option<String>,
    /// Number of its last event; 0 for none.
    pub last_event: i64,
    /// JSON, once it succeeded.
    pub result: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Seconds since 1970 by the database's clock.
    pub created_at: f64,
    /// When the current or last attempt was begun.
    pub started_at: Option<f64>,
    /// When it ended.
    pub finished_at: Option<f64>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// What happened and what to do; never a cell of a table.
    pub message: String,
}

/// A file that a job left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name among the job's files.
    pub name: String,
    /// Hash of its content: its name in the store.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// Media type.
    pub media_type: String,
}

/// Something that happened in a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRow {
    /// From 1, without gaps.
    pub seq: i64,
    /// Seconds since 1970 by the database's clock.
    pub at: f64,
    /// What kind.
    pub kind: String,
    /// JSON.
    pub body: String,
}

/// The columns that [`Job::of`] reads, in order.
macro_rules! columns {
    () => {
        "id, project, kind, actor, payload, state, priority, attempt, deaths, max_attempts, progress, \
         last_event, result, error_code, error, created_at, started_at, finished_at"
    };
}
pub(crate) use columns;

impl Job {
    pub(crate) fn of(row: &AnyRow) -> Result<Job> {
        let code: Option<String> = row.try_get(13)?;
        let message: Option<String> = row.try_get(14)?;
        Ok(Job {
            id: row.try_get(0)?,
            project: row.try_get(1)?,
            kind: row.try_get(2)?,
            actor: row.try_get(3)?,
            payload: row.try_get(4)?,
            state: State::of(&row.try_get::<String, _>(5)?)?,
            priority: row.try_get(6)?,
            attempt: row.try_get(7)?,
            deaths: row.try_get(8)?,
            max_attempts: row.try_get(9)?,
            progress: row.try_get(10)?,
            last_event: row.try_get(11)?,
            result: row.try_get(12)?,
            failure: code.map(|code| Failure {
                code,
                message: message.unwrap_or_default(),
            }),
            created_at: row.try_get(15)?,
            started_at: row.try_get(16)?,
            finished_at: row.try_get(17)?,
        })
    }
}
