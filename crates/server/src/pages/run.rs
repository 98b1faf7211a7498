//! The page of a run: its course while it is under way, then what came of it.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use serde_json::{Value, json};
use verdancy_engine::RunRecord;
use verdancy_jobs::Artifact;
use verdancy_table::{Door, Kind};

use super::render::{merged, page, render};
use super::{Page, Trouble, Visitor, course, samples, suggest, view};
use crate::actor::Actor;
use crate::api::runs::{Label, call, content_of};
use crate::api::view::Run;
use crate::api::{find, report_of, retry_of};
use crate::app::App;
use crate::audit::Where;
use crate::problem::Problem;
use crate::{forget, rights};

/// Columns drawn on the page; all others are in the report.
const WORST: usize = 6;

pub(crate) async fn one(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    page_of(&app, &actor, &id, None).await
}

/// The page of a run; `refused` is what was asked of it in vain.
pub(super) async fn page_of(
    app: &App,
    actor: &Actor,
    id: &str,
    refused: Option<samples::Refused>,
) -> Page {
    let run = find(app, actor, id).await?;
    let state = view::state(&run);
    let exists = (app.records.dataset(&actor.scope, &run.run.dataset).await?).is_some();
    let times = [
        ("Requested", Some(run.created_at)),
        ("Started", run.started_at),
        ("Ended", run.finished_at),
    ];
    let times: Vec<Value> = (times.into_iter())
        .filter_map(|(name, at)| Some(json!({ "name": name, "when": view::when(at?) })))
        .collect();
    let base = json!({
        "title": format!("{}: {}", run.called(), state.word), "id": run.id, "run": view::row(&run),
        "dataset": exists.then_some(&run.run.dataset), "times": times, "retry_of": run.run.retry_of,
        "asked": asked(&run), "label": run.run.name, "note": run.run.note,
    });
    let running = run.state == verdancy_jobs::State::Running;
    let finishing = running && app.queue.finishing(&run.id).await?;
    let base = merged(base, json!({ "running": running, "finishing": finishing }));
    let finished = match run.state {
        verdancy_jobs::State::Succeeded => Some(record(app, &run).await?),
        _ => None,
    };
    match finished {
        None => {
            let view = merged(base, course::panel(app, &run).await?);
            Ok(page(app, actor, "runs", "run.html", view))
        }
        Some((record, files)) => {
            let figures = text_of(app, &files, "figures.json").await?;
            let figures: Vec<verdancy_report::ColumnFigure> =
                serde_json::from_str(&figures).map_err(|_| Problem::internal())?;
            let worst: Vec<_> = figures.iter().take(WORST).map(|f| f.drawn()).collect();
            let view = merged(
                merged(base, done(&record)?),
                json!({
                    "worst": worst, "suggestion": suggest::of(&run),
                    "columns": record.schema.columns.len(), "files": self::files(actor, &files),
                    "table": files.iter().find(|f| f.name.starts_with("synthetic.")).map(|f| file(f, "")),
                }),
            );
            let samples = samples::shown(app, actor, &run, &record, refused).await?;
            Ok(page(app, actor, "runs", "done.html", merged(view, samples)))
        }
    }
}

/// What a finished run's parts show, each attempt with its parameters.
fn done(record: &RunRecord) -> Result<Value, Problem> {
    let parts = verdancy_report::parts(record, verdancy_metrics::cards());
    let parts = parts.map_err(|_| Problem::internal())?;
    let mut parts = serde_json::to_value(&parts).map_err(|_| Problem::internal())?;
    let losses = parts["losses"].take();
    let steps = parts["story"].as_array_mut();
    for (i, (step, attempt)) in (steps.into_iter().flatten())
        .zip(&record.attempts)
        .enumerate()
    {
        let config = serde_json::to_value(&attempt.config).unwrap_or_default();
        step["parameters"] = view::parameters(&config).into();
        // The kept attempt's curve has a section of its own.
        step["losses"] = if i == record.kept {
            "".into()
        } else {
            losses[i].clone()
        };
    }
    Ok(parts)
}

/// What was asked for, beyond the defaults.
fn asked(run: &Run) -> Vec<Value> {
    let value = serde_json::to_value(&run.run).unwrap_or_default();
    let mut all: Vec<Value> = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match name.as_str() {
            "dataset" | "retry_of" | "name" | "note" => {}
            "parameters" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    all.push(json!({ "name": name, "value": view::text(value) }));
                }
            }
            _ => {
                let said = view::text(value);
                let said = if name == "method" {
                    view::method(&said)
                } else {
                    said
                };
                all.push(json!({ "name": name.replace('_', " "), "value": said }));
            }
        }
    }
    all
}

/// A finished run's record, and its files.
async fn record(app: &App, run: &Run) -> Result<(RunRecord, Vec<Artifact>), Problem> {
    let files = app.queue.artifacts(&run.id).await?;
    let text = text_of(app, &files, "run.json").await?;
    let mut record: RunRecord = serde_json::from_str(&text).map_err(|_| Problem::internal())?;
    for warning in &mut record.warnings {
        warning.message = Door::Service.spoken(&warning.message);
    }
    Ok((record, files))
}

