//! More rows on the page of a finished run: the form, what was drawn and what is being drawn. What is wrong with a wish
//! is said beside its field, whether it is found when it is sent or when the rows are drawn.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use verdancy_engine::{Drawing, RunRecord};
use verdancy_jobs::State as Stand;
use verdancy_report::number;
use verdancy_table::{Schema, Storage};

use super::render::{merged, render};
use super::view::{self, Badge, badge};
use super::{Page, Trouble, Visitor, run};
use crate::actor::Actor;
use crate::api::find;
use crate::api::samples::{all, delete, end, enqueue};
use crate::api::view::{Run, Sample};
use crate::app::App;
use crate::audit::Where;
use crate::problem::{Problem, ProblemBody};
use crate::rights;
use crate::sample::{Asked, NewSample};

type Fields = BTreeMap<String, String>;

/// A form that was refused: what was filled in, the field that is wrong (none when it is no field's fault), and why.
pub(super) struct Refused {
    fields: Fields,
    field: &'static str,
    problem: ProblemBody,
}

/// The form and the list, for the page of a finished run.
pub(super) async fn shown(
    app: &App,
    actor: &Actor,
    run: &Run,
    record: &RunRecord,
    refused: Option<Refused>,
) -> Result<Value, Problem> {
    let samples = all(app, run).await?;
    let refused = refused.or_else(|| failed(samples.first()?));
    let rows = record.rows.synthetic.to_string();
    let filled = |name: &str| refused.as_ref().and_then(|r| r.fields.get(name).cloned());
    let form = json!({
        "rows": filled("rows").unwrap_or(rows), "where": filled("where").unwrap_or_default(),
        "balance": filled("balance").unwrap_or_default(), "categories": categories(&record.schema),
        "field": refused.as_ref().map_or("", |r| r.field), "wrong": refused.as_ref().map(|r| &r.problem),
    });
    Ok(merged(list(actor, run, &samples), json!({ "form": form })))
}

/// The samples as the list shows them.
fn list(actor: &Actor, run: &Run, samples: &[Sample]) -> Value {
    let moving = samples.iter().any(|s| !s.state.is_final());
    let say = (samples.first()).map_or_else(String::new, |s| {
        format!("{}: {}", words(&s.asked), state(s.state).word)
    });
    let failed = samples.first().is_some_and(|s| s.state == Stand::Failed);
    let rows: Vec<Value> = samples.iter().map(|s| row(actor, run, s)).collect();
    json!({ "id": run.id, "samples": rows, "drawing": moving, "say": say, "unmet": failed })
}

fn row(actor: &Actor, run: &Run, sample: &Sample) -> Value {
    let result = sample.result.as_ref();
    let open = rights::may_give(actor, sample.asked.given.is_some()).is_ok();
    let csv = sample.asked.file().ends_with(".csv");
    let how = result.map(|drawn| {
        let met = (drawn.rate).map(|rate| format!("{} of the model's rows meet it", percent(rate)));
        let around =
            (drawn.drawing == Drawing::Conditional).then(|| "drawn around its cells".to_owned());
        met.into_iter().chain(around).collect::<Vec<_>>().join(", ")
    });
    json!({
        "id": sample.id, "what": words(&sample.asked), "badge": state(sample.state),
        "when": view::when(sample.created_at), "actor": sample.actor,
        "path": (result.is_some() && open).then(|| format!("/v1/runs/{}/samples/{}/rows", run.id, sample.id)),
        "hidden": result.is_some() && !open, "csv": csv, "file": sample.asked.file(),
        "rows": result.map(|drawn| number::count(drawn.rows as f64)),
        "so_far": sample.rows.map(|n| number::count(n as f64)),
        "bytes": result.map(|drawn| view::bytes(drawn.bytes)), "how": how.unwrap_or_default(),
        "warnings": result.map(|drawn| &drawn.warnings), "failure": sample.failure,
        "moving": !sample.state.is_final(), "cancelling": sample.state == Stand::Cancelling,
    })
}

/// A share, with enough digits to tell it from none.
fn percent(share: f64) -> String {
    match 100.0 * share {
        x if x > 0.0 && x < 0.1 => "less than 0.1 %".to_owned(),
        x if x < 10.0 => format!("{x:.1} %"),
        x => format!("{x:.0} %"),
    }
}

/// What was asked for, in words.
fn words(asked: &Asked) -> String {
    match (&asked.condition, &asked.balance, &asked.given) {
        (Some(text), ..) => text.clone(),
        (None, Some(text), _) if text.contains('=') => format!("in shares: {text}"),
        (None, Some(text), _) => format!("{text} in equal shares"),
        (None, None, Some(_)) => "around given cells".to_owned(),
        (None, None, None) => "any rows".to_owned(),
    }
}

fn state(state: Stand) -> Badge {
    match state {
        Stand::Queued => badge("none", "…", "waiting"),
        Stand::Running => badge("none", "▸", "drawing"),
        Stand::Cancelling => badge("none", "…", "cancelling"),
        Stand::Failed => badge("bad", "!", "failed"),
        Stand::Cancelled => badge("none", "–", "cancelled"),
        Stand::Succeeded => badge("good", "✓", "done"),
    }
}

