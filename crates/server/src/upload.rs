//! Uploads: streamed to the store under a bound on bytes and on silence, then read by a child.

use std::io::Write;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::{Stream, StreamExt};
use verdancy_jobs::Stored;

use crate::access::Actor;
use crate::app::App;
use crate::child;
use crate::order::file_name;
use crate::problem::Problem;
use crate::records::Dataset;

fn too_large(limit: u64) -> Problem {
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
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Stored, Problem> {
    let _place = app.uploads.try_acquire().map_err(|_| Problem::busy(1))?;
    let limits = &app.settings.limits;
    let mut file = app.store.temporary()?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0_u64;
    loop {
        let next = tokio::time::timeout(Duration::from_secs(limits.idle), body.next()).await;
        let chunk = match next {
            Ok(None) => break,
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) | Err(_) => {
                return Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "server/upload-broken",
                    "The upload stopped before its end.",
                    "Send the file again.",
                ));
            }
        };
        bytes += chunk.len() as u64;
        if bytes > limits.upload {
            return Err(too_large(limits.upload));
        }
        hasher.update(&chunk);
        file.write_all(&chunk)?;
    }
    let store = app.store.clone();
    let stored = tokio::task::spawn_blocking(move || store.adopt(file, &hasher.finalize())).await;
    Ok(stored.map_err(|_| Problem::internal())??)
}

/// Finds out what a stored file is, and makes a dataset of it.
pub(crate) async fn admit(
    app: &App,
    actor: &Actor,
    project: &str,
    label: &str,
    stored: &Stored,
) -> Result<Dataset, Problem> {
    if app.records.count_datasets(project).await? >= app.settings.limits.datasets {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/too-many-datasets",
            "The project has as many datasets as it may have.",
            "Delete some first.",
        ));
    }
    let (found, schema_toml) = read(app, &stored.hash, label, None, &[]).await?;
    let count = |name: &str| found[name].as_i64().unwrap_or(0);
    let new = Dataset {
        id: String::new(),
        project: project.to_owned(),
        name: label
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect(),
        bytes: stored.bytes as i64,
        rows: count("rows"),
        columns: found["columns"].as_array().map_or(0, Vec::len) as i64,
        schema_toml,
        inspection: found.to_string(),
        hash: stored.hash.clone(),
        actor: actor.name.clone(),
        created_at: 0.0,
    };
    Ok(app.records.add_dataset(&new).await?)
}

/// What a child says of a stored table, and its schema as TOML.
pub(crate) async fn read(
    app: &App,
    hash: &str,
    label: &str,
    schema: Option<&str>,
    more: &[String],
) -> Result<(serde_json::Value, String), Problem> {
    let path = app.store.path(hash).ok_or_else(Problem::not_found)?;
    // Readers wait for their turn, but not for ever.
    let turn = Duration::from_secs(20);
    let _place = match tokio::time::timeout(turn, app.readers.acquire()).await {
        Ok(Ok(place)) => place,
        _ => return Err(Problem::busy(5)),
    };
    let folder = tempfile::tempdir_in(&app.settings.data)?;
    let link = folder.path().join(file_name(label));
    std::os::unix::fs::symlink(std::fs::canonicalize(path)?, &link)?;
    let file = folder.path().join("schema.toml.in");
    if let Some(schema) = schema {
        std::fs::write(&file, schema)?;
    }
    let found = child::inspect(&app.settings, &link, schema.map(|_| file.as_path()), more).await?;
    let schema: verdancy_table::Schema =
        serde_json::from_value(found["schema"].clone()).map_err(|_| Problem::internal())?;
    let text = verdancy_engine::schema_toml(&schema).map_err(|_| Problem::internal())?;
    Ok((found, text))
}
