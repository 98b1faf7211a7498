//! Datasets: uploaded tables, what is understood of them, and what their columns mean.

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Listing, Path, Query};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::Where;
use crate::problem::{Problem, ProblemBody};
use crate::records::{Dataset, Listed};
use crate::scope::Scope;
use crate::{forget, rights, upload};

/// Rows of a preview at most.
const PREVIEW: u32 = 100;
/// Bytes of a schema.toml at most.
const SCHEMA: usize = 4 << 20;

/// Datasets that the key opens, the newest first.
#[utoipa::path(get, path = "/v1/datasets", tag = "datasets", params(Listing),
    responses((status = OK, body = [Listed]), (status = UNAUTHORIZED, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(asked): Query<Listing>,
) -> Result<axum::Json<Vec<Listed>>, Problem> {
    let (before, limit) = asked.checked()?;
    let found = match before {
        Some(before) => {
            (app.records)
                .datasets_before(&actor.scope, &before, limit)
                .await?
        }
        None => app.records.datasets(&actor.scope, limit).await?,
    };
    Ok(axum::Json(found))
}

/// Of an upload.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    /// The table's name, for people. Control characters and what lies beyond 200 characters are left out.
    name: String,
    /// Id or name of its project; without it, the key's own, or `default`.
    project: Option<String>,
}

/// The project that is meant.
pub(crate) async fn project(
    app: &App,
    actor: &Actor,
    asked: Option<&str>,
) -> Result<String, Problem> {
    let which = match (&actor.scope, asked) {
        (_, Some(which)) => which,
        (Scope::Project(own), None) => own,
        (Scope::All, None) => "default",
    };
    let found = app.records.project(&actor.scope, which).await?;
    found.map(|p| p.id).ok_or_else(Problem::not_found)
}

/// Uploads a table: CSV, Parquet, Arrow IPC or NDJSON, plain, gzip or Zstandard; the content says which.
#[utoipa::path(post, path = "/v1/datasets", tag = "datasets", params(Upload),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = CREATED, body = Dataset), (status = UNPROCESSABLE_ENTITY, body = ProblemBody),
        (status = NOT_FOUND, body = ProblemBody), (status = PAYLOAD_TOO_LARGE, body = ProblemBody),
        (status = REQUEST_TIMEOUT, body = ProblemBody), (status = CONFLICT, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn add(
    State(app): State<App>,
    actor: Actor,
    Query(asked): Query<Upload>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Dataset>), Problem> {
    let project = project(&app, &actor, asked.project.as_deref()).await?;
    let stored = upload::receive(&app, &actor, body.into_data_stream()).await?;
    let made = upload::admit(&app, &actor, &project, &asked.name, &stored).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

async fn one(app: &App, actor: &Actor, id: &str) -> Result<Dataset, Problem> {
    (app.records.dataset(&actor.scope, id).await?).ok_or_else(Problem::not_found)
}

/// A dataset.
#[utoipa::path(get, path = "/v1/datasets/{id}", tag = "datasets", params(("id" = String, Path)),
    responses((status = OK, body = Dataset), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Dataset>, Problem> {
    Ok(axum::Json(one(&app, &actor, &id).await?))
}

/// What goes with a dataset.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removal {
    /// True to keep the runs that were made from it. Their models and results stay; without it they go too. Samples around
    /// its cells go in either case.
    #[serde(default)]
    keep_runs: bool,
}

/// Deletes a dataset with the runs that were made from it: their models, results and events. Runs that have not
/// ended are cancelled.
#[utoipa::path(delete, path = "/v1/datasets/{id}", tag = "datasets", params(("id" = String, Path), Removal),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
    Query(asked): Query<Removal>,
) -> Result<StatusCode, Problem> {
    let dataset = one(&app, &actor, &id).await?;
    forget::dataset(&app, &dataset, asked.keep_runs).await?;
    app.audit
        .note(&actor, place, "dataset-deleted", &dataset.id, None);
    Ok(StatusCode::NO_CONTENT)
}

/// What is understood of a dataset, in aggregates: columns, ranges, frequent levels.
#[utoipa::path(get, path = "/v1/datasets/{id}/profile", tag = "datasets", params(("id" = String, Path)),
    responses((status = OK, body = Object), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn profile(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let dataset = one(&app, &actor, &id).await?;
    Ok(axum::Json(super::view::stored(Some(&dataset.inspection))))
}

/// Of a preview.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    /// So many rows; 20 without it.
    #[param(minimum = 1, maximum = 100)]
    rows: Option<u32>,
}

/// The first rows of a table.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirstRows {
    /// Names of the columns.
    columns: Vec<String>,
    /// Cells as texts, row by row; null where one is missing.
    rows: Vec<Vec<Option<String>>>,
}

