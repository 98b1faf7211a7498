//! axe-core on the page that is shown. It is not part of this repository: `cargo xtask test` installs it, `VERDANCY_AXE`
//! names another copy.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::json;

use crate::driver::Browser;

/// Rules that have to have been applied to a page at least; fewer would mean that axe saw nothing of it.
const RULES: u64 = 10;

fn file() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    std::env::var_os("VERDANCY_AXE").map_or_else(
        || target.join("axe/node_modules/axe-core/axe.min.js"),
        PathBuf::from,
    )
}

/// Its text; none, said aloud, where it is not installed.
fn axe() -> Option<&'static str> {
    static TEXT: OnceLock<Option<String>> = OnceLock::new();
    let text = TEXT.get_or_init(|| {
        let text = std::fs::read_to_string(file());
        if text.is_err() {
            println!("skipped: axe on the pages (axe-core is not installed; `VERDANCY_AXE` names its axe.min.js)");
        }
        text.ok()
    });
    text.as_deref()
}

/// What axe finds wrong with the page, its recommendations included.
#[track_caller]
pub fn violations(browser: &Browser) -> Vec<String> {
    let Some(axe) = axe() else {
        return Vec::new();
    };
    if browser.run("return typeof window.axe") != json!("object") {
        browser.run(axe);
    }
    let found = browser.run(
        "return axe.run(document, { resultTypes: ['violations'] }).then((r) => ({ \
         passed: r.passes.length, wrong: r.violations.map((v) => `${v.id}: ` + v.nodes.map((n) => \
         `${n.target.join(' ')} (${(n.failureSummary || '').replace(/\\s+/g, ' ').slice(0, 200)})`).join('; ')) }))",
    );
    let passed = found["passed"].as_u64().unwrap_or_default();
    assert!(passed >= RULES, "axe applied {passed} rules: {found}");
    let wrong = found["wrong"].as_array().unwrap();
    (wrong.iter())
        .map(|v| format!("axe: {}", v.as_str().unwrap_or_default()))
        .collect()
}
