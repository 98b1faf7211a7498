//! Templates, compiled once; every value is escaped.

use std::sync::OnceLock;

use axum::response::Html;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::app::App;

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

const TEMPLATES: [(&str, &str); 23] = templates![
    "base.html",
    "parts.html",
    "runs.html",
    "new.html",
    "run.html",
    "done.html",
    "samples.html",
    "panel.html",
    "privacy.html",
    "compare.html",
    "datasets.html",
    "dataset.html",
    "columns.html",
    "rows.html",
    "login.html",
    "left.html",
    "choose.html",
    "problem.html",
    "admin.html",
    "keys.html",
    "projects.html",
    "audit.html",
    "api.html",
];

fn environment() -> Option<&'static Environment<'static>> {
    static ENVIRONMENT: OnceLock<Option<Environment<'static>>> = OnceLock::new();
    ENVIRONMENT
        .get_or_init(|| {
            let mut env = Environment::new();
            env.set_undefined_behavior(UndefinedBehavior::Strict);
            env.set_auto_escape_callback(|_| AutoEscape::Html);
            let syntax = SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build();
            env.set_syntax(syntax.ok()?);
            let pieces = ("pieces.html", verdancy_report::PIECES);
            for (name, text) in std::iter::once(pieces).chain(TEMPLATES) {
                if let Err(e) = env.add_template(name, text) {
                    eprintln!("error [server/template] {name}: {e}");
                    return None;
                }
            }
            Some(env)
        })
        .as_ref()
}

/// A template with its values, which are a map.
pub(super) fn render(name: &str, view: &Value) -> String {
    let page = environment().map(|env| env.get_template(name).and_then(|t| t.render(Serde(view))));
    match page {
        Some(Ok(text)) => text,
        other => {
            if let Some(Err(e)) = other {
                // The error's own words may quote a value; its place does not.
                let line = e.line().unwrap_or(0);
                eprintln!("error [server/template] {name}, line {line}: {}", e.kind());
            }
            "<!doctype html><title>Verdancy</title><p>This page could not be made.".to_owned()
        }
    }
}

/// A page for someone who is in.
pub(crate) fn page(app: &App, actor: &Actor, here: &str, name: &str, view: Value) -> Html<String> {
    let signed = !app.settings.open;
    let base = json!({ "who": actor.name, "signed": signed, "here": here, "several": actor.several,
        "keeper": signed && actor.is_keeper() });
    Html(render(name, &merged(base, view)))
}

/// A page for anyone.
pub(super) fn outside(name: &str, view: Value) -> Html<String> {
    let base =
        json!({ "who": null, "signed": false, "here": "", "several": false, "keeper": false });
    Html(render(name, &merged(base, view)))
}

/// The fields of both.
pub(super) fn merged(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_template_is_one() {
        assert!(super::environment().is_some());
    }
}
