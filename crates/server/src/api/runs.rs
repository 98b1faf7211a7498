//! Runs: asked for, watched, cancelled, repeated, compared; and the files that they left.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use verdancy_jobs::{Artifact, Filter, NewJob, State as JobState};

use super::extract::{Json, Path, Query};
use super::view::{File, Run, Status, stored};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::Where;
use crate::order::{KIND, NewRun, Order};
use crate::problem::{Problem, ProblemBody};
use crate::{forget, rights};

/// The runs that the query of an address asks for, of those that the actor may see, and what it asks.
/// A project that the actor does not see is as good as none.
pub(crate) async fn listed(
    app: &App,
    actor: &Actor,
    query: Option<&str>,
    usual: Option<i64>,
) -> Result<(Vec<Run>, Filter), Problem> {
    let query = query.unwrap_or_default();
    let mut asked = Filter::parse(query).map_err(|e| {
        Problem::bad(
            "server/bad-filter",
            format!("The list cannot be filtered by this query: {e}."),
            "See /openapi.json for what a list can be asked.",
        )
    })?;
    for which in asked.projects.iter_mut().flatten() {
        let found = app.records.project(&actor.scope, which).await?;
        *which = found.ok_or_else(Problem::not_found)?.id;
    }
    asked.limit = asked.limit.or(usual);
    let filter = Filter {
        kind: Some(KIND.to_owned()),
        ..asked.clone().within(actor.scope.projects())
    };
    let jobs = app.queue.list(&filter).await?;
    Ok((jobs.into_iter().filter_map(Run::of).collect(), asked))
}

/// Runs, the newest first.
#[utoipa::path(get, path = "/v1/runs", tag = "runs",
    params(("state" = Option<String>, Query, description = "Only those in these states, with commas between",
            pattern = "^(queued|running|cancelling|succeeded|failed|cancelled)(,(queued|running|cancelling|succeeded|failed|cancelled))*$"),
        ("project" = Option<String>, Query, description = "Only those of the project of this id or name", pattern = r"^[^\x00-\x1f\x7f-\x9f]{1,200}$"),
        ("actor" = Option<String>, Query, description = "Only those that this one asked for", pattern = r"^[^\x00-\x1f\x7f-\x9f]{1,200}$"),
        ("text" = Option<String>, Query, description = "Only those with these words in their name, their note or the name of their dataset", pattern = r"^[^\x00-\x1f\x7f-\x9f]{0,200}$"),
        ("before" = Option<String>, Query, description = "Only those older than the one with this id",
            pattern = "^[0-9a-f]{32}$"),
        ("limit" = Option<i64>, Query, description = "So many at most; 100 without it", minimum = 1, maximum = 500)),
    responses((status = OK, body = [Run]), (status = UNAUTHORIZED, body = ProblemBody),
        (status = NOT_FOUND, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    actor: Actor,
    RawQuery(query): RawQuery,
) -> Result<axum::Json<Vec<Run>>, Problem> {
    let (runs, _) = listed(&app, &actor, query.as_deref(), None).await?;
    Ok(axum::Json(runs))
}

/// Queues a run.
#[utoipa::path(post, path = "/v1/runs", tag = "runs", request_body = NewRun,
    responses((status = CREATED, body = Run), (status = NOT_FOUND, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = BAD_REQUEST, body = ProblemBody),
        (status = UNSUPPORTED_MEDIA_TYPE, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody),
        (status = CONFLICT, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
        (status = TOO_MANY_REQUESTS, body = ProblemBody)))]
pub(crate) async fn add(
    State(app): State<App>,
    actor: Actor,
    Json(new): Json<NewRun>,
) -> Result<(StatusCode, axum::Json<Run>), Problem> {
    let run = enqueue(&app, &actor, new).await?;
    Ok((StatusCode::CREATED, axum::Json(run)))
}

/// Checks and queues a run.
pub(crate) async fn enqueue(app: &App, actor: &Actor, mut new: NewRun) -> Result<Run, Problem> {
    // Said by retries only.
    new.retry_of = None;
    let (name, note) = (new.name.take(), new.note.take());
    new.call(name.as_deref(), note.as_deref())?;
    let dataset =
        (app.records.dataset(&actor.scope, &new.dataset).await?).ok_or_else(Problem::not_found)?;
    new.check(&dataset, app.settings.limits.rows)?;
    rights::may_ask(actor, &new, &dataset.schema_toml)?;
    let order = Order {
        run: new,
        name: dataset.name,
        hash: dataset.hash,
        schema: app.store.put_bytes(dataset.schema_toml.as_bytes())?.hash,
    };
    put(app, actor, &dataset.project, &order).await
}

