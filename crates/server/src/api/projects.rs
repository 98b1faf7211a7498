//! Projects.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Json, Path};
use crate::access::Actor;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::records::Project;

/// The projects that the key opens.
#[utoipa::path(get, path = "/v1/projects", tag = "projects",
    responses((status = OK, body = [Project]), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    actor: Actor,
) -> Result<axum::Json<Vec<Project>>, Problem> {
    Ok(axum::Json(app.records.projects(&actor.scope).await?))
}

/// A project to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProject {
    /// Its name, unique; a letter or digit, then letters, digits, blanks, dots and dashes.
    #[schema(
        pattern = "^[A-Za-z0-9][A-Za-z0-9 ._-]*$",
        min_length = 1,
        max_length = 100
    )]
    name: String,
}

/// Makes a project.
#[utoipa::path(post, path = "/v1/projects", tag = "projects", request_body = NewProject,
    responses((status = CREATED, body = Project), (status = CONFLICT, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
        (status = BAD_REQUEST, body = ProblemBody), (status = UNSUPPORTED_MEDIA_TYPE, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
pub(crate) async fn add(
    State(app): State<App>,
    actor: Actor,
    Json(new): Json<NewProject>,
) -> Result<(StatusCode, axum::Json<Project>), Problem> {
    actor.keeper()?;
    let name = &new.name;
    let good = |c: char| c.is_ascii_alphanumeric() || " ._-".contains(c);
    let first = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    if !first || name.len() > 100 || !name.chars().all(good) {
        return Err(Problem::bad(
            "server/bad-name",
            "The project's name is empty, too long, or has other than letters, digits, blanks, dots and dashes.",
            "Choose another name.",
        ));
    }
    let made = app.records.add_project(name).await?;
    let project = made.ok_or_else(|| {
        Problem::new(
            StatusCode::CONFLICT,
            "server/name-taken",
            "There is a project of that name.",
            "Choose another name.",
        )
    })?;
    Ok((StatusCode::CREATED, axum::Json(project)))
}

/// A project.
#[utoipa::path(get, path = "/v1/projects/{id}", tag = "projects", params(("id" = String, Path)),
    responses((status = OK, body = Project), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Project>, Problem> {
    let found = app.records.project(&actor.scope, &id).await?;
    found.map(axum::Json).ok_or_else(Problem::not_found)
}
