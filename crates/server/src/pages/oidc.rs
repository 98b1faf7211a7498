//! The way to the provider and back, and the choice of a project.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Page, Trouble, Visitor, door, own, render};
use crate::actor::{Actor, Choice};
use crate::app::App;
use crate::audit::Where;
use crate::keys::cookie;
use crate::oidc::{Person, Provider, Refusal};
use crate::problem::Problem;
use crate::scope::Scope;
use crate::sessions;
use crate::ways::{self, Way};

/// The cookie that a browser takes along.
const COOKIE: [&str; 2] = ["verdancy_way", "__Host-verdancy-way"];

#[derive(Deserialize)]
pub(crate) struct Back {
    next: Option<String>,
}

fn provider(app: &App) -> Result<&Provider, Problem> {
    app.provider.as_ref().ok_or_else(Problem::not_found)
}

fn over() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "server/sign-in-over",
        "This sign-in took more than ten minutes, was used before, or began in another browser.",
        "Sign in again.",
    )
}

/// Sends a browser to the provider.
pub(crate) async fn start(
    State(app): State<App>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, Trouble> {
    let next = own(back.next.as_deref());
    let leaving = match provider(&app)?.leaving().await {
        Ok(leaving) => leaving,
        Err(refusal) => return Ok(door::failed(&app, next, &refusal.into())),
    };
    let token = ways::begin(&app, &leaving, next).await?;
    let cookie = sessions::baked(&headers, COOKIE, &token, ways::AWAY as i64);
    let to = Redirect::to(&leaving.address);
    Ok(([(header::SET_COOKIE, cookie)], to).into_response())
}

/// What the provider sends back.
#[derive(Deserialize)]
pub(crate) struct Returned {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Takes a browser in that comes back.
pub(crate) async fn back(
    State(app): State<App>,
    place: Where,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, Trouble> {
    let provider = provider(&app)?;
    let mut next = "/runs".to_owned();
    match entered(&app, provider, &headers, returned, &mut next).await {
        Ok((cookie, actor)) => {
            app.audit.note(&actor, place, "sign-in", "", None);
            let gone = sessions::baked(&headers, COOKIE, "", 0);
            let cookies = [(header::SET_COOKIE, cookie), (header::SET_COOKIE, gone)];
            Ok((AppendHeaders(cookies), Redirect::to(own(Some(&next)))).into_response())
        }
        // The guard notes refusals.
        Err(problem) => Ok(door::failed(&app, own(Some(&next)), &problem)),
    }
}

async fn entered(
    app: &App,
    provider: &Provider,
    headers: &HeaderMap,
    returned: Returned,
    next: &mut String,
) -> Result<(String, Actor), Problem> {
    let secure = usize::from(sessions::is_secure(headers));
    let token = cookie(headers, COOKIE[secure]).ok_or_else(over)?;
    let Way {
        state,
        nonce,
        verifier,
        wanted,
    } = ways::end(app, token).await?.ok_or_else(over)?;
    *next = wanted;
    // Compared as hashes, so that the time tells nothing.
    let is_its = |text: &str| blake3::hash(text.as_bytes()) == blake3::hash(state.as_bytes());
    if !returned.state.as_deref().is_some_and(is_its) {
        return Err(over());
    }
    if returned.error.is_some() {
        return Err(Refusal::Untrue("the provider said no").into());
    }
    if (returned.iss).is_some_and(|iss| iss != provider.rules().issuer) {
        return Err(Refusal::Untrue("another provider answered").into());
    }
    let code = returned.code.ok_or(Refusal::Untrue("no code"))?;
    let person = provider.person(code, verifier, nonce).await?;
    let choices = choices(app, provider, &person).await?;
    let mark = &provider.rules().mark;
    sessions::begin_person(app, headers, &person, mark, &choices).await
}

/// What a person may do: the projects that there are, with the right to see rows.
async fn choices(app: &App, provider: &Provider, person: &Person) -> Result<Vec<Choice>, Problem> {
    let mut all = Vec::new();
    for (name, sees_rows) in provider.rules().granted(&person.groups) {
        let project = match name.as_str() {
            "*" => None,
            name => match app.records.project(&Scope::All, name).await? {
                Some(project) => Some(project.id),
                None => continue,
            },
        };
        all.push(Choice { project, sees_rows });
    }
    if all.is_empty() {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "server/no-rights",
            "You are known, but none of your groups may use this service, or their project does not exist.",
            "Ask those who run the service to grant your group a project.",
        ));
    }
    Ok(all)
}

/// The projects that a person may choose from.
pub(crate) async fn projects(State(app): State<App>, Visitor(actor): Visitor) -> Page {
    let (choices, chosen) = sessions::choices(&app, &actor).await?;
    let mut shown = Vec::new();
    for choice in choices {
        let name = match &choice.project {
            None => "All projects and administration".to_owned(),
            Some(id) => match app.records.project(&Scope::All, id).await? {
                Some(project) => project.name,
                None => continue,
            },
        };
        shown.push(
            json!({ "id": choice.project.as_deref().unwrap_or("*"), "name": name,
            "sees_rows": choice.sees_rows, "chosen": choice.project == chosen }),
        );
    }
    let view = json!({ "title": "Choose a project", "choices": shown });
    Ok::<Html<String>, _>(render::page(&app, &actor, "choose", "choose.html", view))
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    project: String,
}

/// Goes on in another project.
pub(crate) async fn choose(
    State(app): State<App>,
    place: Where,
    Visitor(actor): Visitor,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Trouble> {
    let project = Some(chosen.project).filter(|id| id != "*");
    if let Some(id) = &project
        && app.records.project(&Scope::All, id).await?.is_none()
    {
        return Err(Problem::not_found().into());
    }
    sessions::choose(&app, &actor, project.as_deref()).await?;
    let id = project.unwrap_or_default();
    app.audit.note(&actor, place, "project-chosen", &id, None);
    Ok(Redirect::to("/runs"))
}
