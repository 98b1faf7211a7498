//! The form of a new run: which table, how, and what that will take. Every answer of it is an address,
//! so it works without script, and a refused form comes back as it was filled in.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use verdancy_engine::Options;
use verdancy_engine::options::Asked;
use verdancy_report::number;
use verdancy_synth::{Method, Mode};
use verdancy_table::infer::TextMode;

use super::render::page;
use super::{Page, Trouble, Visitor, dataset, help, schema, view};
use crate::actor::Actor;
use crate::api::{enqueue, find};
use crate::app::App;
use crate::order::{NewRun, columns};
use crate::problem::Problem;
use crate::records::Dataset;
use crate::upload;

/// Tables to choose from.
const SHOWN: i64 = 100;

type Fields = BTreeMap<String, String>;

/// The beginning of the names of fields that are parameters.
const SET: &str = "set.";

pub(crate) async fn form(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Query(mut fields): Query<Fields>,
) -> Page {
    if let Some(id) = fields.remove("from") {
        let like = find(&app, &actor, &id).await?;
        let mut filled = of_run(&like.run);
        filled.extend(fields);
        fields = filled;
    }
    let Some(id) = fields.get("dataset") else {
        return pick(&app, &actor).await;
    };
    let found = (app.records.dataset(&actor.scope, id).await?).ok_or_else(Problem::not_found)?;
    let trouble = order(&fields).and_then(|new| new.check(&found, app.settings.limits.rows));
    Ok(filled(&app, &actor, &found, &fields, trouble.err()).await?)
}

async fn pick(app: &App, actor: &Actor) -> Page {
    let all = app.records.datasets(&actor.scope, SHOWN).await?;
    let view = json!({ "title": "New run", "datasets": all.iter().map(dataset::row).collect::<Vec<_>>(),
        "dataset": null });
    Ok(page(app, actor, "new", "new.html", view))
}

/// The form with what was filled in, and what is wrong with that.
async fn filled(
    app: &App,
    actor: &Actor,
    dataset: &Dataset,
    fields: &Fields,
    trouble: Option<Problem>,
) -> Result<Html<String>, Problem> {
    let say = |name: &str, default: &'static str| {
        (fields.get(name).map(|s| s.trim()).filter(|s| !s.is_empty())).unwrap_or(default)
    };
    let method = Method::named(say("method", "auto")).unwrap_or(Method::Tabddpm);
    let modes = [
        ("speed", Mode::Speed),
        ("balanced", Mode::Balanced),
        ("quality", Mode::Quality),
    ];
    let (mode, budget) = (modes.into_iter())
        .find(|(name, _)| *name == say("mode", ""))
        .unwrap_or(("balanced", Mode::Balanced));
    let mut plan = Options {
        mode: Some(budget),
        method: Some(Asked::Only(method)),
        ..Options::default()
    };
    if trouble.is_none() {
        plan.subject = Some(say("subject", "").to_owned()).filter(|s| !s.is_empty());
        // What is refused is said by the form's own check.
        if say("text", "") == "leave_out" {
            plan.text = TextMode::Drop;
        }
        plan.set = set(fields)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
    }
    let schema = Some(dataset.schema_toml.as_str());
    let found = upload::read(app, actor, &dataset.hash, &dataset.name, schema, Some(plan)).await?;
    let config = serde_json::to_value(&found.config).unwrap_or_default();
    let parameters: Vec<Value> = (method.params().iter())
        .map(|p| {
            let value = fields
                .get(&format!("{SET}{}", p.name))
                .map_or("", String::as_str);
            json!({ "name": p.name, "about": p.about, "range": p.range, "choices": choices(p.range), "value": value,
                "default": view::text(&config[p.name]) })
        })
        .collect();
    let set = parameters.iter().filter(|p| p["value"] != "").count();
    let rows = found.division.map(|d| [d.train, d.validation, d.test]);
    let people = found.people.map(|p| [p.train, p.validation, p.test]);
    let view = json!({
        "title": "New run", "dataset": dataset::row(&dataset.listed()), "columns": dataset::columns(dataset, &dataset.schema_toml, None), "aim": schema::aim(&dataset.schema_toml), "whose": schema::subject(&dataset.schema_toml), "hints": hints(dataset, fields),
        "names": columns(dataset), "mode": mode, "method": say("method", "auto"),
        "profile": say("profile", "standard"), "relations": say("relations", ""), "text": say("text", ""), "personal": personal(dataset), "name": say("name", ""), "target": say("target", ""), "subject": say("subject", ""), "protect": say("protect", ""), "attempts": say("attempts", "3"),
        "wanted": say("rows", ""), "seed": say("seed", "0"), "time_limit": say("time_limit", ""),
        "parameters": parameters, "set": set, "learns": view::method(method.name()),
        "warnings": found.warnings, "division": division(rows),
        "people": people.map(|p| division(Some(p))),
        "estimate": found.estimate.map(|e| number::seconds(e.seconds)),
        "memory": found.estimate.map(|e| view::bytes(e.bytes)),
        "problem": trouble.as_ref().map(help::of),
    });
    Ok(page(app, actor, "new", "new.html", view))
}

