//! Pages: rendered here, whole without script; a little script of ours keeps what moves alive.

mod compare;
mod course;
mod dataset;
mod datasets;
mod enter;
mod new;
mod render;
mod run;
mod runs;
mod schema;
mod view;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::access::Actor;
use crate::app::App;
use crate::problem::Problem;
use render::outside;

/// The routes.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/runs") }))
        .route("/runs", get(runs::list).post(new::add))
        .route("/runs/new", get(new::form))
        .route("/runs/{id}", get(run::one))
        .route("/runs/{id}/panel", get(run::panel))
        .route("/runs/{id}/privacy", get(run::privacy))
        .route("/runs/{id}/report", get(run::report))
        .route("/runs/{id}/cancel", post(run::cancel))
        .route("/runs/{id}/retry", post(run::retry))
        .route("/compare", get(compare::compare))
        .route("/datasets", get(datasets::list).post(datasets::add))
        .route("/datasets/{id}", get(dataset::one))
        .route("/datasets/{id}/schema", post(dataset::schema))
        .route("/datasets/{id}/rows", get(dataset::rows))
        .route("/datasets/{id}/kinds", post(dataset::kinds))
        .route("/datasets/{id}/delete", post(dataset::delete))
        .route("/login", get(enter::login).post(enter::enter))
        .route("/logout", post(enter::leave))
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
                let asked = (parts.method == Method::GET)
                    .then(|| parts.uri.path_and_query())
                    .flatten();
                let way = enter::way_in(asked.map_or("/runs", |p| p.as_str()));
                Err(Redirect::to(&way).into_response())
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
        let title = match self.0.status {
            StatusCode::NOT_FOUND => "Nothing is here",
            _ => "That did not work",
        };
        let page = outside(
            "problem.html",
            json!({ "title": title, "problem": self.0.body }),
        );
        let mut response = (self.0.status, page).into_response();
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
