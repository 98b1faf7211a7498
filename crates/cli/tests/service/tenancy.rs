//! Tenants do not see each other. The requests are generated from the OpenAPI document, so an endpoint
//! that comes later is tried as well, or has no rule here and fails the test.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Ask, Service, id, table};

/// What every key, and nobody, may ask.
const COMMON: [&str; 4] = [
    "GET /health",
    "GET /metrics",
    "GET /ready",
    "GET /v1/capabilities",
];
/// Lists: nothing of others in them.
const LISTS: [&str; 2] = ["GET /v1/datasets", "GET /v1/projects"];
/// For keys of all projects only.
const KEEPERS: [&str; 7] = [
    "DELETE /v1/keys/{id}",
    "DELETE /v1/projects/{id}",
    "GET /v1/audit",
    "PUT /v1/projects/{id}",
    "GET /v1/keys",
    "POST /v1/keys",
    "POST /v1/projects",
];

/// Things of one project.
struct Things {
    project: String,
    dataset: String,
    run: String,
    sample: String,
    key_id: String,
}

impl Things {
    fn unknown() -> Things {
        let id = || "0123456789abcdef0123456789abcdef".to_owned();
        Things {
            project: id(),
            dataset: id(),
            run: id(),
            sample: id(),
            key_id: id(),
        }
    }

    /// The id that `{id}` stands for in `path`.
    fn of(&self, path: &str) -> &str {
        match path.split('/').nth(2) {
            Some("projects") => &self.project,
            Some("datasets") => &self.dataset,
            Some("runs") => &self.run,
            Some("keys") => &self.key_id,
            _ => panic!("no rule for the id in {path}"),
        }
    }
}

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    about: Value,
}

