//! What the service is and how it is.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use verdancy_engine::Options;
use verdancy_engine::options::Asked;
use verdancy_synth::Method;

use super::extract::Query;
use crate::actor::Actor;
use crate::app::App;
use crate::measure;
use crate::order::{KIND, MethodName, ModeName};
use crate::problem::{Problem, ProblemBody};
use crate::upload;

/// A word.
#[derive(Serialize, ToSchema)]
pub(crate) struct Said {
    /// `ok`.
    status: String,
}

/// True when the process answers.
#[utoipa::path(get, path = "/health", tag = "service", security(()),
    responses((status = OK, body = Said)))]
pub(crate) async fn health() -> axum::Json<Said> {
    axum::Json(Said {
        status: "ok".to_owned(),
    })
}

/// True when the database and the store can be used.
#[utoipa::path(get, path = "/ready", tag = "service", security(()),
    responses((status = OK, body = Said), (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn ready(State(app): State<App>) -> Result<axum::Json<Said>, Problem> {
    app.queue.counts(KIND).await.map_err(|_| Problem::busy(2))?;
    app.store.temporary().map_err(|_| Problem::busy(10))?;
    Ok(health().await)
}

/// Figures for Prometheus, in the text format of OpenMetrics.
#[utoipa::path(get, path = "/metrics", tag = "service", security(()),
    responses((status = OK, body = String, content_type = "application/openmetrics-text"),
        (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], measure::text(&app).await?))
}

/// Methods with their parameters, profiles, modes and limits.
#[utoipa::path(get, path = "/v1/capabilities", tag = "service",
    responses((status = OK, body = Object), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn capabilities(State(app): State<App>, _actor: Actor) -> axum::Json<Value> {
    let methods: Vec<Value> = Method::ALL
        .into_iter()
        .map(|m| json!({ "name": m.name(), "parameters": m.params() }))
        .collect();
    let limits = &app.settings.limits;
    let table = &limits.table;
    axum::Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "methods": methods,
        "modes": ["speed", "balanced", "quality"],
        "profiles": ["standard", "strict", "research"],
        "limits": {
            "upload_bytes": limits.upload,
            "unpacked_bytes": table.bytes,
            "unpacked_ratio": table.ratio,
            "table_rows": table.rows,
            "table_columns": table.columns,
            "cell_bytes": table.cell,
            "synthetic_rows": limits.rows,
            "memory_bytes": limits.memory,
            "datasets": limits.datasets,
            "project_bytes": limits.project,
            "unfinished_runs": limits.queued,
            "run_seconds": limits.run,
            "result_bytes": limits.results,
        },
    }))
}

/// What to suggest for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suggest {
    /// The dataset's id.
    dataset: String,
    /// Budget.
    mode: Option<ModeName>,
    /// Synthesizer.
    method: Option<MethodName>,
}

/// The defaults for a dataset, and what training with them will take.
#[utoipa::path(get, path = "/v1/suggest", tag = "runs", params(Suggest),
    responses((status = OK, body = Object), (status = NOT_FOUND, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody),
        (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn suggest(
    State(app): State<App>,
    actor: Actor,
    Query(asked): Query<Suggest>,
) -> Result<axum::Json<Value>, Problem> {
    let dataset = (app.records.dataset(&actor.scope, &asked.dataset).await?)
        .ok_or_else(Problem::not_found)?;
    let plan = Options {
        mode: asked.mode.map(ModeName::mode),
        method: asked.method.and_then(MethodName::method).map(Asked::Only),
        ..Options::default()
    };
    let found = upload::read(
        &app,
        &actor,
        &dataset.hash,
        &dataset.name,
        Some(&dataset.schema_toml),
        Some(plan),
    )
    .await?;
    Ok(axum::Json(json!({
        "config": found.config,
        "estimate": found.estimate,
        "division": found.division,
        "warnings": found.warnings,
    })))
}

/// A method that an address does not have.
pub(crate) async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "server/method-not-allowed",
        "This address does not take that method.",
        "See /openapi.json for those that it takes.",
    )
}
