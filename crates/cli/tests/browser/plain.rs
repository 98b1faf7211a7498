//! The same way without script, and without a mouse.

use thirtyfour::Key;

use crate::client::Service;
use crate::client::table;
use crate::driver::Browser;

#[test]
fn everything_works_without_script() {
    let service = Service::start();
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.without_script();
    browser.go("/datasets");
    browser.sign_in(&service.key);
    let file = service.folder.path().join("plain.csv");
    std::fs::write(&file, table(200)).unwrap();
    browser.choose("input[type=file]", &file);
    browser.click("form.upload button");
    browser.until("dataset", |b| (b.text("h1") == "plain.csv").then_some(()));
    browser.click("main a.button");

    // The estimate is renewed by a button instead.
    browser.see("button.renew");
    browser.click("input[name=method][value=gaussian_copula]");
    browser.click("button.renew");
    browser.until("parameters of the copula", |b| {
        b.has("input[name='set.shrinkage']").then_some(())
    });
    assert!(browser.has("input[value=gaussian_copula][checked]"));
    browser.click("aside button.button");
    browser.until("run", |b| {
        (b.text("h1").starts_with("plain.csv")).then_some(())
    });
    browser.until("verdict", |b| {
        b.reload();
        b.has(".verdict").then_some(())
    });
    assert!(browser.has(".actions a[href*='synthetic.csv']"));

    // Again, and both side by side.
    browser.click("form[action$='/retry'] button");
    browser.until("verdict", |b| {
        b.reload();
        b.has(".verdict").then_some(())
    });
    browser.go("/runs");
    browser.click("tr:nth-child(1) input[type=checkbox]");
    browser.click("tr:nth-child(2) input[type=checkbox]");
    browser.click("form[action='/compare'] button");
    browser.until("comparison", |b| {
        (b.text("h1") == "Comparison").then_some(())
    });
    assert!(browser.text("main").contains("shrinkage"));
    browser.is_quiet();
}

#[test]
fn everything_is_reached_with_the_keyboard() {
    let service = Service::start();
    let Some(browser) = Browser::open(&service.address) else {
        return;
    };
    browser.go("/");
    // The field has the focus.
    browser.see("input[name=key]:focus");
    browser.write("input:focus", &service.key);
    browser.press(Key::Enter);
    browser.until("list", |b| (b.place() == "/runs").then_some(()));

    // The first stop leads past the navigation.
    browser.press(Key::Tab);
    assert_eq!(
        browser.run("return document.activeElement.textContent"),
        "Skip to the content"
    );
    browser.press(Key::Enter);
    browser.tab_to("main a.button");
    browser.press(Key::Enter);
    browser.until("datasets", |b| (b.place() == "/datasets").then_some(()));

    let file = service.folder.path().join("keys.csv");
    std::fs::write(&file, table(200)).unwrap();
    browser.tab_to("input[type=file]");
    // The system's own dialog lies outside of the page.
    browser.choose("input[type=file]", &file);
    browser.tab_to("form.upload button");
    browser.press(Key::Enter);
    browser.until("dataset", |b| (b.text("h1") == "keys.csv").then_some(()));

    browser.tab_to("select[name='kind.0']");
    browser.tab_to("summary");
    // Past the last stop, the first comes again.
    browser.tab_to("main a.button");
    browser.press(Key::Enter);
    browser.see("#estimate");
    browser.tab_to("input[name=mode]:checked");
    browser.press(Key::Left);
    assert!(browser.has("input[value=speed]:checked"));
    browser.tab_to("input[name=method]:checked");
    browser.press(Key::Right);
    browser.press(Key::Right);
    assert!(browser.has("input[value=gaussian_copula]:checked"));
    browser.tab_to("#parameters summary");
    browser.tab_to("aside button.button");
    browser.press(Key::Enter);
    browser.see(".verdict");

    // What scrolls sideways can be reached too.
    browser.tab_to("section#gates [tabindex='0']");
    browser.tab_to("#downloads a");
    result(&browser);
}

/// From the page of a run to its file, to the report and back, and out, by the keyboard alone.
fn result(browser: &Browser) {
    let run = browser.place();
    browser.tab_to(".actions a[download]");
    browser.press(Key::Enter);
    browser.until("download", |b| {
        let mut all = std::fs::read_dir(b.downloads()).ok()?.flatten();
        let made = all.find(|e| e.path().extension().is_some_and(|x| x == "csv"))?;
        let text = std::fs::read_to_string(made.path()).ok()?;
        (text.lines().count() > 100).then_some(())
    });

    browser.tab_to("a[href$='/report']");
    browser.press(Key::Enter);
    browser.until("report", |b| {
        (b.text("body").contains("Report on a synthetic table")).then_some(())
    });
    browser.tab_to("main [tabindex='0'], main summary");
    browser.tab_to(&format!("a[href='{run}']"));
    browser.press(Key::Enter);
    browser.see(".verdict");

    browser.tab_to("a[href$='/privacy']");
    browser.press(Key::Enter);
    browser.until("privacy page", |b| {
        (b.text("h1") == "Privacy").then_some(())
    });
    browser.is_quiet();
    browser.tab_to("footer form button");
    browser.press(Key::Enter);
    browser.until("way out", |b| (b.place() == "/login").then_some(()));
}
