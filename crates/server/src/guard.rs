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

use crate::access::{self, is_foreign};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::{Entry, Where};
use crate::guests::Guest;
use crate::keys::presented;
use crate::problem::{Code, Problem};
use crate::rights::sees_rows;
use crate::{pages, sessions};

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
    match presented(headers) {
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
