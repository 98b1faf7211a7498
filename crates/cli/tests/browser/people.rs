//! People who sign in with an identity provider: from the door to a project, and out again, here and there.
#![cfg(feature = "oidc")]

use serde_json::json;
use verdancy_trial::{Provider, free_port};

use crate::client::{Folder, Service};
use crate::driver::Browser;
use crate::looks::faults;

/// A service whose people are the provider's, who belong to two projects.
fn service(provider: &Provider) -> Service {
    let folder = Folder::new(tempfile::tempdir().unwrap());
    let listen = format!("127.0.0.1:{}", free_port().unwrap());
    let rules = format!(
        "issuer = '{}'\nclient_id = 'verdancy'\nclient_secret_file = 'secret'\naddress = 'http://{listen}'\n\
         label = 'the hospital'\n\
         [[grant]]\ngroup = 'ones'\nproject = 'one'\n[[grant]]\ngroup = 'twos'\nproject = 'two'\n",
        provider.issuer()
    );
    let file = folder.path().join("oidc.toml");
    std::fs::write(&file, rules).unwrap();
    std::fs::write(folder.path().join("secret"), "a secret").unwrap();
    let service = Service::at(&listen, folder, &["--oidc", file.to_str().unwrap()]);
    for project in ["one", "two"] {
        service
            .post("/v1/projects", json!({ "name": project }))
            .with(201);
    }
    provider.set(|manner| {
        manner.claims = json!({ "groups": ["ones", "twos"], "preferred_username": "ann" });
        manner.ends = true;
    });
    service
}

#[test]
fn people_sign_in_choose_a_project_and_sign_out_at_the_provider_too() {
    let provider = Provider::start("verdancy", "a secret").unwrap();
    let service = service(&provider);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.go("/session");
    // Who has shown nothing is led to the door, and back afterwards.
    assert!(browser.place().starts_with("/login?next=/session"));
    let mut wrong = faults(&browser, "login-provider");
    browser.click("main a.button");
    browser.until("choice of a project", |b| {
        (b.place() == "/session").then_some(())
    });
    assert!(browser.text("footer").contains("Signed in as ann"));
    wrong.extend(faults(&browser, "session"));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let chosen = || browser.run("return document.querySelector('main :checked').value");
    let before = chosen();
    browser.click("main input:not(:checked)");
    browser.click("main form button");
    browser.until("runs of the other project", |b| {
        (b.place() == "/runs").then_some(())
    });
    browser.go("/session");
    assert_ne!(chosen(), before);

    // The page on the way out, which leads on at once, as it is where the browser does not follow.
    browser.go("/session");
    let text = browser.run("return fetch('/logout', { method: 'POST' }).then((r) => r.text())");
    browser.show(text.as_str().unwrap());
    assert_eq!(browser.text("h1"), "Signed out");
    let wrong = faults(&browser, "signed-out");
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Chromium itself notes what was cleared, and looks for an icon.
    browser.console();
    browser.go("/session");
    browser.click("main a.button");
    browser.until("choice of a project", |b| {
        (b.place() == "/session").then_some(())
    });

    browser.click("footer form button");
    browser.until("way out and back", |b| {
        (b.place() == "/login").then_some(())
    });
    assert_eq!(provider.asked("/realm/end"), 1);
    browser.go("/runs");
    assert!(browser.place().starts_with("/login"));
    let said = browser.console();
    let clears = |line: &String| line.contains("Clear-Site-Data");
    assert!(said.iter().all(clears), "{said:#?}");
}
