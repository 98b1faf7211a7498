//! Errors as the API tells them: a status, a stable code, a sentence, and what to do. Cell values,
//! paths and messages of libraries never appear.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Its body.
    pub body: ProblemBody,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
}

/// What an error says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// Stable code, for example `server/not-found`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The line of the file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Problem {
    /// A problem.
    pub fn new(status: StatusCode, code: &str, message: &str, remedy: &str) -> Problem {
        Problem {
            status,
            body: ProblemBody {
                code: code.to_owned(),
                message: message.to_owned(),
                remedy: remedy.to_owned(),
                line: None,
                column: None,
            },
            retry_after: None,
        }
    }

    /// What is not there and what belongs to others look alike.
    pub fn not_found() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "server/not-found",
            "There is no such thing, or it is not yours.",
            "Check the address and the key.",
        )
    }

    /// No key, or a bad one.
    pub fn no_key() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "server/no-key",
            "The request has no valid API key.",
            "Send `Authorization: Bearer KEY` with a key that was not revoked and has not expired.",
        )
    }

    /// A key that may not do this.
    pub fn forbidden() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "server/forbidden",
            "This key may not do that.",
            "Use a key for all projects.",
        )
    }

    /// A request that is not understood.
    pub fn bad(code: &str, message: impl AsRef<str>, remedy: &str) -> Problem {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            code,
            message.as_ref(),
            remedy,
        )
    }

    /// Too much at once.
    pub fn busy(seconds: u32) -> Problem {
        Problem {
            retry_after: Some(seconds),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "server/busy",
                "The service has as much to do as it takes on at a time.",
                "Try again after the time in Retry-After.",
            )
        }
    }

    /// More than a project may have at a time.
    pub fn too_many(message: &str, remedy: &str, seconds: u32) -> Problem {
        Problem {
            retry_after: Some(seconds),
            ..Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "server/too-many-runs",
                message,
                remedy,
            )
        }
    }

    /// No room.
    pub fn disk_full() -> Problem {
        Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "server/disk-full",
            "The service has no room left on its disk.",
            "Try again when its keeper has made room.",
        )
    }

    /// Something of ours went wrong.
    pub fn internal() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server/internal",
            "Something went wrong on our side.",
            "Try again; the service's log has more.",
        )
    }
}

impl From<verdancy_jobs::Error> for Problem {
    fn from(error: verdancy_jobs::Error) -> Problem {
        match error {
            verdancy_jobs::Error::Unknown => Problem::not_found(),
            error if error.is_about_nul() => Problem::not_found(),
            error if error.is_full() => {
                eprintln!("error [server/disk-full] {error}");
                Problem::disk_full()
            }
            error => {
                eprintln!("error [{}] {error}", error.code());
                if error.is_passing() {
                    Problem::busy(2)
                } else {
                    Problem::internal()
                }
            }
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Problem {
        verdancy_jobs::Error::from(error).into()
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Problem {
        eprintln!("error [server/file] {error}");
        if error.kind() == std::io::ErrorKind::StorageFull {
            Problem::disk_full()
        } else {
            Problem::internal()
        }
    }
}

/// The code of an answer that is an error, beside it.
#[derive(Debug, Clone)]
pub(crate) struct Code(pub String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = Code(self.body.code.clone());
        let mut response = (self.status, Json(self.body)).into_response();
        response.extensions_mut().insert(code);
        if let Some(seconds) = self.retry_after {
            (response.headers_mut()).insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            (response.headers_mut())
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
