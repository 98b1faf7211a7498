//! The page of the projects: made, weighed, forgotten.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::render::page;
use super::{Page, Trouble, Visitor, view};
use crate::actor::Actor;
use crate::api::projects::{self, Rules};
use crate::app::App;
use crate::audit::Where;
use crate::problem::Problem;

async fn shown(
    app: &App,
    actor: &Actor,
    trouble: Option<&Problem>,
) -> Result<Html<String>, Problem> {
    let mut rows: Vec<Value> = Vec::new();
    for project in app.records.projects(&actor.scope).await? {
        let (datasets, bytes) = app.records.count_datasets(&project.id).await?;
        let whole = u64::try_from(bytes).unwrap_or(0) + app.queue.bytes(&project.id).await?;
        rows.push(json!({ "id": project.id, "name": project.name, "made": view::when(project.created_at),
            "weight": project.weight.to_string(), "days": project.retention_days.map(|d| d.to_string()), "datasets": view::count(datasets),
            "bytes": view::bytes(whole), "fixed": project.name == "default" }));
    }
    let view = json!({ "title": "Projects", "part": "projects", "projects": rows,
        "problem": trouble.map(|p| &p.body) });
    Ok(page(app, actor, "admin", "projects.html", view))
}

/// Back to the list, or the list with what is wrong.
async fn then(app: &App, actor: &Actor, done: Result<(), Problem>) -> Result<Response, Trouble> {
    Ok(match done {
        Ok(()) => Redirect::to("/projects").into_response(),
        Err(problem) => {
            let page = shown(app, actor, Some(&problem)).await?;
            (problem.status, page).into_response()
        }
    })
}

pub(crate) async fn list(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    Ok(shown(&app, &actor, None).await?)
}

#[derive(Deserialize)]
pub(crate) struct New {
    name: String,
}

pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Form(new): Form<New>,
) -> Result<Response, Trouble> {
    let made = projects::make(&app, &actor, place, new.name.trim()).await;
    then(&app, &actor, made.map(drop)).await
}

#[derive(Deserialize)]
pub(crate) struct Fields {
    weight: String,
    days: String,
}

impl Fields {
    fn rules(&self) -> Result<Rules, Problem> {
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Problem::bad(
                    "server/bad-rules",
                    "The weight or the days of the project are no number.",
                    "Give numbers, or leave the fields empty.",
                )
            }),
        };
        Ok(Rules {
            weight: number(&self.weight)?,
            retention_days: number(&self.days)?,
        })
    }
}

pub(crate) async fn rules(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    let done = match fields.rules() {
        Ok(rules) => projects::rule(&app, &actor, place, &id, rules)
            .await
            .map(drop),
        Err(problem) => Err(problem),
    };
    then(&app, &actor, done).await
}

pub(crate) async fn delete(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let done = projects::end(&app, &actor, place, &id).await;
    then(&app, &actor, done).await
}