/// How many columns hold personal data or free text.
fn personal(dataset: &Dataset) -> usize {
    let kinds = schema::kinds(&dataset.schema_toml);
    let is_it = |kind: &&String| kind.as_str() == "text" || kind.starts_with("personal");
    kinds.iter().filter(is_it).count()
}

/// Rows or people to learn from, for choices and for the verdict.
fn division(found: Option<[usize; 3]>) -> Value {
    let [train, validation, test] = found.map_or_else(
        || std::array::from_fn(|_| "–".to_owned()),
        |counts| counts.map(|n| number::count(n as f64)),
    );
    json!({ "train": train, "validation": validation, "test": test })
}

/// The words of a parameter that takes one of a few; none for numbers.
fn choices(range: &str) -> Vec<&str> {
    if range.contains(|c: char| c.is_ascii_digit() && !range.contains("bf16"))
        || !range.contains(" or ")
    {
        return Vec::new();
    }
    (range.split(" or "))
        .flat_map(|part| part.split(", "))
        .map(str::trim)
        .collect()
}

/// A time as people write it: `90`, `90s`, `10m`, `2h`.
fn seconds(text: &str) -> Option<Value> {
    if let Ok(number) = text.parse::<serde_json::Number>() {
        return Some(number.into());
    }
    let time = verdancy_engine::options::duration(text).ok()?;
    serde_json::Number::from_f64(time.as_secs_f64()).map(Value::from)
}

/// Names that columns to be predicted often have, and those of times and events.
const TARGETS: [&str; 12] = [
    "target",
    "label",
    "class",
    "outcome",
    "y",
    "result",
    "survived",
    "died",
    "death",
    "num",
    "diagnosis",
    "churn",
];
const TIMES: [&str; 5] = ["time", "survtime", "futime", "days", "followup"];
const EVENTS: [&str; 5] = ["event", "cens", "status", "death", "died"];

/// What a table without a target could be judged by: a column by its name, or times with events.
fn hints(dataset: &Dataset, fields: &Fields) -> Value {
    let [target, time, _] = schema::aim(&dataset.schema_toml);
    let asked = fields.get("target").is_some_and(|t| !t.trim().is_empty());
    if asked || !target.is_empty() || !time.is_empty() {
        return Value::Null;
    }
    let names = columns(dataset);
    let find = |known: &[&str]| {
        (names.iter())
            .find(|name| known.contains(&name.to_lowercase().replace(['_', '-', ' '], "").as_str()))
    };
    match (find(&TIMES), find(&EVENTS), find(&TARGETS)) {
        (Some(time), Some(event), _) => json!({ "time": time, "event": event }),
        (_, _, Some(target)) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query
                .append_pair("dataset", &dataset.id)
                .append_pair("target", target);
            json!({ "target": target, "query": query.finish() })
        }
        _ => Value::Null,
    }
}

fn set(fields: &Fields) -> impl Iterator<Item = (&str, &str)> {
    (fields.iter())
        .filter_map(|(name, value)| Some((name.strip_prefix(SET)?, value.trim())))
        .filter(|(_, value)| !value.is_empty())
}

/// The fields that ask for `run`.
fn of_run(run: &NewRun) -> Fields {
    let mut fields = Fields::new();
    let value = serde_json::to_value(run).unwrap_or_default();
    for (name, value) in value.as_object().into_iter().flatten() {
        match name.as_str() {
            "retry_of" | "name" | "note" => {}
            "parameters" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    fields.insert(format!("{SET}{name}"), view::text(value));
                }
            }
            _ => {
                fields.insert(name.clone(), view::text(value));
            }
        }
    }
    fields
}

