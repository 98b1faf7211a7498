//! The long scenarios and the load of the service (`crates/cli/tests/surviving`), and the page of
//! their figures: each run writes its lines into the table of `docs/reliability.md` and leaves the
//! others as they were.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::shell::{Outcome, cargo, root, run as run_command, target};

const BEGIN: &str = "<!-- figures: written by cargo xtask chaos and cargo xtask bench service -->";
const END: &str = "<!-- end of figures -->";
const HEAD: &str =
    "| scenario | database | what | found | bar | kept |\n|---|---|---|---|---|---|\n";

/// Runs the scenarios whose names contain one of `arguments`, all without any. `--soak SECONDS` says
/// how long the random kills last, a minute without.
pub fn run(arguments: &[String]) -> Outcome {
    let mut names: Vec<&str> = Vec::new();
    let mut soak = "60";
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--soak" => soak = rest.next().ok_or("--soak takes seconds")?,
            name => names.push(name),
        }
    }
    if names.is_empty() {
        names.push("long_");
    }
    measured("", &names, soak)
}

/// Measures the load on the release build.
pub fn service() -> Outcome {
    measured("--release", &["load_"], "60")
}

fn measured(profile: &str, names: &[&str], soak: &str) -> Outcome {
    let folder = target().join("figures");
    let _ = std::fs::remove_dir_all(&folder);
    let mut test = cargo(&format!("test {profile} --workspace --test surviving --"));
    test.args(["--ignored", "--test-threads", "1", "--nocapture"])
        .args(names)
        .env("VERDANCY_FIGURES", &folder)
        .env("VERDANCY_SOAK_SECONDS", soak);
    let done = run_command(test);
    // What was measured before a failure is measured all the same.
    write(&folder)?;
    done
}

/// Writes what lies in `target/figures` into the page, after a scenario that was run by hand.
pub fn figures() -> Outcome {
    write(&target().join("figures"))
}

fn write(folder: &Path) -> Outcome {
    let page = root().join("docs/reliability.md");
    let fail = |e: std::io::Error| format!("docs/reliability.md: {e}");
    let text = std::fs::read_to_string(&page).map_err(fail)?;
    let mut new = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let line = std::fs::read_to_string(entry.path()).map_err(fail)?;
        let line: Value = serde_json::from_str(&line).map_err(|e| e.to_string())?;
        let (key, row) = row(&line);
        new.insert(key, row);
    }
    std::fs::write(page, merge(&text, new)?).map_err(fail)
}

/// What a line is found by, and the line.
fn row(line: &Value) -> (String, String) {
    let text = |name: &str| line[name].as_str().unwrap_or_default().replace('|', "/");
    let kept = if line["kept"] == true {
        "yes"
    } else {
        "**no**"
    };
    let key = format!(
        "| {} | {} | {} |",
        text("part"),
        text("database"),
        text("what")
    );
    let row = format!("{key} {} | {} | {kept} |", text("found"), text("bar"));
    (key, row)
}

/// The page with these lines in its table.
fn merge(page: &str, new: BTreeMap<String, String>) -> Result<String, String> {
    let missing = || "docs/reliability.md has no place for figures".to_owned();
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (table, after) = rest.split_once(END).ok_or_else(missing)?;
    let mut all: BTreeMap<(u32, String), String> = BTreeMap::new();
    let old = table
        .lines()
        .filter(|l| l.starts_with("| "))
        .skip(1)
        .map(|line| {
            let ends: Vec<usize> = line.match_indices('|').map(|(at, _)| at).collect();
            let key = ends.get(3).map_or(line, |end| &line[..=*end]);
            (key.to_owned(), line.to_owned())
        });
    for (key, line) in old.chain(new) {
        let number = key
            .trim_start_matches("| ")
            .split(' ')
            .next()
            .unwrap_or_default();
        all.insert((number.parse().unwrap_or(u32::MAX), key), line);
    }
    let lines: Vec<String> = all.into_values().collect();
    Ok(format!(
        "{before}{BEGIN}\n{HEAD}{}\n{END}{after}",
        lines.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_replace_those_of_the_same_name_and_leave_the_others() -> Outcome {
        let line = |part: &str, found: &str| {
            row(
                &json!({"part": part, "database": "SQLite", "what": "w", "found": found, "bar": "b", "kept": true}),
            )
        };
        let page = format!("prose\n{BEGIN}\n{HEAD}{END}\nmore\n");
        let page = merge(&page, [line("12", "a"), line("9", "c")].into())?;
        let page = merge(&page, [line("12", "d")].into())?;
        let lines: Vec<&str> = page.lines().filter(|l| l.contains("SQLite")).collect();
        assert_eq!(
            lines,
            [
                "| 9 | SQLite | w | c | b | yes |",
                "| 12 | SQLite | w | d | b | yes |"
            ]
        );
        assert!(page.starts_with("prose\n") && page.ends_with("\nmore\n"));
        Ok(())
    }
}
