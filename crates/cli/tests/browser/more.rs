//! More rows of a finished run: asked for with the keyboard, told of when they are there, and mistakes beside their field.

use thirtyfour::Key;

use crate::client::{Service, table};
use crate::driver::Browser;

/// A browser at the page of a finished run.
fn finished(service: &Service) -> Option<(Browser, String)> {
    let browser = Browser::open(&service.address)?;
    let run = service.copula(&service.dataset("a.csv", table(300)));
    service.until(&run, "succeeded");
    browser.go(&format!("/runs/{run}"));
    Some((browser, run))
}

/// Writes into a field in the place of what is there.
fn fill(browser: &Browser, css: &str, text: &str) {
    browser.run(&format!("document.querySelector('{css}').value = ''"));
    browser.write(css, text);
}

#[test]
fn rows_under_a_condition_are_asked_for_and_downloaded() {
    let service = Service::with(&["--open"]);
    let Some((browser, run)) = finished(&service) else {
        return;
    };
    fill(&browser, "#more-n", "25");
    fill(&browser, "#more-where", "age > 40 and outcome = 'yes'");
    browser.click("#more-form button");
    browser.see("#samples a[download]");
    assert_eq!(browser.place(), format!("/runs/{run}#more-rows"));
    let told = browser.text("#samples");
    assert!(
        told.contains("25 rows") && told.contains("of the model's rows meet it"),
        "{told}"
    );
    browser.click("#samples a[download]");
    let made = browser.until("download", |b| {
        let mut all = std::fs::read_dir(b.downloads())
            .ok()?
            .flatten()
            .map(|e| e.path());
        all.find(|p| p.extension().is_some_and(|e| e == "csv"))
    });
    let made = std::fs::read_to_string(made).unwrap();
    assert_eq!(made.lines().count(), 26);
    assert!(
        made.lines().skip(1).all(|line| line.ends_with(",yes")),
        "{made}"
    );
    browser.click("#samples form[action$='/delete'] button");
    browser.until("end of the sample", |b| {
        (!b.has("#samples li")).then_some(())
    });
    browser.is_quiet();
}

#[test]
fn a_mistake_is_told_beside_its_field_at_once_or_when_rows_are_drawn() {
    let service = Service::with(&["--open"]);
    let Some((browser, _)) = finished(&service) else {
        return;
    };
    // By the schema: the page comes back as it was filled in.
    fill(&browser, "#more-where", "agee > 40");
    browser.click("#more-form button");
    browser.see("#fault-where");
    let told = browser.text("#fault-where");
    assert!(
        told.contains("agee") && told.contains("Did you mean `age`?"),
        "{told}"
    );
    let field = |what: &str| {
        browser.run(&format!(
            "return document.querySelector('#more-where').{what}"
        ))
    };
    assert_eq!(field("value"), "agee > 40");
    assert_eq!(field("getAttribute('aria-invalid')"), "true");
    assert_eq!(field("getAttribute('aria-describedby')"), "fault-where");

    // By the model: beside the field without another request of the reader.
    fill(&browser, "#more-where", "outcome = 'yess'");
    browser.click("#more-form button");
    browser.until("refusal of the model", |b| {
        b.text("#fault-where").contains("draws no").then_some(())
    });
    assert!(browser.text("#fault-where").contains("yes"));
    assert!(browser.text("#samples").contains("failed"));
    assert_eq!(field("value"), "outcome = 'yess'");
    let said = browser.console();
    assert!(said.iter().all(|line| line.contains("422")), "{said:#?}");
}

#[test]
fn rows_are_asked_for_without_a_mouse_and_told_to_who_does_not_see() {
    let service = Service::with(&["--open"]);
    let Some((browser, _)) = finished(&service) else {
        return;
    };
    browser.run("document.querySelector('#downloads a').focus()");
    browser.tab_to("#more-n");
    browser.tab_to("#more-where");
    browser.tab_to("#more-balance");
    // Chosen by its first letter.
    browser.write("#more-balance:focus", "o");
    browser.tab_to("#more-form button");
    browser.press(Key::Enter);
    browser.until("what is told", |b| {
        b.text("#samples-say")
            .contains("outcome in equal shares: done")
            .then_some(())
    });
    browser.see("#samples a[download]");
    browser.is_quiet();
}

#[test]
fn rows_are_drawn_without_script_too() {
    let service = Service::with(&["--open"]);
    let Some((browser, run)) = finished(&service) else {
        return;
    };
    browser.without_script();
    browser.go(&format!("/runs/{run}"));
    let send = |text: &str, samples: usize| {
        browser.write("#more-where", text);
        browser.click("#more-form button");
        browser.see(&format!("#samples li:nth-child({samples})"));
        browser.until("refusal of the model", |b| {
            b.reload();
            let failed = format!("#samples li:nth-last-child({samples}) .badge.bad");
            (b.has(&failed) && b.has("#fault-where")).then_some(())
        });
        browser.text("#fault-where")
    };
    assert!(send("outcome = 'yess'", 1).contains("\"yess\""));
    // As it was filled in, to be put right.
    assert!(send(" or outcome = 'nope'", 2).contains("\"yess\""));
    assert_eq!(
        browser.text("#samples .wish"),
        "outcome = 'yess' or outcome = 'nope'"
    );
}