/// The categories, which can have equal shares.
fn categories(schema: &Schema) -> Vec<&str> {
    (schema.columns.iter())
        .filter(|column| column.kind.storage() == Storage::Levels)
        .map(|column| column.name.as_str())
        .collect()
}

/// The field whose fault a problem is; none for what no field can mend.
fn field(code: &str, balance: bool) -> &'static str {
    match code.split_once('/') {
        Some(("condition" | "expression", _)) if balance => "balance",
        Some(("condition" | "expression", _)) => "where",
        Some(("engine", "no-rows-asked")) => "rows",
        _ => "",
    }
}

/// The form of a sample that failed for what was asked.
fn failed(sample: &Sample) -> Option<Refused> {
    let problem = sample.failure.clone()?;
    let field = field(&problem.code, sample.asked.balance.is_some());
    let asked = &sample.asked;
    let fields = [
        ("rows", asked.rows.map(|n| n.to_string())),
        ("where", asked.condition.clone()),
        ("balance", asked.balance.clone()),
    ];
    (!field.is_empty() && asked.given.is_none()).then(|| Refused {
        fields: (fields.into_iter())
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
        field,
        problem,
    })
}

/// What the fields ask for, or the field that is wrong and why.
fn wish(fields: &Fields, most: u64) -> Result<NewSample, (&'static str, Problem)> {
    let said = |name: &str| {
        let text = fields.get(name).map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let rows = said("rows").map(|text| text.parse()).transpose();
    let new = NewSample {
        rows: rows.map_err(|_| {
            let problem = Problem::bad(
                "server/bad-sample",
                "The number of rows is no whole number.",
                "Write digits only.",
            );
            ("rows", problem)
        })?,
        condition: said("where"),
        balance: said("balance"),
        ..NewSample::default()
    };
    match new.fault(most) {
        Some(fault) => Err((fault.field, fault.into())),
        None => Ok(new),
    }
}

pub(crate) async fn add(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Trouble> {
    let (field, problem) = match wish(&fields, app.settings.limits.rows) {
        Err(wrong) => wrong,
        Ok(new) => match enqueue(&app, &actor, place, &id, &new).await {
            Ok(_) => return Ok(Redirect::to(&format!("/runs/{id}#more-rows")).into_response()),
            Err(problem) => (field(&problem.body.code, new.balance.is_some()), problem),
        },
    };
    let status = problem.status;
    let refused = Refused {
        fields,
        field,
        problem: problem.body,
    };
    let again = run::page_of(&app, &actor, &id, Some(refused)).await?;
    Ok((status, again).into_response())
}

/// The list alone, for the script that renews it.
pub(crate) async fn renewed(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path(id): Path<String>,
) -> Page {
    let run = find(&app, &actor, &id).await?;
    let view = list(&actor, &run, &all(&app, &run).await?);
    Ok(Html(render("samples.html", &view)))
}

pub(crate) async fn cancel(
    State(app): State<App>,
    Visitor(actor): Visitor,
    Path((id, sample)): Path<(String, String)>,
) -> Result<Redirect, Trouble> {
    end(&app, &actor, &id, &sample).await?;
    Ok(Redirect::to(&format!("/runs/{id}#more-rows")))
}

pub(crate) async fn remove(
    State(app): State<App>,
    Visitor(actor): Visitor,
    place: Where,
    Path((id, sample)): Path<(String, String)>,
) -> Result<Redirect, Trouble> {
    delete(&app, &actor, place, &id, &sample).await?;
    Ok(Redirect::to(&format!("/runs/{id}#more-rows")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        (pairs.iter())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_form_is_a_wish_or_names_the_field_that_is_wrong() {
        let good = wish(
            &fields(&[("rows", " 20 "), ("where", "a = 1"), ("balance", "")]),
            100,
        );
        let good = good.map_err(|(field, _)| field).unwrap();
        assert_eq!(
            (good.rows, good.condition.as_deref()),
            (Some(20), Some("a = 1"))
        );
        assert_eq!(good.balance, None);
        for (pairs, wrong) in [
            (&[("rows", "many")][..], "rows"),
            (&[("rows", "-1")], "rows"),
            (&[("rows", "101")], "rows"),
            (&[("rows", "")], "rows"),
            (
                &[("rows", "5"), ("where", "a = 1"), ("balance", "b")],
                "where",
            ),
        ] {
            assert_eq!(wish(&fields(pairs), 100).unwrap_err().0, wrong, "{pairs:?}");
        }
    }

    #[test]
    fn each_code_has_its_field() {
        for (code, balance, expected) in [
            ("expression/unknown-column", false, "where"),
            ("condition/impossible", false, "where"),
            ("condition/unknown-level", true, "balance"),
            ("engine/no-rows-asked", true, "rows"),
            ("server/project-full", false, ""),
            ("jobs/worker-died", true, ""),
        ] {
            assert_eq!(field(code, balance), expected, "{code}");
        }
    }

    #[test]
    fn shares_are_told_from_none() {
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.0004), "less than 0.1 %");
        assert_eq!(percent(0.034), "3.4 %");
        assert_eq!(percent(0.5), "50 %");
    }
}
