//! Which crate may use which: arrows only go down [`HOUSE`]. Read from `cargo metadata`, so a
//! dependency under any name, of any kind (also for tests and build scripts), is seen.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::shell::{cargo, read};

/// Each crate and the crates of ours it may use. A new crate gets its line here first.
const HOUSE: &[(&str, &[&str])] = &[
    ("verdancy-fail-point", &[]),
    ("verdancy-trial", &[]),
    ("verdancy-table", &[]),
    ("verdancy-stores", &["verdancy-table"]),
    ("verdancy-expression", &["verdancy-table"]),
    ("verdancy-relations", &["verdancy-table"]),
    (
        "verdancy-synth",
        &[
            "verdancy-fail-point",
            "verdancy-table",
            "verdancy-expression",
            "verdancy-relations",
        ],
    ),
    ("verdancy-metrics", &["verdancy-table"]),
    (
        "verdancy-engine",
        &[
            "verdancy-table",
            "verdancy-expression",
            "verdancy-relations",
            "verdancy-synth",
            "verdancy-metrics",
        ],
    ),
    (
        "verdancy-report",
        &[
            "verdancy-table",
            "verdancy-synth",
            "verdancy-metrics",
            "verdancy-engine",
        ],
    ),
    ("verdancy-jobs", &["verdancy-fail-point", "verdancy-trial"]),
    (
        "verdancy-server",
        &[
            "verdancy-fail-point",
            "verdancy-trial",
            "verdancy-table",
            "verdancy-synth",
            "verdancy-metrics",
            "verdancy-engine",
            "verdancy-report",
            "verdancy-jobs",
        ],
    ),
    (
        "verdancy-cli",
        &[
            "verdancy-fail-point",
            "verdancy-trial",
            "verdancy-stores",
            "verdancy-table",
            "verdancy-synth",
            "verdancy-metrics",
            "verdancy-engine",
            "verdancy-report",
            "verdancy-jobs",
            "verdancy-server",
        ],
    ),
    (
        "verdancy-python",
        &[
            "verdancy-stores",
            "verdancy-table",
            "verdancy-synth",
            "verdancy-metrics",
            "verdancy-engine",
            "verdancy-report",
            "verdancy-cli",
        ],
    ),
    ("xtask", &["verdancy-trial"]),
];

/// Crates that are foreign to a crate even though they come from outside.
const KEPT_OUT: &[(&str, &[&str])] = &[
    ("verdancy-table", &["gemm"]),
    ("verdancy-metrics", &["gemm", "safetensors"]),
    ("verdancy-engine", &["gemm", "clap", "indicatif"]),
    ("verdancy-report", &["gemm", "clap", "indicatif"]),
    ("verdancy-cli", &["gemm", "forust-ml", "csv", "parquet"]),
];

/// The rules broken by the workspace as it is.
pub fn broken() -> Result<Vec<String>, String> {
    let text = read(cargo("metadata --no-deps --format-version 1 --offline"))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    Ok(judge(&uses(&metadata)))
}

/// The names each package of the workspace depends on.
fn uses(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let used = list(&package["dependencies"]).iter().map(name).collect();
            (name(package), used)
        })
        .collect()
}

fn judge(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut broken = Vec::new();
    for (package, used) in uses {
        let Some((_, may)) = HOUSE.iter().find(|(name, _)| name == package) else {
            broken.push(format!(
                "{package}: has no line in the table of crates (xtask/src/arrows.rs)"
            ));
            continue;
        };
        for dependency in used.iter().filter(|d| uses.contains_key(*d)) {
            if !may.contains(&dependency.as_str()) {
                broken.push(format!("{package}: must not use {dependency}"));
            }
        }
        let kept_out = KEPT_OUT.iter().filter(|(name, _)| name == package);
        for dependency in kept_out.flat_map(|(_, foreign)| *foreign) {
            if used.contains(*dependency) {
                broken.push(format!("{package}: must not use {dependency}"));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(arrows: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        arrows
            .iter()
            .map(|(name, used)| {
                let used = used.iter().map(ToString::to_string).collect();
                (name.to_string(), used)
            })
            .collect()
    }

    #[test]
    fn the_table_itself_only_points_down() {
        for (i, (name, may)) in HOUSE.iter().enumerate() {
            for used in *may {
                let above = HOUSE[..i].iter().any(|(n, _)| n == used);
                assert!(above, "{name} may use {used}, which is not above it");
            }
        }
    }

    #[test]
    fn an_arrow_up_and_an_unknown_crate_are_found() {
        let found = judge(&workspace(&[
            ("verdancy-table", &["csv"]),
            ("verdancy-synth", &["verdancy-table", "gemm"]),
            ("verdancy-metrics", &["verdancy-synth"]),
            ("verdancy-new", &[]),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("verdancy-metrics: must not use verdancy-synth"));
        assert!(found[1].contains("verdancy-new"));
    }

    #[test]
    fn the_kernel_crate_stays_in_synth() {
        let found = judge(&workspace(&[("verdancy-metrics", &["gemm"])]));
        assert_eq!(found, ["verdancy-metrics: must not use gemm"]);
    }
}