impl Operation {
    fn all(document: &Value) -> Vec<Operation> {
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, about) in item.as_object().unwrap() {
                all.push(Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    about: about.clone(),
                });
            }
        }
        all
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let list = self.about["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        list.iter()
            .map(|p| (text(&p["in"]), text(&p["name"])))
            .collect()
    }

    /// True when it names something that belongs to a project.
    fn names_things(&self) -> bool {
        let ids = ["dataset", "runs", "project"];
        self.path.contains("{id}")
            || self
                .parameters()
                .iter()
                .any(|(place, name)| place == "query" && ids.contains(&name.as_str()))
            || self.name() == "POST /v1/runs"
    }

    /// The request for `things`.
    fn ask(&self, service: &Service, key: Option<&str>, things: &Things) -> Answer {
        let mut path = self.path.clone();
        if path.contains("{id}") {
            path = path.replace("{id}", things.of(&self.path));
        }
        path = path.replace("{name}", "run.json");
        path = path.replace("{sample}", &things.sample);
        assert!(!path.contains('{'), "no rule for {path}");
        let mut query = Vec::new();
        for (place, name) in self.parameters() {
            match (place.as_str(), name.as_str()) {
                ("query", "dataset") => query.push(format!("dataset={}", things.dataset)),
                ("query", "runs") => query.push(format!("runs={0},{0}", things.run)),
                ("query", "project") => query.push(format!("project={}", things.project)),
                ("query", "name") => query.push("name=t.csv".to_owned()),
                (
                    "query",
                    "mode" | "method" | "limit" | "before" | "rows" | "spreadsheet" | "state"
                    | "actor" | "text" | "keep_runs",
                )
                | ("path", "id" | "name" | "sample")
                | ("header", "Last-Event-ID") => {}
                other => panic!("no rule for the parameter {other:?} of {}", self.name()),
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let body = match self.name().as_str() {
            "POST /v1/runs" => Ask::Json(json!({ "dataset": things.dataset })),
            "POST /v1/projects" => Ask::Json(json!({ "name": "third" })),
            "POST /v1/keys" => Ask::Json(json!({ "name": "k", "project": things.project })),
            "POST /v1/datasets" => Ask::Bytes(table(30).into()),
            "PUT /v1/projects/{id}" => Ask::Json(json!({ "weight": 1 })),
            "POST /v1/runs/{id}/samples" => Ask::Json(json!({ "rows": 5 })),
            "PUT /v1/runs/{id}/label" => Ask::Json(json!({ "name": "n" })),
            "PUT /v1/datasets/{id}/schema" => Ask::Bytes(b"# as it is".to_vec()),
            name if self.about["requestBody"].is_null() => {
                let _ = name;
                Ask::Nothing
            }
            name => panic!("no rule for the body of {name}"),
        };
        service.ask(self.method.clone(), &path, key, body)
    }
}

fn document(service: &Service) -> Value {
    service.get("/openapi.json").with(200).json()
}

/// A project with a dataset, a finished run and a key.
fn project(service: &Service, name: &str) -> (Things, String) {
    let project = id(&service
        .post("/v1/projects", json!({ "name": name }))
        .with(201)
        .json());
    let made = service.post(
        "/v1/keys",
        json!({ "name": name, "project": project, "sees_rows": true }),
    );
    let made = made.with(201).json();
    let key = made["key"].as_str().unwrap().to_owned();
    let dataset = id(&service.upload_as(&key, "t.csv", table(60)).with(201).json());
    let order = json!({ "dataset": dataset, "method": "gaussian_copula", "attempts": 1 });
    let run = service
        .ask(Method::POST, "/v1/runs", Some(&key), Ask::Json(order))
        .with(201);
    let run = id(&run.json());
    service.until(&run, "succeeded");
    let samples = format!("/v1/runs/{run}/samples");
    let asked = Ask::Json(json!({ "rows": 5 }));
    let sample = id(&service
        .ask(Method::POST, &samples, Some(&key), asked)
        .with(201)
        .json());
    crate::samples::drawn(service, &run, &sample);
    let key_id = id(&made["about"]);
    (
        Things {
            project,
            dataset,
            run,
            sample,
            key_id,
        },
        key,
    )
}

#[test]
fn a_foreign_key_finds_nothing_at_any_endpoint() {
    let service = Service::start();
    let (ours, our_key) = project(&service, "ours");
    let (_, their_key) = project(&service, "theirs");
    let document = document(&service);
    let mut covered = BTreeSet::new();
    for operation in Operation::all(&document) {
        let name = operation.name();
        let answer = operation.ask(&service, Some(&their_key), &ours);
        if COMMON.contains(&name.as_str()) {
            answer.clone().with(200);
            for id in [&ours.project, &ours.dataset, &ours.run, &ours.key_id] {
                assert!(!answer.text().contains(id), "{name}");
            }
        } else if KEEPERS.contains(&name.as_str()) {
            answer.refused(403, "server/forbidden");
        } else if LISTS.contains(&name.as_str()) {
            let text = answer.with(200).text();
            for id in [&ours.project, &ours.dataset, &ours.run] {
                assert!(!text.contains(id), "{name} shows what is ours: {text}");
            }
        } else {
            assert!(operation.names_things(), "no rule for {name}: add one here");
            assert_eq!(answer.status, 404, "{name}: {}", answer.text());
            let foreign = answer.refused(404, "server/not-found");
            let unknown = operation.ask(&service, Some(&their_key), &Things::unknown());
            assert_eq!(foreign, unknown.refused(404, "server/not-found"), "{name}");
        }
        covered.insert(name);
    }
    let text = service.ask(Method::GET, "/v1/runs", Some(&their_key), Ask::Nothing);
    let text = text.with(200).text();
    assert!(!text.contains(&ours.run) && !text.contains(&ours.project));
    for name in &covered {
        eprintln!("tried with a foreign key: {name}");
    }
    assert!(covered.len() >= 29, "{covered:?}");
    for name in COMMON.iter().chain(&LISTS).chain(&KEEPERS) {
        assert!(
            covered.contains(*name),
            "{name} is gone: take it out of the rules"
        );
    }

    // What was tried did nothing, and with our own key each of these is found.
    let mut last = Vec::new();
    for operation in Operation::all(&document) {
        if !operation.names_things() || KEEPERS.contains(&operation.name().as_str()) {
            continue;
        }
        if operation.method == Method::DELETE {
            last.push(operation);
            continue;
        }
        let answer = operation.ask(&service, Some(&our_key), &ours);
        assert!(
            answer.status < 300,
            "{}: {}",
            operation.name(),
            answer.text()
        );
    }
    // Runs before the dataset that they are made from.
    for operation in last.into_iter().rev() {
        operation.ask(&service, Some(&our_key), &ours).with(204);
    }
}

#[test]
fn without_a_living_key_nothing_is_answered() {
    let service = Service::start();
    let things = Things::unknown();
    let make = |days: Value| {
        let made = service
            .post("/v1/keys", json!({ "name": "k", "days": days }))
            .with(201)
            .json();
        (made["key"].as_str().unwrap().to_owned(), id(&made["about"]))
    };
    let (expired, _) = make(json!(0));
    let (revoked, revoked_id) = make(Value::Null);
    service
        .ask(Method::GET, "/v1/runs", Some(&revoked), Ask::Nothing)
        .with(200);
    let path = format!("/v1/keys/{revoked_id}");
    service
        .ask(Method::DELETE, &path, Some(&service.key), Ask::Nothing)
        .with(204);
    let made_up = format!("vk_{}", "0".repeat(64));
    let bad = [
        None,
        Some(""),
        Some("x"),
        Some(&made_up[..]),
        Some(&expired[..]),
        Some(&revoked[..]),
    ];
    let mut bodies = BTreeSet::new();
    for operation in Operation::all(&document(&service)) {
        let name = operation.name();
        if operation.about["security"] == json!([{}]) {
            assert!(
                COMMON.contains(&name.as_str()),
                "{name} is open to everybody"
            );
            continue;
        }
        for key in bad {
            let answer = operation.ask(&service, key, &things);
            assert_eq!(answer.status, 401, "{name} with {key:?}: {}", answer.text());
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            bodies.insert(answer.text());
        }
    }
    assert_eq!(bodies.len(), 1, "all are answered alike");
}

#[test]
fn pages_of_others_are_not_found_either() {
    let service = Service::start();
    let (ours, our_key) = project(&service, "ours");
    let (_, their_key) = project(&service, "theirs");
    let (run, dataset) = (&ours.run, &ours.dataset);
    let gets = [
        format!("/runs/{run}"),
        format!("/runs/{run}/panel"),
        format!("/runs/{run}/report"),
        format!("/datasets/{dataset}"),
    ];
    for path in &gets {
        let ask = |key: &str| {
            service
                .ask(Method::GET, path, Some(key), Ask::Nothing)
                .status
        };
        assert_eq!((ask(&our_key), ask(&their_key)), (200, 404), "{path}");
    }
    for path in [
        format!("/runs/{run}/cancel"),
        format!("/runs/{run}/retry"),
        format!("/datasets/{dataset}/delete"),
    ] {
        let answer = service.ask(Method::POST, &path, Some(&their_key), Ask::Nothing);
        assert_eq!(answer.status, 404, "{path}");
    }
    for path in ["/runs", "/datasets"] {
        let text = service
            .ask(Method::GET, path, Some(&their_key), Ask::Nothing)
            .with(200)
            .text();
        assert!(
            !text.contains(run.as_str()) && !text.contains(dataset.as_str()),
            "{path}"
        );
    }
}
