//! The way in and out. A key is shown once, and a session carries on from there; who comes by the address of a
//! run is led back to it.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::Trouble;
use super::render::outside;
use crate::access::actor_of;
use crate::app::App;
use crate::audit::{self, Where};
use crate::problem::{Code, Problem};
use crate::sessions;

#[derive(Deserialize)]
pub(crate) struct Back {
    next: Option<String>,
}

/// The address of the sign-in that leads to `wanted` afterwards.
pub(super) fn way_in(wanted: &str) -> String {
    let mut out = String::from("/login?next=");
    for byte in wanted.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

/// `wanted` when it is an address of this service; else the runs.
pub(crate) fn own(wanted: Option<&str>) -> &str {
    let is_own = |w: &&str| {
        let plain = w.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        plain && w.starts_with('/') && !w.starts_with("//") && !w.starts_with("/login")
    };
    wanted.filter(is_own).unwrap_or("/runs")
}

/// The page before all others.
pub(crate) mod door {
    use super::*;

    /// With what went wrong with a key, or with the provider.
    fn page(app: &App, next: &str, bad_key: bool, problem: Option<&Problem>) -> Html<String> {
        let label = (app.provider.as_ref()).map(|provider| provider.rules().label.clone());
        let said = problem.map(|p| format!("{} {}", p.body.message, p.body.remedy));
        let way = way_in(next).replacen("/login?", "/login/oidc?", 1);
        outside(
            "login.html",
            json!({ "title": "Sign in", "failed": bad_key, "said": said, "next": next,
                "provider": label, "way": way }),
        )
    }

    /// As it is found first.
    pub(crate) fn open(app: &App, next: &str) -> Html<String> {
        page(app, next, false, None)
    }

    /// After a sign-out here, on the way to the provider's at `address`. A page, since the policy of pages lets no form lead
    /// elsewhere.
    pub(crate) fn left(label: &str, address: &str) -> Html<String> {
        outside(
            "left.html",
            json!({ "title": "Signed out", "provider": label, "address": address }),
        )
    }

    /// After a key that is none.
    pub(crate) fn bad_key(app: &App, next: &str) -> Response {
        (StatusCode::UNAUTHORIZED, page(app, next, true, None)).into_response()
    }

    /// After a sign-in elsewhere that did not come about.
    pub(crate) fn failed(app: &App, next: &str, problem: &Problem) -> Response {
        let mut answer = (problem.status, page(app, next, false, Some(problem))).into_response();
        (answer.extensions_mut()).insert(Code(problem.body.code.clone()));
        if let Some(seconds) = problem.retry_after {
            (answer.headers_mut()).insert(header::RETRY_AFTER, seconds.into());
        }
        answer
    }
}

pub(crate) async fn login(State(app): State<App>, Query(back): Query<Back>) -> Html<String> {
    door::open(&app, own(back.next.as_deref()))
}

#[derive(Deserialize)]
pub(crate) struct Entry {
    key: String,
    next: Option<String>,
}

pub(crate) async fn enter(
    State(app): State<App>,
    place: Where,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Response {
    let next = own(entry.next.as_deref());
    let actor = match actor_of(&app, entry.key.trim()).await {
        Ok(actor) => actor,
        Err(problem) if problem.status == StatusCode::UNAUTHORIZED => {
            let code = Some("server/no-key".to_owned());
            app.audit.refused(audit::Entry::refusal(None, place, code));
            return door::bad_key(&app, next);
        }
        Err(problem) => return Trouble(problem).into_response(),
    };
    match sessions::begin(&app, &headers, &actor).await {
        Ok(cookie) => {
            app.audit.note(&actor, place, "sign-in", "", None);
            ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
        }
        Err(problem) => Trouble(problem).into_response(),
    }
}

pub(crate) async fn leave(State(app): State<App>, place: Where, headers: HeaderMap) -> Response {
    let actor = sessions::actor(&app, &headers).await.ok();
    let is_person = actor
        .as_ref()
        .is_some_and(|actor| actor.session().is_some());
    if let Some(actor) = actor {
        app.audit.note(&actor, place, "sign-out", "", None);
    }
    match sessions::end(&app, &headers).await {
        Ok(cookie) => {
            let clear = HeaderValue::from_static("\"cache\", \"storage\"");
            let provider = app.provider.as_ref().filter(|_| is_person);
            let way = match provider {
                Some(provider) => (provider.way_out().await)
                    .map(|address| door::left(&provider.rules().label, &address)),
                None => None,
            };
            let page = way.map_or_else(
                || Redirect::to("/login").into_response(),
                IntoResponse::into_response,
            );
            let mut answer = ([(header::SET_COOKIE, cookie)], page).into_response();
            answer
                .headers_mut()
                .insert(HeaderName::from_static("clear-site-data"), clear);
            answer
        }
        Err(problem) => Trouble(problem).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_service_are_led_back_to() {
        for fine in ["/runs/0a1b", "/compare?runs=a&runs=b", "/"] {
            assert_eq!(own(Some(fine)), fine);
        }
        for bad in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/a b",
            "/a\r\nset-cookie: x",
            "runs",
            "",
            "/login?next=/login",
        ] {
            assert_eq!(own(Some(bad)), "/runs", "{bad}");
        }
        assert_eq!(own(None), "/runs");
    }

    #[test]
    fn the_wanted_address_is_one_value() {
        assert_eq!(
            way_in("/compare?runs=a&runs=b"),
            "/login?next=/compare%3Fruns%3Da%26runs%3Db"
        );
    }
}
