//! Every endpoint with every right, walked from the OpenAPI document and the list of pages, so that one that comes
//! later is tried as well.
#![allow(clippy::unwrap_used)]

use axum::http::Method;

use crate::actor::Actor;
use crate::app::App;
use crate::front::router;
use crate::guard::{MORE, Need, OPEN, need};
use crate::keys::{hash_of, new_key};
use crate::pages::ROUTES;
use crate::rights::{may_ask, may_give, may_have, may_say};
use crate::settings::Limits;
use crate::trial::{app, send};

/// A key of each kind.
struct Keys {
    keeper: String,
    seeing: String,
    plain: String,
    project: String,
}

async fn keys(app: &App) -> Keys {
    let project = app.records.add_project("one").await.unwrap().unwrap();
    let add = async |name: &str, project: Option<&str>, sees: bool| {
        let key = new_key();
        let hash = hash_of(&key);
        let made = app.records.add_key(name, &hash, project, sees, None);
        made.await.unwrap();
        key
    };
    Keys {
        keeper: add("keeper", None, true).await,
        seeing: add("seeing", Some(&project.id), true).await,
        plain: add("plain", Some(&project.id), false).await,
        project: project.id,
    }
}

/// Method and path of every endpoint.
fn endpoints() -> Vec<(Method, String)> {
    let document: serde_json::Value = serde_json::from_str(&crate::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            all.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    for (method, path) in ROUTES {
        all.push((method.to_uppercase().parse().unwrap(), (*path).to_owned()));
    }
    all
}

/// A page without its escapes.
fn plain_text(page: &str) -> String {
    page.replace("&#x2f;", "/")
}

fn head(method: &Method, path: &str, more: &str) -> String {
    let id = "0123456789abcdef0123456789abcdef";
    let path = path.replace("{id}", id).replace("{sample}", id);
    let path = path.replace("{name}", "run.json");
    format!("{method} {path} HTTP/1.1\r\nhost: localhost{more}")
}

#[test]
fn every_rule_is_of_an_endpoint_that_there_is() {
    let all = endpoints();
    let there = |of: &str, path: &str| {
        let mut found = all.iter().filter(|(_, p)| p == path);
        found.any(|(method, _)| of == "*" || method.as_str() == of)
    };
    for (of, path, _) in MORE {
        assert!(there(of, path), "{of} {path}");
    }
    // The document itself is not in it.
    for path in OPEN.iter().filter(|path| **path != "/openapi.json") {
        assert!(there("*", path), "{path}");
    }
}

#[tokio::test]
async fn every_endpoint_asks_for_its_right() {
    let (_folder, app) = app(false, Limits::default()).await;
    let keys = keys(&app).await;
    let router = router(app.clone());
    let mut counts = [0; 4];
    for (method, path) in endpoints() {
        let needed = need(&method, &path);
        let ask = async |key: Option<&str>| {
            let more = key.map_or_else(String::new, |k| format!("\r\nauthorization: bearer {k}"));
            let (status, text) = send(&router, &head(&method, &path, &more), "").await;
            let text = plain_text(&text);
            let code = ["server/forbidden", "server/rows-not-shown", "server/no-key"];
            (status, code.into_iter().find(|c| text.contains(c)))
        };
        let what = format!("{method} {path}");
        let page = !path.starts_with("/v1/");
        let none = ask(None).await;
        let wrong = ask(Some("vk_wrong")).await;
        if needed == Need::Nothing {
            assert!(
                !matches!(none.0, 401 | 403) || path == "/login",
                "{what}: {none:?}"
            );
            counts[0] += 1;
            continue;
        }
        for answer in [none, wrong] {
            match page {
                true => assert_eq!(answer.0, 303, "{what}"),
                false => assert_eq!(answer, (401, Some("server/no-key")), "{what}"),
            }
        }
        let (plain, seeing) = (ask(Some(&keys.plain)).await, ask(Some(&keys.seeing)).await);
        match needed {
            Need::Keeper => {
                assert_eq!(plain, (403, Some("server/forbidden")), "{what}");
                assert_eq!(seeing, (403, Some("server/forbidden")), "{what}");
                counts[3] += 1;
            }
            Need::Rows => {
                assert_eq!(plain, (403, Some("server/rows-not-shown")), "{what}");
                assert_eq!(seeing.0, 404, "{what}");
                counts[2] += 1;
            }
            _ => {
                assert!(!matches!(plain.0, 401 | 403 | 500), "{what}: {plain:?}");
                assert_eq!(plain.0, seeing.0, "{what}");
                counts[1] += 1;
            }
        }
        let keeper = ask(Some(&keys.keeper)).await;
        assert!(!matches!(keeper.0, 401 | 403 | 500), "{what}: {keeper:?}");
    }
    assert!(
        counts[0] >= 9 && counts[1] >= 30 && counts[2] == 2 && counts[3] >= 15,
        "{counts:?}"
    );
}

#[tokio::test]
async fn no_unsafe_request_of_another_site_is_carried_out() {
    for open in [true, false] {
        let (_folder, app) = app(open, Limits::default()).await;
        let keys = keys(&app).await;
        let router = router(app);
        let mut tried = 0;
        for (method, path) in endpoints() {
            if method == Method::GET {
                continue;
            }
            for foreign in [
                "origin: https://evil.example\r\nsec-fetch-site: cross-site",
                "origin: null",
                "sec-fetch-site: same-site",
            ] {
                let key = &keys.keeper;
                let more = format!("\r\n{foreign}\r\nauthorization: Bearer {key}");
                let body = format!("key={key}");
                let (status, text) = send(&router, &head(&method, &path, &more), &body).await;
                let text = plain_text(&text);
                assert_eq!(status, 403, "{method} {path}: {text}");
                assert!(text.contains("server/other-site") && !text.contains("set-cookie"));
                tried += 1;
            }
        }
        assert!(tried > 60, "{tried}");
    }
}

#[tokio::test]
async fn figures_may_be_for_keepers_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = crate::trial::settings(folder.path(), false, Limits::default());
    settings.private_metrics = true;
    let app = App::open(settings).await.unwrap();
    let keys = keys(&app).await;
    let router = router(app);
    for (key, expected) in [("vk_no", 401), (&*keys.seeing, 403), (&*keys.keeper, 200)] {
        let more = format!("\r\nauthorization: Bearer {key}");
        let head = head(&Method::GET, "/metrics", &more);
        assert_eq!(send(&router, &head, "").await.0, expected);
    }
}

