//! Uploads: streamed to the store under a bound on bytes, then read by a child.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::{Stream, StreamExt};
use verdancy_engine::{FirstRows, Inspection, Options, Wanted};
use verdancy_jobs::Stored;

use crate::access;
use crate::actor::Actor;
use crate::app::App;
use crate::child;
use crate::names::{self, file_name};
use crate::problem::Problem;
use crate::readings::question;
use crate::records::Dataset;
use crate::sample::Lent;
use crate::shares::Place;

/// Time that a request waits for a reader.
const TURN: Duration = Duration::from_secs(20);

fn broken() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "server/upload-broken",
        "The upload stopped before its end, or came too slowly.",
        "Send the file again.",
    )
}

pub(crate) fn too_large(limit: u64) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "server/upload-too-large",
        &format!("The file is larger than the {limit} bytes allowed."),
        "Upload a smaller or a compressed file.",
    )
}

/// Takes in a stream of bytes.
pub(crate) async fn receive<E>(
    app: &App,
    actor: &Actor,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Stored, Problem> {
    let limits = &app.settings.limits;
    // The slowest upload that is borne: the largest file at the least rate.
    let longest = Duration::from_secs(limits.upload / limits.rate.max(1));
    let place = app.uploads.try_take(actor.tenant());
    let _place = place.map_err(|full| full.problem(longest))?;
    let mut file = app.store.incoming()?;
    let mut bytes = 0_u64;
    // A body that stops coming ends with an error.
    while let Some(next) = body.next().await {
        let chunk = next.map_err(|_| broken())?;
        bytes += chunk.len() as u64;
        if bytes > limits.upload {
            return Err(too_large(limits.upload));
        }
        file.write_all(&chunk)?;
    }
    let stored = tokio::task::spawn_blocking(move || file.finish()).await;
    let stored = stored.map_err(|_| Problem::internal())??;
    app.counts.uploads.fetch_add(1, Ordering::Relaxed);
    (app.counts.upload_bytes).fetch_add(bytes, Ordering::Relaxed);
    Ok(stored)
}

/// Finds out what a stored file is, and makes a dataset of it.
pub(crate) async fn admit(
    app: &App,
    actor: &Actor,
    project: &str,
    label: &str,
    stored: &Stored,
) -> Result<Dataset, Problem> {
    let limits = &app.settings.limits;
    let (datasets, bytes) = app.records.count_datasets(project).await?;
    let whole = (u64::try_from(bytes).unwrap_or(0))
        .saturating_add(app.queue.bytes(project).await?)
        .saturating_add(stored.bytes);
    if datasets >= limits.datasets || whole > limits.project {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/too-many-datasets",
            "The project has as many datasets, or bytes of datasets and results, as it may have.",
            "Delete some first.",
        ));
    }
    let (found, schema_toml) = understand(app, actor, &stored.hash, label, None).await?;
    // Reading may have taken long; the key may have been revoked meanwhile.
    access::still(app, actor).await?;
    let new = Dataset {
        id: String::new(),
        project: project.to_owned(),
        name: names::label(label),
        bytes: stored.bytes as i64,
        rows: found.rows as i64,
        columns: found.columns.len() as i64,
        schema_toml,
        inspection: Dataset::stored(&found),
        hash: stored.hash.clone(),
        actor: actor.name.clone(),
        created_at: 0.0,
    };
    Ok(app.records.add_dataset(&new).await?)
}

/// A place to read at. Readers wait for their turn, up to a limit.
async fn turn(app: &App, tenant: &str) -> Result<Place, Problem> {
    let place = app.readers.take(tenant, TURN).await;
    let longest = Duration::from_secs(app.settings.limits.reading);
    place.map_err(|full| full.problem(longest))
}

/// Whether rows may be asked for of a model that has this schema, around the cells of `given` where there are some.
pub(crate) async fn check(
    app: &App,
    actor: &Actor,
    given: Option<&Lent>,
    wanted: Wanted,
    rows: Option<u64>,
    schema: String,
) -> Result<(), Problem> {
    let Some(Lent { name, hash }) = given else {
        let _place = turn(app, actor.tenant()).await?;
        return child::check(&app.settings, Path::new(""), wanted, rows, schema).await;
    };
    let (_place, _folder, link) = lent(app, actor.tenant(), hash, name).await?;
    child::check(&app.settings, &link, wanted, rows, schema).await
}

/// A stored table under its name, in a folder for a child to read from.
async fn lent(
    app: &App,
    tenant: &str,
    hash: &str,
    label: &str,
) -> Result<(Place, tempfile::TempDir, PathBuf), Problem> {
    if !app.store.has(hash) {
        return Err(Problem::not_found());
    }
    let place = turn(app, tenant).await?;
    let folder = app.desk.place()?;
    let link = folder.path().join(file_name(label));
    let (store, hash, at) = (app.store.clone(), hash.to_owned(), link.clone());
    let lent = tokio::task::spawn_blocking(move || store.lend(&hash, &at)).await;
    match lent.map_err(|_| Problem::internal())?? {
        true => Ok((place, folder, link)),
        false => Err(Problem::not_found()),
    }
}

/// What is understood of a stored table; `plan` says of what run the cost is estimated.
pub(crate) async fn read(
    app: &App,
    actor: &Actor,
    hash: &str,
    label: &str,
    schema: Option<&str>,
    plan: Option<Options>,
) -> Result<Inspection, Problem> {
    let plan = plan.unwrap_or_else(child::cheap);
    let question = question(hash, label, schema, &plan);
    if let Some(found) = app.readings.find(question) {
        return Ok(found);
    }
    let (_place, _folder, link) = lent(app, actor.tenant(), hash, label).await?;
    let found = child::inspect(&app.settings, &link, schema, plan).await?;
    app.readings.keep(question, &found);
    Ok(found)
}

/// What is understood of a stored table, without what a training would take, and its schema as TOML.
pub(crate) async fn understand(
    app: &App,
    actor: &Actor,
    hash: &str,
    label: &str,
    schema: Option<&str>,
) -> Result<(Inspection, String), Problem> {
    let mut found = read(app, actor, hash, label, schema, None).await?;
    (found.config, found.estimate) = (None, None);
    let text = verdancy_engine::schema_toml(&found.schema).map_err(|_| Problem::internal())?;
    Ok((found, text))
}

/// The first rows of a stored table, as they stand in its file.
pub(crate) async fn first_rows(
    app: &App,
    actor: &Actor,
    dataset: &Dataset,
    rows: u32,
) -> Result<FirstRows, Problem> {
    let (_place, _folder, link) = lent(app, actor.tenant(), &dataset.hash, &dataset.name).await?;
    child::first_rows(&app.settings, &link, rows).await
}
