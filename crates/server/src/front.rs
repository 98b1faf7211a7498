//! What holds for every request and answer, API and pages alike: bodies that have to keep coming, headers
//! that forbid what no page of ours does, and a panic that becomes an error like any other.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::is_this_machine;
use crate::app::App;
use crate::problem::{Code, Problem};
use crate::settings::Limits;
use crate::{api, guard, once, pages, sessions, upload};

/// Bytes of a body that is not an upload.
const BODY: usize = 4 << 20;

/// Bytes of a request's head.
const HEAD: usize = 64 << 10;

/// Time without a byte that a sign-in may take: who has shown no key is waited for less.
const DOOR: Duration = Duration::from_secs(5);

/// Bytes of a form beside its file.
const FORM: u64 = 64 << 10;

/// Time and bytes for which an unread body is taken after its error was told; of strangers, less.
const DRAIN: Duration = Duration::from_secs(30);
const DRAIN_STRANGER: Duration = Duration::from_secs(3);
const DRAINED: usize = 32 << 20;

/// API and pages under one set of rules.
pub(crate) fn router(app: App) -> Router {
    under_rules(
        Router::new()
            .merge(api::router())
            .merge(pages::router())
            .fallback(pages::nowhere)
            .method_not_allowed_fallback(api::no_such_method),
        app,
    )
}

/// Any routes under the rules.
fn under_rules(routes: Router<App>, app: App) -> Router {
    routes
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), once::answer))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .layer(middleware::from_fn_with_state(app.clone(), rules))
        .with_state(app)
}

/// What was to be said in a panic may quote data, so nothing of it is told; the panic hook has its place.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::internal().into_response()
}

/// What every answer says: nothing from elsewhere, no frames, no sniffing, no caches.
async fn rules(State(app): State<App>, request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    let limits = &app.settings.limits;
    let length = length(&request);
    let fault = head_fault(&request);
    let secure = sessions::is_secure(request.headers());
    let (request, rest) = watched(request, limits);
    let mut response = if let Some(fault) = fault {
        fault.into_response()
    } else if app.settings.open && !is_this_machine(request.headers()) {
        Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "server/foreign-host",
            "Without keys the service answers only under names of this machine.",
            "Use http://localhost or http://127.0.0.1, or start the service with keys.",
        )
        .into_response()
    } else if length > limits.upload.saturating_add(FORM) {
        upload::too_large(limits.upload).into_response()
    } else {
        next.run(request).await
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        rest.drain(if response.status() == StatusCode::UNAUTHORIZED {
            DRAIN_STRANGER
        } else {
            DRAIN
        });
    }
    let code = response.extensions().get::<Code>().map(|c| c.0.as_str());
    app.counts.answered(response.status(), code);
    let headers = response.headers_mut();
    let mut say = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    say(
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    if secure {
        say("strict-transport-security", "max-age=31536000");
    }
    say("x-content-type-options", "nosniff");
    say("referrer-policy", "same-origin");
    say("cross-origin-opener-policy", "same-origin");
    say("cross-origin-resource-policy", "same-origin");
    say(
        "cache-control",
        if asset { "max-age=3600" } else { "no-store" },
    );
    response
}

/// What is wrong with a head: RFC 9112 wants one Host of every HTTP/1.1 request, and a name in it.
fn head_fault(request: &Request) -> Option<Problem> {
    let headers = request.headers();
    let fields = (headers.iter()).map(|(name, value)| name.as_str().len() + value.len());
    if fields.sum::<usize>() + request.uri().path().len() > HEAD {
        return Some(Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "server/head-too-large",
            "The head of the request is larger than the service reads.",
            "Send fewer or shorter headers.",
        ));
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let is_old = request.version() < Version::HTTP_11;
    let is_name = |value: &HeaderValue| {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"-._~:[]%".contains(&b);
        value.as_bytes().iter().copied().all(fine)
    };
    let good = match first {
        Some(host) => second.is_none() && is_name(host),
        None => is_old,
    };
    (!good).then(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "server/bad-host",
            "The request has not exactly one Host, with a name in it.",
            "Send one Host header; behind a proxy, let it pass Host on.",
        )
    })
}