#[tokio::test]
async fn refusals_and_sign_ins_are_noted_without_what_they_brought() {
    let (_folder, app) = app(false, Limits::default()).await;
    let keys = keys(&app).await;
    let router = router(app.clone());
    let form = "\r\ncontent-type: application/x-www-form-urlencoded";
    let login = head(&Method::POST, "/login", form);
    assert_eq!(send(&router, &login, "key=vk_SECRET").await.0, 401);
    let (status, text) = send(&router, &login, &format!("key={}", keys.keeper)).await;
    assert_eq!(status, 303);
    let cookie = text.split("set-cookie: ").nth(1).unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert!(!cookie.contains(&keys.keeper[3..]));
    let with = format!("\r\ncookie: {cookie}");
    let status =
        async |method: Method, path: &str| send(&router, &head(&method, path, &with), "").await.0;
    assert_eq!(status(Method::GET, "/keys").await, 200);
    assert_eq!(status(Method::POST, "/logout").await, 303);
    assert_eq!(
        status(Method::GET, "/keys").await,
        303,
        "the session has ended"
    );
    let plain = format!("\r\nauthorization: Bearer {}", keys.plain);
    send(&router, &head(&Method::GET, "/v1/keys", &plain), "").await;
    let all = app.audit.latest(10).unwrap();
    let told: Vec<&str> = all.iter().rev().map(|e| e.what.as_str()).collect();
    assert_eq!(
        told,
        ["refused", "refused", "sign-in", "sign-out", "refused"]
    );
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("SECRET") && !text.contains(&keys.plain[3..]));
    assert!(text.contains("GET /v1/keys") && text.contains("server/forbidden"));
}

async fn both() -> (Actor, Actor) {
    let (_folder, app) = app(false, Limits::default()).await;
    let keys = keys(&app).await;
    assert!(!keys.project.is_empty());
    let of = async |key: &str| crate::access::actor_of(&app, key).await.unwrap();
    (of(&keys.plain).await, of(&keys.seeing).await)
}

#[tokio::test]
async fn what_is_derived_from_rows_needs_the_right_to_see_them() {
    let (plain, seeing) = both().await;
    for file in ["model/manifest.json", "model/weights.safetensors", "model"] {
        assert!(may_have(&plain, file).is_err() && may_have(&seeing, file).is_ok());
    }
    for file in ["synthetic.csv", "run.json", "modelled.csv"] {
        assert!(may_have(&plain, file).is_ok());
    }
    assert!(may_give(&plain, false).is_ok() && may_give(&seeing, true).is_ok());
    let code = may_give(&plain, true).unwrap_err().body.code;
    assert_eq!(code, "server/rows-not-shown");
    let schema = |kind: &str, more: &str| {
        format!("{more}\n[[column]]\nname = \"email\"\nkind = \"{kind}\"\n")
    };
    let before = schema("personal", "");
    for weaker in ["categorical", "integer", "numerical", "boolean", "datetime"] {
        let after = schema(weaker, "");
        let code = may_say(&plain, &before, &after).unwrap_err().body.code;
        assert_eq!(code, "server/rows-not-shown", "{weaker}");
        assert!(may_say(&seeing, &before, &after).is_ok());
        // Kept out of the models is always allowed.
        assert!(may_say(&plain, &after, &before).is_ok());
    }
    assert!(may_say(&plain, &before, &schema("text", "")).is_ok());
    // A column that is new may be a part of one that was kept out.
    let new = before.clone() + "[[column]]\nname = \"domain\"\nkind = \"categorical\"\n";
    assert!(may_say(&plain, &before, &new).is_err());
    let subject = schema("personal", "subject = \"none\"");
    assert!(may_say(&plain, &before, &subject).is_err());

    let run = |more: &str| serde_json::from_str(&format!("{{\"dataset\":\"d\"{more}}}")).unwrap();
    for (more, allowed) in [
        ("", true),
        (",\"protect\":10", true),
        (",\"protect\":9", false),
        (",\"protect\":0", false),
        (",\"subject\":\"none\"", false),
    ] {
        assert_eq!(
            may_ask(&plain, &run(more), &before).is_ok(),
            allowed,
            "{more}"
        );
        assert!(may_ask(&seeing, &run(more), &before).is_ok());
    }
}
