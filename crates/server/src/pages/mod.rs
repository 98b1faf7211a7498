//! Pages: rendered here, whole without script; a little script of ours keeps what moves alive.

mod audit;
mod compare;
mod course;
mod dataset;
mod datasets;
mod docs;
mod enter;
mod help;
mod keys;
mod new;
mod oidc;
mod projects;
pub(crate) mod render;
mod run;
mod runs;
mod samples;
mod schema;
mod suggest;
mod view;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::actor::Actor;
use crate::app::App;
use crate::problem::{Code, Problem};
pub(crate) use enter::{door, own};
use render::outside;

/// Routes, and the list of them that tests walk.
macro_rules! routes {
    ($($method:ident $path:literal $handler:path),* $(,)?) => {
        /// The routes.
        pub(crate) fn router() -> Router<App> {
            Router::new()$(.route($path, $method($handler)))*
        }

        /// Method and path of each.
        #[cfg(test)]
        pub(crate) const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];
    };
}

routes![
    get "/" home,
    get "/runs" runs::list,
    post "/runs" new::add,
    get "/runs/new" new::form,
    get "/runs/{id}" run::one,
    get "/runs/{id}/panel" run::panel,
    get "/runs/{id}/privacy" run::privacy,
    get "/runs/{id}/report" run::report,
    post "/runs/{id}/cancel" run::cancel,
    post "/runs/{id}/finish" run::finish,
    post "/runs/{id}/retry" run::retry,
    post "/runs/{id}/label" run::label,
    post "/runs/{id}/delete" run::delete,
    get "/runs/{id}/samples" samples::renewed,
    post "/runs/{id}/samples" samples::add,
    post "/runs/{id}/samples/{sample}/cancel" samples::cancel,
    post "/runs/{id}/samples/{sample}/delete" samples::remove,
    get "/compare" compare::compare,
    get "/datasets" datasets::list,
    post "/datasets" datasets::add,
    get "/datasets/{id}" dataset::one,
    post "/datasets/{id}/schema" dataset::schema,
    get "/datasets/{id}/rows" dataset::rows,
    post "/datasets/{id}/kinds" dataset::kinds,
    post "/datasets/{id}/reset" dataset::reset,
    post "/datasets/{id}/delete" dataset::delete,
    get "/keys" keys::list,
    post "/keys" keys::add,
    post "/keys/{id}/revoke" keys::revoke,
    get "/projects" projects::list,
    post "/projects" projects::add,
    post "/projects/{id}/rules" projects::rules,
    post "/projects/{id}/delete" projects::delete,
    get "/audit" audit::latest,
    get "/api" docs::api,
    get "/login" enter::login,
    get "/login/oidc" oidc::start,
    get "/login/oidc/back" oidc::back,
    get "/session" oidc::projects,
    post "/session" oidc::choose,
    post "/login" enter::enter,
    post "/logout" enter::leave,
    get "/assets/verdancy.css" style,
    get "/assets/live.js" script,
];

async fn home() -> Redirect {
    Redirect::to("/runs")
}

/// Someone at a page, as the guard let him in.
pub(crate) struct Visitor(pub Actor);

impl FromRequestParts<App> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visitor, Trouble> {
        Ok(Visitor(Actor::from_request_parts(parts, app).await?))
    }
}

/// The answer of a page to who may not see it: the way in, for who has shown no key.
pub(crate) fn refused(problem: Problem, request: &Request) -> Response {
    if problem.status != StatusCode::UNAUTHORIZED {
        return Trouble(problem).into_response();
    }
    let asked = (request.method() == Method::GET)
        .then(|| request.uri().path_and_query())
        .flatten();
    let way = enter::way_in(asked.map_or("/runs", |p| p.as_str()));
    Redirect::to(&way).into_response()
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
            json!({ "title": title, "problem": help::of(&self.0) }),
        );
        let mut response = (self.0.status, page).into_response();
        response.extensions_mut().insert(Code(self.0.body.code));
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
