//! `docs/errors.md` lists exactly the codes of errors and warnings that the code uses.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::Path;

/// What a code begins with: the part of the product that it is about.
const PARTS: [&str; 12] = [
    "table", "write", "schema", "metadata", "config", "model", "synth", "metrics", "engine",
    "jobs", "server", "cli",
];

/// Each code that stands between two `mark`s.
fn codes(text: &str, mark: char) -> BTreeSet<String> {
    text.split(mark)
        .filter(|code| {
            code.split_once('/').is_some_and(|(part, rest)| {
                let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                PARTS.contains(&part) && !rest.is_empty() && rest.bytes().all(kebab)
            })
        })
        .map(str::to_owned)
        .collect()
}

fn collect(folder: &Path, used: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, used);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            used.extend(codes(&text, '"'));
            // In statements of SQL.
            used.extend(codes(&text, '\''));
        }
    }
}

#[test]
fn every_code_is_documented() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut used = BTreeSet::new();
    for name in [
        "table", "synth", "metrics", "engine", "report", "jobs", "server", "cli",
    ] {
        collect(&crates.join(name).join("src"), &mut used);
    }
    let page = std::fs::read_to_string(crates.join("../docs/errors.md")).unwrap();
    let listed = codes(&page, '`');
    assert!(used.len() > 80);
    let lacking: Vec<_> = used.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&used).collect();
    assert!(
        lacking.is_empty() && gone.is_empty(),
        "not on the page: {lacking:?}; only on the page: {gone:?}"
    );
}
