//! The list of runs.

use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use verdancy_jobs::Filter;

use super::render::page;
use super::{Page, Visitor, view};
use crate::access::Actor;
use crate::api::view::Run;
use crate::app::App;
use crate::problem::Problem;

/// Runs on a page.
const SHOWN: i64 = 50;

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
}

/// The newest runs that the actor may see, or those before one.
pub(super) async fn latest(
    app: &App,
    actor: &Actor,
    before: Option<String>,
    limit: i64,
) -> Result<Vec<Run>, Problem> {
    let filter = Filter {
        projects: actor.scope.projects(),
        before,
        limit,
    };
    let jobs = app.queue.list(&filter).await?;
    Ok(jobs.into_iter().filter_map(Run::of).collect())
}

pub(crate) async fn list(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Query(asked): Query<Before>,
) -> Page {
    let first = asked.before.is_none();
    let runs = latest(&app, &actor, asked.before, SHOWN).await?;
    let rows: Vec<Value> = runs.iter().map(view::row).collect();
    let moving = runs.iter().any(|r| !r.state.is_final());
    let older = (runs.last()).filter(|_| runs.len() as i64 == SHOWN);
    let older = older.map(|r| r.id.clone());
    let view =
        json!({ "title": "Runs", "runs": rows, "moving": moving, "older": older, "first": first });
    Ok(page(&app, &actor, "runs", "runs.html", view))
}
