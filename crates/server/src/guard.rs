//! The one door: who asks, whether a page of another site made the request, and whether this key may do
//! that. Every request passes it before its handler is reached, and what no rule names needs a key.
//!
//! Rights are three. A *key* opens what belongs to its project. The right to *see rows* opens rows of real
//! tables and what shows as much: the fitted model, values that fewer people share, and saying that a column of
//! keys, people or texts may be learned. A *keeper*, whose key is for all projects, sees to keys and
//! projects.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::access::{self, Actor, is_foreign};
use crate::app::App;
use crate::audit::{Entry, Where};
use crate::guests::Guest;
use crate::pages;
use crate::problem::{Code, Problem};
use crate::sessions;

/// What a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// A key.
    Key,
    /// A key that may see rows.
    Rows,
    /// A key for all projects.
    Keeper,
}

/// What is open to everybody.
pub(crate) const OPEN: [&str; 11] = [
    "/",
    "/health",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/assets/verdancy.css",
    "/assets/live.js",
    "/login",
    "/login/oidc",
    "/login/oidc/back",
    "/logout",
];

/// What needs more than a key. A star stands for every method.
pub(crate) const MORE: [(&str, &str, Need); 14] = [
    ("GET", "/v1/datasets/{id}/preview", Need::Rows),
    ("GET", "/datasets/{id}/rows", Need::Rows),
    ("*", "/v1/keys", Need::Keeper),
    ("*", "/v1/keys/{id}", Need::Keeper),
    ("*", "/keys", Need::Keeper),
    ("*", "/keys/{id}/revoke", Need::Keeper),
    ("POST", "/v1/projects", Need::Keeper),
    ("PUT", "/v1/projects/{id}", Need::Keeper),
    ("DELETE", "/v1/projects/{id}", Need::Keeper),
    ("*", "/projects", Need::Keeper),
    ("*", "/projects/{id}/rules", Need::Keeper),
    ("*", "/projects/{id}/delete", Need::Keeper),
    ("*", "/v1/audit", Need::Keeper),
    ("*", "/audit", Need::Keeper),
];

/// What a request to a route needs.
pub(crate) fn need(method: &Method, route: &str) -> Need {
    if OPEN.contains(&route) {
        return Need::Nothing;
    }
    let method = if *method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    let rule = MORE
        .iter()
        .find(|(of, path, _)| *path == route && (*of == "*" || *of == method));
    rule.map_or(Need::Key, |(_, _, need)| *need)
}

/// Whoever a request is from.
async fn who(app: &App, headers: &HeaderMap) -> Result<Actor, Problem> {
    if app.settings.open {
        return Ok(Actor::local());
    }
    match access::presented(headers) {
        Some(key) => access::actor_of(app, key).await,
        None => sessions::actor(app, headers).await,
    }
}

/// The key that may do that, or why it may not.
async fn admitted(app: &App, need: Need, headers: &HeaderMap) -> Result<Option<Actor>, Problem> {
    if need == Need::Nothing {
        return Ok(None);
    }
    let actor = who(app, headers).await?;
    match need {
        Need::Keeper if !actor.is_keeper() => Err(Problem::forbidden()),
        Need::Rows => {
            sees_rows(&actor, "This key may not see rows of real tables.")?;
            Ok(Some(actor))
        }
        _ => Ok(Some(actor)),
    }
}

