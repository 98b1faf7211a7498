//! Extractors whose refusals are problems like all others.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use crate::app::App;
use crate::problem::Problem;

/// A JSON body.
pub(crate) struct Json<T>(pub T);

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// Only those older than the one with this id.
    #[param(pattern = "^[0-9a-f]{32}$")]
    before: Option<String>,
    /// So many at most; 100 without it.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

impl Listing {
    /// Both, when they are what they should be.
    pub fn checked(self) -> Result<(Option<String>, i64), Problem> {
        let limit = self.limit.unwrap_or(100);
        let is_id = |id: &String| {
            id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        if !(1..=500).contains(&limit) || !self.before.iter().all(is_id) {
            return Err(Problem::bad(
                "server/bad-limit",
                "The limit or the id that a list is to begin at is not one.",
                "Ask for 1 to 500, before an id of this service.",
            ));
        }
        Ok((self.before, limit))
    }
}

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

/// Of what serde says, that which comes from our types; the rest may quote the body.
fn expected(text: &str) -> String {
    if let Some((_, told)) = text.rsplit_once(", expected ") {
        format!(": expected {told}")
    } else if let Some((_, told)) = text.rsplit_once("missing field ") {
        format!(": missing {told}")
    } else {
        String::new()
    }
}

/// An object's fields. A list of the same values in their order is none, though serde takes it for one.
fn object<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let refused = |why: String| {
        not_understood(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("The body has not the expected fields{why}."),
        )
    };
    if !text.trim_start().starts_with('{') {
        return Err(refused(": expected an object".to_owned()));
    }
    serde_json::from_str(text).map_err(|e| refused(expected(&e.to_string())))
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Json<T>, Problem> {
        match axum::Json::<Box<RawValue>>::from_request(request, app).await {
            Ok(axum::Json(text)) => object(text.get()).map(Json),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(not_understood(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is not said to be application/json.",
            )),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_list_is_no_object() {
        #[derive(Debug, Deserialize)]
        struct Two {
            a: Option<f64>,
        }
        assert_eq!(object::<Two>(" {\"a\":1}").map(|t| t.a), Ok(Some(1.0)));
        for text in ["[null]", "null", "\"a\"", "1"] {
            assert_eq!(object::<Two>(text).unwrap_err().status, 422, "{text}");
        }
        let told = object::<Two>("{\"a\":\"SECRET\"}")
            .unwrap_err()
            .body
            .message;
        assert!(!told.contains("SECRET"), "{told}");
    }

    #[test]
    fn refusals_do_not_quote_the_body() {
        let text = "name: invalid type: string \"SECRET, expected SECRET\", expected f64 at line 1 column 9";
        assert_eq!(expected(text), ": expected f64 at line 1 column 9");
        let text = "unknown field `SECRET`, expected one of `name`, `days`";
        assert_eq!(expected(text), ": expected one of `name`, `days`");
        assert_eq!(expected("missing field `name`"), ": missing `name`");
        assert_eq!(expected("SECRET"), "");
    }
}