/// An error when a project has as much as it may have.
pub(crate) async fn room(app: &App, project: &str) -> Result<(), Problem> {
    if app.records.unfinished(project).await? >= app.settings.limits.queued {
        return Err(Problem::too_many(
            "The project has as many runs and samples that have not ended as it may have.",
            "Try again when some have ended, or cancel some.",
            30,
        ));
    }
    let (_, bytes) = app.records.count_datasets(project).await?;
    let bytes = u64::try_from(bytes).unwrap_or(0);
    if bytes.saturating_add(app.queue.bytes(project).await?) > app.settings.limits.project {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/project-full",
            "The project has as many bytes of datasets and results as it may have.",
            "Delete runs, samples or datasets that are no longer needed.",
        ));
    }
    Ok(())
}

async fn put(app: &App, actor: &Actor, project: &str, order: &Order) -> Result<Run, Problem> {
    room(app, project).await?;
    let job = NewJob {
        project: project.to_owned(),
        kind: KIND.to_owned(),
        actor: actor.name.clone(),
        payload: serde_json::to_string(order).map_err(|_| Problem::internal())?,
        words: order.words(),
        holds: vec![order.hash.clone()],
        keeps: vec![order.schema.clone()],
        ..NewJob::default()
    };
    let id = app.queue.enqueue(&job).await?;
    app.queued.notify_one();
    find(app, actor, &id).await
}

/// A run that the asker may see.
pub(crate) async fn find(app: &App, actor: &Actor, id: &str) -> Result<Run, Problem> {
    let job = app.queue.get(id).await?;
    if job.kind != KIND || !actor.scope.opens(&job.project) {
        return Err(Problem::not_found());
    }
    Run::of(job).ok_or_else(Problem::internal)
}

/// A run that the asker may see and that has a result.
pub(crate) async fn finished(app: &App, actor: &Actor, id: &str) -> Result<Run, Problem> {
    let run = find(app, actor, id).await?;
    if run.state != JobState::Succeeded {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/no-result",
            "The run has no result: it has not ended, it failed, or it was cancelled.",
            "Look at its status; retry it if it has ended.",
        ));
    }
    Ok(run)
}

/// A run.
#[utoipa::path(get, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = Run), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Run>, Problem> {
    Ok(axum::Json(find(&app, &actor, &id).await?))
}

/// Where a run stands, in short.
#[utoipa::path(get, path = "/v1/runs/{id}/status", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = Status), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn status(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Status>, Problem> {
    let run = find(&app, &actor, &id).await?;
    Ok(axum::Json(Status {
        id: run.id,
        state: run.state,
        progress: run.progress,
        last_event: run.last_event,
    }))
}

/// Every figure of a finished run: scores, gates, worst columns and pairs.
#[utoipa::path(get, path = "/v1/runs/{id}/metrics", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = Object), (status = CONFLICT, body = ProblemBody),
        (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn metrics(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, Problem> {
    let run = finished(&app, &actor, &id).await?;
    let text = text_of(&app, &run.id, "report.json").await?;
    Ok(axum::Json(stored(Some(&text))))
}

/// The attempts of a run with verdict, root cause, decision and parameters; while it is running, so
/// far as they are known.
#[utoipa::path(get, path = "/v1/runs/{id}/steps", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = [Object]), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn steps(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<Value>>, Problem> {
    let run = find(&app, &actor, &id).await?;
    if run.state == JobState::Succeeded {
        let record = stored(Some(&text_of(&app, &run.id, "run.json").await?));
        return Ok(axum::Json(
            record["attempts"].as_array().cloned().unwrap_or_default(),
        ));
    }
    let events = app.queue.events(&run.id, 0, 10_000).await?;
    let told = ["parameters", "estimate", "trained", "judged", "decided"];
    let steps = (events.iter().filter(|e| told.contains(&e.kind.as_str())))
        .map(|e| stored(Some(&e.body)))
        .collect();
    Ok(axum::Json(steps))
}

/// The files that a run left.
#[utoipa::path(get, path = "/v1/runs/{id}/artifacts", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = [File]), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn artifacts(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<File>>, Problem> {
    let run = find(&app, &actor, &id).await?;
    let files = app.queue.artifacts(&run.id).await?;
    let shown = (files.into_iter())
        .filter(|f| rights::may_have(&actor, &f.name).is_ok())
        .map(|f| File {
            name: f.name,
            hash: f.hash,
            bytes: f.bytes,
            media_type: f.media_type,
        })
        .collect();
    Ok(axum::Json(shown))
}

