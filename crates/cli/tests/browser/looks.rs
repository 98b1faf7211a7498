//! Every page at three widths, light and dark: what it must have for those who do not see it, by our own audit and by
//! axe; that nothing is cut off, that it stays small, and a picture of it in `target/screenshots` to be looked at.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::axe;
use crate::client::Service;
use crate::driver::Browser;
use crate::long;

/// Phone, tablet, desk.
const WIDTHS: [u32; 3] = [375, 768, 1440];
/// Bytes of a page without its figures.
const PAGE: usize = 100_000;

/// Where the pictures are kept.
fn pictures() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A page without its figures.
fn without_figures(page: &str) -> usize {
    let figures: usize = (page.split("<svg").skip(1))
        .map(|part| part.find("</svg>").unwrap_or(0))
        .sum();
    page.len() - figures
}

fn example(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    std::fs::read(folder.join(name)).unwrap()
}

/// Runs of all kinds, and the pages that show them.
fn pages(service: &Service) -> Vec<(&'static str, String)> {
    let id = service.dataset("gbsg2.csv", example("gbsg2.csv"));
    let wide = format!("/v1/datasets/{id}/schema");
    let schema = service.get(&wide).with(200).text();
    let with_task =
        format!("{schema}\n[task]\ntype = \"survival\"\ntime = \"time\"\nevent = \"cens\"\n");
    let body = crate::client::Ask::Bytes(with_task.into_bytes());
    (service.ask(reqwest::Method::PUT, &wide, Some(&service.key), body)).with(200);
    let run = |body: serde_json::Value| {
        let made = service.post("/v1/runs", body).with(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let copula = service.copula(&id);
    let small = json!({ "hidden": 32, "n_iter": 40 });
    let trained = run(
        json!({ "dataset": id, "method": "tabddpm", "attempts": 2, "profile": "strict",
        "parameters": small }),
    );
    let failed = run(
        json!({ "dataset": id, "method": "tabddpm", "attempts": 1, "time_limit": 1,
        "parameters": { "hidden": 4096, "blocks": 8 } }),
    );
    for id in [&copula, &trained] {
        service.until(id, "succeeded");
    }
    crate::client::wait("end", || {
        let state = service.state(&failed);
        ["succeeded", "failed"]
            .contains(&state.as_str())
            .then_some(())
    });
    // What was drawn from its model, what could not be, and a form that is refused.
    for wish in [
        json!({ "rows": 50, "where": "age > 50" }),
        json!({ "rows": 5, "where": "horTh = 'yess'" }),
    ] {
        let made = service
            .post(&format!("/v1/runs/{copula}/samples"), wish)
            .with(201)
            .json();
        let path = format!("/v1/runs/{copula}/samples/{}", made["id"].as_str().unwrap());
        crate::client::wait("end", || {
            let state = service.get(&path).json()["state"].clone();
            (state == "succeeded" || state == "failed").then_some(())
        });
    }
    let cancelled = long(service, &id);
    service.until(&cancelled, "running");
    service
        .post(&format!("/v1/runs/{cancelled}/cancel"), json!({}))
        .with(200);
    service.until(&cancelled, "cancelled");
    let running = long(service, &id);
    vec![
        ("runs", "/runs".to_owned()),
        ("runs-none", "/runs?state=queued".to_owned()),
        ("report", format!("/runs/{trained}/report")),
        ("run-running", format!("/runs/{running}")),
        ("run-done", format!("/runs/{trained}")),
        ("run-copula", format!("/runs/{copula}")),
        ("run-short", format!("/runs/{failed}")),
        ("run-cancelled", format!("/runs/{cancelled}")),
        ("privacy", format!("/runs/{trained}/privacy")),
        (
            "compare",
            format!("/compare?runs={copula},{trained},{cancelled}"),
        ),
        ("new-pick", "/runs/new".to_owned()),
        ("new", format!("/runs/new?from={trained}")),
        ("new-refused", format!("/runs/new?dataset={id}&rows=many")),
        ("datasets", "/datasets".to_owned()),
        ("dataset", format!("/datasets/{id}")),
        ("rows", format!("/datasets/{id}/rows")),
        ("keys", "/keys".to_owned()),
        ("projects", "/projects".to_owned()),
        ("audit", "/audit".to_owned()),
        ("api", "/api".to_owned()),
        ("nothing", "/runs/0000".to_owned()),
    ]
}

/// What is wrong with the page that is shown, at every width, in light and in dark; and pictures of it.
pub fn faults(browser: &Browser, name: &str) -> Vec<String> {
    found(browser, name, axe::violations)
}

/// What our own audit and `more` find.
fn found(browser: &Browser, name: &str, more: fn(&Browser) -> Vec<String>) -> Vec<String> {
    let folder = pictures();
    let mut faults = Vec::new();
    for (width, dark) in WIDTHS.into_iter().flat_map(|w| [(w, false), (w, true)]) {
        browser.shape(width, dark);
        let scheme = if dark { "dark" } else { "light" };
        browser.picture(&folder.join(format!("{name}-{width}-{scheme}.png")));
        for fault in browser.run(include_str!("audit.js")).as_array().unwrap() {
            faults.push(format!("{name} at {width}, {scheme}: {fault}"));
        }
        for fault in more(browser) {
            faults.push(format!("{name} at {width}, {scheme}: {fault}"));
        }
    }
    faults
}

#[test]
fn every_page_is_whole_at_every_width_in_light_and_in_dark() {
    let service = Service::start();
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.go("/login");
    let mut faults = faults(&browser, "login");
    browser.sign_in(&service.key);
    for (name, page) in pages(&service) {
        let text = service.get(&page).text();
        let bytes = without_figures(&text);
        assert!(bytes < PAGE, "{name}: {bytes} bytes without figures");
        browser.go(&page);
        if name == "run-running" {
            browser.see(".losses svg");
        }
        if name == "report" {
            // Its policy lets no script run in it, not even axe.
            faults.extend(found(&browser, name, |_| Vec::new()));
            let file = service.folder.path().join("report.html");
            std::fs::write(&file, &text).unwrap();
            browser.open_file(&file);
            faults.extend(self::faults(&browser, "report-file"));
            continue;
        }
        faults.extend(self::faults(&browser, name));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let said = browser.console();
    // The page that is not there is noted by Chromium itself.
    assert!(said.iter().all(|line| line.contains("404")), "{said:#?}");
}
