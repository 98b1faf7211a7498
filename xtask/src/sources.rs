//! Rules on the text of the repository: prose at the head of each source file, no file too long,
//! no path of somebody's machine, tensor kernels in one place.

use crate::shell::{command, read, root};

/// No source file is longer than this.
const LINES: usize = 700;

/// Beginnings of paths that exist on one machine only, taken apart so that this file passes.
const MACHINE_PATHS: &[(&str, &str)] = &[
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("/ro", "ot/"),
    ("/wo", "rk/"),
    ("C:\\Us", "ers"),
];

/// The rules broken by the files that git knows, and those it would add.
pub fn broken() -> Result<Vec<String>, String> {
    let listing = read(command(
        "git",
        "ls-files --cached --others --exclude-standard",
    ))?;
    let mut broken = Vec::new();
    for path in listing.lines().filter(|path| is_text(path)) {
        // A file that was deleted but not yet committed is listed and cannot be read.
        if let Ok(text) = std::fs::read_to_string(root().join(path)) {
            broken.extend(judge(path, &text));
        }
    }
    Ok(broken)
}

fn is_text(path: &str) -> bool {
    const ENDS: &[&str] = &[
        ".rs", ".toml", ".md", ".py", ".sh", ".html", ".css", ".js", ".json", ".snap", "ci/run",
    ];
    ENDS.iter().any(|end| path.ends_with(end))
}

fn judge(path: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for (a, b) in MACHINE_PATHS {
            if line.contains(&format!("{a}{b}")) {
                broken.push(format!("{path}:{}: a path of one machine", i + 1));
            }
        }
    }
    if !path.ends_with(".rs") {
        return broken;
    }
    if !text.lines().take(3).any(|line| line.starts_with("//! ")) {
        broken.push(format!("{path}: does not begin with a paragraph of prose"));
    }
    let lines = text.lines().count();
    if lines > LINES {
        broken.push(format!("{path}: {lines} lines, {LINES} are allowed"));
    }
    let kernels = path.starts_with("crates/synth/src/neural") || path.starts_with("xtask/");
    if !kernels && (text.contains("gemm::") || text.contains("pulp::")) {
        broken.push(format!("{path}: tensor kernels belong in synth::neural"));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_breaks_nothing() {
        assert!(judge("crates/table/src/x.rs", "//! Prose.\n\nfn f() {}\n").is_empty());
    }

    #[test]
    fn each_rule_is_seen() {
        let long = "//! Prose.\n".to_owned() + &"fn f() {}\n".repeat(LINES);
        assert_eq!(judge("crates/table/src/x.rs", &long).len(), 1);
        assert_eq!(judge("crates/table/src/x.rs", "fn f() {}\n").len(), 1);
        let kernel = "//! Prose.\nuse gemm::gemm;\n";
        assert_eq!(judge("crates/metrics/src/x.rs", kernel).len(), 1);
        assert!(judge("crates/synth/src/neural/x.rs", kernel).is_empty());
        let path = format!("see {}{}me\n", "/ho", "me/");
        assert_eq!(judge("README.md", &path).len(), 1);
    }
}