/// How a file is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// CSV only: true for cells that no spreadsheet takes for a formula (a quote before = + - @).
    /// Without it the file is sent exactly as it was written.
    spreadsheet: Option<bool>,
}

impl Wanted {
    /// True when the file of this name is to be made safe.
    pub(super) fn safe(&self, name: &str) -> Result<bool, Problem> {
        let safe = self.spreadsheet == Some(true);
        if safe && !name.ends_with(".csv") {
            return Err(Problem::bad(
                "server/not-csv",
                "Only CSV can be made safe for spreadsheets.",
                "Leave out `spreadsheet`.",
            ));
        }
        Ok(safe)
    }
}

/// A file that a run left, exactly as it was written, or safe for spreadsheets.
#[utoipa::path(get, path = "/v1/runs/{id}/artifacts/{name}", tag = "runs",
    params(("id" = String, Path), ("name" = String, Path), Wanted),
    responses((status = OK, body = Value, content_type = "*/*"),
        (status = NOT_FOUND, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody),
        (status = FORBIDDEN, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn artifact(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path((id, name)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let run = find(&app, &actor, &id).await?;
    rights::may_have(&actor, &name)?;
    let file = artifact_of(&app, &run.id, &name).await?;
    let safe = wanted.safe(&file.name)?;
    app.audit
        .note(&actor, place, "download", &run.id, Some(&file.name));
    sent(&app, &file, safe, Some(&run.name)).await
}

async fn artifact_of(app: &App, id: &str, name: &str) -> Result<Artifact, Problem> {
    let files = app.queue.artifacts(id).await?;
    (files.into_iter().find(|f| f.name == name)).ok_or_else(Problem::not_found)
}

pub(crate) async fn text_of(app: &App, id: &str, name: &str) -> Result<String, Problem> {
    let file = artifact_of(app, id, name).await?;
    content_of(app, &file.hash).await
}

/// A stored text.
pub(crate) async fn content_of(app: &App, hash: &str) -> Result<String, Problem> {
    let (store, hash) = (app.store.clone(), hash.to_owned());
    let text = tokio::task::spawn_blocking(move || store.text(&hash)).await;
    (text.map_err(|_| Problem::internal())??).ok_or_else(Problem::not_found)
}

/// The content of a file; to be saved under a name that begins with that of its `table`.
pub(super) async fn sent(
    app: &App,
    file: &Artifact,
    safe: bool,
    table: Option<&str>,
) -> Result<Response, Problem> {
    let content = app.store.read(&file.hash)?.ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&file.media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Some(table) = table {
        let stem = crate::names::file_name(table.split('.').next().unwrap_or("run"));
        let label = format!("{stem}-{}", file.name.replace('/', "-"));
        let label = label.replace(|c: char| !c.is_ascii(), "_");
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{label}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    (app.counts.sent_bytes).fetch_add(file.bytes, Ordering::Relaxed);
    let body = if safe {
        Body::from_stream(super::spreadsheet::safe(content))
    } else {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.bytes));
        Body::from_stream(super::spreadsheet::pieces(content))
    };
    Ok((headers, body).into_response())
}

/// The report page of a finished run.
#[utoipa::path(get, path = "/v1/runs/{id}/report", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = String, content_type = "text/html"),
        (status = CONFLICT, body = ProblemBody), (status = NOT_FOUND, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn report(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    report_of(&app, &actor, &id).await
}

/// The report with a policy of its own: nothing but its styles.
pub(crate) async fn report_of(app: &App, actor: &Actor, id: &str) -> Result<Response, Problem> {
    let run = finished(app, actor, id).await?;
    let file = artifact_of(app, &run.id, "report.html").await?;
    let mut response = sent(app, &file, false, None).await?;
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox",
        ),
    );
    Ok(response)
}

/// Asks for a run's end.
#[utoipa::path(post, path = "/v1/runs/{id}/cancel", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = Run), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Run>, Problem> {
    let run = find(&app, &actor, &id).await?;
    app.queue.cancel(&run.id).await?;
    Ok(axum::Json(find(&app, &actor, &id).await?))
}

