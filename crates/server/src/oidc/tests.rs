//! Sign-in against a small conforming provider: from the page to a session, and everything that may be wrong on the
//! way.
#![allow(clippy::unwrap_used)]

use axum::Router;
use serde_json::json;
use verdancy_trial::{Fault, Provider as Outside, Signing};

use crate::app::App;
use crate::front::router;
use crate::oidc::Rules;
use crate::records::Project;
use crate::settings::Limits;
use crate::trial::{ask, send, settings};

/// A service, and its provider.
struct Trial {
    outside: Outside,
    app: App,
    router: Router,
    one: Project,
    two: Project,
    folder: tempfile::TempDir,
}

const SERVICE: &str = "http://127.0.0.1:8080";

fn rules(folder: &std::path::Path, issuer: &str, more: &str) -> Rules {
    let text = format!(
        "issuer = '{issuer}'\nclient_id = 'verdancy'\nclient_secret_file = 'secret'\naddress = '{SERVICE}'\n{more}\n\
         [[grant]]\ngroup = 'ones'\nproject = 'one'\n\
         [[grant]]\ngroup = 'twos'\nproject = 'two'\nsees_rows = true\n\
         [[grant]]\ngroup = 'keepers'\nproject = '*'\n\
         [[grant]]\ngroup = 'lost'\nproject = 'not there'\n"
    );
    std::fs::write(folder.join("oidc.toml"), text).unwrap();
    std::fs::write(folder.join("secret"), "a secret / of + the client\n").unwrap();
    Rules::load(&folder.join("oidc.toml")).unwrap()
}

async fn service(folder: &std::path::Path, issuer: &str, more: &str) -> App {
    let mut settings = settings(folder, false, Limits::default());
    settings.oidc = Some(rules(folder, issuer, more));
    App::open(settings).await.unwrap()
}

async fn trial(more: &str) -> Trial {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start("verdancy", "a secret / of + the client").unwrap();
    let app = service(folder.path(), &outside.issuer(), more).await;
    outside
        .set(|manner| manner.claims = json!({ "groups": ["ones"], "preferred_username": "ann" }));
    let one = app.records.add_project("one").await.unwrap().unwrap();
    let two = app.records.add_project("two").await.unwrap().unwrap();
    let router = router(app.clone());
    Trial {
        outside,
        app,
        router,
        one,
        two,
        folder,
    }
}

/// The value of a header.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

impl Trial {
    async fn get(&self, path: &str, cookie: &str) -> (u16, String) {
        let head = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncookie: {cookie}");
        ask(&self.router, &head).await
    }

