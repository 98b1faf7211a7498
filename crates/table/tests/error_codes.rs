//! `docs/errors.md` lists exactly the codes that reading and inference use.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::Path;

/// Each `table/...` that stands between two `mark`s.
fn codes(text: &str, mark: char) -> BTreeSet<String> {
    text.split(mark)
        .filter(|part| {
            part.strip_prefix("table/").is_some_and(|rest| {
                rest.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            })
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_code_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used = BTreeSet::new();
    for folder in ["src/read", "src/infer"] {
        for file in std::fs::read_dir(root.join(folder)).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            used.extend(codes(&text, '"'));
        }
    }
    let page = std::fs::read_to_string(root.join("../../docs/errors.md")).unwrap();
    assert!(used.len() > 40);
    assert_eq!(used, codes(&page, '`'));
}
