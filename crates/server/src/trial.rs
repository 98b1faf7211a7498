//! What tests of this crate stand on: a service without a socket, on a database of its own.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use axum::Router;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::App;
use crate::settings::{Limits, Settings};

/// How a service in `folder` runs.
pub fn settings(folder: &std::path::Path, open: bool, limits: Limits) -> Settings {
    Settings {
        database: format!("sqlite://{}", folder.join("t.db").display()),
        data: folder.to_owned(),
        keys: None,
        scratch: folder.to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        open,
        new_key: false,
        oidc: None,
        private_metrics: false,
        works: false,
        binary: "/nowhere".into(),
        threads: 1,
        limits,
        rhythm: crate::Rhythm::default(),
        sweep: Duration::from_secs(3600),
    }
}

/// A service and its folder.
pub async fn app(open: bool, limits: Limits) -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(settings(folder.path(), open, limits))
        .await
        .unwrap();
    (folder, app)
}

/// One request over a pipe: its head, without the blank line, and its body. Gives the status and all
/// that came back.
pub async fn send(router: &Router, head: &str, body: &str) -> (u16, String) {
    let (_, answer) = bytes(router, &text_of(head, body)).await;
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

fn text_of(head: &str, body: &str) -> String {
    let length = body.len();
    format!("{head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// A request as it stands; gives all that came back.
pub async fn bytes(router: &Router, text: &str) -> (bool, String) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let service = hyper_util::service::TowerToHyperService::new(router.clone());
    let served = tokio::spawn(
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(far), service),
    );
    let (mut read, mut write) = tokio::io::split(near);
    write.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    read.read_to_string(&mut answer).await.unwrap();
    (served.await.unwrap().is_ok(), answer)
}

/// A request without a body.
pub async fn ask(router: &Router, head: &str) -> (u16, String) {
    send(router, head, "").await
}
