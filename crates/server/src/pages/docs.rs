//! The API, to be read: every address with what it takes and what it answers, from the OpenAPI document.

use std::sync::OnceLock;

use axum::extract::State;
use serde_json::{Value, json};

use super::render::page;
use super::{Page, Visitor};
use crate::app::App;

/// Tags in the order of the page.
const TAGS: [&str; 6] = ["datasets", "runs", "samples", "projects", "keys", "service"];

pub(crate) async fn api(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    static GROUPS: OnceLock<Value> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| groups(&crate::openapi()));
    let view = json!({ "title": "API", "groups": groups });
    Ok(page(&app, &actor, "api", "api.html", view))
}

/// The operations of a document by tag.
fn groups(document: &str) -> Value {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let mut groups: Vec<(&str, Vec<Value>)> = TAGS.map(|tag| (tag, Vec::new())).into();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str();
            if let Some((_, all)) = groups.iter_mut().find(|(name, _)| Some(*name) == tag) {
                all.push(shown(method, path, operation));
            }
        }
    }
    let named = groups
        .into_iter()
        .map(|(name, all)| json!({ "name": name, "operations": all }));
    named.collect()
}

fn shown(method: &str, path: &str, operation: &Value) -> Value {
    let texts = |name: &str| {
        operation[name]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " ")
    };
    let about = match texts("description") {
        text if text.is_empty() => texts("summary"),
        text => text,
    };
    let parameters: Vec<Value> = (operation["parameters"].as_array().into_iter().flatten())
        .filter(|p| p["in"] != "path")
        .map(|p| json!({ "name": p["name"], "about": p["description"].as_str().unwrap_or_default() }))
        .collect();
    let content = |value: &Value| {
        let kinds = value["content"].as_object();
        kinds.and_then(|kinds| kinds.keys().next().cloned())
    };
    let answers: Vec<Value> = (operation["responses"].as_object().into_iter().flatten())
        .filter(|(status, _)| status.starts_with('2'))
        .map(|(status, answer)| json!({ "status": status, "content": content(answer) }))
        .collect();
    json!({ "method": method.to_uppercase(), "path": path, "about": about, "parameters": parameters,
        "body": content(&operation["requestBody"]), "answers": answers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page() {
        let document = crate::openapi();
        let groups = groups(&document);
        let all = groups.as_array().into_iter().flatten();
        let shown: usize = all
            .map(|g| g["operations"].as_array().map_or(0, Vec::len))
            .sum();
        let document: Value = serde_json::from_str(&document).unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let there: usize = paths
            .map(|(_, item)| item.as_object().map_or(0, |o| o.len()))
            .sum();
        assert_eq!(shown, there);
        let upload = groups.to_string();
        assert!(upload.contains("\"about\":\"Uploads a table"));
    }
}
