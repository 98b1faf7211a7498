//! Names of files, columns, levels and projects that would be markup are shown as text on every page.

use crate::client::Service;
use crate::driver::Browser;

const FILE: &str = "\"><img src=x onerror=alert(2)>.csv";
const COLUMN: &str = "<script>alert(1)</script>";
const LEVEL: &str = "</td><b onclick=alert(3)>bold</b>";

fn hostile() -> String {
    let mut out = format!("{COLUMN},\"'\"\"><svg onload=alert(4)>\",n\n");
    for i in 0..120 {
        let level = if i % 3 == 0 { LEVEL } else { "{{ 7*7 }}" };
        out += &format!("{},{level},{}\n", i % 7, (i * 37) % 50);
    }
    out
}

#[test]
fn hostile_names_are_shown_as_text() {
    let service = Service::with(&["--open"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let id = service.dataset(FILE, hostile());
    let runs = [service.copula(&id), service.copula(&id)];
    for run in &runs {
        service.until(run, "succeeded");
    }
    let pages = [
        ("/runs".to_owned(), vec![FILE]),
        ("/datasets".to_owned(), vec![FILE]),
        (format!("/datasets/{id}"), vec![FILE, COLUMN, LEVEL]),
        (format!("/datasets/{id}/rows"), vec![FILE, COLUMN, LEVEL]),
        ("/runs/new".to_owned(), vec![FILE]),
        (format!("/runs/new?dataset={id}"), vec![FILE, COLUMN]),
        (format!("/runs/{}", runs[0]), vec![FILE, COLUMN]),
        (format!("/runs/{}/privacy", runs[0]), vec![FILE]),
        (format!("/compare?runs={},{}", runs[0], runs[1]), vec![FILE]),
        (format!("/runs/{}/report", runs[0]), vec![COLUMN]),
    ];
    for (page, names) in pages {
        browser.go(&page);
        let text = browser.run("return document.body.textContent");
        for name in names {
            assert!(text.as_str().unwrap().contains(name), "{name} at {page}");
        }
        let found = browser.run(
            "return [document.images.length, document.querySelectorAll('b[onclick], svg[onload]').length, \
             Array.from(document.scripts).filter((s) => !s.src.endsWith('/assets/live.js')).length]",
        );
        assert_eq!(found, serde_json::json!([0, 0, 0]), "{page}");
    }
    // An alert would have stopped the browser before; nothing was refused either.
    browser.is_quiet();
}

#[test]
fn a_file_with_such_a_name_is_uploaded_by_the_page() {
    let service = Service::with(&["--open"]);
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    let file = service
        .folder
        .path()
        .join("<img src=x onerror=alert(5)>.csv");
    std::fs::write(&file, hostile()).unwrap();
    browser.go("/datasets");
    browser.choose("input[type=file]", &file);
    browser.click("form.upload button");
    browser.until("dataset", |b| {
        (b.text("h1") == "<img src=x onerror=alert(5)>.csv").then_some(())
    });
    browser.is_quiet();
}
