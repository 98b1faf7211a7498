//! The process: listens, answers, works, and ends in good order.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::access::{hash_of, new_key};
use crate::app::App;
use crate::{Error, Result, Settings, api, pages, work};

/// Time for open requests to end when the service does.
const GRACE: Duration = Duration::from_secs(10);
/// Time in which the head of a request has to arrive.
const HEAD: Duration = Duration::from_secs(10);

/// Database or data folder cannot be used.
pub(crate) fn not_opened(error: verdancy_jobs::Error) -> Error {
    Error::environment(
        "server/not-opened",
        "The database or the data folder cannot be opened.",
        "Check --database and --data.",
    )
    .caused_by(error)
}

/// Tells the app to end at the first SIGTERM or SIGINT.
pub(crate) fn end_on_signal(app: &App) {
    let ending = app.ending.clone();
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        ending.send_replace(true);
    });
}

/// Serves until SIGTERM or SIGINT; `ready` is told the address, and the first key where one was made.
///
/// # Errors
/// `server/open-not-loopback`, `server/not-opened`, `server/not-listening`.
pub async fn serve(
    settings: Settings,
    ready: impl FnOnce(std::net::SocketAddr, Option<String>),
) -> Result<()> {
    if settings.open && !settings.listen.ip().is_loopback() {
        return Err(Error::input(
            "server/open-not-loopback",
            "Without keys the service listens on this machine only.",
            "Listen on 127.0.0.1, or leave out --open.",
        ));
    }
    let app = App::open(settings).await.map_err(not_opened)?;
    let key = first_key(&app).await.map_err(not_opened)?;
    let listener = (TcpListener::bind(app.settings.listen).await).map_err(|e| {
        Error::environment(
            "server/not-listening",
            "The address cannot be listened on.",
            "Choose another with --listen.",
        )
        .caused_by(e)
    })?;
    let address = listener.local_addr().unwrap_or(app.settings.listen);
    end_on_signal(&app);
    let worker = app
        .settings
        .works
        .then(|| tokio::spawn(work::works(app.clone())));
    ready(address, key);
    accept(&app, listener).await;
    if let Some(worker) = worker {
        let _ = tokio::time::timeout(GRACE, worker).await;
    }
    Ok(())
}

/// At the first start, a key for everything.
async fn first_key(app: &App) -> verdancy_jobs::Result<Option<String>> {
    if app.settings.open || !app.records.keys().await?.is_empty() {
        return Ok(None);
    }
    let key = new_key();
    app.records
        .add_key("first key", &hash_of(&key), None, None)
        .await?;
    Ok(Some(key))
}

/// Takes connections until the app ends, then lets the open ones finish.
async fn accept(app: &App, listener: TcpListener) {
    let router = router(app.clone());
    let places = std::sync::Arc::new(Semaphore::new(app.settings.limits.connections));
    let mut ending = app.ending.subscribe();
    let mut open = JoinSet::new();
    loop {
        let place = places.clone().acquire_owned().await;
        let stream = tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = ending.changed() => break,
        };
        while open.try_join_next().is_some() {}
        let service = TowerToHyperService::new(router.clone());
        let mut ending = app.ending.subscribe();
        open.spawn(async move {
            let _place = place;
            let _ = stream.set_nodelay(true);
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                _ = ending.changed() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        });
    }
    let _ = tokio::time::timeout(GRACE, async { while open.join_next().await.is_some() {} }).await;
}

/// API and pages under one set of rules.
fn router(app: App) -> Router {
    Router::new()
        .merge(api::router())
        .merge(pages::router())
        .fallback(pages::nowhere)
        .method_not_allowed_fallback(api::no_such_method)
        .layer(DefaultBodyLimit::max(4 << 20))
        .layer(middleware::from_fn_with_state(app.clone(), rules))
        .with_state(app)
}

/// What every answer says: nothing from elsewhere, no frames, no sniffing, no caches.
async fn rules(State(app): State<App>, request: Request, next: Next) -> Response {
    app.requests.fetch_add(1, Ordering::Relaxed);
    let asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
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
         form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    say("x-content-type-options", "nosniff");
    say("referrer-policy", "no-referrer");
    say("cross-origin-opener-policy", "same-origin");
    say("cross-origin-resource-policy", "same-origin");
    say(
        "cache-control",
        if asset { "max-age=3600" } else { "no-store" },
    );
    response
}
