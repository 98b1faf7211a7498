//! Chromium, driven by one thread: a browser of a test's own, without a window, with a profile that is thrown
//! away, and what it said on its console.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD as BASE64, Engine};
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};
use tokio::runtime::Runtime;

/// A browser that ends with the test.
pub struct Browser {
    runtime: Runtime,
    driver: Option<WebDriver>,
    process: Child,
    folder: tempfile::TempDir,
    address: String,
}

/// Times that a browser is started before it is given up.
const STARTS: u32 = 5;

/// Names under which the browser may be installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

const ARGUMENTS: [&str; 10] = [
    "--headless",
    // Tests run as root in containers; the only pages that are opened are our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
];

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// A session. On a busy machine Chromium now and then ends while it starts; it is started again, with a
/// new profile, before a page has been opened.
async fn started(server: &str, folder: &Path) -> WebDriver {
    let mut last = None;
    for attempt in 0..STARTS {
        let mut wanted = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            wanted.add_arg(argument).unwrap();
        }
        let profile = folder.join(format!("profile-{attempt}"));
        wanted
            .add_arg(&format!("--user-data-dir={}", profile.display()))
            .unwrap();
        (wanted.set_browser_log_level(LoggingPrefsLogLevel::All)).unwrap();
        verdancy_trial::cryptography();
        match WebDriver::new(server, wanted).await {
            Ok(driver) => return driver,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("Chromium does not start: {last:?}");
}

impl Browser {
    /// A browser on the pages at `address`; none, said aloud, where there is no browser.
    pub fn open(address: &str) -> Option<Browser> {
        if !NAMES.into_iter().any(on_path) || !on_path("chromedriver") {
            println!(
                "skipped: tests of the pages in a browser (there is no chromium or no chromedriver)"
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = said.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.rsplit_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // What it says later has to go somewhere.
        std::thread::spawn(move || said.for_each(drop));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = format!("http://127.0.0.1:{}", port.unwrap());
        let driver = runtime.block_on(started(&server, folder.path()));
        let browser = Browser {
            runtime,
            driver: Some(driver),
            process,
            folder,
            address: address.to_owned(),
        };
        // As a window that somebody looks at.
        let enabled = json!({ "enabled": true });
        browser.tell("Emulation.setFocusEmulationEnabled", enabled);
        browser.tell(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": browser.downloads() }),
        );
        Some(browser)
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    fn wait<T>(&self, work: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(work).unwrap()
    }

    /// A command of Chromium's own protocol.
    pub fn tell(&self, command: &str, parameters: Value) -> Value {
        self.wait(self.driver().cdp().send_raw(command, parameters))
    }

    pub fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    pub fn go(&self, path: &str) {
        self.wait(self.driver().goto(format!("{}{path}", self.address)));
    }

    /// Opens a file.
    pub fn open_file(&self, file: &Path) {
        self.wait(self.driver().goto(format!("file://{}", file.display())));
    }

    pub fn reload(&self) {
        self.wait(self.driver().refresh());
    }

    /// Path and query of where it is.
    pub fn place(&self) -> String {
        let url = self.wait(self.driver().current_url());
        url.as_str()[self.address.len()..].to_owned()
    }

    /// What a script gives back.
    pub fn run(&self, script: &str) -> Value {
        let done = self.wait(self.driver().execute(script, Vec::new()));
        done.json().clone()
    }

    /// The same; null while the page is being replaced.
    pub fn peek(&self, script: &str) -> Value {
        let done = self
            .runtime
            .block_on(self.driver().execute(script, Vec::new()));
        done.map_or(Value::Null, |found| found.json().clone())
    }

    /// Shows a page's text in the place of the page that is shown, without what leads on from it at once.
    pub fn show(&self, page: &str) {
        self.run(&format!(
            "const page = new DOMParser().parseFromString({}, 'text/html'); \
             page.querySelectorAll('meta[http-equiv=refresh]').forEach((e) => e.remove()); \
             document.documentElement.replaceWith(page.documentElement)",
            json!(page)
        ));
    }

    /// Waits until `there` gives something, a minute and a half at most.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut there: impl FnMut(&Browser) -> Option<T>) -> T {
        let from = Instant::now();
        loop {
            if let Some(found) = there(self) {
                return found;
            }
            if from.elapsed() > Duration::from_secs(90) {
                panic!("no {what} at {}:\n{}", self.place(), self.text("body"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn element(&self, css: &str) -> WebElement {
        let found = self.runtime.block_on(self.driver().find(By::Css(css)));
        found.unwrap_or_else(|_| panic!("no {css} at {}", self.place()))
    }

    pub fn has(&self, css: &str) -> bool {
        let found = self.runtime.block_on(self.driver().find_all(By::Css(css)));
        found.is_ok_and(|all| !all.is_empty())
    }

    /// Waits until an element is there.
    #[track_caller]
    pub fn see(&self, css: &str) {
        self.until(css, |b| b.has(css).then_some(()));
    }

    /// The text of an element as it is seen; empty while the page is being replaced.
    pub fn text(&self, css: &str) -> String {
        let found = self.runtime.block_on(async {
            let element = self.driver().find(By::Css(css)).await?;
            element.text().await
        });
        found.unwrap_or_default()
    }

    pub fn click(&self, css: &str) {
        let element = self.element(css);
        self.wait(element.scroll_into_view());
        self.wait(element.click());
    }

    /// Types into an element; into a field for files, the file's path.
    pub fn write(&self, css: &str, text: &str) {
        self.wait(self.element(css).send_keys(text));
    }

    pub fn choose(&self, css: &str, file: &Path) {
        self.write(css, &file.display().to_string());
    }

    /// Presses a key wherever the focus is.
    pub fn press(&self, key: Key) {
        self.wait(self.driver().action_chain().send_keys(key).perform());
    }

    /// Goes from stop to stop with the tabulator until the focus is on `css`, which has to show it.
    #[track_caller]
    pub fn tab_to(&self, css: &str) {
        let script = format!(
            "const e = document.activeElement; const s = (x) => x && getComputedStyle(x).outlineStyle !== 'none'; \
             return [e.matches({}), s(e) || s(e.closest('.choice'))]",
            json!(css)
        );
        for _ in 0..200 {
            self.press(Key::Tab);
            let at = self.run(&script);
            if at[0] == true {
                assert_eq!(at[1], true, "the focus on {css} is not seen");
                return;
            }
        }
        panic!(
            "{css} cannot be reached with the tabulator at {}",
            self.place()
        );
    }

    /// Signs in where the sign-in is shown.
    pub fn sign_in(&self, key: &str) {
        self.see("input[name=key]");
        self.write("input[name=key]", key);
        self.click("main button");
        self.until("way in", |b| {
            (!b.place().starts_with("/login")).then_some(())
        });
    }

    /// Shows pages `width` wide, light or dark.
    pub fn shape(&self, width: u32, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let wanted = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": wanted }));
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500 }),
        );
    }

    /// Turns scripts of pages off, from the next page on.
    pub fn without_script(&self) {
        self.tell(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        );
    }

    /// The whole page as PNG.
    pub fn picture(&self, file: &Path) {
        let taken = self.tell(
            "Page.captureScreenshot",
            json!({ "format": "png", "captureBeyondViewport": true }),
        );
        let bytes = BASE64.decode(taken["data"].as_str().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    /// What was said on the console since the last call: errors of scripts, what the policy refused.
    pub fn console(&self) -> Vec<String> {
        let said = self.wait(self.driver().browser_log());
        (said.into_iter())
            // The page that a browser opens with is not ours.
            .filter(|entry| entry.level != "DEBUG" && !entry.message.starts_with("chrome://"))
            .map(|entry| format!("{:?} {}", entry.level, entry.message))
            .collect()
    }

    /// Fails when anything was said.
    #[track_caller]
    pub fn is_quiet(&self) {
        let said = self.console();
        assert!(said.is_empty(), "{said:#?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // A browser that is gone already needs no end.
            let _ = self.runtime.block_on(driver.quit());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
