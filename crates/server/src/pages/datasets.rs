//! The list of datasets, and the form that uploads one.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::render::page;
use super::{Page, Trouble, Visitor, dataset, help, view};
use crate::actor::Actor;
use crate::api::{Multipart, project};
use crate::app::App;
use crate::problem::{Code, Problem};
use crate::upload;

/// Datasets on a page.
const SHOWN: i64 = 100;

pub(crate) async fn list(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    Ok(shown(&app, &actor, None).await?)
}

/// The list, with what was wrong with an upload.
async fn shown(
    app: &App,
    actor: &Actor,
    trouble: Option<&Problem>,
) -> Result<Html<String>, Problem> {
    let all = app.records.datasets(&actor.scope, SHOWN).await?;
    let projects = app.records.projects(&actor.scope).await?;
    let rows: Vec<Value> = all.iter().map(dataset::row).collect();
    let limit = view::bytes(app.settings.limits.upload);
    let view = json!({ "title": "Datasets", "datasets": rows, "limit": limit, "projects": projects,
        "problem": trouble.map(help::of), "whole": rows.len() as i64 == SHOWN });
    Ok(page(app, actor, "datasets", "datasets.html", view))
}

/// A table by the form; one that is refused is told of beside the form.
pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Multipart(form): Multipart,
) -> Result<Response, Trouble> {
    Ok(match taken(&app, &actor, form).await {
        Ok(id) => Redirect::to(&format!("/datasets/{id}")).into_response(),
        Err(problem) => {
            let page = shown(&app, &actor, Some(&problem)).await?;
            let mut answer = (problem.status, page).into_response();
            if let Some(seconds) = problem.retry_after {
                (answer.headers_mut()).insert(header::RETRY_AFTER, seconds.into());
            }
            answer.extensions_mut().insert(Code(problem.body.code));
            answer
        }
    })
}

/// The id of a dataset made from a form with a file; the project, if it is named, comes first.
async fn taken(
    app: &App,
    actor: &Actor,
    mut form: axum::extract::Multipart,
) -> Result<String, Problem> {
    let broken = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "server/upload-broken",
            "The form did not arrive whole.",
            "Send the file again.",
        )
    };
    let mut own = project(app, actor, None).await?;
    while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
        if field.name() == Some("project") {
            let mut text = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
                text.extend_from_slice(&chunk);
                if text.len() > 200 {
                    return Err(Problem::not_found());
                }
            }
            own = project(app, actor, Some(&String::from_utf8_lossy(&text))).await?;
            continue;
        }
        let label = field.file_name().unwrap_or_default().to_owned();
        if field.name() != Some("file") || label.is_empty() {
            continue;
        }
        let stored = upload::receive(app, actor, field).await?;
        let made = upload::admit(app, actor, &own, &label, &stored).await?;
        return Ok(made.id);
    }
    Err(Problem::bad(
        "server/no-file",
        "No file was chosen.",
        "Choose one.",
    ))
}
