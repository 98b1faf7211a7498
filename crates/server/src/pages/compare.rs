//! Runs side by side.

use axum::extract::{RawQuery, State};
use serde_json::{Value, json};
use verdancy_metrics::Gate;
use verdancy_report::number;

use super::render::page;
use super::{Page, Visitor, schema, view};
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
    let view = json!({ "title": "Comparison", "runs": rows, "facts": facts(&runs, &targets(&app, &runs)), "gates": gates(&runs),
        "parameters": parameters(&runs) });
    Ok(page(&app, &actor, "runs", "compare.html", view))
}

/// A line of cells, and whether they differ.
fn line(name: &str, cells: Vec<String>) -> Value {
    let differ = cells.windows(2).any(|w| w[0] != w[1]);
    json!({ "name": name, "cells": cells, "differ": differ })
}

/// What each run predicts: the column asked for, or the one of the schema that it ran under.
fn targets(app: &App, runs: &[Run]) -> Vec<String> {
    let of_schema = |run: &Run| -> Option<String> {
        let text = app.store.text(&run.schema).ok()??;
        let [target, time, event] = schema::aim(&text);
        match (target.is_empty(), time.is_empty()) {
            (false, _) => Some(format!("{target} (from the schema)")),
            (true, false) => Some(format!("{event} after {time} (from the schema)")),
            _ => None,
        }
    };
    (runs.iter())
        .map(|run| run.run.target.clone().or_else(|| of_schema(run)))
        .map(|target| target.unwrap_or_else(|| "–".to_owned()))
        .collect()
}

fn facts(runs: &[Run], targets: &[String]) -> Vec<Value> {
    let each = |f: &dyn Fn(&Run) -> String| runs.iter().map(f).collect::<Vec<String>>();
    let of = |f: &dyn Fn(&Summary) -> Option<String>| {
        each(&|r| (r.result.as_ref().and_then(f)).unwrap_or_else(|| "–".to_owned()))
    };
    vec![
        line("Table", each(&|r| r.name.clone())),
        line("Target", targets.to_vec()),
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
            let found: Vec<Option<&Gate>> = (all.iter())
                .map(|gates| gates.iter().find(|g| g.id == id))
                .collect();
            let best = best(&found);
            let cells: Vec<Value> = (found.iter())
                .map(|gate| {
                    gate.map_or(Value::Null, |g| {
                        let sign = if g.at_least { "≥" } else { "≤" };
                        json!({ "value": number::maybe(g.value), "badge": view::status(g.status),
                            "limit": format!("{sign} {}", number::figure(g.limit)),
                            "best": best.is_some() && g.value == best,
                            "floor": number::maybe(g.floor) })
                    })
                })
                .collect();
            let shown = |cell: &Value| (cell["value"].clone(), cell["badge"].clone());
            let differ = cells.windows(2).any(|w| shown(&w[0]) != shown(&w[1]));
            json!({ "name": name, "cells": cells, "differ": differ })
        })
        .collect()
}

/// The best value of a gate, where there are several and they differ.
fn best(gates: &[Option<&Gate>]) -> Option<f64> {
    let judged = gates.iter().flatten();
    let values: Vec<f64> = judged.filter_map(|g| g.value).collect();
    let at_least = gates.iter().flatten().next()?.at_least;
    let best =
        (values.iter().copied()).reduce(|a, b| if at_least { a.max(b) } else { a.min(b) })?;
    (values.len() > 1 && values.iter().any(|v| *v != best)).then_some(best)
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

#[cfg(test)]
mod tests {
    use super::*;
    use verdancy_metrics::Status;

    fn gate(value: Option<f64>, at_least: bool) -> Gate {
        Gate {
            id: "g".into(),
            name: "g".into(),
            limit: 0.1,
            at_least,
            value,
            floor: None,
            floor_interval: None,
            status: Status::Green,
            reason: String::new(),
        }
    }

    #[test]
    fn the_best_is_named_where_values_differ() {
        let (low, high, none) = (
            gate(Some(0.1), false),
            gate(Some(0.3), false),
            gate(None, false),
        );
        assert_eq!(
            best(&[Some(&low), Some(&high), Some(&none), None]),
            Some(0.1)
        );
        assert_eq!(best(&[Some(&low), Some(&low)]), None);
        assert_eq!(best(&[Some(&low), Some(&none)]), None);
        let (low, high) = (gate(Some(0.1), true), gate(Some(0.3), true));
        assert_eq!(best(&[Some(&low), Some(&high)]), Some(0.3));
    }
}