/// What the fields ask for; empty ones are left out.
fn order(fields: &Fields) -> Result<NewRun, Problem> {
    let bad = |name: &str| {
        Problem::bad(
            "server/not-understood",
            format!("The field “{}” is not understood.", name.replace('_', " ")),
            "Change it and send the form again.",
        )
    };
    let mut body = serde_json::Map::new();
    for (name, value) in fields {
        let value = value.trim();
        if value.is_empty() || name.starts_with(SET) {
            continue;
        }
        let value = match name.as_str() {
            "time_limit" => seconds(value).ok_or_else(|| bad(name))?,
            "attempts" | "protect" | "rows" | "seed" => {
                let number: serde_json::Number = value.parse().map_err(|_| bad(name))?;
                number.into()
            }
            _ => Value::from(value),
        };
        // Each by itself first, so that the answer names the one that is wrong.
        let alone = if name == "dataset" {
            json!({ name: value })
        } else {
            json!({ "dataset": "", name: value })
        };
        serde_json::from_value::<NewRun>(alone).map_err(|_| bad(name))?;
        body.insert(name.clone(), value);
    }
    let parameters: serde_json::Map<String, Value> = set(fields)
        .map(|(name, value)| {
            (
                name.to_owned(),
                serde_json::from_str(value).unwrap_or_else(|_| value.into()),
            )
        })
        .collect();
    body.insert("parameters".to_owned(), parameters.into());
    serde_json::from_value(Value::Object(body)).map_err(|_| bad("dataset"))
}

pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    let made = match order(&fields) {
        Ok(new) => enqueue(&app, &actor, new).await,
        Err(problem) => Err(problem),
    };
    let problem = match made {
        Ok(run) => return Ok(Redirect::to(&format!("/runs/{}", run.id)).into_response()),
        Err(problem) => problem,
    };
    let id = fields.get("dataset").map_or("", String::as_str);
    let found = (app.records.dataset(&actor.scope, id).await?).ok_or_else(Problem::not_found)?;
    let status = problem.status;
    let again = filled(&app, &actor, &found, &fields, Some(problem)).await?;
    Ok((status, again).into_response())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fields(all: &[(&str, &str)]) -> Fields {
        (all.iter())
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn a_run_and_the_form_that_asks_for_it_are_the_same() {
        let json = r#"{"dataset":"d","method":"tabddpm","rows":50,"time_limit":2.5,"target":"a=b","subject":"who",
            "parameters":{"hidden":64,"process":"masked"}}"#;
        let run: NewRun = serde_json::from_str(json).unwrap();
        assert_eq!(order(&of_run(&run)).unwrap(), run);
    }

    #[test]
    fn a_time_may_have_its_unit_and_words_are_chosen_from() {
        let order = |text: &str| {
            let made = order(&fields(&[("dataset", "d"), ("time_limit", text)]));
            made.map(|new| new.time_limit)
        };
        assert_eq!(order("90").unwrap(), Some(90.0));
        assert_eq!(order("10m").unwrap(), Some(600.0));
        assert_eq!(order("2h").unwrap(), Some(7200.0));
        assert!(order("soon").is_err());
        assert_eq!(choices("masked or multinomial"), ["masked", "multinomial"]);
        assert_eq!(choices("single or bf16"), ["single", "bf16"]);
        assert_eq!(choices("0 to 0.9"), Vec::<&str>::new());
    }

    #[test]
    fn the_field_that_is_wrong_is_named_and_empty_ones_are_left_out() {
        let good = fields(&[
            ("dataset", "d"),
            ("rows", " "),
            ("set.hidden", ""),
            ("mode", "speed"),
        ]);
        assert_eq!(order(&good).unwrap().rows, None);
        for (name, value) in [
            ("rows", "many"),
            ("rows", "1.5"),
            ("mode", "slow"),
            ("admin", "1"),
        ] {
            let problem = order(&fields(&[("dataset", "d"), (name, value)])).unwrap_err();
            assert!(
                problem.body.message.contains(name),
                "{}",
                problem.body.message
            );
        }
        assert!(order(&fields(&[])).is_err());
    }
}
