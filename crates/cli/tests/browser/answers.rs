//! What forms answer when they refuse, what is shown where there is nothing yet, and what a key sees that may not see
//! real rows: as whole as the pages of `looks`.

use serde_json::json;

use crate::client::{Service, example, id, table};
use crate::driver::Browser;
use crate::long;
use crate::looks::faults;

/// Fills a field of the page and sends its form, whatever the browser itself would say to that.
fn send(browser: &Browser, form: &str, field: &str, text: &str) {
    browser.run(&format!(
        "const f = document.querySelector({}); f.querySelector({}).value = {}; f.submit()",
        json!(form),
        json!(field),
        json!(text)
    ));
}

/// Refusals of what is sent by each form.
fn refusals(service: &Service, browser: &Browser) -> Vec<String> {
    let mut wrong = Vec::new();
    let bad = service.folder.path().join("bad.csv");
    std::fs::write(&bad, "a,b\n1,2\n1,2,3\n").unwrap();
    browser.go("/datasets");
    browser.choose("input[type=file]", &bad);
    browser.click("form.upload button");
    browser.see("#refused");
    wrong.extend(faults(browser, "datasets-refused"));

    let dataset = service.dataset("gbsg2.csv", example("gbsg2.csv"));
    browser.go(&format!("/datasets/{dataset}"));
    send(browser, "form[action$='/schema']", "textarea", "column = 1");
    browser.see("[role=alert]");
    wrong.extend(faults(browser, "dataset-refused"));

    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    browser.go(&format!("/runs/{run}"));
    send(browser, "#more-form", "#more-where", "agee > 40");
    browser.see("#fault-where");
    wrong.extend(faults(browser, "run-more-refused"));

    browser.go("/keys");
    browser.write("input[name=name]", "ward");
    browser.click("main form button.button");
    browser.see(".secret");
    wrong.extend(faults(browser, "keys-created"));
    browser.write("input[name=name]", "ward");
    send(browser, "main form", "input[name=days]", "soon");
    browser.see("[role=alert]");
    wrong.extend(faults(browser, "keys-refused"));

    browser.go("/projects");
    send(browser, "main form", "input[name=name]", "default");
    browser.see("[role=alert]");
    wrong.extend(faults(browser, "projects-refused"));
    wrong
}

/// Runs that wait, that failed, that were cancelled before they began; and the report of one that has none.
fn runs(service: &Service, browser: &Browser) -> Vec<String> {
    let dataset = service.dataset("t.csv", table(300));
    let huge = json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "parameters":
        { "hidden": 1024, "blocks": 16, "n_iter": 1_000_000, "work": 0, "patience": 1000 } });
    let failed = id(&service.post("/v1/runs", huge).with(201).json());
    service.until(&failed, "failed");
    let running = long(service, &dataset);
    service.until(&running, "running");
    let (queued, early) = (service.copula(&dataset), service.copula(&dataset));
    let stop = format!("/v1/runs/{early}/cancel");
    service.post(&stop, json!({})).with(200);
    let mut wrong = Vec::new();
    for (name, page) in [
        ("run-failed", format!("/runs/{failed}")),
        ("run-queued", format!("/runs/{queued}")),
        ("run-cancelled-early", format!("/runs/{early}")),
        ("report-none", format!("/runs/{failed}/report")),
        ("compare-none", "/compare?runs=0000".to_owned()),
    ] {
        browser.go(&page);
        wrong.extend(faults(browser, name));
    }
    let stop = format!("/v1/runs/{running}/cancel");
    service.post(&stop, json!({})).with(200);
    wrong
}

/// The pages of a key of one project that may not see real rows.
fn plain(service: &Service, browser: &Browser) -> Vec<String> {
    let made = service.post(
        "/v1/keys",
        json!({ "name": "plain", "project": "default", "sees_rows": false }),
    );
    let key = made.with(201).json()["key"].as_str().unwrap().to_owned();
    let dataset = service.dataset("gbsg2.csv", example("gbsg2.csv"));
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    browser.go("/runs");
    browser.click("footer form button");
    browser.sign_in(&key);
    let mut wrong = Vec::new();
    for (name, page) in [
        ("plain-dataset", format!("/datasets/{dataset}")),
        ("plain-run", format!("/runs/{run}")),
        ("plain-keys", "/keys".to_owned()),
        ("plain-rows", format!("/datasets/{dataset}/rows")),
    ] {
        browser.go(&page);
        wrong.extend(faults(browser, name));
    }
    assert!(browser.text("main").contains("server/rows-not-shown"));
    wrong
}

#[test]
fn what_is_refused_empty_or_not_shown_is_whole_too() {
    let service = Service::with(&["--max-run", "30m"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.go("/login");
    browser.write("input[name=key]", "vk_wrong");
    browser.click("main button");
    browser.see("[role=alert]");
    let mut wrong = faults(&browser, "login-refused");
    browser.sign_in(&service.key);
    for (name, page) in [
        ("runs-empty", "/runs"),
        ("datasets-empty", "/datasets"),
        ("new-empty", "/runs/new"),
    ] {
        browser.go(page);
        wrong.extend(faults(&browser, name));
    }
    wrong.extend(refusals(&service, &browser));
    wrong.extend(runs(&service, &browser));
    wrong.extend(plain(&service, &browser));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
