//! Requests that are made once however often they are sent: a POST with an `Idempotency-Key` is carried out the
//! first time and answered from what is kept after that, for a day.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sqlx::Row;

use crate::actor::Actor;
use crate::app::App;
use crate::problem::Problem;

/// Bytes of an answer that is kept.
const KEPT: usize = 16 << 20;
/// Characters of a key.
const LONGEST: usize = 200;
/// Seconds for which an answer is kept, and after which a request that never ended is forgotten.
const DAY: f64 = 86_400.0;
const LOST: f64 = 3600.0;

/// What there is of an earlier request.
enum Before {
    Nothing,
    Another,
    UnderWay,
    Done(StatusCode, String),
}

/// Carries a request out, or gives the answer that it had.
pub(crate) async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").cloned();
    let path = request.uri().path();
    // A new key is shown once, and kept nowhere.
    let applies =
        *request.method() == Method::POST && path.starts_with("/v1/") && path != "/v1/keys";
    let actor = request.extensions().get::<Actor>().cloned();
    let (Some(key), true, Some(actor)) = (key, applies, actor) else {
        return next.run(request).await;
    };
    match once(&app, &actor, &key, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn once(
    app: &App,
    actor: &Actor,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let fits = |k: &&str| (1..=LONGEST).contains(&k.len());
    let key = key.to_str().ok().filter(fits).ok_or_else(|| {
        Problem::bad(
            "server/bad-idempotency-key",
            "The Idempotency-Key is empty, too long, or has other than printable characters.",
            "Send a random value of up to 200 characters, for example a UUID.",
        )
    })?;
    let name = serde_json::to_string(&(actor.tenant(), actor.identity(), key)).unwrap_or_default();
    let hash = blake3::hash(name.as_bytes()).to_hex().to_string();
    let (request, asked) = described(request).await?;
    match before(app, &hash, &asked).await? {
        Before::Nothing => {}
        Before::Another => {
            return Err(Problem::bad(
                "server/other-request",
                "This Idempotency-Key was sent with another request.",
                "Use a new one for each request.",
            ));
        }
        Before::UnderWay => {
            return Err(Problem {
                retry_after: Some(2),
                ..Problem::new(
                    StatusCode::CONFLICT,
                    "server/request-under-way",
                    "The request of this Idempotency-Key has not ended.",
                    "Send it again after the time in Retry-After.",
                )
            });
        }
        Before::Done(status, body) => {
            let headers = [
                (header::CONTENT_TYPE.as_str(), "application/json"),
                ("idempotent-replayed", "true"),
            ];
            return Ok((status, headers, body).into_response());
        }
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        // What was refused may be sent again.
        forget(app, &hash).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, KEPT).await else {
        forget(app, &hash).await?;
        return Err(Problem::internal());
    };
    sqlx::query("UPDATE answered SET status = $2, body = $3 WHERE hash = $1")
        .bind(&hash)
        .bind(i64::from(parts.status.as_u16()))
        .bind(kept(app, &String::from_utf8_lossy(&bytes))?)
        .execute(app.queue.database().pool())
        .await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// What a request asks: its address, and its body where that is short; of an upload, its length.
async fn described(request: Request) -> Result<(Request, String), Problem> {
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length
        .and_then(|v| v.to_str().ok())
        .unwrap_or("?")
        .to_owned();
    let is_json = (parts.headers.get(header::CONTENT_TYPE))
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("application/json"));
    let (body, content) = if is_json {
        let bytes = to_bytes(body, 1 << 20).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "server/not-understood",
                "The body is too long, or did not arrive whole.",
                "Send a shorter one.",
            )
        })?;
        let hash = blake3::hash(&bytes).to_hex().to_string();
        (Body::from(bytes), hash)
    } else {
        (body, String::new())
    };
    let asked = format!("{} {} {length} {content}", parts.method, parts.uri);
    let asked = blake3::hash(asked.as_bytes()).to_hex().to_string();
    Ok((Request::from_parts(parts, body), asked))
}

