//! The record of who did what, for whoever has a key for all projects.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::extract::{Listing, Query};
use crate::app::App;
use crate::audit::Entry;
use crate::problem::{Problem, ProblemBody};

/// Sign-ins, refusals, keys, previews, downloads and deletions, the latest first, one line of JSON each.
#[utoipa::path(get, path = "/v1/audit", tag = "service",
    params(("limit" = Option<i64>, Query, description = "So many at most; 100 without it", minimum = 1, maximum = 500)),
    responses((status = OK, body = Entry, content_type = "application/x-ndjson"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody)))]
pub(crate) async fn latest(
    State(app): State<App>,
    Query(asked): Query<Listing>,
) -> Result<impl IntoResponse, Problem> {
    let (_, limit) = asked.checked()?;
    let all = app.audit.latest(usize::try_from(limit).unwrap_or(100))?;
    let lines: Vec<String> = (all.iter())
        .filter_map(|entry| serde_json::to_string(entry).ok())
        .map(|line| line + "\n")
        .collect();
    Ok((
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        lines.concat(),
    ))
}
