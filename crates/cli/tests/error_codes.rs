//! `docs/errors.md` lists exactly the codes of errors and warnings that the code uses; tests that `docs/server.md` names
//! exist.
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
    let mut files = Vec::new();
    rust_files(folder, &mut files);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        used.extend(codes(&text, '"'));
        // In statements of SQL.
        used.extend(codes(&text, '\''));
    }
}

#[test]
fn every_code_is_documented() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut used = BTreeSet::new();
    for name in [
        "table", "synth", "metrics", "engine", "report", "stores", "jobs", "server", "cli",
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

/// The options that string literals of `text` speak of.
fn options(text: &str, into: &mut BTreeSet<String>) {
    let aside = |l: &&str| l.trim_start().starts_with("//") || l.contains("#[ignore");
    for line in text.lines().filter(|l| !aside(l)) {
        for (at, _) in line.match_indices("--") {
            let begins = line[..at].ends_with([' ', '`', '(', '"']);
            let name: String = (line[at + 2..].chars())
                .take_while(|c| c.is_ascii_lowercase() || *c == '-')
                .collect();
            if begins && name.starts_with(|c: char| c != '-') && line[..at].contains('"') {
                into.insert(name);
            }
        }
    }
}

/// What the engine says of a setting is also read in Python and in the service.
#[test]
fn every_option_that_a_sentence_names_has_a_name_at_every_door() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut named = BTreeSet::new();
    let mut files = Vec::new();
    for name in ["table", "synth", "metrics", "engine"] {
        rust_files(&crates.join(name).join("src"), &mut files);
    }
    for path in files.iter().filter(|p| !p.ends_with("setting.rs")) {
        options(&std::fs::read_to_string(path).unwrap(), &mut named);
    }
    assert!(named.len() > 20, "{named:?}");
    let known = |name: &String| verdancy_table::SETTINGS.iter().any(|s| s.0 == name);
    let unknown: Vec<_> = named.iter().filter(|n| !known(n)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// `file::test` in backquotes, as the page writes them.
#[test]
fn every_test_that_the_page_of_the_service_names_exists() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(crates.join("../docs/server.md")).unwrap();
    let mut files = Vec::new();
    rust_files(&crates, &mut files);
    let named: BTreeSet<(&str, &str)> = (page.split('`').skip(1).step_by(2))
        .filter_map(|word| word.split_once("::"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let there = |(file, test): &(&str, &str)| {
        let file = file.trim_end_matches(".rs").to_owned() + ".rs";
        files
            .iter()
            .filter(|path| path.ends_with(&file))
            .any(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                text.contains(&format!("fn {test}()"))
            })
    };
    let unknown: Vec<_> = named.iter().filter(|n| !there(n)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn rust_files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}