/// What a request says of its body's length.
fn length(request: &Request) -> u64 {
    let header = request.headers().get(header::CONTENT_LENGTH);
    (header.and_then(|v| v.to_str().ok()?.parse().ok())).unwrap_or(0)
}

/// The request with a body that is given up when it stops coming, and what of it nobody reads.
fn watched(request: Request, limits: &Limits) -> (Request, Rest) {
    let rest = Rest::default();
    if request.body().is_end_stream() {
        return (request, rest);
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let at_door = request.uri().path() == "/login";
    let idle = Duration::from_secs(limits.idle);
    let (idle, rate) = (if at_door { idle.min(DOOR) } else { idle }, limits.rate);
    let inner = rest.clone();
    let request = request.map(|body| {
        let stream = patient(body.into_data_stream(), idle, rate).boxed();
        if waits {
            // Who asks before sending stops at the answer.
            Body::from_stream(stream)
        } else {
            inner.lend(stream)
        }
    });
    (request, rest)
}

type Chunks = futures_util::stream::BoxStream<'static, Result<Bytes, axum::BoxError>>;

/// What is left of a body after its handler has answered. Most clients look at an answer only when they
/// have sent everything; closed at once, they would see a broken connection instead of the error.
#[derive(Clone, Default)]
struct Rest(Arc<Mutex<Option<Chunks>>>);

impl Rest {
    fn lend(self, stream: Chunks) -> Body {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        Body::from_stream(futures_util::stream::poll_fn(move |context| {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(stream) = slot.as_mut() else {
                return Poll::Ready(None);
            };
            let next = stream.poll_next_unpin(context);
            if matches!(next, Poll::Ready(None | Some(Err(_)))) {
                *slot = None;
            }
            next
        }))
    }

    /// Reads on for a while, beside the answer.
    fn drain(self, limit: Duration) {
        let left = (self.0.lock().unwrap_or_else(PoisonError::into_inner)).take();
        let Some(mut left) = left else { return };
        tokio::spawn(tokio::time::timeout(limit, async move {
            let mut bytes = 0;
            while let Some(Ok(chunk)) = left.next().await {
                bytes += chunk.len();
                if bytes > DRAINED {
                    break;
                }
            }
        }));
    }
}

/// The stream, ended with an error after a silence of `idle`, or when it brings fewer bytes a second
/// than `rate` once `idle` is over.
fn patient<E: Into<axum::BoxError>>(
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    idle: Duration,
    rate: u64,
) -> impl Stream<Item = Result<Bytes, axum::BoxError>> {
    let begin = (body, Instant::now(), 0_u64);
    futures_util::stream::unfold(Some(begin), move |state| async move {
        let (mut body, began, bytes) = state?;
        let chunk = match tokio::time::timeout(idle, body.next()).await {
            Ok(None) => return None,
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(e))) => return Some((Err(e.into()), None)),
            Err(_) => return Some((Err("the body stopped".into()), None)),
        };
        let bytes = bytes + chunk.len() as u64;
        let past = began.elapsed();
        if past > idle && bytes < rate.saturating_mul(past.as_secs()) {
            return Some((Err("the body comes too slowly".into()), None));
        }
        Some((Ok(chunk), Some((body, began, bytes))))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;

    use axum::routing::get;
    use futures_util::stream;

    use super::*;
    use crate::trial::{app, ask, bytes};

    async fn panics() -> &'static str {
        panic!("with a SECRET in it")
    }

    #[tokio::test]
    async fn a_panic_becomes_an_error_and_the_service_lives() {
        let (_folder, app) = app(true, Limits::default()).await;
        let routes = Router::new()
            .route("/panics", get(panics))
            .route("/lives", get(|| async { "yes" }));
        let router = under_rules(routes, app);
        for _ in 0..3 {
            let (status, answer) = ask(&router, "GET /panics HTTP/1.1\r\nhost: localhost").await;
            assert_eq!(status, 500);
            assert!(answer.contains("server/internal"), "{answer}");
            assert!(answer.contains("content-security-policy"), "{answer}");
            assert!(!answer.contains("SECRET"), "{answer}");
        }
        let (status, _) = ask(&router, "GET /lives HTTP/1.1\r\nhost: localhost").await;
        assert_eq!(status, 200);
    }

    #[tokio::test]
    async fn every_handler_that_panics_answers_with_an_error() {
        let (_folder, app) = app(true, Limits::default()).await;
        let document: serde_json::Value = serde_json::from_str(&crate::openapi()).unwrap();
        let inside = api::router().route_layer(middleware::from_fn(
            async |_: Request, _: Next| -> Response { panic!("injected") },
        ));
        let router = under_rules(inside, app);
        let mut tried = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                let method = method.to_uppercase();
                let path = path.replace(['{', '}'], "");
                let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost");
                let (status, answer) = ask(&router, &head).await;
                assert_eq!(status, 500, "{method} {path}");
                assert!(answer.contains("server/internal"), "{answer}");
                tried += 1;
            }
        }
        assert!(tried > 25, "{tried}");
    }

    #[tokio::test]
    async fn without_keys_other_names_are_not_answered() {
        for (open, status) in [(true, 421), (false, 200)] {
            let (_folder, app) = app(open, Limits::default()).await;
            let router = router(app);
            let head = "GET /health HTTP/1.1\r\nhost: evil.example";
            assert_eq!(ask(&router, head).await.0, status);
        }
    }

    #[tokio::test]
    async fn a_request_has_one_host_and_a_head_of_a_bounded_size() {
        let (_folder, app) = app(false, Limits::default()).await;
        let router = router(app);
        let status = async |head: &str| {
            let (_, answer) = bytes(&router, &format!("{head}\r\nconnection: close\r\n\r\n")).await;
            answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
        };
        for (head, expected) in [
            ("GET /health HTTP/1.1\r\nhost: a.example:80", 200),
            ("GET /health HTTP/1.1\r\nHost: [::1]:8080", 200),
            ("GET /health HTTP/1.0", 200),
            ("GET /health HTTP/1.1", 400),
            ("GET /health HTTP/1.1\r\nhost: a\r\nhost: a", 400),
            ("GET /health HTTP/1.1\r\nhost: a/b", 400),
            ("GET /health HTTP/1.1\r\nhost: a@b", 400),
        ] {
            assert_eq!(status(head).await, expected, "{head}");
        }
        let long = "a".repeat(70_000);
        let head = format!("GET /health HTTP/1.1\r\nhost: a\r\nx: {long}");
        assert_eq!(status(&head).await, 431);
    }

    #[tokio::test]
    async fn behind_https_browsers_are_told_to_stay_there() {
        let (_folder, app) = app(false, Limits::default()).await;
        let router = router(app);
        let head = "GET /health HTTP/1.1\r\nhost: a";
        assert!(
            !ask(&router, head)
                .await
                .1
                .contains("strict-transport-security")
        );
        let head = format!("{head}\r\nx-forwarded-proto: https");
        assert!(
            ask(&router, &head)
                .await
                .1
                .contains("strict-transport-security: max-age=")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_is_given_up() {
        let body = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"a"))])
            .chain(stream::pending())
            .boxed();
        let idle = Duration::from_secs(30);
        let all: Vec<_> = patient(body, idle, 1).collect().await;
        assert_eq!(all.len(), 2);
        assert!(all[0].is_ok() && all[1].is_err());
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_given_up() {
        let drop = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"a")), ()))
        };
        let body = stream::unfold((), move |()| drop()).boxed();
        let idle = Duration::from_millis(900);
        let all: Vec<_> = patient(body, idle, 1024).collect().await;
        assert!(all.last().unwrap().is_err());
        assert!(all.len() < 20, "{}", all.len());
    }
}