    /// To the provider: the address that the browser comes back to, and its cookie.
    async fn away(&self) -> (String, String) {
        let (status, answer) = self.get("/login/oidc?next=%2Fdatasets", "").await;
        assert_eq!(status, 303, "{answer}");
        let cookie = header(&answer, "set-cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        let to = header(&answer, "location").unwrap();
        let back = self.outside.visit(to).unwrap();
        (
            back.strip_prefix(SERVICE).unwrap().to_owned(),
            cookie.to_owned(),
        )
    }

    /// There and back: the answer of the service.
    async fn signed_in(&self) -> (u16, String) {
        let (back, cookie) = self.away().await;
        self.get(&back, &cookie).await
    }

    /// The session of a sign-in.
    async fn session(&self) -> String {
        let (status, answer) = self.signed_in().await;
        assert_eq!(
            (status, header(&answer, "location")),
            (303, Some("/datasets")),
            "{answer}"
        );
        let cookie = header(&answer, "set-cookie").unwrap();
        assert!(
            cookie.starts_with("verdancy_session=vs_") && cookie.contains("HttpOnly; SameSite=Lax")
        );
        assert!(answer.contains("verdancy_way=;"), "{answer}");
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn refused(&self, why: &str) {
        let (status, answer) = self.signed_in().await;
        assert_eq!(status, 401, "{why}: {answer}");
        assert!(!answer.contains("verdancy_session"), "{why}");
        let last = &self.app.audit.latest(1).unwrap()[0];
        let told = (last.what.as_str(), last.more.as_deref());
        assert_eq!(told, ("refused", Some("server/sign-in-refused")), "{why}");
    }
}

#[tokio::test]
async fn who_the_provider_knows_is_in_with_the_rights_of_their_groups() {
    let trial = trial("").await;
    for signing in [Signing::Es256, Signing::Rs256] {
        trial.outside.set(|manner| manner.signing = signing);
        let session = trial.session().await;
        let (status, page) = trial.get("/datasets", &session).await;
        assert_eq!(status, 200);
        assert!(page.contains("Signed in as ann ("), "{page}");
        assert!(!page.contains("Administration") && !page.contains("Change project"));
        // Rights are those of the group: one project, and no real rows.
        let (_, projects) = trial.get("/v1/projects", &session).await;
        assert!(projects.contains(&trial.one.id) && !projects.contains(&trial.two.id));
        assert_eq!(trial.get("/v1/keys", &session).await.0, 403);
        let rows = trial.get(
            "/v1/datasets/0123456789abcdef0123456789abcdef/preview",
            &session,
        );
        assert_eq!(rows.await.0, 403);

        let head = format!("POST /logout HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncookie: {session}");
        assert_eq!(ask(&trial.router, &head).await.0, 303);
        assert_eq!(trial.get("/v1/projects", &session).await.0, 401);
        let log = trial.app.audit.latest(10).unwrap();
        for what in ["sign-in", "sign-out"] {
            let line = log.iter().find(|line| line.what == what).unwrap();
            assert!(line.who.as_deref().unwrap().starts_with("ann ("));
        }
    }
    // What the provider says of itself is asked for once.
    assert_eq!(
        trial
            .outside
            .asked("/realm/.well-known/openid-configuration"),
        1
    );
}

#[tokio::test]
async fn a_token_that_does_not_hold_opens_nothing() {
    let trial = trial("").await;
    for signing in [Signing::Es256, Signing::Rs256] {
        for fault in [
            Fault::Nonce,
            Fault::Audience,
            Fault::Issuer,
            Fault::Expired,
            Fault::UnknownKey,
            Fault::Forged,
            Fault::SharedSecret,
            Fault::Unsigned,
        ] {
            trial
                .outside
                .set(|manner| (manner.fault, manner.signing) = (fault, signing));
            trial.refused(&format!("{fault:?} {signing:?}")).await;
        }
    }
    trial.outside.set(|manner| manner.fault = Fault::None);
    trial.session().await;
    trial.outside.set(|manner| manner.admits = false);
    trial.refused("not admitted").await;
}

#[tokio::test]
async fn a_return_is_for_the_browser_that_left_and_for_once() {
    let trial = trial("").await;
    let over = async |path: &str, cookie: &str| {
        let (status, answer) = trial.get(path, cookie).await;
        assert_eq!(status, 401, "{answer}");
        assert!(!answer.contains("verdancy_session"));
        let last = &trial.app.audit.latest(1).unwrap()[0];
        assert_eq!(last.more.as_deref(), Some("server/sign-in-over"));
    };
    let (back, cookie) = trial.away().await;
    over(&back, "").await;
    over(&back, "verdancy_way=vk_other").await;
    // Another's state, with which nothing is asked of the provider.
    let (other, _) = trial.away().await;
    over(&other, &cookie).await;
    assert_eq!(trial.outside.asked("/realm/token"), 0);
    over(&back, &cookie).await;

    let (back, cookie) = trial.away().await;
    assert_eq!(trial.get(&back, &cookie).await.0, 303);
    over(&back, &cookie).await;
    // A code that was used, in a sign-in of its own.
    let code = back
        .split(['?', '&'])
        .find(|part| part.starts_with("code="))
        .unwrap();
    let (fresh, cookie) = trial.away().await;
    let mine = fresh
        .split(['?', '&'])
        .find(|part| part.starts_with("code="))
        .unwrap();
    let (status, answer) = trial.get(&fresh.replace(mine, code), &cookie).await;
    assert_eq!(status, 401, "{answer}");

    let (back, cookie) = trial.away().await;
    sqlx::query("UPDATE ways SET created_at = created_at - 601")
        .execute(trial.app.queue.database().pool())
        .await
        .unwrap();
    over(&back, &cookie).await;
    crate::ways::sweep(&trial.app).await.unwrap();
}

#[tokio::test]
async fn people_of_no_group_stay_outside_and_those_of_several_choose() {
    let trial = trial("").await;
    for groups in [
        json!([]),
        json!("onesies"),
        json!(["lost"]),
        json!([["ones"]]),
    ] {
        trial
            .outside
            .set(|manner| manner.claims = json!({ "groups": groups }));
        let (status, answer) = trial.signed_in().await;
        assert_eq!(status, 403, "{answer}");
        assert!(!answer.contains("verdancy_session"));
    }
    trial
        .outside
        .set(|manner| manner.claims = json!({ "groups": ["twos", "ones", "keepers", "x"] }));
    let session = trial.session().await;
    let (_, page) = trial.get("/session", &session).await;
    for name in [
        "All projects and administration",
        "one",
        "two",
        "Change project",
    ] {
        assert!(page.contains(name), "{name}");
    }
    assert_eq!(trial.get("/v1/keys", &session).await.0, 200);
    let choose = async |project: &str| {
        let head = format!(
            "POST /session HTTP/1.1\r\nhost: a\r\ncookie: {session}\r\ncontent-type: application/x-www-form-urlencoded"
        );
        send(&trial.router, &head, &format!("project={project}"))
            .await
            .0
    };
    assert_eq!(choose(&trial.two.id).await, 303);
    assert_eq!(trial.get("/v1/keys", &session).await.0, 403);
    let rows = "/v1/datasets/0123456789abcdef0123456789abcdef/preview";
    assert_eq!(
        trial.get(rows, &session).await.0,
        404,
        "rows are seen in this one"
    );
    assert_eq!(choose("0123456789abcdef0123456789abcdef").await, 404);
    let other = trial
        .app
        .records
        .add_project("three")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(choose(&other.id).await, 404, "it was not granted");

    // With its project the session ends.
    crate::forget::project(&trial.app, &trial.two)
        .await
        .unwrap();
    assert_eq!(trial.get("/v1/projects", &session).await.0, 401);
}

#[tokio::test]
async fn groups_and_second_factors_come_as_providers_tell_them() {
    let trial = trial("claim = 'realm.roles'\nacr = ['mfa', 'hardware']\nscopes = ['roles']").await;
    let claims = json!({ "realm": { "roles": ["ones"] } });
    trial.outside.set(|manner| manner.claims = claims.clone());
    trial.refused("no class of authentication").await;
    trial.outside.set(|manner| {
        (
            manner.claims = claims.clone(),
            manner.claims["acr"] = "password".into(),
        )
            .0
    });
    trial.refused("a password alone").await;
    trial
        .outside
        .set(|manner| manner.claims["acr"] = "hardware".into());
    trial.session().await;
    assert_eq!(trial.outside.asked("/realm/me"), 0);
    // A provider that tells groups at its user info endpoint only.
    trial.outside.set(|manner| {
        manner.claims = json!({ "acr": "mfa" });
        manner.user_info = json!({ "realm": { "roles": ["ones"] } });
    });
    trial.session().await;
    assert_eq!(trial.outside.asked("/realm/me"), 1);
}

#[tokio::test]
async fn new_keys_of_the_provider_are_asked_for_and_sessions_end_with_their_rules() {
    let trial = trial("").await;
    let session = trial.session().await;
    assert_eq!(trial.get("/v1/projects", &session).await.0, 200);

    // Another start with other rules: who came in under the old ones signs in again.
    let issuer = trial.outside.issuer();
    let same = router(service(trial.folder.path(), &issuer, "").await);
    let head = format!("GET /v1/projects HTTP/1.1\r\nhost: a\r\ncookie: {session}");
    assert_eq!(ask(&same, &head).await.0, 200);
    let other = router(service(trial.folder.path(), &issuer, "claim = 'roles'").await);
    assert_eq!(ask(&other, &head).await.0, 401);

    // Keys are asked for again when one is unknown, though not without end.
    let asked = trial.outside.asked("/realm/keys");
    trial.outside.rotate().unwrap();
    trial.refused("new keys, moments later").await;
    assert_eq!(trial.outside.asked("/realm/keys"), asked);
    trial.app.provider.as_ref().unwrap().grow_old();
    trial.session().await;
    assert_eq!(trial.outside.asked("/realm/keys"), asked + 1);
}

#[tokio::test]
async fn a_provider_that_is_not_there_leaves_keys() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = format!("http://127.0.0.1:{}", verdancy_trial::free_port().unwrap());
    let router = router(service(folder.path(), &nowhere, "label = 'the <b>hospital'").await);
    let (status, page) = ask(&router, "GET /login/oidc HTTP/1.1\r\nhost: a").await;
    assert_eq!(status, 503);
    assert!(
        page.contains("does not answer") && page.contains("retry-after"),
        "{page}"
    );
    assert!(page.contains("Sign in with the &lt;b&gt;hospital") && page.contains("API key"));
    let (status, _) = ask(
        &router,
        "GET /login/oidc/back?code=a&state=b HTTP/1.1\r\nhost: a",
    )
    .await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn who_signs_out_is_led_to_the_sign_out_of_the_provider_and_back() {
    let trial = trial("label = 'the hospital'").await;
    trial.outside.set(|manner| manner.ends = true);
    let session = trial.session().await;
    let head = format!("POST /logout HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncookie: {session}");
    let (status, page) = ask(&trial.router, &head).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("verdancy_session=;") && page.contains("clear-site-data"));
    assert_eq!(trial.get("/v1/projects", &session).await.0, 401);
    // Without script, and without a form that leads elsewhere.
    let refresh = page
        .split("http-equiv=\"refresh\" content=\"0;url=")
        .nth(1)
        .unwrap();
    let address = refresh.split('"').next().unwrap();
    let address = address.replace("&#x2f;", "/").replace("&amp;", "&");
    assert!(page.contains(">Sign out of the hospital</a>"), "{page}");
    let back = trial.outside.visit(&address).unwrap();
    assert_eq!(back, format!("{SERVICE}/login"));
    assert_eq!(trial.outside.asked("/realm/end"), 1);
    // Whose session has ended already, or is a key's, has none at the provider.
    let (status, page) = ask(&trial.router, &head).await;
    assert_eq!((status, header(&page, "location")), (303, Some("/login")));
}

#[tokio::test]
async fn where_the_provider_names_no_sign_out_the_one_here_is_all() {
    let trial = trial("").await;
    let session = trial.session().await;
    let head = format!("POST /logout HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncookie: {session}");
    let (status, page) = ask(&trial.router, &head).await;
    assert_eq!((status, header(&page, "location")), (303, Some("/login")));
}
