//! Extractors whose refusals are problems like all others.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::problem::Problem;

/// A JSON body.
pub(crate) struct Json<T>(pub T);

/// The query of an address.
pub(crate) struct Query<T>(pub T);

/// The variable part of an address.
pub(crate) struct Path<T>(pub T);

/// A form with files.
pub(crate) struct Multipart(pub axum::extract::Multipart);

fn not_understood(status: StatusCode, what: &str) -> Problem {
    Problem::new(
        status,
        "server/not-understood",
        what,
        "See /openapi.json for what is understood.",
    )
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Json<T>, Problem> {
        match axum::Json::<T>::from_request(request, app).await {
            Ok(axum::Json(value)) => Ok(Json(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(not_understood(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is not said to be application/json.",
            )),
            Err(JsonRejection::JsonDataError(e)) => {
                // What serde says of names and types does not quote more than a name.
                let text = e.body_text();
                let told = text.rsplit_once(": ").map_or("", |(_, t)| t);
                Err(not_understood(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    &format!("The body has not the expected fields: {told}."),
                ))
            }
            Err(e) => Err(not_understood(
                e.status(),
                "The body is not JSON, or too long.",
            )),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Query<T>, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, app).await {
            Ok(axum::extract::Query(value)) => Ok(Query(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(_)) | Err(_) => Err(not_understood(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The query of the address has not the expected fields.",
            )),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Path<T>, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) | Err(_) => {
                Err(Problem::not_found())
            }
        }
    }
}

impl FromRequest<App> for Multipart {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Multipart, Problem> {
        match axum::extract::Multipart::from_request(request, app).await {
            Ok(form) => Ok(Multipart(form)),
            Err(_) => Err(not_understood(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is not a form with files.",
            )),
        }
    }
}
