//! Pages of runs.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use verdancy_jobs::Filter;

use super::render::render;
use super::{Page, Trouble, Visitor, view};
use crate::api::view::Run;
use crate::api::{compare_of, enqueue, find, report_of, retry_of};
use crate::app::App;
use crate::order::{NewRun, columns};
use crate::problem::Problem;
use crate::upload;

const SHOWN: i64 = 100;

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
}

pub(crate) async fn list(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Query(asked): Query<Before>,
) -> Page {
    let filter = Filter {
        projects: actor.scope.projects(),
        before: asked.before,
        limit: SHOWN,
    };
    let jobs = app.queue.list(&filter).await?;
    let full = jobs.len() as i64 == SHOWN;
    let runs: Vec<Run> = jobs.into_iter().filter_map(Run::of).collect();
    let rows: Vec<Value> = runs.iter().map(view::row).collect();
    let moving = runs.iter().any(|r| !r.state.is_final());
    let older = runs.last().filter(|_| full).map(|r| r.id.clone());
    Ok(Html(render(
        "runs.html",
        &json!({ "title": "Runs", "who": actor.name, "runs": rows, "moving": moving, "older": older }),
    )))
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    dataset: Option<String>,
    from: Option<String>,
    mode: Option<String>,
}

pub(crate) async fn new(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Query(asked): Query<Asked>,
) -> Page {
    let like = match &asked.from {
        Some(id) => Some(find(&app, &actor, id).await?.run),
        None => None,
    };
    let wanted = asked
        .dataset
        .or_else(|| like.as_ref().map(|r| r.dataset.clone()));
    let Some(id) = wanted else {
        let datasets = app.records.datasets(&actor.scope, SHOWN).await?;
        return Ok(Html(render(
            "new.html",
            &json!({ "title": "New run", "who": actor.name, "datasets": datasets, "dataset": null }),
        )));
    };
    let dataset = (app.records.dataset(&actor.scope, &id).await?).ok_or_else(Problem::not_found)?;
    let like = serde_json::to_value(&like).unwrap_or_default();
    let mode = (asked.mode.as_deref().or(like["mode"].as_str()))
        .filter(|m| ["speed", "balanced", "quality"].contains(m))
        .unwrap_or("balanced")
        .to_owned();
    let more = [format!("--mode={mode}")];
    let (found, _) = upload::read(
        &app,
        &dataset.hash,
        &dataset.name,
        Some(&dataset.schema_toml),
        &more,
    )
    .await?;
    let text = |name: &str, default: &str| match &like[name] {
        Value::Null => default.to_owned(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    let parameters = (like["parameters"].as_object().into_iter().flatten())
        .map(|(k, v)| format!("{k}={}", v.to_string().trim_matches('"')))
        .collect::<Vec<_>>()
        .join("\n");
    Ok(Html(render(
        "new.html",
        &json!({
            "title": "New run", "who": actor.name, "dataset": dataset, "datasets": [],
            "rows": view::count(dataset.rows.max(0) as u64), "columns": columns(&dataset),
            "mode": mode, "method": text("method", "auto"), "profile": text("profile", "standard"),
            "attempts": text("attempts", "3"), "wanted": text("rows", ""), "seed": text("seed", "0"),
            "time_limit": text("time_limit", ""), "target": text("target", ""), "parameters": parameters,
            "config": found["config"], "warnings": found["warnings"],
            "estimate": found["estimate"]["seconds"].as_f64().map(view::seconds),
        }),
    )))
}

/// The form's fields; empty ones are left out.
pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut body = serde_json::Map::new();
    for (name, value) in fields {
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        let bad = || {
            let words = format!("The field {name} is not understood.");
            Problem::bad("server/not-understood", words, "Go back and change it.")
        };
        let value = match name.as_str() {
            "attempts" | "rows" | "seed" | "time_limit" => {
                serde_json::from_str::<serde_json::Number>(value)
                    .map_err(|_| bad())?
                    .into()
            }
            "parameters" => {
                let mut all = serde_json::Map::new();
                for line in value.lines().map(str::trim).filter(|l| !l.is_empty()) {
                    let (key, value) = line.split_once('=').ok_or_else(bad)?;
                    let value = value.trim();
                    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
                    all.insert(key.trim().to_owned(), value);
                }
                Value::Object(all)
            }
            _ => value.into(),
        };
        body.insert(name, value);
    }
    let new: NewRun = serde_json::from_value(Value::Object(body)).map_err(|_| {
        Problem::bad(
            "server/not-understood",
            "The form is not understood.",
            "Go back and change it.",
        )
    })?;
    let run = enqueue(&app, &actor, new).await?;
    Ok(Redirect::to(&format!("/runs/{}", run.id)).into_response())
}

/// What the page of a run shows and its script renews.
async fn live(app: &App, run: &Run) -> Result<Value, Problem> {
    let events = app.queue.events(&run.id, 0, 20_000).await?;
    let p = &run.progress;
    let stage = match p["stage"].as_str() {
        Some("fit") => "training",
        Some("read" | "infer") => "reading",
        Some("split") => "dividing the rows",
        Some("sample") => "sampling",
        Some("judge") => "judging",
        Some("write") => "writing",
        Some("starting") => "starting",
        _ => "waiting for a worker",
    };
    let said = |name: &str| p[name].as_f64();
    let share = said("step")
        .zip(said("steps"))
        .map(|(a, z)| 100.0 * a / z.max(1.0));
    Ok(json!({
        "run": view::row(run), "final": run.state.is_final(), "stage": stage, "begun": run.begun,
        "share": share.map(|s| format!("{s:.0}")),
        "epoch": said("epoch").map(|x| format!("{x:.0}")), "epochs": said("epochs").map(|x| format!("{x:.0}")),
        "loss": said("loss").map(|x| format!("{x:.4}")), "eta": said("eta").map(view::seconds),
        "spent": said("seconds").map(view::seconds), "estimate": said("estimate_seconds").map(view::seconds),
        "losses": view::losses(&events), "attempts": view::attempts(&events),
        "failure": run.failure, "cancelling": run.state == verdancy_jobs::State::Cancelling,
    }))
}

pub(crate) async fn one(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let run = find(&app, &actor, &id).await?;
    let files: Vec<Value> = (app.queue.artifacts(&id).await?)
        .into_iter()
        .map(|f| {
            let about = match f.name.as_str() {
                n if n.starts_with("synthetic.") => "the synthetic table",
                "report.html" => "figures, gates and details",
                "report.json" => "every figure",
                "run.json" => "every parameter, seed and decision",
                "schema.toml" => "what the columns mean",
                n if n.starts_with("model/") => "part of the model",
                _ => "",
            };
            let path = f.name.replace('/', "%2F");
            json!({ "name": f.name, "path": path, "bytes": view::bytes(f.bytes), "about": about,
                "csv": f.name.ends_with(".csv") })
        })
        .collect();
    let gates: Vec<Value> = view::gates(&run.result).iter().map(view::gate).collect();
    let mut view = live(&app, &run).await?;
    let times = [
        ("Asked for", Some(run.created_at)),
        ("Begun", run.started_at),
        ("Ended", run.finished_at),
    ];
    let times: Vec<Value> = (times.into_iter())
        .filter_map(|(name, at)| Some(json!({ "name": name, "value": view::moment(at?) })))
        .collect();
    let more = json!({
        "title": format!("{}: {}", run.name, view::state(&run).word), "who": actor.name, "id": run.id,
        "dataset": run.run.dataset, "files": files, "gates": gates, "asked": run.run, "times": times,
        "config": run.result["config"], "took": run.result["seconds"].as_f64().map(view::seconds),
        "trained": run.result["train_seconds"].as_f64().map(view::seconds),
        "estimated": run.result["estimate_seconds"].as_f64().map(view::seconds),
        "done": run.state == verdancy_jobs::State::Succeeded, "actor": run.actor, "retry_of": run.run.retry_of,
    });
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    Ok(Html(render("run.html", &view)))
}

pub(crate) async fn panel(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let run = find(&app, &actor, &id).await?;
    Ok(Html(render("panel.html", &live(&app, &run).await?)))
}

pub(crate) async fn report(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    Ok(report_of(&app, &actor, &id).await?)
}

pub(crate) async fn cancel(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    let run = find(&app, &actor, &id).await?;
    app.queue.cancel(&run.id).await?;
    Ok(Redirect::to(&format!("/runs/{id}")))
}

pub(crate) async fn retry(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    let run = retry_of(&app, &actor, &id).await?;
    Ok(Redirect::to(&format!("/runs/{}", run.id)))
}

/// `?runs=a&runs=b`, as the boxes of the list send it, or `?runs=a,b`.
pub(crate) async fn compare(
    State(app): State<App>,
    Visitor(actor): Visitor,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Page {
    let ids = (query.unwrap_or_default().split('&'))
        .filter_map(|pair| pair.strip_prefix("runs="))
        .map(|v| v.replace("%2C", ","))
        .collect::<Vec<_>>()
        .join(",");
    let runs = compare_of(&app, &actor, &ids).await?;
    let mut names: Vec<(String, String)> = Vec::new();
    for gate in runs.iter().flat_map(|r| view::gates(&r.result)) {
        if !names.iter().any(|(id, _)| *id == gate.id) {
            names.push((gate.id, gate.name));
        }
    }
    let gates: Vec<Value> = (names.into_iter())
        .map(|(id, name)| {
            let cells: Vec<Value> = (runs.iter())
                .map(|r| {
                    let found = view::gates(&r.result).into_iter().find(|g| g.id == id);
                    found.map_or(Value::Null, |g| view::gate(&g))
                })
                .collect();
            json!({ "name": name, "cells": cells })
        })
        .collect();
    let mut keys: Vec<String> = Vec::new();
    for run in &runs {
        for key in run.result["config"]
            .as_object()
            .into_iter()
            .flat_map(|m| m.keys())
        {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    let parameters: Vec<Value> = (keys.into_iter())
        .map(|key| {
            let cells: Vec<String> = (runs.iter())
                .map(|r| match &r.result["config"][&key] {
                    Value::Null => "–".to_owned(),
                    Value::String(s) => s.clone(),
                    other => other.to_string(),
                })
                .collect();
            let differ = cells.windows(2).any(|w| w[0] != w[1]);
            json!({ "name": key, "cells": cells, "differ": differ })
        })
        .collect();
    let rows: Vec<Value> = runs.iter().map(view::row).collect();
    Ok(Html(render(
        "compare.html",
        &json!({ "title": "Comparison", "who": actor.name, "runs": rows, "gates": gates, "parameters": parameters }),
    )))
}
