//! Pages: rendered here, whole without script; a little script of ours keeps what moves alive.

mod datasets;
mod render;
mod runs;
mod view;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Actor, COOKIE, actor_of};
use crate::app::App;
use crate::problem::Problem;
use render::render;

/// The routes.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/runs") }))
        .route("/runs", get(runs::list).post(runs::add))
        .route("/runs/new", get(runs::new))
        .route("/runs/{id}", get(runs::one))
        .route("/runs/{id}/panel", get(runs::panel))
        .route("/runs/{id}/report", get(runs::report))
        .route("/runs/{id}/cancel", post(runs::cancel))
        .route("/runs/{id}/retry", post(runs::retry))
        .route("/compare", get(runs::compare))
        .route("/datasets", get(datasets::list).post(datasets::add))
        .route("/datasets/{id}", get(datasets::one))
        .route("/datasets/{id}/schema", post(datasets::schema))
        .route("/datasets/{id}/delete", post(datasets::delete))
        .route("/login", get(login).post(enter))
        .route("/logout", post(leave))
        .route("/assets/verdancy.css", get(style))
        .route("/assets/live.js", get(script))
}

/// Someone at a page: like [`Actor`], but shown the way in instead of an error.
pub(crate) struct Visitor(pub Actor);

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visitor, Response> {
        match Actor::from_request_parts(parts, app).await {
            Ok(actor) => Ok(Visitor(actor)),
            Err(problem) if problem.status == StatusCode::UNAUTHORIZED => {
                Err(Redirect::to("/login").into_response())
            }
            Err(problem) => Err(Trouble(problem).into_response()),
        }
    }
}

/// A problem as a page.
pub(crate) struct Trouble(pub Problem);

impl<E: Into<Problem>> From<E> for Trouble {
    fn from(error: E) -> Trouble {
        Trouble(error.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let body = &self.0.body;
        let page = render(
            "problem.html",
            &json!({ "title": "That did not work", "problem": body, "who": null }),
        );
        let mut response = (self.0.status, Html(page)).into_response();
        if let Some(seconds) = self.0.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A page, or its problem.
pub(crate) type Page = Result<Html<String>, Trouble>;

/// An address that leads nowhere: a page for people, a problem for programs.
pub(crate) async fn nowhere(headers: HeaderMap, uri: Uri) -> Response {
    let wants_page = (headers.get(header::ACCEPT))
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("text/html"));
    if wants_page && !uri.path().starts_with("/v1/") {
        Trouble(Problem::not_found()).into_response()
    } else {
        Problem::not_found().into_response()
    }
}

async fn login() -> Html<String> {
    Html(render(
        "login.html",
        &json!({ "title": "Sign in", "failed": false, "who": null }),
    ))
}

#[derive(Deserialize)]
struct Entry {
    key: String,
}

async fn enter(State(app): State<App>, Form(entry): Form<Entry>) -> Response {
    let key = entry.key.trim();
    match actor_of(&app, key).await {
        Ok(_) => {
            let cookie = format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict");
            ([(header::SET_COOKIE, cookie)], Redirect::to("/runs")).into_response()
        }
        Err(_) => {
            let page = render(
                "login.html",
                &json!({ "title": "Sign in", "failed": true, "who": null }),
            );
            (StatusCode::UNAUTHORIZED, Html(page)).into_response()
        }
    }
}

async fn leave() -> Response {
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response()
}

async fn style() -> impl IntoResponse {
    use verdancy_report::{PAGE_STYLE, figures};
    let all = [
        figures::COLOURS,
        PAGE_STYLE,
        figures::STYLE,
        include_str!("../../assets/app.css"),
    ];
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        all.concat(),
    )
}

async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("../../assets/live.js"),
    )
}
