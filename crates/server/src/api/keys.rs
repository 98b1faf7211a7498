//! API keys: made, listed and revoked by whoever has a key for all projects.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Json, Path};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::Where;
use crate::keys::{hash_of, new_key};
use crate::problem::{Problem, ProblemBody};
use crate::records::KeyRow;

/// All keys, without the keys themselves.
#[utoipa::path(get, path = "/v1/keys", tag = "keys",
    responses((status = OK, body = [KeyRow]), (status = UNAUTHORIZED, body = ProblemBody),
        (status = FORBIDDEN, body = ProblemBody)))]
pub(crate) async fn list(State(app): State<App>) -> Result<axum::Json<Vec<KeyRow>>, Problem> {
    Ok(axum::Json(app.records.keys().await?))
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// Whose it is, or what for.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    pub name: String,
    /// Id or name of the project that it opens; without it, all.
    pub project: Option<String>,
    /// True for a key that may see rows of real tables (the preview of a dataset).
    #[serde(default)]
    pub sees_rows: bool,
    /// Days after which it expires; without it, never.
    #[schema(minimum = 0, maximum = 36500)]
    pub days: Option<f64>,
}

/// A new key, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeKey {
    /// The key.
    pub key: String,
    /// What is kept of it.
    pub about: KeyRow,
}

/// Makes a key.
#[utoipa::path(post, path = "/v1/keys", tag = "keys", request_body = NewKey,
    responses((status = CREATED, body = MadeKey), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
        (status = BAD_REQUEST, body = ProblemBody), (status = UNSUPPORTED_MEDIA_TYPE, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
pub(crate) async fn add(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, axum::Json<MadeKey>), Problem> {
    let made = make(&app, &actor, place, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// Makes a key and notes that.
pub(crate) async fn make(
    app: &App,
    actor: &Actor,
    place: Where,
    new: &NewKey,
) -> Result<MadeKey, Problem> {
    if new.name.is_empty() || new.name.chars().count() > 100 || new.name.contains(char::is_control)
    {
        return Err(Problem::bad(
            "server/bad-name",
            "The key's name is empty, longer than 100 characters, or has control characters.",
            "Choose another name.",
        ));
    }
    if new.days.is_some_and(|d| !(0.0..=36_500.0).contains(&d)) {
        return Err(Problem::bad(
            "server/bad-days",
            "The number of days is out of range.",
            "Give 0 to 36500 days, or leave it out.",
        ));
    }
    let project = match &new.project {
        Some(which) => {
            Some((app.records.project(&actor.scope, which).await?).ok_or_else(Problem::not_found)?)
        }
        None => None,
    };
    let key = new_key();
    let id = project.as_ref().map(|p| p.id.as_str());
    let about = app
        .records
        .add_key(&new.name, &hash_of(&key), id, new.sees_rows, new.days)
        .await?;
    app.audit.note(actor, place, "key-made", &about.id, None);
    Ok(MadeKey { key, about })
}

/// Ends a key at once. A key does not end itself, so there is always one left.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "keys", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemBody),
        (status = CONFLICT, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    end(&app, &actor, place, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a key and notes that.
pub(crate) async fn end(app: &App, actor: &Actor, place: Where, id: &str) -> Result<(), Problem> {
    if let Some(own) = actor.key()
        && (app.records.key(own).await?).is_some_and(|key| key.id == id)
    {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/own-key",
            "A key does not end itself.",
            "Make another key, and end this one with it.",
        ));
    }
    if !app.records.revoke(id).await? {
        return Err(Problem::not_found());
    }
    app.audit.note(actor, place, "key-revoked", id, None);
    Ok(())
}
