//! The page of the keys: made, listed, revoked.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::render::page;
use super::{Page, Trouble, Visitor, view};
use crate::actor::Actor;
use crate::api::keys::{self, MadeKey, NewKey};
use crate::app::App;
use crate::audit::Where;
use crate::problem::Problem;
use crate::records::KeyRow;

async fn shown(
    app: &App,
    actor: &Actor,
    made: Option<MadeKey>,
    trouble: Option<&Problem>,
) -> Result<Html<String>, Problem> {
    let projects = app.records.projects(&actor.scope).await?;
    let row = |key: &KeyRow| -> Value {
        let project = key.project.as_ref().map(|id| {
            let found = projects.iter().find(|p| p.id == *id);
            found.map_or("a deleted project", |p| p.name.as_str())
        });
        json!({ "id": key.id, "name": key.name, "project": project, "sees_rows": key.sees_rows,
            "made": view::when(key.created_at), "expires": key.expires_at.map(view::moment), "live": key.live })
    };
    let keys = app.records.keys().await?;
    let view = json!({ "title": "Keys", "part": "keys", "keys": keys.iter().rev().map(row).collect::<Vec<_>>(),
        "projects": &projects, "made": made.map(|m| json!({ "key": m.key, "name": m.about.name })),
        "problem": trouble.map(|p| &p.body) });
    Ok(page(app, actor, "admin", "keys.html", view))
}

pub(crate) async fn list(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    Ok(shown(&app, &actor, None, None).await?)
}

/// The form of a new key; empty fields are none.
#[derive(Deserialize)]
pub(crate) struct Fields {
    name: String,
    #[serde(default)]
    project: String,
    #[serde(default)]
    sees_rows: Option<String>,
    #[serde(default)]
    days: String,
}

impl Fields {
    fn key(self) -> Result<NewKey, Problem> {
        let days = match self.days.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| {
                Problem::bad(
                    "server/bad-days",
                    "The number of days is not a number.",
                    "Give a number, or leave the field empty.",
                )
            })?),
        };
        Ok(NewKey {
            name: self.name.trim().to_owned(),
            project: Some(self.project).filter(|p| !p.is_empty()),
            sees_rows: self.sees_rows.is_some(),
            days,
        })
    }
}

pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    let made = match fields.key() {
        Ok(new) => keys::make(&app, &actor, place, &new).await,
        Err(problem) => Err(problem),
    };
    Ok(match made {
        Ok(made) => shown(&app, &actor, Some(made), None).await?.into_response(),
        Err(problem) => {
            let page = shown(&app, &actor, None, Some(&problem)).await?;
            (problem.status, page).into_response()
        }
    })
}

pub(crate) async fn revoke(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    Ok(match keys::end(&app, &actor, place, &id).await {
        Ok(()) => Redirect::to("/keys").into_response(),
        Err(problem) => {
            let page = shown(&app, &actor, None, Some(&problem)).await?;
            (problem.status, page).into_response()
        }
    })
}
