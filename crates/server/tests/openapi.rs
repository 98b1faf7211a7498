//! The OpenAPI document is generated from the handlers and committed; both are the same.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use serde_json::Value;

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = verdancy_server::openapi();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/openapi.json is not what the handlers say: run `UPDATE=1 cargo test -p verdancy-server --test openapi`"
    );
}

#[test]
fn every_operation_says_what_may_go_wrong() {
    let document: Value = serde_json::from_str(&verdancy_server::openapi()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, about) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(
                about["summary"].as_str().is_some_and(|s| s.len() > 4),
                "{what}"
            );
            assert!(names.insert(about["operationId"].to_string()), "{what}");
            let responses = about["responses"].as_object().unwrap();
            assert!(responses.contains_key("default"), "{what}");
            if about["security"] != serde_json::json!([{}]) {
                assert!(responses.contains_key("401"), "{what}");
            }
            if path.contains("{id}") {
                assert!(responses.contains_key("404"), "{what}");
            }
        }
    }
}
