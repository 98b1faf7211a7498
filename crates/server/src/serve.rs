//! The process: listens, answers, works, and ends in good order.

use std::path::Path;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use verdancy_jobs::Ring;

use crate::app::{App, not_opened};
use crate::front::router;
use crate::guests::Doors;
use crate::keys::{hash_of, new_key};
use crate::{Error, Result, Settings, work};

/// Time for open requests to end when the service does.
const GRACE: Duration = Duration::from_secs(10);
/// Time in which the head of a request has to arrive.
const HEAD: Duration = Duration::from_secs(10);

/// Bytes that are read of a connection at a time; a longer head is none.
const BUFFER: usize = 128 << 10;

/// The keys of stored files.
///
/// # Errors
/// `server/bad-store-key`.
pub fn store_keys(file: &Path) -> Result<Ring> {
    Ring::load(file).map_err(|error| not_opened(error).in_file(file))
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
    let app = App::open(settings).await?;
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
    app.end_on_signal();
    let worker = app
        .settings
        .works
        .then(|| tokio::spawn(work::works(app.clone())));
    ready(address, key);
    accept(&app, listener).await;
    if let Some(worker) = worker {
        let _ = tokio::time::timeout(GRACE, worker).await;
    }
    app.close().await;
    Ok(())
}

/// At the first start, or when asked for, a key for everything.
async fn first_key(app: &App) -> verdancy_jobs::Result<Option<String>> {
    let first = app.records.keys().await?.is_empty();
    if app.settings.open || !(first || app.settings.new_key) {
        return Ok(None);
    }
    let key = new_key();
    let name = if first {
        "first key"
    } else {
        "key made at a start"
    };
    app.records
        .add_key(name, &hash_of(&key), None, true, None)
        .await?;
    Ok(Some(key))
}

/// What an address with too many connections is told.
const CROWDED: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\ncontent-length: 0\r\n\
    connection: close\r\n\r\n";

/// Takes connections until the app ends, then lets the open ones finish.
async fn accept(app: &App, listener: TcpListener) {
    let router = router(app.clone());
    let doors = Doors::new(&app.settings.limits);
    let mut open = JoinSet::new();
    loop {
        let (stream, address) = tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, address)) => (stream, address.ip()),
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = app.to_end() => break,
        };
        while open.try_join_next().is_some() {}
        // Nobody waits for a place here: who could, would keep all others waiting.
        let Some(guest) = doors.enter(address) else {
            let _ = stream.try_write(CROWDED);
            continue;
        };
        let inner = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(guest.clone());
            inner.call(request)
        });
        let app = app.clone();
        open.spawn(async move {
            let _ = stream.set_nodelay(true);
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(BUFFER)
                .serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                () = app.to_end() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        });
    }
    let _ = tokio::time::timeout(GRACE, async { while open.join_next().await.is_some() {} }).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_signal_that_comes_before_the_first_connection_is_not_missed() {
        let (_folder, app) = crate::trial::app(true, crate::settings::Limits::default()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        app.ending.send_replace(true);
        let soon = Duration::from_secs(60);
        let ended = tokio::time::timeout(soon, async {
            accept(&app, listener).await;
            work::works(app.clone()).await;
        });
        assert!(ended.await.is_ok());
    }
}
