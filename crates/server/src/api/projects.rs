//! Projects.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Json, Path};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::Where;
use crate::forget;
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
    place: Where,
    Json(new): Json<NewProject>,
) -> Result<(StatusCode, axum::Json<Project>), Problem> {
    let project = make(&app, &actor, place, &new.name).await?;
    Ok((StatusCode::CREATED, axum::Json(project)))
}

/// Makes a project and notes that.
pub(crate) async fn make(
    app: &App,
    actor: &Actor,
    place: Where,
    name: &str,
) -> Result<Project, Problem> {
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
    app.audit
        .note(actor, place, "project-made", &project.id, None);
    Ok(project)
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

/// What holds for a project.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    /// Its share of the workers, beside others of 1.
    #[schema(minimum = 0.01, maximum = 100)]
    pub weight: Option<f64>,
    /// Days after which its datasets and runs are forgotten; without it, never.
    #[schema(minimum = 0.01, maximum = 36500)]
    pub retention_days: Option<f64>,
}

/// Says what holds for a project: its share of the workers, and how long it keeps things.
#[utoipa::path(put, path = "/v1/projects/{id}", tag = "projects", params(("id" = String, Path)), request_body = Rules,
    responses((status = OK, body = Project), (status = NOT_FOUND, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
        (status = BAD_REQUEST, body = ProblemBody), (status = UNSUPPORTED_MEDIA_TYPE, body = ProblemBody),
        (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
pub(crate) async fn set(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
    Json(rules): Json<Rules>,
) -> Result<axum::Json<Project>, Problem> {
    Ok(axum::Json(rule(&app, &actor, place, &id, rules).await?))
}

/// Keeps the rules of a project and notes that.
pub(crate) async fn rule(
    app: &App,
    actor: &Actor,
    place: Where,
    id: &str,
    rules: Rules,
) -> Result<Project, Problem> {
    let project = one(app, actor, id).await?;
    let weight = rules.weight.unwrap_or(project.weight);
    if !(0.01..=100.0).contains(&weight)
        || !(rules.retention_days).is_none_or(|d| (0.01..=36_500.0).contains(&d))
    {
        return Err(Problem::bad(
            "server/bad-rules",
            "The weight or the days of the project are out of range.",
            "Give a weight of 0.01 to 100 and 0.01 to 36500 days, or leave them out.",
        ));
    }
    app.queue.weigh(&project.id, weight).await?;
    forget::retain(app, &project.id, rules.retention_days).await?;
    app.audit
        .note(actor, place, "project-rules", &project.id, None);
    one(app, actor, id).await
}

async fn one(app: &App, actor: &Actor, id: &str) -> Result<Project, Problem> {
    (app.records.project(&actor.scope, id).await?).ok_or_else(Problem::not_found)
}

/// Deletes a project with its keys, datasets and runs. Runs that have not ended are cancelled and go when they
/// have.
#[utoipa::path(delete, path = "/v1/projects/{id}", tag = "projects", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemBody), (status = CONFLICT, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    actor: Actor,
    place: Where,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    end(&app, &actor, place, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a project and notes that.
pub(crate) async fn end(app: &App, actor: &Actor, place: Where, id: &str) -> Result<(), Problem> {
    let project = one(app, actor, id).await?;
    if project.name == "default" {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "server/default-project",
            "The project called default is always there.",
            "Delete its datasets instead; their runs go with them.",
        ));
    }
    forget::project(app, &project).await?;
    app.audit
        .note(actor, place, "project-deleted", &project.id, None);
    Ok(())
}
