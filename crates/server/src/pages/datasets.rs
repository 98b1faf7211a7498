//! The list of datasets, and the form that uploads one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::render::page;
use super::{Page, Trouble, Visitor, dataset, view};
use crate::api::{Multipart, project};
use crate::app::App;
use crate::problem::Problem;
use crate::upload;

/// Datasets on a page.
const SHOWN: i64 = 100;

pub(crate) async fn list(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    let all = app.records.datasets(&actor.scope, SHOWN).await?;
    let projects = app.records.projects(&actor.scope).await?;
    let rows: Vec<Value> = all.iter().map(dataset::row).collect();
    let limit = view::bytes(app.settings.limits.upload);
    let view = json!({ "title": "Datasets", "datasets": rows, "limit": limit, "projects": projects,
        "whole": rows.len() as i64 == SHOWN });
    Ok(page(&app, &actor, "datasets", "datasets.html", view))
}

/// The form with a file; the project, if it is named, comes first.
pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Multipart(mut form): Multipart,
) -> Result<Response, Trouble> {
    let broken = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "server/upload-broken",
            "The form did not arrive whole.",
            "Send the file again.",
        )
    };
    let mut own = project(&app, &actor, None).await?;
    while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
        if field.name() == Some("project") {
            let mut text = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
                text.extend_from_slice(&chunk);
                if text.len() > 200 {
                    return Err(Problem::not_found().into());
                }
            }
            own = project(&app, &actor, Some(&String::from_utf8_lossy(&text))).await?;
            continue;
        }
        let label = field.file_name().unwrap_or_default().to_owned();
        if field.name() != Some("file") || label.is_empty() {
            continue;
        }
        let stored = upload::receive(&app, field).await?;
        let made = upload::admit(&app, &actor, &own, &label, &stored).await?;
        return Ok(Redirect::to(&format!("/datasets/{}", made.id)).into_response());
    }
    Err(Problem::bad(
        "server/no-file",
        "No file was chosen.",
        "Go back and choose one.",
    )
    .into())
}
