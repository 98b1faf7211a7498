//! Keys: for one project or for all, shown once, ending at a time or at once.

use std::io::{Read, Write};
use std::sync::mpsc;

use reqwest::Method;
use reqwest::blocking::Body;
use serde_json::json;

use crate::client::{Ask, Service, id, table};

#[test]
fn a_key_is_shown_once_and_kept_as_a_hash() {
    let service = Service::start();
    let made = service
        .post("/v1/keys", json!({ "name": "ci", "days": 30 }))
        .with(201)
        .json();
    let key = made["key"].as_str().unwrap();
    assert_eq!(key.len(), 67);
    let expires = made["about"]["expires_at"].as_f64().unwrap()
        - made["about"]["created_at"].as_f64().unwrap();
    assert!((expires - 30.0 * 86_400.0).abs() < 1.0);
    let listed = service.get("/v1/keys").with(200).text();
    assert!(listed.contains("\"ci\"") && !listed.contains(key) && !listed.contains(&key[3..]));
    // Nor is it in any file but the one that this test keeps the first key in.
    let needle = &key.as_bytes()[3..];
    for name in ["verdancy.db", "verdancy.db-wal"] {
        let bytes = std::fs::read(service.data().join(name)).unwrap_or_default();
        assert!(!bytes.windows(needle.len()).any(|w| w == needle), "{name}");
    }
    assert!(!service.log().contains(key));
}

#[test]
fn the_first_key_is_printed_once() {
    let mut service = Service::start();
    assert_eq!(service.log().matches("vk_").count(), 1);
    service.end();
    let again = Service::again(service.folder.clone(), &[]);
    assert_eq!(again.log().matches("vk_").count(), 1, "not again");
    again.get("/v1/runs").with(200);
    let folder = again.folder.clone();
    drop(again);
    let further = Service::again(folder, &["--new-key"]);
    assert_eq!(further.log().matches("vk_").count(), 2, "unless asked for");
    further.get("/v1/runs").with(200);
    assert_eq!(further.get("/v1/keys").json().as_array().unwrap().len(), 2);
}

#[test]
fn a_key_of_a_project_keeps_to_it() {
    let service = Service::start();
    let project = id(&service
        .post("/v1/projects", json!({ "name": "trial" }))
        .with(201)
        .json());
    service
        .post("/v1/projects", json!({ "name": "trial" }))
        .refused(409, "server/name-taken");
    let key = service.project_key("trial");
    let made = service.upload_as(&key, "t.csv", table(30)).with(201).json();
    assert_eq!(made["project"], project.as_str(), "its own is the default");
    let ask = |method, path: &str, body| service.ask(method, path, Some(&key), body);
    ask(Method::GET, "/v1/keys", Ask::Nothing).refused(403, "server/forbidden");
    ask(Method::POST, "/v1/keys", Ask::Json(json!({ "name": "x" })))
        .refused(403, "server/forbidden");
    // It was not made to see rows of real tables.
    let preview = format!("/v1/datasets/{}/preview", id(&made));
    ask(Method::GET, &preview, Ask::Nothing).refused(403, "server/rows-not-shown");
    service.get(&preview).with(200);
    for body in [
        json!({ "name": "" }),
        json!({ "name": "a\nb" }),
        json!({ "name": "x".repeat(101) }),
        json!({ "name": "x", "days": -1 }),
        json!({ "name": "x", "days": 1e9 }),
        json!({}),
    ] {
        assert_eq!(service.post("/v1/keys", body.clone()).status, 422, "{body}");
    }
    let nowhere = json!({ "name": "x", "project": "nowhere" });
    service
        .post("/v1/keys", nowhere)
        .refused(404, "server/not-found");
    service
        .ask(
            Method::DELETE,
            "/v1/keys/0",
            Some(&service.key),
            Ask::Nothing,
        )
        .refused(404, "server/not-found");
}

/// A body that waits in its middle until it is told to go on.
struct Halting {
    parts: Vec<Vec<u8>>,
    go_on: mpsc::Receiver<()>,
    reached: mpsc::Sender<()>,
}

impl Read for Halting {
    fn read(&mut self, mut buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(part) = self.parts.pop() else {
            return Ok(0);
        };
        if self.parts.is_empty() {
            self.reached.send(()).unwrap();
            self.go_on.recv().unwrap();
        }
        assert!(part.len() <= buffer.len());
        buffer.write_all(&part)?;
        Ok(part.len())
    }
}

#[test]
fn a_key_that_is_revoked_while_it_uploads_leaves_nothing() {
    let service = Service::start();
    let made = service
        .post("/v1/keys", json!({ "name": "k" }))
        .with(201)
        .json();
    let (key, key_id) = (made["key"].as_str().unwrap(), id(&made["about"]));
    let own = format!("/v1/keys/{key_id}");
    service
        .ask(Method::DELETE, &own, Some(key), Ask::Nothing)
        .refused(409, "server/own-key");
    let (tell, go_on) = mpsc::channel();
    let (reached, wait) = mpsc::channel();
    let text = table(30).into_bytes();
    let (head, tail) = text.split_at(200);
    let body = Halting {
        parts: vec![tail.to_vec(), head.to_vec()],
        go_on,
        reached,
    };
    std::thread::scope(|scope| {
        let service = &service;
        scope.spawn(move || {
            wait.recv().unwrap();
            let path = format!("/v1/keys/{key_id}");
            service
                .ask(Method::DELETE, &path, Some(&service.key), Ask::Nothing)
                .with(204);
            tell.send(()).unwrap();
        });
        let body = Ask::Stream(Body::new(body));
        let answer = service.ask(Method::POST, "/v1/datasets?name=t.csv", Some(key), body);
        answer.refused(401, "server/no-key");
    });
    assert_eq!(service.get("/v1/datasets").json(), json!([]));
}