/// Lets a request through, or answers it.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (method, headers) = (request.method().clone(), request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let needed = match route {
        Some("/metrics") if app.settings.private_metrics => Need::Keeper,
        Some(route) => need(&method, route),
        None => Need::Nothing,
    };
    let admitted = if is_foreign(&method, headers) {
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "server/other-site",
            "A page of another site made this request.",
            "Open the page of this service and do it there; behind a proxy, let it pass Host on.",
        ))
    } else {
        admitted(&app, needed, headers).await
    };
    let place = Where {
        method: method.as_str().to_owned(),
        route: route.unwrap_or("unknown").to_owned(),
        from: request.extensions().get::<Guest>().map(Guest::address),
    };
    let is_page = route.is_some_and(|route| !route.starts_with("/v1/") && route != "/metrics");
    let (name, answer) = match admitted {
        Ok(actor) => {
            let name = actor.as_ref().map(|a| a.name.clone());
            if let Some(actor) = actor {
                if let Some(guest) = request.extensions().get::<Guest>() {
                    guest.is_known();
                }
                request.extensions_mut().insert(actor);
            }
            request.extensions_mut().insert(place.clone());
            (name, next.run(request).await)
        }
        Err(problem) if is_page => (None, pages::refused(problem, &request)),
        Err(problem) => (None, problem.into_response()),
    };
    if matches!(
        answer.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    ) {
        let code = answer.extensions().get::<Code>().map(|c| c.0.clone());
        app.audit.refused(Entry::refusal(name, place, code));
    }
    answer
}

/// An error unless the key may see rows.
pub(crate) fn sees_rows(actor: &Actor, what: &str) -> Result<(), Problem> {
    if actor.sees_rows {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "server/rows-not-shown",
        what,
        "Use a key that was made with `sees_rows`.",
    ))
}

/// An error unless the key may have this file of a run: a model knows as much of real rows as its training
/// showed it.
pub(crate) fn may_have(actor: &Actor, file: &str) -> Result<(), Problem> {
    if is_model(file) {
        sees_rows(
            actor,
            "The fitted model tells of real rows, which this key may not see.",
        )?;
    }
    Ok(())
}

/// An error when rows are drawn around given cells and the key may not see rows: such a sample shows the cells, and
/// says what the model takes a particular person to be like.
pub(crate) fn may_give(actor: &Actor, given: bool) -> Result<(), Problem> {
    match given {
        true => sees_rows(
            actor,
            "Rows around given cells show these cells, which this key may not see.",
        ),
        false => Ok(()),
    }
}

/// True for a file of the fitted model.
pub(crate) fn is_model(file: &str) -> bool {
    file == "model" || file.starts_with("model/")
}

/// An error when a schema would let a column be learned that was kept out of every model, or make fewer people
/// stand behind a value, and the key may not see rows.
pub(crate) fn may_say(actor: &Actor, before: &str, after: &str) -> Result<(), Problem> {
    if actor.sees_rows {
        return Ok(());
    }
    let read = |text: &str| text.parse::<toml::Table>().unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let kinds = |table: &toml::Table| -> Vec<(String, String)> {
        let columns = table.get("column").and_then(toml::Value::as_array);
        let text =
            |c: &toml::Value, name| c.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        (columns.into_iter().flatten())
            .filter_map(|c| Some((text(c, "name")?, text(c, "kind").unwrap_or_default())))
            .collect()
    };
    let were = kinds(&before);
    let is_kept_out = |kind: &str| matches!(kind, "id" | "text" | "personal");
    let weaker = kinds(&after).into_iter().any(|(name, kind)| {
        let was = were.iter().find(|(known, _)| *known == name);
        !is_kept_out(&kind) && was.is_none_or(|(_, was)| is_kept_out(was))
    });
    if weaker || before.get("subject") != after.get("subject") {
        return sees_rows(
            actor,
            "With this schema a model would learn more of real people than this key may see.",
        );
    }
    Ok(())
}

/// An error when a run would give away more of real rows than the key may see.
pub(crate) fn may_ask(
    actor: &Actor,
    run: &crate::order::NewRun,
    schema: &str,
) -> Result<(), Problem> {
    let usual = verdancy_engine::Options::default().plan();
    let usual = usual.map_or(u64::MAX, |plan| plan.protect.k() as u64);
    let fewer = run.protect.is_some_and(|k| u64::from(k) < usual);
    let own = (schema.parse::<toml::Table>().ok())
        .and_then(|table| Some(table.get("subject")?.as_str()?.to_owned()));
    let others = run.subject.is_some() && run.subject != own;
    if fewer || others {
        return sees_rows(
            actor,
            "With fewer people behind a value, or other people, more of real rows would show than this key may see.",
        );
    }
    Ok(())
}
