//! What a project may have at a time: one more is refused in words, and there is room again later.
#![allow(clippy::unwrap_used)]

use crate::app::App;
use crate::front::router;
use crate::records::Dataset;
use crate::settings::Limits;
use crate::trial::{app, ask, send};
use verdancy_jobs::{Artifact, NewJob};

async fn dataset(app: &App) -> Dataset {
    let project = app.records.add_project("trial").await.unwrap().unwrap();
    let new = Dataset {
        id: String::new(),
        project: project.id,
        name: "t.csv".to_owned(),
        bytes: 600,
        rows: 100,
        columns: 1,
        schema_toml: String::new(),
        inspection: String::new(),
        hash: "0".repeat(64),
        actor: "test".to_owned(),
        created_at: 0.0,
    };
    app.records.add_dataset(&new).await.unwrap()
}

#[tokio::test]
async fn a_project_has_so_many_runs_that_have_not_ended() {
    let limits = Limits {
        queued: 2,
        ..Limits::default()
    };
    let (_folder, app) = app(true, limits).await;
    let dataset = dataset(&app).await;
    let router = router(app.clone());
    let order = async || {
        let head = "POST /v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
        send(
            &router,
            head,
            &format!("{{\"dataset\":\"{}\"}}", dataset.id),
        )
        .await
    };
    let (_, first) = order().await;
    assert_eq!(order().await.0, 201);
    let (status, answer) = order().await;
    assert_eq!(status, 429, "{answer}");
    assert!(answer.contains("retry-after: 30") && answer.contains("server/too-many-runs"));
    let id = first
        .split("\"id\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let head = format!("POST /v1/runs/{id}/cancel HTTP/1.1\r\nhost: localhost");
    assert_eq!(ask(&router, &head).await.0, 200);
    assert_eq!(order().await.0, 201);
}

#[tokio::test]
async fn a_project_has_so_many_datasets_and_bytes_of_them() {
    for limits in [
        Limits {
            datasets: 1,
            ..Limits::default()
        },
        Limits {
            project: 600,
            ..Limits::default()
        },
    ] {
        let (_folder, app) = app(true, limits).await;
        let dataset = dataset(&app).await;
        let router = router(app);
        let path = format!("/v1/datasets?name=t.csv&project={}", dataset.project);
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost");
        let (status, answer) = send(&router, &head, "a\n1\n").await;
        assert_eq!(status, 409, "{answer}");
        assert!(answer.contains("server/too-many-datasets"), "{answer}");
    }
}

#[tokio::test]
async fn samples_count_among_what_has_not_ended_and_among_the_bytes() {
    let limits = Limits {
        queued: 1,
        project: 1000,
        ..Limits::default()
    };
    let (_folder, app) = app(true, limits).await;
    let dataset = dataset(&app).await;
    let router = router(app.clone());
    let post = async |path: &str, body: &str| {
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json");
        send(&router, &head, body).await
    };
    let order = format!("{{\"dataset\":\"{}\"}}", dataset.id);
    let (status, answer) = post("/v1/runs", &order).await;
    assert_eq!(status, 201, "{answer}");
    let (run, lease) = app.queue.claim("w").await.unwrap().unwrap();
    let file = |name: &str, bytes| Artifact {
        name: name.to_owned(),
        hash: "1".repeat(64),
        bytes,
        media_type: "application/json".to_owned(),
    };
    let files = [file("model/manifest.json", 100), file("schema.toml", 100)];
    lease.succeed("{}", &files, &[]).await.unwrap();
    let samples = format!("/v1/runs/{}/samples", run.id);
    let sample = || NewJob {
        project: dataset.project.clone(),
        kind: crate::sample::KIND.to_owned(),
        payload: "{}".to_owned(),
        parent: Some(run.id.clone()),
        ..NewJob::default()
    };
    let open = app.queue.enqueue(&sample()).await.unwrap();
    for (path, body) in [(&*samples, "{\"rows\":5}"), ("/v1/runs", &*order)] {
        let (status, answer) = post(path, body).await;
        assert_eq!(status, 429, "{answer}");
        assert!(answer.contains("server/too-many-runs"), "{answer}");
    }
    app.queue.cancel(&open).await.unwrap();
    app.queue.enqueue(&sample()).await.unwrap();
    let (_, lease) = app.queue.claim("w").await.unwrap().unwrap();
    let whole = [file("sample.csv", 500)];
    lease.succeed("{}", &whole, &[]).await.unwrap();
    for (path, body) in [(&*samples, "{\"rows\":5}"), ("/v1/runs", &*order)] {
        let (status, answer) = post(path, body).await;
        assert_eq!(status, 409, "{answer}");
        assert!(answer.contains("server/project-full"), "{answer}");
    }
}