async fn text_of(app: &App, files: &[Artifact], name: &str) -> Result<String, Problem> {
    let file = files.iter().find(|f| f.name == name);
    content_of(app, &file.ok_or_else(Problem::not_found)?.hash).await
}

fn file(f: &Artifact, about: &str) -> Value {
    json!({ "name": f.name, "path": f.name.replace('/', "%2F"), "bytes": view::bytes(f.bytes), "about": about,
        "csv": f.name.ends_with(".csv") })
}

/// What each file is for, the table first.
const ABOUT: [(&str, &str); 7] = [
    ("synthetic.", "the synthetic table"),
    (
        "report.html",
        "the judgement with figures, one page that stands alone",
    ),
    ("report.json", "every figure, for programs"),
    (
        "figures.json",
        "the distributions of the columns, for drawing them",
    ),
    ("run.json", "every parameter, seed, decision and time"),
    ("schema.toml", "what the columns mean"),
    (
        "model/",
        "the fitted model: draws more rows, here and with verdancy sample",
    ),
];

fn files(actor: &Actor, all: &[Artifact]) -> Vec<Value> {
    (ABOUT.iter())
        .flat_map(|(start, about)| {
            (all.iter())
                .filter(move |f| f.name.starts_with(start))
                .filter(|f| rights::may_have(actor, &f.name).is_ok())
                .map(move |f| file(f, about))
        })
        .collect()
}

pub(crate) async fn panel(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let run = find(&app, &actor, &id).await?;
    let panel = course::panel(&app, &run).await?;
    Ok(axum::response::Html(render("panel.html", &panel)))
}

/// What attacks found, each with what it means; and which columns no model learned.
pub(crate) async fn privacy(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let run = find(&app, &actor, &id).await?;
    if run.state != verdancy_jobs::State::Succeeded {
        return Err(Problem::not_found().into());
    }
    let (record, _) = record(&app, &run).await?;
    let kept_out: Vec<Value> = (record.schema.columns.iter())
        .filter_map(|c| {
            Some(json!({ "name": c.name, "kind": c.kind.name(), "done": treatment(&c.kind)? }))
        })
        .collect();
    let base = json!({ "title": format!("Privacy of {}", run.called()), "id": run.id, "run": view::row(&run),
        "kept_out": kept_out });
    let view = merged(base, done(&record)?);
    Ok(page(&app, &actor, "runs", "privacy.html", view))
}

/// What is done with a column that no model learns.
fn treatment(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Id { .. } => Some("new keys in the same pattern"),
        Kind::Personal { .. } => Some("made-up ones in their place"),
        Kind::Text { .. } => Some("new text of the same shape"),
        _ => None,
    }
}

/// Bytes of a report at most.
const REPORT: usize = 64 << 20;

/// The page with `back` at the beginning of its main part, or of its body.
fn with_way_back(page: &str, back: &str) -> String {
    let at = (page.find("<main").or_else(|| page.find("<body")))
        .and_then(|at| Some(at + page[at..].find('>')? + 1));
    let (before, after) = page.split_at(at.unwrap_or(0));
    [before, back, after].concat()
}

pub(crate) async fn report(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let mut answer = report_of(&app, &actor, &id).await?;
    let body = std::mem::take(answer.body_mut());
    let bytes = axum::body::to_bytes(body, REPORT).await;
    let text = bytes.map_err(|_| Problem::internal())?;
    // The file stands alone; the page leads back.
    let back = format!("<p><a href=\"/runs/{id}\">Back to the run</a></p>");
    let text = with_way_back(&String::from_utf8_lossy(&text), &back);
    answer
        .headers_mut()
        .remove(axum::http::header::CONTENT_LENGTH);
    *answer.body_mut() = text.into();
    Ok(answer)
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

/// Asks for the best that there is.
pub(crate) async fn finish(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    let run = find(&app, &actor, &id).await?;
    app.queue.finish(&run.id).await?;
    Ok(Redirect::to(&format!("/runs/{id}")))
}

pub(crate) async fn label(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
    Form(label): Form<Label>,
) -> Result<Redirect, Trouble> {
    call(&app, &actor, &id, &label).await?;
    Ok(Redirect::to(&format!("/runs/{id}")))
}

pub(crate) async fn delete(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    let run = find(&app, &actor, &id).await?;
    forget::run(&app, &run.id).await?;
    app.audit.note(&actor, place, "run-deleted", &run.id, None);
    Ok(Redirect::to("/runs"))
}

pub(crate) async fn retry(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Result<Redirect, Trouble> {
    let run = retry_of(&app, &actor, &id).await?;
    Ok(Redirect::to(&format!("/runs/{}", run.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_has_a_way_back() {
        let page = "<!doctype html><body class=\"a\"><main id=m>x</main>";
        let made = with_way_back(page, "<a>");
        assert_eq!(
            made,
            "<!doctype html><body class=\"a\"><main id=m><a>x</main>"
        );
        assert_eq!(with_way_back("<body>x", "<a>"), "<body><a>x");
        assert_eq!(with_way_back("x", "<a>"), "<a>x");
    }
}