/// Asks a run to stop after its step and to keep the best that it has.
#[utoipa::path(post, path = "/v1/runs/{id}/finish", tag = "runs", params(("id" = String, Path)),
    responses((status = OK, body = Run), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn finish(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Run>, Problem> {
    let run = find(&app, &actor, &id).await?;
    app.queue.finish(&run.id).await?;
    Ok(axum::Json(find(&app, &actor, &id).await?))
}

/// What people call a run.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    /// A name; without it, that of the dataset. Control characters are left out.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What is to be remembered of it. Control characters are left out.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// Names a run, and notes something about it.
#[utoipa::path(put, path = "/v1/runs/{id}/label", tag = "runs", params(("id" = String, Path)), request_body = Label,
    responses((status = OK, body = Run), (status = NOT_FOUND, body = ProblemBody),
        (status = BAD_REQUEST, body = ProblemBody), (status = UNSUPPORTED_MEDIA_TYPE, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn label(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Json(label): Json<Label>,
) -> Result<axum::Json<Run>, Problem> {
    Ok(axum::Json(call(&app, &actor, &id, &label).await?))
}

/// Gives a run another name and note.
pub(crate) async fn call(
    app: &App,
    actor: &Actor,
    id: &str,
    label: &Label,
) -> Result<Run, Problem> {
    let run = find(app, actor, id).await?;
    let job = app.queue.get(&run.id).await?;
    let mut order: Order = serde_json::from_str(&job.payload).map_err(|_| Problem::internal())?;
    (order.run).call(label.name.as_deref(), label.note.as_deref())?;
    let payload = serde_json::to_string(&order).map_err(|_| Problem::internal())?;
    app.queue.amend(&job.id, &payload, &order.words()).await?;
    find(app, actor, id).await
}

/// Deletes a run that has ended, with its model, its results and everything that was told of it.
#[utoipa::path(delete, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemBody), (status = CONFLICT, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let run = find(&app, &actor, &id).await?;
    forget::run(&app, &run.id).await?;
    app.audit.note(&actor, place, "run-deleted", &run.id, None);
    Ok(StatusCode::NO_CONTENT)
}

/// Queues the same run once more, with the same data, schema, parameters and seed.
#[utoipa::path(post, path = "/v1/runs/{id}/retry", tag = "runs", params(("id" = String, Path)),
    responses((status = CREATED, body = Run), (status = NOT_FOUND, body = ProblemBody),
        (status = CONFLICT, body = ProblemBody), (status = TOO_MANY_REQUESTS, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn retry(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<(StatusCode, axum::Json<Run>), Problem> {
    let run = retry_of(&app, &actor, &id).await?;
    Ok((StatusCode::CREATED, axum::Json(run)))
}

/// Queues the same again.
pub(crate) async fn retry_of(app: &App, actor: &Actor, id: &str) -> Result<Run, Problem> {
    let run = find(app, actor, id).await?;
    let job = app.queue.get(&run.id).await?;
    let mut order: Order = serde_json::from_str(&job.payload).map_err(|_| Problem::internal())?;
    if !app.store.has(&order.hash) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/data-gone",
            "The dataset was deleted, and its content with it.",
            "Upload it again and ask for a new run.",
        ));
    }
    order.run.retry_of = Some(job.id);
    put(app, actor, &job.project, &order).await
}

/// Of a comparison.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compared {
    /// Ids of runs, separated by commas; two to eight.
    #[param(pattern = "^[0-9a-f]{32}(,[0-9a-f]{32}){1,7}$")]
    runs: String,
}

/// Gates and parameters of several runs, side by side.
#[utoipa::path(get, path = "/v1/compare", tag = "runs", params(Compared),
    responses((status = OK, body = Object), (status = NOT_FOUND, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn compare(
    State(app): State<App>,
    actor: Actor,
    Query(asked): Query<Compared>,
) -> Result<axum::Json<Value>, Problem> {
    let runs = compare_of(&app, &actor, &asked.runs).await?;
    Ok(axum::Json(json!({ "runs": runs })))
}

/// The runs to be compared.
pub(crate) async fn compare_of(app: &App, actor: &Actor, ids: &str) -> Result<Vec<Run>, Problem> {
    let ids: Vec<&str> = ids
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    if !(2..=8).contains(&ids.len()) {
        return Err(Problem::bad(
            "server/bad-comparison",
            "A comparison takes two to eight runs.",
            "Name their ids, separated by commas.",
        ));
    }
    let mut runs = Vec::new();
    for id in ids {
        runs.push(find(app, actor, id).await?);
    }
    Ok(runs)
}
