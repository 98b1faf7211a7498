//! The page of a dataset: what is understood of its columns, to be read and to be put right.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use verdancy_report::number;

use super::render::page;
use super::runs::latest;
use super::{Page, Trouble, Visitor, help, schema, view};
use crate::actor::Actor;
use crate::api::store_schema;
use crate::app::App;
use crate::audit::Where;
use crate::forget;
use crate::order;
use crate::problem::Problem;
use crate::records::{Dataset, Listed};
use crate::upload;

/// Columns listed; wider tables have the rest in their schema.
const LISTED: usize = 80;
/// Columns with a choice of kinds each; wider tables are changed in their schema.
const CHOICES: usize = 40;
/// Levels shown of a column.
const LEVELS: usize = 5;
/// Latest runs among which those of a dataset are looked for, and how many of them are shown.
const RUNS: (i64, usize) = (100, 8);

/// Rows and columns of a preview.
const FIRST: (u32, usize) = (20, 40);

/// A dataset on one line of a list.
pub(super) fn row(d: &Listed) -> Value {
    json!({ "id": d.id, "name": d.name, "rows": view::count(d.rows), "columns": view::count(d.columns),
        "bytes": view::bytes(d.bytes.max(0) as u64), "when": view::when(d.created_at), "actor": d.actor })
}

/// Its columns, in aggregates.
pub(super) fn columns(dataset: &Dataset, schema: &str, wrong: Option<&str>) -> Vec<Value> {
    let found = dataset.inspection().map(|f| f.columns).unwrap_or_default();
    let kinds = schema::kinds(schema);
    let rows = dataset.rows.max(1) as f64;
    (found.into_iter())
        .take(LISTED)
        .enumerate()
        .map(|(i, c)| {
            let levels: Vec<Value> = (c.levels.iter())
                .take(LEVELS)
                .map(|(name, count)| {
                    let share = 100.0 * *count as f64 / rows;
                    json!({ "name": name, "share": format!("{share:.0}") })
                })
                .collect();
            let range =
                (c.range).map_or_else(String::new, |(low, high)| format!("{low} to {high}"));
            let missing = c.missing as f64 / rows;
            let kind = kinds.get(i).map_or("", String::as_str);
            let changeable = !matches!(kind, "" | "constant" | "missing");
            json!({ "name": c.name, "kind": schema::word(&c.kind), "wrong": wrong == Some(&c.name), "chosen": kind, "changeable": changeable,
                "distinct": number::count(c.distinct as f64),
                "missing": if missing > 0.0 { number::percent(missing) } else { "none".to_owned() },
                "range": range, "levels": levels, "treatment": c.treatment })
        })
        .collect()
}

/// The page, with what is wrong and with a schema that was not taken.
async fn shown(
    app: &App,
    actor: &Actor,
    dataset: &Dataset,
    trouble: Option<(&Problem, &str)>,
) -> Result<Html<String>, Problem> {
    let warnings = dataset.inspection().map(|f| f.warnings).unwrap_or_default();
    let runs: Vec<Value> = latest(app, actor, RUNS.0)
        .await?
        .iter()
        .filter(|r| r.run.dataset == dataset.id)
        .take(RUNS.1)
        .map(view::row)
        .collect();
    let [target, time, event] = schema::aim(&dataset.schema_toml);
    let text = trouble.map_or(dataset.schema_toml.as_str(), |(_, text)| text);
    // A refused choice stays chosen; a text that is no schema has none.
    let kept = schema::kinds(text).len() == schema::kinds(&dataset.schema_toml).len();
    let chosen = if kept { text } else { &dataset.schema_toml };
    let wrong = trouble.and_then(|(p, _)| p.body.column.as_deref());
    let columns = columns(dataset, chosen, wrong);
    let view = json!({
        "title": dataset.name, "dataset": row(&dataset.listed()), "sees": actor.sees_rows, "names": order::columns(dataset),
        "choices": columns.len() <= CHOICES, "hidden": dataset.columns - columns.len() as i64,
        "columns": columns, "kinds": schema::KINDS, "aim": { "target": target, "time": time, "event": event },
        "subject": schema::subject(&dataset.schema_toml),
        "warnings": warnings, "runs": runs, "problem": trouble.map(|(p, _)| help::of(p)),
        "schema": text,
    });
    Ok(page(app, actor, "datasets", "dataset.html", view))
}

async fn find(app: &App, actor: &Actor, id: &str) -> Result<Dataset, Problem> {
    (app.records.dataset(&actor.scope, id).await?).ok_or_else(Problem::not_found)
}

pub(crate) async fn one(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let dataset = find(&app, &actor, &id).await?;
    Ok(shown(&app, &actor, &dataset, None).await?)
}

/// The first rows as they stand in the file, for those who may see rows of real tables.
pub(crate) async fn rows(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
) -> Page {
    let dataset = find(&app, &actor, &id).await?;
    app.audit.note(&actor, place, "preview", &dataset.id, None);
    let found = upload::first_rows(&app, &actor, &dataset, FIRST.0).await?;
    let cut = |row: &[Option<String>]| -> Vec<Option<String>> {
        let seen = row.iter().take(FIRST.1);
        seen.map(|cell| cell.as_deref().map(short)).collect()
    };
    let rows: Vec<Vec<Option<String>>> = found.rows.iter().map(|row| cut(row)).collect();
    let names: Vec<String> = (found.columns.iter().take(FIRST.1))
        .map(|name| short(name))
        .collect();
    let view = json!({
        "title": format!("First rows of {}", dataset.name), "dataset": row(&dataset.listed()),
        "columns": names, "rows": rows,
        "hidden": (dataset.columns - FIRST.1 as i64).max(0),
    });
    Ok(page(&app, &actor, "datasets", "rows.html", view))
}

/// A cell of a readable length.
fn short(cell: &str) -> String {
    number::shorten(cell, 60)
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
) -> Result<Response, Trouble> {
    let dataset = find(&app, &actor, &id).await?;
    keep(&app, &actor, &dataset, &form.schema).await
}

/// The form of kinds, which changes the schema that is there.
pub(crate) async fn kinds(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let dataset = find(&app, &actor, &id).await?;
    let text = schema::changed(&dataset.schema_toml, &fields).ok_or_else(Problem::internal)?;
    keep(&app, &actor, &dataset, &text).await
}

/// Finds out anew what the columns are.
pub(crate) async fn reset(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let dataset = find(&app, &actor, &id).await?;
    let (_, text) = upload::understand(&app, &actor, &dataset.hash, &dataset.name, None).await?;
    keep(&app, &actor, &dataset, &text).await
}

/// Keeps the schema when the table can be read with it; else shows both with the reason.
async fn keep(
    app: &App,
    actor: &Actor,
    dataset: &Dataset,
    text: &str,
) -> Result<Response, Trouble> {
    match store_schema(app, actor, dataset, text).await {
        Ok(()) => Ok(Redirect::to(&format!("/datasets/{}#columns", dataset.id)).into_response()),
        Err(problem) => {
            let page = shown(app, actor, dataset, Some((&problem, text))).await?;
            Ok((problem.status, page).into_response())
        }
    }
}

pub(crate) async fn delete(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
    form: String,
) -> Result<Redirect, Trouble> {
    let dataset = find(&app, &actor, &id).await?;
    forget::dataset(&app, &dataset, form.contains("keep_runs=")).await?;
    app.audit
        .note(&actor, place, "dataset-deleted", &dataset.id, None);
    Ok(Redirect::to("/datasets"))
}