/// The first rows of a dataset as they stand in its file, for keys that may see rows of real tables.
#[utoipa::path(get, path = "/v1/datasets/{id}/preview", tag = "datasets",
    params(("id" = String, Path), Preview),
    responses((status = OK, body = FirstRows), (status = NOT_FOUND, body = ProblemBody),
        (status = FORBIDDEN, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn preview(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
    Query(asked): Query<Preview>,
) -> Result<axum::Json<FirstRows>, Problem> {
    let dataset = one(&app, &actor, &id).await?;
    let rows = asked.rows.unwrap_or(20);
    if !(1..=PREVIEW).contains(&rows) {
        return Err(Problem::bad(
            "server/bad-limit",
            "The number of rows is out of range.",
            "Ask for 1 to 100.",
        ));
    }
    app.audit.note(&actor, place, "preview", &dataset.id, None);
    let found = upload::first_rows(&app, &actor, &dataset, rows).await?;
    Ok(axum::Json(FirstRows {
        columns: found.columns,
        rows: found.rows,
    }))
}

/// What the columns of a dataset mean, as `schema.toml`.
#[utoipa::path(get, path = "/v1/datasets/{id}/schema", tag = "datasets", params(("id" = String, Path)),
    responses((status = OK, body = String, content_type = "application/toml"),
        (status = NOT_FOUND, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn schema(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let dataset = one(&app, &actor, &id).await?;
    Ok((
        [(header::CONTENT_TYPE, "application/toml")],
        dataset.schema_toml,
    ))
}

/// Says what the columns of a dataset mean; runs asked for from now on use it.
#[utoipa::path(put, path = "/v1/datasets/{id}/schema", tag = "datasets", params(("id" = String, Path)),
    request_body(content = String, content_type = "application/toml"),
    responses((status = OK, body = Dataset), (status = NOT_FOUND, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = PAYLOAD_TOO_LARGE, body = ProblemBody),
        (status = FORBIDDEN, body = ProblemBody), (status = TOO_MANY_REQUESTS, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn set_schema(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    body: Body,
) -> Result<axum::Json<Dataset>, Problem> {
    let dataset = one(&app, &actor, &id).await?;
    let bytes = axum::body::to_bytes(body, SCHEMA).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "server/schema-too-large",
            "The schema is too large, or did not arrive whole.",
            "Send a smaller one.",
        )
    })?;
    let text = String::from_utf8(bytes.into()).map_err(|_| {
        Problem::bad(
            "server/not-understood",
            "The schema is not UTF-8.",
            "Send TOML as UTF-8.",
        )
    })?;
    if text.trim().is_empty() {
        return Err(Problem::bad(
            "server/not-understood",
            "The request brings no schema.",
            "Send the schema as its body.",
        ));
    }
    store_schema(&app, &actor, &dataset, &text).await?;
    Ok(axum::Json(one(&app, &actor, &id).await?))
}

/// Reads the dataset again under another schema and keeps that when it fits.
pub(crate) async fn store_schema(
    app: &App,
    actor: &Actor,
    dataset: &Dataset,
    text: &str,
) -> Result<(), Problem> {
    rights::may_say(actor, &dataset.schema_toml, text)?;
    let (found, schema) =
        upload::understand(app, actor, &dataset.hash, &dataset.name, Some(text)).await?;
    // What the text does not name is found by looking.
    rights::may_say(actor, &dataset.schema_toml, &schema)?;
    (app.records
        .set_schema(&dataset.id, &schema, &Dataset::stored(&found)))
    .await?;
    Ok(())
}
