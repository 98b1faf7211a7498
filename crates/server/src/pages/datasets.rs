//! Pages of datasets.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::render::render;
use super::{Page, Trouble, Visitor, view};
use crate::api::{Multipart, project, store_schema};
use crate::app::App;
use crate::problem::Problem;
use crate::upload;

const SHOWN: i64 = 200;

pub(crate) async fn list(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    let datasets: Vec<Value> = (app.records.datasets(&actor.scope, SHOWN).await?)
        .into_iter()
        .map(|d| {
            json!({ "id": d.id, "name": d.name, "rows": view::count(d.rows.max(0) as u64), "columns": d.columns,
                "bytes": view::bytes(d.bytes.max(0) as u64), "age": view::age(d.created_at), "actor": d.actor })
        })
        .collect();
    let limit = view::bytes(app.settings.limits.upload);
    Ok(Html(render(
        "datasets.html",
        &json!({ "title": "Datasets", "who": actor.name, "datasets": datasets, "limit": limit }),
    )))
}

/// The form with a file.
pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Multipart(mut form): Multipart,
) -> Result<Response, Trouble> {
    let own = project(&app, &actor, None).await?;
    let broken = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "server/upload-broken",
            "The form did not arrive whole.",
            "Send the file again.",
        )
    };
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
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

pub(crate) async fn one(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let dataset = (app.records.dataset(&actor.scope, &id).await?).ok_or_else(Problem::not_found)?;
    let found: Value = serde_json::from_str(&dataset.inspection).unwrap_or_default();
    let columns: Vec<Value> = (found["columns"].as_array().into_iter().flatten())
        .map(|c| {
            let rows = dataset.rows.max(1) as f64;
            let levels: Vec<Value> = (c["levels"].as_array().into_iter().flatten())
                .map(|l| {
                    let share = 100.0 * l[1].as_f64().unwrap_or(0.0) / rows;
                    json!({ "name": l[0], "share": format!("{share:.0}") })
                })
                .collect();
            let range = (c["range"].as_array())
                .map(|r| format!("{} to {}", words(&r[0]), words(&r[1])))
                .unwrap_or_default();
            let missing = 100.0 * c["missing"].as_f64().unwrap_or(0.0) / rows;
            json!({ "name": c["name"], "kind": c["kind"], "distinct": view::count(c["distinct"].as_u64().unwrap_or(0)),
                "missing": if missing > 0.0 { format!("{missing:.1} %") } else { "none".to_owned() },
                "range": range, "levels": levels, "treatment": c["treatment"] })
        })
        .collect();
    Ok(Html(render(
        "dataset.html",
        &json!({
            "title": dataset.name, "who": actor.name, "dataset": dataset, "columns": columns,
            "rows": view::count(dataset.rows.max(0) as u64), "bytes": view::bytes(dataset.bytes.max(0) as u64),
            "age": view::age(dataset.created_at), "warnings": found["warnings"],
        }),
    )))
}

fn words(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Deserialize)]
pub(crate) struct Schema {
    schema: String,
}

pub(crate) async fn schema(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Form(form): Form<Schema>,
) -> Result<Redirect, Trouble> {
    let dataset = (app.records.dataset(&actor.scope, &id).await?).ok_or_else(Problem::not_found)?;
    store_schema(&app, &dataset, &form.schema).await?;
    Ok(Redirect::to(&format!("/datasets/{id}")))
}

pub(crate) async fn delete(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    if !app.records.remove_dataset(&actor.scope, &id).await? {
        return Err(Problem::not_found().into());
    }
    Ok(Redirect::to("/datasets"))
}
