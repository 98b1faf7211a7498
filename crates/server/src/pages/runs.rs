//! The list of runs.

use axum::extract::{RawQuery, State};
use form_urlencoded::Serializer;
use serde_json::{Value, json};
use verdancy_jobs::{Filter, State as Stand};

use super::render::page;
use super::{Page, Visitor, view};
use crate::actor::Actor;
use crate::api::runs::listed;
use crate::api::view::Run;
use crate::app::App;
use crate::problem::Problem;

/// Runs on a page.
const SHOWN: i64 = 50;

/// The choices of the page by where runs stand.
const STANDS: [(&str, &[Stand]); 5] = [
    ("Waiting", &[Stand::Queued]),
    ("Running", &[Stand::Running, Stand::Cancelling]),
    ("Done", &[Stand::Succeeded]),
    ("Failed", &[Stand::Failed]),
    ("Cancelled", &[Stand::Cancelled]),
];

/// The newest runs that the actor may see.
pub(super) async fn latest(app: &App, actor: &Actor, limit: i64) -> Result<Vec<Run>, Problem> {
    Ok(listed(app, actor, None, Some(limit)).await?.0)
}

/// The address of the list that is filtered so, its place in the list left aside.
fn address(states: &[Stand], filter: &Filter, before: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    if !states.is_empty() {
        let names: Vec<&str> = states.iter().map(|s| s.name()).collect();
        query.append_pair("state", &names.join(","));
    }
    for project in filter.projects.iter().flatten() {
        query.append_pair("project", project);
    }
    if let Some(actor) = &filter.actor {
        query.append_pair("actor", actor);
    }
    if let Some(text) = &filter.text {
        query.append_pair("text", text);
    }
    if let Some(limit) = filter.limit.filter(|limit| *limit != SHOWN) {
        query.append_pair("limit", &limit.to_string());
    }
    if let Some(before) = before {
        query.append_pair("before", before);
    }
    // Names of states and ids need no escape, and a comma reads better.
    match query.finish().replace("%2C", ",") {
        query if query.is_empty() => "/runs".to_owned(),
        query => format!("/runs?{query}"),
    }
}

/// The choices, each with the address of its list and whether it is the one shown.
fn choices(filter: &Filter, who: &str) -> (Vec<Value>, Value) {
    let all = std::iter::once(("All", [].as_slice())).chain(STANDS);
    let states = all.map(|(name, states)| {
        json!({ "name": name, "address": address(states, filter, None), "here": filter.states == states })
    });
    let mine = filter.actor.as_deref() == Some(who);
    let other = Filter {
        actor: (!mine).then(|| who.to_owned()),
        ..filter.clone()
    };
    let mine = json!({ "name": "Mine only", "address": address(&filter.states, &other, None), "here": mine });
    (states.collect(), mine)
}

pub(crate) async fn list(
    State(app): State<App>,
    Visitor(actor): Visitor,
    RawQuery(query): RawQuery,
) -> Page {
    let (runs, filter) = listed(&app, &actor, query.as_deref(), Some(SHOWN)).await?;
    let rows: Vec<Value> = runs.iter().map(view::row).collect();
    let moving = runs.iter().any(|r| !r.state.is_final());
    let older = (runs.last()).filter(|_| runs.len() as i64 == filter.most());
    let older = older.map(|r| address(&filter.states, &filter, Some(&r.id)));
    let (states, mine) = choices(&filter, &actor.name);
    let view = json!({ "title": "Runs", "runs": rows, "moving": moving, "older": older,
        "first": filter.before.is_none(), "all": !filter.narrows(),
        "text": filter.text.as_deref().unwrap_or_default(), "states": states, "mine": mine, "newest": address(&filter.states, &filter, None) });
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
            "id": id, "name": "a_table_with_a_long_name.csv.gz", "table": "a_table_with_a_long_name.csv.gz", "note": null, "badge": view::status(Status::Inconclusive),
            "gates": view::strip(&gates), "method": "Gaussian copula", "mode": "balanced",
            "profile": "standard", "when": view::when(1.7e9), "actor": "somebody", "moving": false,
            "stage": "", "share": null, "took": "12 min 34 s",
        });
        let rows = vec![row; usize::try_from(SHOWN).unwrap()];
        let (states, mine) = choices(&Filter::default(), "somebody");
        let view = json!({ "title": "Runs", "runs": rows, "moving": true, "older": "/runs?before=0", "first": true,
            "all": true, "states": states, "mine": mine, "newest": "/runs", "who": "somebody", "signed": true, "keeper": true, "several": true, "here": "runs", "text": "" });
        let page = render("runs.html", &view);
        assert!(page.contains("Older runs") && page.matches("<tr id=").count() == 50);
        assert!(page.len() < 100_000, "{}", page.len());
    }

    #[test]
    fn choices_keep_what_was_chosen_besides() {
        let filter =
            Filter::parse("state=running,cancelling&project=b&actor=a%26b&limit=7").unwrap();
        let (states, mine) = choices(&filter, "a&b");
        assert_eq!(states[0]["address"], "/runs?project=b&actor=a%26b&limit=7");
        assert_eq!(
            states[2]["address"],
            "/runs?state=running,cancelling&project=b&actor=a%26b&limit=7"
        );
        let here: Vec<&Value> = states.iter().filter(|s| s["here"] == true).collect();
        assert_eq!(here, [&states[2]]);
        assert_eq!(
            mine["address"],
            "/runs?state=running,cancelling&project=b&limit=7"
        );
        assert_eq!(mine["here"], true);
        let older = address(&filter.states, &filter, Some("00ff"));
        assert_eq!(
            older,
            "/runs?state=running,cancelling&project=b&actor=a%26b&limit=7&before=00ff"
        );
        assert_eq!(
            Filter::parse(&older[6..]).err(),
            Some(verdancy_jobs::BadFilter::Before)
        );
    }
}
