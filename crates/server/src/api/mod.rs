//! The HTTP API, `/v1`. Each handler is annotated; the OpenAPI document is made from the annotations
//! ([`openapi`]), committed as `docs/openapi.json`, and compared by a test.

#![allow(unused_qualifications)] // The paths that the annotations expand to.

mod about;
mod audit;
mod datasets;
mod events;
mod extract;
pub(crate) mod keys;
pub(crate) mod projects;
pub(crate) mod runs;
pub(crate) mod samples;
mod spreadsheet;
pub(crate) mod view;

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
pub(crate) use about::no_such_method;
pub(crate) use datasets::{project, store_schema};
pub(crate) use extract::Multipart;
pub(crate) use runs::{compare_of, enqueue, find, report_of, retry_of};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Verdancy",
        description = "Runs that turn a real table into a judged synthetic one.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Bearer),
    security(("key" = []))
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let parts = document.components.get_or_insert_with(Default::default);
        parts.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// Every answer that is not listed is a problem as well; and each operation has a name of its own.
struct Otherwise;

impl utoipa::Modify for Otherwise {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::{Content, Ref, RefOr, Response};
        let body = Content::new(Some(RefOr::Ref(Ref::from_schema_name("ProblemBody"))));
        let problem = Response::builder()
            .description("A problem")
            .content("application/json", body)
            .build();
        for item in document.paths.paths.values_mut() {
            let all = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
            ];
            for operation in all.into_iter().flatten() {
                let tag = operation.tags.iter().flatten().next().cloned();
                if let (Some(tag), Some(name)) = (tag, &mut operation.operation_id) {
                    *name = format!("{tag}_{name}");
                }
                let responses = &mut operation.responses.responses;
                responses
                    .entry("default".to_owned())
                    .or_insert_with(|| RefOr::T(problem.clone()));
            }
        }
    }
}

fn both() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut document) = routes();
    utoipa::Modify::modify(&Otherwise, &mut document);
    (router, document)
}

fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(about::health))
        .routes(routes!(about::ready))
        .routes(routes!(about::metrics))
        .routes(routes!(about::capabilities))
        .routes(routes!(about::suggest))
        .routes(routes!(projects::list, projects::add))
        .routes(routes!(projects::get, projects::set, projects::remove))
        .routes(routes!(audit::latest))
        .routes(routes!(keys::list, keys::add))
        .routes(routes!(keys::revoke))
        .routes(routes!(datasets::list, datasets::add))
        .routes(routes!(datasets::get, datasets::remove))
        .routes(routes!(datasets::schema, datasets::set_schema))
        .routes(routes!(datasets::profile))
        .routes(routes!(datasets::preview))
        .routes(routes!(runs::list, runs::add))
        .routes(routes!(runs::get, runs::remove))
        .routes(routes!(runs::status))
        .routes(routes!(runs::metrics))
        .routes(routes!(runs::steps))
        .routes(routes!(runs::artifacts))
        .routes(routes!(runs::artifact))
        .routes(routes!(runs::report))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::finish))
        .routes(routes!(runs::label))
        .routes(routes!(runs::retry))
        .routes(routes!(samples::list, samples::add))
        .routes(routes!(samples::get, samples::remove))
        .routes(routes!(samples::rows))
        .routes(routes!(samples::cancel))
        .routes(routes!(runs::compare))
        .routes(routes!(events::events))
        .split_for_parts()
}

/// The routes.
pub(crate) fn router() -> Router<App> {
    let (router, document) = both();
    let text = document.to_json().unwrap_or_default();
    router.route(
        "/openapi.json",
        axum::routing::get(move || {
            let text = text.clone();
            async move { ([("content-type", "application/json")], text) }
        }),
    )
}

/// The OpenAPI document, as JSON.
pub fn openapi() -> String {
    let (_, document) = both();
    document.to_pretty_json().unwrap_or_default() + "\n"
}
