//! The way from a file to a download, and what moves on the way.

use crate::client::Service;
use crate::client::table;
use crate::driver::Browser;
use crate::long;

/// The state that the page of a run shows beside its name.
fn state(browser: &Browser) -> String {
    browser.text("h1 .badge")
}

#[test]
fn from_upload_to_download() {
    let service = Service::start();
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.go("/");
    browser.sign_in(&service.key);
    assert_eq!(browser.place(), "/runs");
    browser.click("main a.button");

    let file = service.folder.path().join("visits.csv");
    std::fs::write(&file, table(240)).unwrap();
    browser.choose("input[type=file]", &file);
    browser.click("form.upload button");
    browser.until("dataset", |b| (b.text("h1") == "visits.csv").then_some(()));
    assert!(browser.text("main .lead").contains("240 rows, 4 columns"));

    // A column is put right, and what was said of it stays.
    browser.run("document.querySelector('select[name=\"kind.0\"]').value = 'categorical'");
    browser.run("document.querySelector('select[name=target]').value = 'outcome'");
    browser.click("form[action$='/kinds'] button");
    browser.until("kept schema", |b| {
        let chosen = b.peek("return document.querySelector('select[name=target]')?.value");
        (b.place().ends_with("#columns") && chosen == "outcome").then_some(())
    });
    let kind = browser.run("return document.querySelector('select[name=\"kind.0\"]').value");
    assert_eq!(kind, "categorical");

    browser.click("main a.button");
    browser.see("#estimate");
    browser.click("input[name=method][value=gaussian_copula]");
    // The estimate and the parameters follow what was chosen.
    browser.until("parameters of the copula", |b| {
        (b.text("#parameters summary").contains("Gaussian copula")).then_some(())
    });
    assert!(browser.has("input[name='set.shrinkage']"));
    browser.click("aside button.button");

    // The page of the run shows its end without being asked again.
    browser.see(".verdict");
    for part in [
        "gates",
        "columns",
        "privacy",
        "attempts",
        "training",
        "parameters",
        "downloads",
    ] {
        assert!(browser.has(&format!("section#{part}")), "{part}");
    }
    assert!(browser.has("#gates svg.bullet") && browser.has("#columns svg.fig"));
    assert!(browser.text("#parameters").contains("shrinkage"));

    browser.click(".actions a[download]");
    let made = browser.until("download", |b| {
        let mut all = std::fs::read_dir(b.downloads())
            .ok()?
            .flatten()
            .map(|e| e.path());
        all.find(|p| p.extension().is_some_and(|e| e == "csv"))
    });
    let made = std::fs::read_to_string(made).unwrap();
    assert!(made.starts_with("age,score,group,outcome\n"), "{made:.60}");
    assert!(made.lines().count() > 100);

    let run = browser.place();
    browser.click("a[href$='/privacy']");
    browser.until("privacy page", |b| {
        (b.text("h1") == "Privacy").then_some(())
    });
    assert!(browser.text("main").contains("not a guarantee"));
    browser.go(&format!("{run}/report"));
    assert!(browser.text("body").contains("Report on a synthetic table"));
    browser.click(&format!("a[href='{run}']"));
    browser.see(".verdict");
    browser.go("/runs");
    assert!(browser.has(".dots i.good"));
    browser.is_quiet();
}

