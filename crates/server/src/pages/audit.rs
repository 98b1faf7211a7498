//! The page of who did what.

use axum::extract::State;
use serde_json::json;

use super::render::page;
use super::{Page, Visitor};
use crate::app::App;

/// Lines of the record on the page.
const SHOWN: usize = 200;

pub(crate) async fn latest(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    let all = app.audit.latest(SHOWN)?;
    let view = json!({ "title": "Audit log", "part": "audit", "entries": all, "whole": all.len() == SHOWN });
    Ok(page(&app, &actor, "admin", "audit.html", view))
}
