//! More rows of a finished run: asked for, watched, cancelled, fetched and deleted.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use verdancy_jobs::{Job, NewJob, State as JobState};

use super::extract::{Json, Path, Query};
use super::runs::{Wanted, find, finished, room, sent, text_of};
use super::view::{Run, Sample};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::Where;
use crate::names::file_name;
use crate::problem::{Problem, ProblemBody};
use crate::sample::{Given, KIND, Lent, NewSample, Order, lines};
use crate::{access, forget, rights, upload};

/// Samples of a run in a list, at most.
const LISTED: i64 = 100;

/// A sample that the asker may see, of a run that they may see.
async fn one(app: &App, actor: &Actor, run: &str, id: &str) -> Result<Sample, Problem> {
    let run = find(app, actor, run).await?;
    let job = app.queue.get(id).await?;
    let parent = app.queue.parent(id).await?;
    if job.kind != KIND || parent.as_deref() != Some(&*run.id) {
        return Err(Problem::not_found());
    }
    shown(app, job)
}

fn shown(app: &App, job: Job) -> Result<Sample, Problem> {
    Ok(Sample::of(app, job)?)
}

/// The samples of a run, the newest first.
pub(crate) async fn all(app: &App, run: &Run) -> Result<Vec<Sample>, Problem> {
    let jobs = app.queue.children(&run.id, LISTED).await?;
    (jobs.into_iter())
        .filter(|job| job.kind == KIND)
        .map(|job| shown(app, job))
        .collect()
}

/// The samples that were asked for of a run, the newest first; 100 at most.
#[utoipa::path(get, path = "/v1/runs/{id}/samples", tag = "samples", params(("id" = String, Path)),
    responses((status = OK, body = [Sample]), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<Sample>>, Problem> {
    let run = find(&app, &actor, &id).await?;
    Ok(axum::Json(all(&app, &run).await?))
}

/// Queues the drawing of rows from the model of a finished run: any rows, rows that meet a condition, rows around given
/// cells, or rows with the classes in given shares. A condition that cannot be read, or that speaks of columns that there are
/// not, is refused at once; levels that the model does not draw and conditions that no row meets are told as `failure`.
#[utoipa::path(post, path = "/v1/runs/{id}/samples", tag = "samples", params(("id" = String, Path)),
    request_body = NewSample,
    responses((status = CREATED, body = Sample), (status = NOT_FOUND, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody), (status = BAD_REQUEST, body = ProblemBody),
        (status = UNSUPPORTED_MEDIA_TYPE, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody),
        (status = CONFLICT, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
        (status = TOO_MANY_REQUESTS, body = ProblemBody), (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn add(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
    Json(new): Json<NewSample>,
) -> Result<(StatusCode, axum::Json<Sample>), Problem> {
    let sample = enqueue(&app, &actor, place, &id, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(sample)))
}

/// Checks and queues the drawing of rows.
pub(crate) async fn enqueue(
    app: &App,
    actor: &Actor,
    place: Where,
    id: &str,
    new: &NewSample,
) -> Result<Sample, Problem> {
    let run = finished(app, actor, id).await?;
    new.check(app.settings.limits.rows)?;
    rights::may_give(actor, new.given.is_some())?;
    room(app, &run.project).await?;
    let model = model(app, &run).await?;
    let schema = text_of(app, &run.id, "schema.toml").await?;
    let (given, dataset) = given(app, actor, &run, new).await?;
    let asked = new.asked();
    upload::check(
        app,
        actor,
        given.as_ref(),
        asked.wanted(),
        asked.rows,
        schema,
    )
    .await?;
    // Reading may have taken long; the key may have been revoked meanwhile.
    access::still(app, actor).await?;
    let text = serde_json::to_string(&asked).map_err(|_| Problem::internal())?;
    let order = Order {
        run: run.id.clone(),
        asked: app.records.sealed(&text)?,
        model,
        given,
        dataset,
    };
    let job = NewJob {
        project: run.project,
        kind: KIND.to_owned(),
        actor: actor.name.clone(),
        payload: serde_json::to_string(&order).map_err(|_| Problem::internal())?,
        holds: order.holds(),
        parent: Some(run.id.clone()),
        ..NewJob::default()
    };
    let made = app.queue.enqueue(&job).await?;
    app.queued.notify_one();
    app.audit.note(actor, place, "sample", &made, Some(&run.id));
    one(app, actor, &run.id, &made).await
}

/// The files of a run's model.
async fn model(app: &App, run: &Run) -> Result<Vec<Lent>, Problem> {
    let files = app.queue.artifacts(&run.id).await?;
    let model: Vec<Lent> = (files.into_iter())
        .filter_map(|file| {
            let name = file.name.strip_prefix("model/")?.to_owned();
            let hash = file.hash;
            (!name.contains('/')).then_some(Lent { name, hash })
        })
        .collect();
    if model.is_empty() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/no-model",
            "The run has kept no model.",
            "Retry it, and ask for rows of the new run.",
        ));
    }
    Ok(model)
}