/// Notes a request, unless it is there.
async fn before(app: &App, hash: &str, asked: &str) -> Result<Before, Problem> {
    let database = app.queue.database();
    sqlx::query(database.sql(
        "DELETE FROM answered WHERE created_at < {now} - $1 OR (status IS NULL AND created_at < {now} - $2)",
    ))
    .bind(DAY)
    .bind(LOST)
    .execute(database.pool())
    .await?;
    let made = sqlx::query(database.sql(
        "INSERT INTO answered (hash, asked, created_at) VALUES ($1, $2, {now}) ON CONFLICT (hash) DO NOTHING",
    ))
    .bind(hash)
    .bind(asked)
    .execute(database.pool())
    .await?;
    if made.rows_affected() == 1 {
        return Ok(Before::Nothing);
    }
    let row = sqlx::query("SELECT asked, status, body FROM answered WHERE hash = $1")
        .bind(hash)
        .fetch_optional(database.pool())
        .await?;
    let Some(row) = row else {
        return Ok(Before::UnderWay);
    };
    if row.try_get::<String, _>(0)? != asked {
        return Ok(Before::Another);
    }
    let (status, body): (Option<i64>, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
    let body = body.map(|body| shown(app, body)).transpose()?;
    let status = status.and_then(|s| StatusCode::from_u16(u16::try_from(s).ok()?).ok());
    Ok(match (status, body) {
        (Some(status), Some(body)) => Before::Done(status, body),
        _ => Before::UnderWay,
    })
}

/// An answer as it is kept: where contents are sealed, the ids in it, by which it is found when they are forgotten,
/// and the whole sealed.
fn kept(app: &App, body: &str) -> Result<String, Problem> {
    if app.store.ring().is_none() {
        return Ok(body.to_owned());
    }
    let is_id = |word: &&str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let ids: Vec<&str> = (body.split(|c: char| !c.is_ascii_alphanumeric()))
        .filter(is_id)
        .collect();
    Ok(format!("{}\n{}", ids.join(" "), app.records.sealed(body)?))
}

/// The same as it was sent.
fn shown(app: &App, body: String) -> Result<String, Problem> {
    Ok(match body.split_once("\nsealed:") {
        Some((_, sealed)) => app.records.open_text(format!("sealed:{sealed}"))?,
        None => body,
    })
}

async fn forget(app: &App, hash: &str) -> Result<(), Problem> {
    sqlx::query("DELETE FROM answered WHERE hash = $1")
        .bind(hash)
        .execute(app.queue.database().pool())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::front::router;
    use crate::settings::Limits;
    use crate::trial::{app, send};

    #[tokio::test]
    async fn the_same_request_twice_is_carried_out_once() {
        let (_folder, app) = app(true, Limits::default()).await;
        let router = router(app.clone());
        let post = async |key: &str, body: &str| {
            let head = format!(
                "POST /v1/projects HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 idempotency-key: {key}"
            );
            send(&router, &head, body).await
        };
        let (status, first) = post("one", r#"{"name":"a"}"#).await;
        assert_eq!(status, 201, "{first}");
        let (status, again) = post("one", r#"{"name":"a"}"#).await;
        assert_eq!(status, 201, "{again}");
        assert!(again.contains("idempotent-replayed"));
        let body = |text: &str| text.split("\r\n\r\n").nth(1).unwrap().to_owned();
        assert_eq!(body(&first), body(&again));
        let (status, other) = post("one", r#"{"name":"b"}"#).await;
        assert!(
            status == 422 && other.contains("server/other-request"),
            "{other}"
        );
        // Refused requests leave nothing.
        assert_eq!(post("two", r#"{"name":"a"}"#).await.0, 409);
        assert_eq!(post("two", r#"{"name":"c"}"#).await.0, 201);
        assert_eq!(post("", r#"{"name":"d"}"#).await.0, 422);
        assert_eq!(
            app.records
                .projects(&crate::scope::Scope::All)
                .await
                .unwrap()
                .len(),
            3
        );
    }
}
