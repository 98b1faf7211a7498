//! Runs side by side.

use axum::extract::{RawQuery, State};
use serde_json::{Value, json};
use verdancy_report::number;

use super::render::page;
use super::{Page, Visitor, view};
use crate::api::compare_of;
use crate::api::view::Run;
use crate::app::App;
use crate::told::Summary;

/// `?runs=a&runs=b`, as the boxes of the list send it, or `?runs=a,b`.
pub(crate) async fn compare(
    State(app): State<App>,
    Visitor(actor): Visitor,
    RawQuery(query): RawQuery,
) -> Page {
    let ids = (query.unwrap_or_default().split('&'))
        .filter_map(|pair| pair.strip_prefix("runs="))
        .map(|v| v.replace("%2C", ","))
        .collect::<Vec<_>>()
        .join(",");
    let runs = compare_of(&app, &actor, &ids).await?;
    let rows: Vec<Value> = runs.iter().map(view::row).collect();
    let view = json!({ "title": "Comparison", "runs": rows, "facts": facts(&runs), "gates": gates(&runs),
        "parameters": parameters(&runs) });
    Ok(page(&app, &actor, "runs", "compare.html", view))
}

/// A line of cells, and whether they differ.
fn line(name: &str, cells: Vec<String>) -> Value {
    let differ = cells.windows(2).any(|w| w[0] != w[1]);
    json!({ "name": name, "cells": cells, "differ": differ })
}

fn facts(runs: &[Run]) -> Vec<Value> {
    let each = |f: &dyn Fn(&Run) -> String| runs.iter().map(f).collect::<Vec<String>>();
    let of = |f: &dyn Fn(&Summary) -> Option<String>| {
        each(&|r| (r.result.as_ref().and_then(f)).unwrap_or_else(|| "–".to_owned()))
    };
    vec![
        line("Table", each(&|r| r.name.clone())),
        line(
            "Target",
            each(&|r| r.run.target.clone().unwrap_or_else(|| "–".to_owned())),
        ),
        line(
            "Synthetic rows",
            of(&|r| Some(number::count(r.rows as f64))),
        ),
        line("Attempts", of(&|r| Some(number::count(r.attempts as f64)))),
        line("Seed", of(&|r| Some(r.seed.to_string()))),
        line(
            "Estimate of training",
            of(&|r| r.estimate_seconds.map(number::seconds)),
        ),
        line("Training", of(&|r| r.train_seconds.map(number::seconds))),
        line("Whole run", of(&|r| Some(number::seconds(r.seconds)))),
    ]
}

/// Each gate of any run, with its value in every one.
fn gates(runs: &[Run]) -> Vec<Value> {
    let all: Vec<&[_]> = runs.iter().map(view::gates).collect();
    let mut names: Vec<(&str, &str)> = Vec::new();
    for gate in all.iter().copied().flatten() {
        if !names.iter().any(|(id, _)| *id == gate.id) {
            names.push((&gate.id, &gate.name));
        }
    }
    (names.into_iter())
        .map(|(id, name)| {
            let cells: Vec<Value> = (all.iter())
                .map(|gates| {
                    gates.iter().find(|g| g.id == id).map_or(Value::Null, |g| {
                        let sign = if g.at_least { "≥" } else { "≤" };
                        json!({ "value": number::maybe(g.value), "badge": view::status(g.status),
                            "limit": format!("{sign} {}", number::figure(g.limit)),
                            "floor": number::maybe(g.floor) })
                    })
                })
                .collect();
            json!({ "name": name, "cells": cells })
        })
        .collect()
}

/// Each parameter of any run, with its value in every one.
fn parameters(runs: &[Run]) -> Vec<Value> {
    let mut keys: Vec<&String> = Vec::new();
    let of = |r: &'_ Run| {
        let config = r.result.as_ref().and_then(|s| s.config.as_ref());
        let value = serde_json::to_value(config).unwrap_or_default();
        value.as_object().cloned().unwrap_or_default()
    };
    let all: Vec<_> = runs.iter().map(of).collect();
    for key in all.iter().flat_map(|m| m.keys()) {
        if !keys.contains(&key) && key != "method" {
            keys.push(key);
        }
    }
    (keys.iter())
        .map(|key| {
            let cells = (all.iter())
                .map(|m| m.get(*key).map_or_else(|| "–".to_owned(), view::text))
                .collect();
            line(key, cells)
        })
        .collect()
}