/// The table of given cells, and the dataset that it is.
async fn given(
    app: &App,
    actor: &Actor,
    run: &Run,
    new: &NewSample,
) -> Result<(Option<Lent>, Option<String>), Problem> {
    Ok(match &new.given {
        None => (None, None),
        Some(Given::Rows(rows)) => {
            let hash = app.store.put_bytes(lines(rows).as_bytes())?.hash;
            let name = "given.ndjson".to_owned();
            (Some(Lent { name, hash }), None)
        }
        Some(Given::Dataset(id)) => {
            let found = app.records.dataset(&actor.scope, id).await?;
            // Cells of another project are not for those who see this run.
            let found = found.filter(|dataset| dataset.project == run.project);
            let found = found.ok_or_else(Problem::not_found)?;
            let name = file_name(&found.name);
            let lent = Lent {
                name,
                hash: found.hash,
            };
            (Some(lent), Some(found.id))
        }
    })
}

/// A sample: where it stands, and what came of it or why nothing did.
#[utoipa::path(get, path = "/v1/runs/{id}/samples/{sample}", tag = "samples",
    params(("id" = String, Path), ("sample" = String, Path)),
    responses((status = OK, body = Sample), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    actor: Actor,
    Path((id, sample)): Path<(String, String)>,
) -> Result<axum::Json<Sample>, Problem> {
    Ok(axum::Json(one(&app, &actor, &id, &sample).await?))
}

/// The rows of a sample, exactly as they were written, or safe for spreadsheets.
#[utoipa::path(get, path = "/v1/runs/{id}/samples/{sample}/rows", tag = "samples",
    params(("id" = String, Path), ("sample" = String, Path), Wanted),
    responses((status = OK, body = Value, content_type = "*/*"),
        (status = NOT_FOUND, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody),
        (status = CONFLICT, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn rows(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path((id, sample)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let run = find(&app, &actor, &id).await?;
    let sample = one(&app, &actor, &id, &sample).await?;
    rights::may_give(&actor, sample.asked.given.is_some())?;
    if sample.state != JobState::Succeeded {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/no-result",
            "The sample has no rows: it has not ended, it failed, or it was cancelled.",
            "Look at its state; ask for the rows again if it has ended.",
        ));
    }
    let files = app.queue.artifacts(&sample.id).await?;
    let file = files.first().ok_or_else(Problem::not_found)?;
    let safe = wanted.safe(&file.name)?;
    app.audit
        .note(&actor, place, "download", &sample.id, Some(&file.name));
    sent(&app, file, safe, Some(&run.name)).await
}

/// Asks for a sample's end.
#[utoipa::path(post, path = "/v1/runs/{id}/samples/{sample}/cancel", tag = "samples",
    params(("id" = String, Path), ("sample" = String, Path)),
    responses((status = OK, body = Sample), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    actor: Actor,
    Path((id, sample)): Path<(String, String)>,
) -> Result<axum::Json<Sample>, Problem> {
    Ok(axum::Json(end(&app, &actor, &id, &sample).await?))
}

/// Asks for its end.
pub(crate) async fn end(app: &App, actor: &Actor, run: &str, id: &str) -> Result<Sample, Problem> {
    let sample = one(app, actor, run, id).await?;
    app.queue.cancel(&sample.id).await?;
    one(app, actor, run, id).await
}

/// Deletes a sample that has ended, with its rows.
#[utoipa::path(delete, path = "/v1/runs/{id}/samples/{sample}", tag = "samples",
    params(("id" = String, Path), ("sample" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemBody), (status = CONFLICT, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path((id, sample)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    delete(&app, &actor, place, &id, &sample).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes it.
pub(crate) async fn delete(
    app: &App,
    actor: &Actor,
    place: Where,
    run: &str,
    id: &str,
) -> Result<(), Problem> {
    let sample = one(app, actor, run, id).await?;
    forget::sample(app, &sample.id).await?;
    app.audit
        .note(actor, place, "sample-deleted", &sample.id, Some(run));
    Ok(())
}
