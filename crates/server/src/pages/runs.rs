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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::pages::render::render;
    use verdancy_metrics::{Gate, Status};

    #[test]
    fn a_full_page_is_small() {
        let gate = Gate {
            id: "ks_mean".into(),
            name: "Jensen-Shannon distance, mean".into(),
            limit: 0.1,
            at_least: false,
            value: Some(0.2),
            floor: None,
            floor_interval: None,
            status: Status::Red,
            reason: String::new(),
        };
        let mut gates = vec![gate; 13];
        for gate in &mut gates[2..] {
            gate.status = Status::Green;
        }
        let id = "0".repeat(32);
        let row = json!({
            "id": id, "name": "a_table_with_a_long_name.csv.gz", "badge": view::status(Status::CannotTell),
            "gates": view::strip(&gates), "method": "Gaussian copula", "mode": "balanced",
            "profile": "standard", "when": view::when(1.7e9), "actor": "somebody", "moving": false,
            "stage": "", "share": null, "took": "12 min 34 s",
        });
        let rows = vec![row; usize::try_from(SHOWN).unwrap()];
        let view = json!({ "title": "Runs", "runs": rows, "moving": true, "older": id, "first": true,
            "who": "somebody", "signed": true, "here": "runs" });
        let page = render("runs.html", &view);
        assert!(page.contains("Older runs") && page.matches("<tr id=").count() == 50);
        assert!(page.len() < 100_000, "{}", page.len());
    }
}