#[test]
fn losses_appear_without_reload_and_a_run_is_cancelled() {
    let service = Service::with(&["--open"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let run = long(&service, &service.dataset("a.csv", table(300)));
    browser.go(&format!("/runs/{run}"));
    browser.run("window.mark = 'the same page'");
    // Badge and title move with the run.
    browser.until("running", |b| state(b).contains("running").then_some(()));
    browser.until("title", |b| {
        let title = b.run("return document.title");
        title.as_str()?.contains("running").then_some(())
    });
    browser.see(".losses svg path.real-line");
    let epoch = |b: &Browser| b.text(".meters dd");
    let before = epoch(&browser);
    browser.until("later epoch", |b| {
        let now = epoch(b);
        (!now.is_empty() && now != before).then_some(())
    });
    // What was opened stays open while the page is renewed.
    browser.click("[data-part=parameters] summary");
    let before = epoch(&browser);
    browser.until("later epoch", |b| (epoch(b) != before).then_some(()));
    assert!(browser.has("[data-part=parameters] details[open]"));
    assert!(
        browser
            .text("[data-part=parameters]")
            .contains("batch_size")
    );
    assert_eq!(browser.run("return window.mark"), "the same page");

    // The list moves as well.
    browser.go("/runs");
    browser.run("window.mark = 'the same page'");
    assert!(browser.text(".runs").contains("Training"));

    browser.go(&format!("/runs/{run}"));
    browser.click("form[action$='/cancel'] button");
    browser.until("cancelled run", |b| {
        (state(b).contains("cancelled")).then_some(())
    });
    assert_eq!(service.state(&run), "cancelled");
    browser.go("/runs?state=running,cancelling");
    assert!(browser.text("main").contains("There are no such runs"));
    browser.click("nav.views a[href='/runs?state=cancelled']");
    browser.until("cancelled runs", |b| b.has(".runs").then_some(()));
    assert!(browser.text(".runs").contains("cancelled"));
    browser.go(&format!("/runs/{run}"));
    // Its course is still there, and it can be run again.
    assert!(browser.has(".losses svg") && browser.has("form[action$='/retry'] button"));
    browser.is_quiet();
}

#[test]
fn two_browsers_see_one_run() {
    let service = Service::start();
    let (Some(one), Some(other)) = (
        Browser::open(&service.address),
        Browser::open(&service.address),
    ) else {
        return;
    };
    let run = long(&service, &service.dataset("a.csv", table(300)));
    for browser in [&one, &other] {
        browser.go(&format!("/runs/{run}"));
        // A colleague who was sent the address comes by the sign-in and is led back to it.
        assert!(browser.place().starts_with("/login?next=/runs/"));
        browser.sign_in(&service.key);
        assert_eq!(browser.place(), format!("/runs/{run}"));
        browser.see(".losses svg");
    }
    one.click("form[action$='/cancel'] button");
    for browser in [&one, &other] {
        browser.until("cancelled run", |b| {
            (state(b).contains("cancelled")).then_some(())
        });
        browser.is_quiet();
    }
}

#[test]
fn a_wrong_key_is_told_and_a_right_one_leads_back() {
    let service = Service::start();
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let id = service.dataset("a.csv", table(60));
    browser.go(&format!("/datasets/{id}"));
    browser.write("input[name=key]", "vk_wrong");
    browser.click("main button");
    browser.see("[role=alert]");
    assert!(browser.text("[role=alert]").contains("not valid"));
    browser.sign_in(&service.key);
    assert_eq!(browser.place(), format!("/datasets/{id}"));
    // Chromium itself notes the status of the refused key.
    let said = browser.console();
    assert!(said.iter().all(|line| line.contains("401")), "{said:#?}");

    browser.click("footer button");
    browser.see("input[name=key]");
    browser.go("/runs");
    assert!(browser.place().starts_with("/login"));
}

#[test]
fn what_is_refused_comes_back_as_it_was_filled_in() {
    let service = Service::with(&["--open"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let id = service.dataset("a.csv", table(60));
    browser.go(&format!("/runs/new?dataset={id}&mode=speed&set.hidden=1"));
    assert!(browser.text("[role=alert]").contains("hidden"));
    browser.click("aside button.button");
    browser.until("refusal", |b| {
        (b.place() == "/runs" && b.text("[role=alert]").contains("hidden")).then_some(())
    });
    let filled = browser.run(
        "return [document.querySelector('input[name=mode]:checked').value, \
         document.querySelector('input[name=\"set.hidden\"]').value]",
    );
    assert_eq!(filled, serde_json::json!(["speed", "1"]));

    browser.go(&format!("/datasets/{id}"));
    browser.run(
        "document.querySelector('textarea').value = 'column = 1'; \
         document.querySelector('form[action$=\"/schema\"]').submit()",
    );
    browser.see("[role=alert]");
    let kept = browser.run("return document.querySelector('textarea').value");
    assert_eq!(kept, "column = 1");
    let said = browser.console();
    assert!(said.iter().all(|line| line.contains("422")), "{said:#?}");
}

#[test]
fn a_schema_saved_unchanged_stays_as_it_was() {
    let service = Service::with(&["--open"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let id = service.dataset("a.csv", table(60));
    let place = format!("/v1/datasets/{id}/schema");
    let task = "[task]\ntype = \"survival\"\ntime = \"age\"\nevent = \"outcome\"\n";
    let text = service.get(&place).with(200).text() + task;
    let body = crate::client::Ask::Bytes(text.into_bytes());
    (service.ask(reqwest::Method::PUT, &place, None, body)).with(200);
    let before = service.get(&place).text();
    browser.go(&format!("/datasets/{id}"));
    let chosen = |name: &str| {
        browser.run(&format!(
            "return document.querySelector('select[name={name}]').value"
        ))
    };
    assert_eq!(chosen("time"), "age");
    assert_eq!(chosen("event"), "outcome");
    browser.click("form[action$='/kinds'] button");
    browser.until("kept schema", |b| {
        (b.place().ends_with("#columns")).then_some(())
    });
    assert_eq!(service.get(&place).text(), before);
    browser.is_quiet();
}

#[test]
fn a_refused_upload_is_told_in_place_and_a_change_is_not_lost() {
    let service = Service::with(&["--open"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let file = service.folder.path().join("bad.csv");
    std::fs::write(&file, "a,b\n1,2\n1,2,3\n").unwrap();
    browser.go("/datasets");
    browser.choose("input[type=file]", &file);
    browser.click("form.upload button");
    browser.see("#refused");
    assert!(browser.text("#refused").contains("CSV UTF-8") && browser.has("form.upload"));

    // A kind that does not fit stays chosen, and its row is marked.
    let id = service.dataset("t.csv", table(60));
    browser.go(&format!("/datasets/{id}"));
    browser.run(
        "const s = document.querySelector('select[name=\"kind.2\"]'); s.value = 'datetime'; \
         s.dispatchEvent(new Event('change', { bubbles: true }))",
    );
    assert_eq!(browser.text("[data-note]"), "Not saved yet.");
    browser.click("form[action$='/kinds'] button");
    browser.see("[role=alert]");
    let kept = browser.run("return document.querySelector('select[name=\"kind.2\"]').value");
    assert_eq!(kept, "datetime");

    // Two are compared, one is not.
    for _ in 0..2 {
        service.until(&service.copula(&id), "succeeded");
    }
    browser.go("/runs");
    assert!(browser.has("#compare:disabled"));
    browser.click("tr:nth-child(1) input[type=checkbox]");
    browser.click("tr:nth-child(2) input[type=checkbox]");
    assert!(browser.has("#compare:enabled"));
    browser.click("#compare");
    browser.until("comparison", |b| {
        (b.text("h1") == "Comparison").then_some(())
    });

    // What is searched is found by its name.
    browser.go("/runs?text=nothing-of-that-name");
    assert!(browser.text("main").contains("There are no such runs"));
}

#[test]
fn keys_are_made_and_revoked_on_their_page() {
    let service = Service::start();
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.go("/keys");
    browser.sign_in(&service.key);
    browser.write("input[name=name]", "ward");
    browser.click("main form button.button");
    browser.see(".secret");
    let key = browser.text(".secret");
    let ask = || {
        let nothing = crate::client::Ask::Nothing;
        service
            .ask(reqwest::Method::GET, "/v1/runs", Some(&key), nothing)
            .status
    };
    assert_eq!(ask(), 200);
    browser.click("button[aria-label='Revoke ward']");
    browser.until("end of the key", |b| {
        b.text("main").contains("ended").then_some(())
    });
    assert_eq!(ask(), 401);
    browser.go("/audit");
    let text = browser.text("main");
    assert!(text.contains("key-made") && text.contains("key-revoked") && text.contains("sign-in"));
    browser.is_quiet();
}
