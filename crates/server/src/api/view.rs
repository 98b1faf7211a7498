//! Jobs as the API shows them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use verdancy_jobs::Job;

use crate::app::App;
use crate::order::{NewRun, Order};
use crate::problem::ProblemBody;
use crate::sample::{self, Asked};
use crate::told::{Course, Drawn, Summary};

/// A run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Run {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub project: String,
    /// The dataset's name.
    pub name: String,
    /// `queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`.
    #[schema(value_type = String)]
    pub state: verdancy_jobs::State,
    /// What was asked for.
    pub run: NewRun,
    /// Who asked for it.
    pub actor: String,
    /// What its columns meant, by the hash of a file.
    #[serde(skip)]
    #[schema(ignore)]
    pub schema: String,
    /// How often a worker began it.
    pub begun: i64,
    /// How far it has come.
    #[schema(value_type = Object)]
    pub progress: Course,
    /// What came of it, once it succeeded: verdict, gates, effective parameters, times.
    #[schema(value_type = Object, nullable)]
    pub result: Option<Summary>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Number of its last event.
    pub last_event: i64,
    /// Seconds since 1970.
    pub created_at: f64,
    /// Seconds since 1970.
    pub started_at: Option<f64>,
    /// Seconds since 1970.
    pub finished_at: Option<f64>,
}

/// Why a run failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Failure {
    /// Stable code.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
}

/// Where a run stands, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Status {
    /// Its id.
    pub id: String,
    /// Its state.
    #[schema(value_type = String)]
    pub state: verdancy_jobs::State,
    /// How far it has come.
    #[schema(value_type = Object)]
    pub progress: Course,
    /// Number of its last event.
    pub last_event: i64,
}

/// A file that a run left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct File {
    /// Its name, also in the address.
    pub name: String,
    /// BLAKE3 of its content.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
}

/// Rows that were asked for of a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Sample {
    /// Its id.
    pub id: String,
    /// The run whose model draws.
    pub run: String,
    /// `queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`.
    #[schema(value_type = String)]
    pub state: verdancy_jobs::State,
    /// What was asked for.
    pub asked: Asked,
    /// Who asked for it.
    pub actor: String,
    /// Rows that are drawn so far.
    pub rows: Option<u64>,
    /// What came of it, once it succeeded.
    #[schema(nullable)]
    pub result: Option<Drawn>,
    /// Why it failed.
    #[schema(nullable)]
    pub failure: Option<ProblemBody>,
    /// Seconds since 1970.
    pub created_at: f64,
    /// Seconds since 1970.
    pub started_at: Option<f64>,
    /// Seconds since 1970.
    pub finished_at: Option<f64>,
}

impl Sample {
    pub fn of(app: &App, job: Job) -> verdancy_jobs::Result<Sample> {
        let order: sample::Order = serde_json::from_str(&job.payload)
            .map_err(|e| verdancy_jobs::Error::Row(e.to_string()))?;
        let course: Course = of_text(job.progress.as_deref()).unwrap_or_default();
        Ok(Sample {
            asked: order.asked(app)?,
            id: job.id,
            run: order.run,
            state: job.state,
            actor: job.actor,
            rows: course.rows,
            result: of_text(job.result.as_deref()),
            failure: job.failure.map(|f| sample::failure(app, f)),
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        })
    }
}

/// JSON that was stored as text; null where there is none.
pub(crate) fn stored(text: Option<&str>) -> Value {
    text.and_then(|t| serde_json::from_str(t).ok())
        .unwrap_or(Value::Null)
}

/// What was stored as text; none where there is none, or when another version stored it.
fn of_text<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    text.and_then(|t| serde_json::from_str(t).ok())
}

impl Run {
    /// What people call it: its own name, or its dataset's.
    pub fn called(&self) -> &str {
        self.run.name.as_deref().unwrap_or(&self.name)
    }

    pub fn of(job: Job) -> Option<Run> {
        let order: Order = serde_json::from_str(&job.payload).ok()?;
        Some(Run {
            id: job.id,
            project: job.project,
            name: order.name,
            schema: order.schema,
            state: job.state,
            run: order.run,
            actor: job.actor,
            begun: job.attempt,
            progress: of_text(job.progress.as_deref()).unwrap_or_default(),
            result: of_text(job.result.as_deref()),
            failure: job.failure.map(|f| Failure {
                code: f.code,
                message: f.message,
            }),
            last_event: job.last_event,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        })
    }
}
