//! The process: listens, answers, works, and ends in good order.

use std::path::Path;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use verdancy_jobs::{KeyFault, Ring};

use crate::access::{hash_of, new_key};
use crate::app::App;
use crate::front::router;
use crate::guests::Doors;
use crate::{Error, Result, Settings, work};

/// Time for open requests to end when the service does.
const GRACE: Duration = Duration::from_secs(10);
/// Time in which the head of a request has to arrive.
const HEAD: Duration = Duration::from_secs(10);

/// Bytes that are read of a connection at a time; a longer head is none.
const BUFFER: usize = 128 << 10;

/// Database or data folder cannot be used.
pub(crate) fn not_opened(error: verdancy_jobs::Error) -> Error {
    if let verdancy_jobs::Error::Key(fault) = error {
        return bad_key(fault);
    }
    Error::environment(
        "server/not-opened",
        "The database or the data folder cannot be opened.",
        "Check --database and --data.",
    )
    .caused_by(error)
}

fn bad_key(fault: KeyFault) -> Error {
    match fault {
        KeyFault::Unusable => Error::input(
            "server/bad-store-key",
            "The file with the keys of stored files cannot be read, is not its owner's alone, or is not one.",
            "Make it with `openssl rand -hex 32`, readable by its owner only (chmod 600).",
        ),
        KeyFault::Missing => Error::input(
            "server/no-store-key",
            "The stored files are encrypted, and there is no key.",
            "Name the file with the key with --store-key-file.",
        ),
        KeyFault::Wrong => Error::input(
            "server/wrong-store-key",
            "The stored files are encrypted with a key that is not in the file, or were changed.",
            "Put that key into the file; an old key can go when all has been encrypted with the new one.",
        ),
    }
}

/// The keys of stored files.
///
/// # Errors
/// `server/bad-store-key`.
pub fn store_keys(file: &Path) -> Result<Ring> {
    Ring::load(file).map_err(|error| not_opened(error).in_file(file))
}

/// Tells the app to end at the first SIGTERM or SIGINT from now on.
pub(crate) fn end_on_signal(app: &App) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return;
    };
    let ending = app.ending.clone();
    tokio::spawn(async move {
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
