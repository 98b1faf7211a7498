//! Templates, compiled once; every value is escaped.

use std::sync::OnceLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

const TEMPLATES: [(&str, &str); 10] = [
    ("base.html", include_str!("../../templates/base.html")),
    ("runs.html", include_str!("../../templates/runs.html")),
    ("new.html", include_str!("../../templates/new.html")),
    ("run.html", include_str!("../../templates/run.html")),
    ("panel.html", include_str!("../../templates/panel.html")),
    ("compare.html", include_str!("../../templates/compare.html")),
    (
        "datasets.html",
        include_str!("../../templates/datasets.html"),
    ),
    ("dataset.html", include_str!("../../templates/dataset.html")),
    ("login.html", include_str!("../../templates/login.html")),
    ("problem.html", include_str!("../../templates/problem.html")),
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
            for (name, text) in TEMPLATES {
                if let Err(e) = env.add_template(name, text) {
                    eprintln!("error [server/template] {name}: {e}");
                    return None;
                }
            }
            Some(env)
        })
        .as_ref()
}

/// A page.
pub(super) fn render(name: &str, view: &impl Serialize) -> String {
    let page = environment().map(|env| env.get_template(name).and_then(|t| t.render(Serde(view))));
    match page {
        Some(Ok(text)) => text,
        other => {
            if let Some(Err(e)) = other {
                eprintln!("error [server/template] {name}: {e}");
            }
            "<!doctype html><title>Verdancy</title><p>This page could not be made.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_template_is_one() {
        assert!(super::environment().is_some());
    }
}
